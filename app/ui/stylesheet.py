"""The one style sheet of the program, made from the tokens of a theme.

Widgets ask for a look by dynamic properties, so that no widget carries colours of its own:

- `QPushButton`: outlined unless `kind` is `primary`, `text`, `danger`, `card`, `chip` or `link`;
  `segment="first|middle|last"` (checkable) makes a row of them a segmented control, `alone` a column;
- `QLabel`: `role` is `welcome`, `title`, `heading`, `strong`, `caption`, `muted`, `error`, `accent` or
  `verdict` (with `fit`, and `look="small"`);
- `QFrame`/`QWidget`: `panel="card"` is a surface with a border.

Every control shows the keyboard focus by a border in the accent; on an accent ground by one in the colour
of the text. Knows no widget of the program except by object name.

Labels and tooltips show what people, models and files say, so none of them may read markup into it: Qt would
take `<img src=...>` in a title for a picture, and open the file or the computer that it names.
"""

from __future__ import annotations

from app.ui.resources import resource_path
from app.ui.theme import RADIUS_LARGE, RADIUS_MEDIUM, RADIUS_SMALL, Theme


def build(theme: Theme) -> str:
    """The style sheet for `theme`."""
    return "\n".join(
        part(theme)
        for part in (_ground, _labels, _buttons, _special_buttons, _inputs, _choices, _lists, _bars, _shell)
    )


def _image(name: str, theme: Theme) -> str:
    return f'url("{resource_path("icons", f"qss-{name}-{theme.name}.svg").as_posix()}")'


def _ground(t: Theme) -> str:
    # Qt counts border and padding of a tooltip twice: once around its text and once as the margin of it.
    return f"""
QMainWindow, QDialog, QWidget#page {{ background: {t.paper}; }}
*[panel="card"] {{ background: {t.surface}; border: 1px solid {t.border}; border-radius: {RADIUS_LARGE}px; }}
QToolTip {{
    background: {t.text}; color: {t.paper}; border: 1px solid {t.text}; padding: 1px 3px; font-size: 12px;
}}
QScrollArea, QStackedWidget {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QSplitter::handle {{ background: {t.border}; }}
"""


def _labels(t: Theme) -> str:
    return f"""
QLabel {{ background: transparent; }}
QLabel, QToolTip {{ qproperty-textFormat: PlainText; }}
QLabel[role="title"] {{ font-size: 22px; font-weight: 600; }}
QLabel[role="welcome"] {{ font-size: 28px; font-weight: 600; }}
QLabel[role="heading"] {{ font-size: 15px; font-weight: 600; }}
QLabel[role="caption"] {{ font-size: 12px; color: {t.muted}; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="muted"] {{ color: {t.muted}; }}
QLabel[role="error"] {{ color: {t.danger}; }}
QLabel[role="accent"] {{ color: {t.accent_hover}; font-weight: 600; }}
QLabel[role="verdict"] {{ font-size: 15px; font-weight: 600; color: {t.accent_hover}; }}
QLabel[role="verdict"][look="small"] {{ font-size: 13px; }}
QLabel[role="verdict"][fit="tight"] {{ color: {t.warning}; }}
QLabel[role="verdict"][fit="too_large"] {{ color: {t.danger}; }}
"""


def _buttons(t: Theme) -> str:
    return f"""
QPushButton {{
    background: {t.surface}; color: {t.text}; border: 1px solid {t.border};
    border-radius: {RADIUS_MEDIUM}px; padding: 7px 17px; min-height: 20px;
}}
QPushButton:hover {{ background: {t.hover}; }}
QPushButton:pressed {{ background: {t.user_bubble}; }}
QPushButton:disabled {{ color: {t.muted}; background: transparent; }}
QPushButton:focus {{ border: 2px solid {t.accent}; padding: 6px 16px; outline: none; }}
QPushButton[kind="primary"] {{
    background: {t.accent}; color: {t.on_accent}; border: 1px solid {t.accent}; font-weight: 600;
}}
QPushButton[kind="primary"]:hover, QPushButton[kind="primary"]:pressed {{
    background: {t.accent_hover}; border-color: {t.accent_hover};
}}
QPushButton[kind="primary"]:focus {{ border: 2px solid {t.text}; }}
QPushButton[kind="primary"]:disabled {{
    background: {t.border}; color: {t.text}; border-color: {t.border};
}}
QPushButton[kind="text"], QPushButton[kind="link"] {{
    background: transparent; color: {t.muted}; border: 1px solid transparent;
    border-radius: {RADIUS_SMALL}px; padding: 4px 7px;
}}
QPushButton[kind="link"] {{ color: {t.accent_hover}; font-weight: 600; }}
QPushButton[kind="link"][look="small"] {{ font-size: 12px; }}
QPushButton[kind="text"]:hover, QPushButton[kind="link"]:hover {{ background: {t.hover}; color: {t.text}; }}
QPushButton[kind="text"]:focus, QPushButton[kind="link"]:focus {{
    border: 2px solid {t.accent}; padding: 3px 6px; color: {t.text};
}}
QPushButton[kind="text"][look="small"] {{ font-size: 12px; min-height: 16px; padding: 1px 5px; }}
QPushButton[kind="text"][look="small"]:focus {{ padding: 0 4px; }}
QPushButton[kind="danger"] {{ color: {t.danger}; }}
QPushButton[kind="danger"]:disabled {{ color: {t.muted}; }}
"""


def _special_buttons(t: Theme) -> str:
    return f"""
QPushButton[segment] {{ border-radius: 0; border-left-width: 0; padding: 7px 17px; }}
QPushButton[segment="first"] {{
    border-left-width: 1px;
    border-top-left-radius: {RADIUS_SMALL}px; border-bottom-left-radius: {RADIUS_SMALL}px;
}}
QPushButton[segment="last"] {{
    border-top-right-radius: {RADIUS_SMALL}px; border-bottom-right-radius: {RADIUS_SMALL}px;
}}
QPushButton[segment="alone"] {{ border-left-width: 1px; border-radius: {RADIUS_SMALL}px; text-align: left; }}
QPushButton[segment]:checked {{ background: {t.hover}; color: {t.accent_hover}; font-weight: 600; }}
QPushButton[segment]:focus {{ border: 2px solid {t.accent}; padding: 6px 16px 6px 15px; }}
QPushButton[segment="first"]:focus, QPushButton[segment="alone"]:focus {{ padding: 6px 16px; }}
QPushButton[kind="card"] {{
    border-radius: {RADIUS_MEDIUM}px; padding: 1px; text-align: left;
}}
QPushButton[kind="card"]:hover {{ border-color: {t.accent}; background: {t.surface}; }}
QPushButton[kind="card"]:focus {{ padding: 0; }}
QPushButton[kind="chip"] {{
    border-radius: 15px; padding: 4px 28px 4px 12px; font-size: 13px; min-height: 20px;
}}
QPushButton[kind="chip"]:focus {{ padding: 3px 27px 3px 11px; }}
QPushButton[kind="chip"][state="failed"] {{ color: {t.danger}; }}
QToolButton {{
    background: transparent; border: 1px solid transparent; border-radius: {RADIUS_SMALL}px; padding: 5px;
}}
QToolButton:hover, QToolButton:checked {{ background: {t.hover}; }}
QToolButton:focus {{ border: 2px solid {t.accent}; padding: 4px; }}
QToolButton::menu-indicator {{ image: none; }}
"""


def _inputs(t: Theme) -> str:
    return f"""
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {{
    background: {t.surface}; color: {t.text}; border: 1px solid {t.border};
    border-radius: {RADIUS_SMALL}px; padding: 5px 9px; min-height: 22px;
    selection-background-color: {t.selection}; selection-color: {t.text};
}}
QLineEdit, QPlainTextEdit, QTextEdit {{ placeholder-text-color: {t.muted}; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus,
QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
    border: 2px solid {t.accent}; padding: 4px 8px;
}}
QLineEdit:disabled, QPlainTextEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {{
    color: {t.muted}; background: transparent;
}}
QComboBox {{ padding-right: 28px; combobox-popup: 0; }}
QComboBox:focus {{ padding-right: 27px; }}
QComboBox:hover {{ background: {t.hover}; }}
QComboBox::drop-down {{ border: none; width: 26px; }}
QComboBox::down-arrow {{ image: {_image("down", t)}; width: 14px; height: 14px; }}
QComboBox QAbstractItemView {{
    background: {t.surface}; border: 1px solid {t.border}; padding: 4px; outline: none;
    selection-background-color: {t.hover}; selection-color: {t.text};
}}
QSpinBox, QDoubleSpinBox {{ padding-right: 24px; }}
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus {{
    background: transparent; border: none; min-height: 0;
}}
QSpinBox::up-button, QDoubleSpinBox::up-button {{
    subcontrol-origin: border; subcontrol-position: top right; width: 22px;
    border: none; background: transparent;
}}
QSpinBox::down-button, QDoubleSpinBox::down-button {{
    subcontrol-origin: border; subcontrol-position: bottom right; width: 22px;
    border: none; background: transparent;
}}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{ image: {_image("up", t)}; width: 12px; height: 12px; }}
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{ image: {_image("down", t)}; width: 12px; height: 12px; }}
"""


def _choices(t: Theme) -> str:
    return f"""
QCheckBox, QRadioButton {{
    spacing: 8px; padding: 4px; border: 2px solid transparent; border-radius: {RADIUS_SMALL}px;
}}
QCheckBox:focus, QRadioButton:focus {{ border-color: {t.accent}; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {t.muted}; }}
QCheckBox::indicator, QRadioButton::indicator {{
    width: 16px; height: 16px; border: 1px solid {t.muted}; border-radius: 5px; background: {t.surface};
}}
QRadioButton::indicator {{ border-radius: 9px; }}
QCheckBox::indicator:hover, QRadioButton::indicator:hover {{ border-color: {t.accent}; }}
QCheckBox::indicator:checked {{
    background: {t.accent}; border-color: {t.accent}; image: {_image("check", t)};
}}
QRadioButton::indicator:checked {{ width: 8px; height: 8px; border: 5px solid {t.accent}; }}
QSlider {{ min-height: 26px; border: 2px solid transparent; border-radius: {RADIUS_SMALL}px; }}
QSlider:focus {{ border-color: {t.accent}; }}
QSlider::groove:horizontal {{ height: 6px; border-radius: 3px; background: {t.border}; }}
QSlider::sub-page:horizontal {{ height: 6px; border-radius: 3px; background: {t.accent}; }}
QSlider::handle:horizontal {{
    width: 14px; height: 14px; margin: -6px 0; border: 2px solid {t.accent}; border-radius: 9px;
    background: {t.surface};
}}
QSlider::handle:horizontal:hover {{ background: {t.user_bubble}; }}
QProgressBar {{
    background: {t.border}; border: none; border-radius: 3px; min-height: 6px; max-height: 6px;
}}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
"""


def _lists(t: Theme) -> str:
    return f"""
QListView, QTreeView, QTableView {{
    background: transparent; border: none; outline: none;
    selection-background-color: {t.hover}; selection-color: {t.text};
}}
QListView::item {{ padding: 6px 10px; border-radius: {RADIUS_SMALL}px; }}
QListView::item:hover, QListView::item:selected {{ background: {t.hover}; color: {t.text}; }}
QMenu {{
    background: {t.surface}; border: 1px solid {t.border}; border-radius: {RADIUS_SMALL}px; padding: 5px;
}}
QMenu::item {{
    padding: 7px 28px 7px 10px; border: 1px solid transparent; border-radius: 6px; background: transparent;
}}
QMenu::item:selected {{ background: {t.hover}; border-color: {t.accent}; }}
QMenu::item:disabled {{ color: {t.muted}; border-color: transparent; background: transparent; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::indicator {{ width: 16px; height: 16px; margin-left: 8px; }}
QMenu::indicator:checked {{ image: {_image("mark", t)}; }}
QMenu::separator {{ height: 1px; background: {t.border}; margin: 5px 8px; }}
"""


def _bars(t: Theme) -> str:
    return f"""
QScrollBar {{ background: transparent; border: none; }}
QScrollBar:vertical {{ width: 10px; }}
QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {t.border}; border-radius: 3px; }}
QScrollBar::handle:vertical {{ min-height: 32px; margin: 2px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; margin: 2px; }}
QScrollBar::handle:hover, QScrollBar::handle:pressed {{ background: {t.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; border: none; background: none; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def _shell(t: Theme) -> str:
    return f"""
QWidget#sidebar {{ background: {t.sidebar}; border-right: 1px solid {t.border}; }}
QFrame#sidebarRule {{ background: {t.border}; max-height: 1px; border: none; }}
QLabel#brand {{ font-size: 16px; font-weight: 600; }}
QPushButton#newChat {{ text-align: left; padding: 9px 11px; font-size: 14px; }}
QPushButton#newChat:focus {{ padding: 8px 10px; }}
QLabel#newChatKeys {{ color: {t.on_accent}; font-size: 13px; }}
QLineEdit#search {{ border-radius: {RADIUS_MEDIUM}px; padding: 6px 11px; }}
QLineEdit#search:focus {{ padding: 5px 10px; }}
QLineEdit#search > QToolButton {{ padding: 0; border: none; }}
QLineEdit#inPlace {{ padding: 2px 7px; min-height: 0; }}
QLineEdit#inPlace:focus {{ padding: 1px 6px; }}
QLineEdit#titleEdit {{ font-size: 15px; font-weight: 600; max-width: 480px; }}
QFrame#toast {{ background: {t.text}; border-radius: {RADIUS_MEDIUM}px; }}
QFrame#toast QLabel {{ color: {t.paper}; }}
QFrame#toast QPushButton {{
    background: transparent; color: {t.paper}; border: 1px solid {t.muted};
    border-radius: {RADIUS_SMALL}px; padding: 3px 11px; font-weight: 600;
}}
QFrame#toast QPushButton:hover {{ border-color: {t.paper}; }}
QFrame#toast QPushButton:focus {{ border: 2px solid {t.paper}; padding: 2px 10px; }}
QFrame#pageFooter {{ background: {t.paper}; border: none; border-top: 1px solid {t.border}; }}
QFrame[banner] {{ background: {t.surface}; border: none; border-bottom: 1px solid {t.border}; }}
QFrame[banner] QPushButton {{ padding: 3px 13px; }}
QFrame[banner] QPushButton:focus {{ padding: 2px 12px; }}
QFrame#confirm {{
    background: {t.surface}; border: 1px solid {t.danger}; border-radius: {RADIUS_MEDIUM}px;
}}
"""

"""The setting "Free memory when idle": one list that tells name and value, a way back, a line of help."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from app.core.settings import IDLE_MINUTES, SettingValue
from app.ui.settings.editor import ComboBox
from app.ui.texts import settings as texts
from app.ui.theme import RADIUS_MEDIUM, SPACE

_BESIDE = 15 + 6 + 26 + 2
"""Pixels beside the words: the margin, the arrow, the border."""
_SPARE = 8  # words that have just their width are shortened
_LOOK = f"""
QComboBox {{ border-radius: {RADIUS_MEDIUM}px; padding: 7px 6px 7px 15px; min-height: 20px; }}
QComboBox:focus {{ padding: 6px 5px 6px 14px; }}
"""  # that of the button beside it


class IdleChoice(ComboBox):
    """Shows "Free memory when idle: after 30 min"; its list shows the values alone.

    Signals:
        edited: the minutes that the person chose.
    """

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setStyleSheet(_LOOK)
        self.addItems([""] * len(IDLE_MINUTES.choices))
        self.activated.connect(self._on_activated)
        self.retranslate()

    @property
    def words(self) -> str:
        """What is written on it."""
        label = texts.text(texts.SETTING_TEXTS[IDLE_MINUTES.key].label)
        return texts.named_value(label, self.currentText())

    def show_value(self, value: SettingValue) -> None:
        """Show `value`; emits nothing."""
        self.setCurrentIndex(IDLE_MINUTES.choices.index(value))
        self.updateGeometry()

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        found = texts.SETTING_TEXTS[IDLE_MINUTES.key]
        for at, choice in enumerate(IDLE_MINUTES.choices):
            self.setItemText(at, texts.option_text(IDLE_MINUTES, choice))
        self.setAccessibleName(texts.text(found.label))
        self.setToolTip(texts.text(found.technical))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        self.ensurePolished()  # else the words are measured in another font
        width = self.fontMetrics().horizontalAdvance(self.words) + _BESIDE + _SPARE
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.width() - _BESIDE
        option.currentText = self.fontMetrics().elidedText(self.words, Qt.TextElideMode.ElideRight, room)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def _on_activated(self, at: int) -> None:
        self.updateGeometry()
        self.edited.emit(IDLE_MINUTES.choices[at])


class IdleBox(QWidget):
    """The list with its line of help, and Reset once it was changed.

    Signals:
        edited: the minutes that the person chose; also for Reset.
    """

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice, self._reset, self._help = IdleChoice(), QPushButton(), QLabel(wordWrap=True)
        self._reset.setProperty("kind", "link")
        self._help.setProperty("role", "caption")
        self.setFocusProxy(self._choice)
        row = QHBoxLayout()
        row.addWidget(self._choice)
        row.addWidget(self._reset)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(row)
        layout.addWidget(self._help)
        layout.addStretch(1)
        self._choice.edited.connect(self._on_edited)
        self._reset.clicked.connect(self._on_reset)
        self.show_value(IDLE_MINUTES.default)
        self.retranslate()

    def show_value(self, value: SettingValue) -> None:
        """Show `value`; emits nothing."""
        self._choice.show_value(value)
        self._reset.setVisible(value != IDLE_MINUTES.default)

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        found = texts.SETTING_TEXTS[IDLE_MINUTES.key]
        self._choice.retranslate()
        self._help.setText(texts.text(found.help))
        self._reset.setText(self.tr("Reset"))
        self._reset.setAccessibleName(self.tr("Reset: {label}").format(label=texts.text(found.label)))

    def _on_edited(self, minutes: int) -> None:
        self.show_value(minutes)
        self.edited.emit(minutes)

    def _on_reset(self) -> None:
        self._choice.setFocus()  # the button is about to go
        self._on_edited(int(IDLE_MINUTES.default))

"""One model that is there: what it is, how it was used, whether it is in order, and what can be done with it.

Takes values, tells what the person wants; its panel asks and shows work. Does nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from app.core.model_records import ModelRecord
from app.core.models import FoundModel
from app.ui.icon_button import IconButton
from app.ui.icons import IconName
from app.ui.importing.elided import ElidedLabel, IconLine
from app.ui.menus import rounded_menu
from app.ui.settings.task_panel import TaskPanel
from app.ui.text_format import breakable
from app.ui.texts import models as texts
from app.ui.texts.errors import describe
from app.ui.theme_manager import ThemeManager


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model as the page shows it.

    `is_default` is whether every start begins with it, and `can_be_default` whether that may be chosen: the
    starter is for a computer without models. `is_loading` only where it `is_in_use`.
    """

    model: FoundModel
    record: ModelRecord = ModelRecord()
    is_in_use: bool = False
    is_loading: bool = False
    is_default: bool = False
    can_be_default: bool = True


class ModelRow(QFrame):
    """Every signal carries the model's id.

    Signals:
        use_requested: load it.
        look_again_requested: it was broken; the person may have mended it.
        default_changed: (id, whether every start begins with it).
        check_requested, folder_requested, pack_requested, remove_requested: from the menu.
        confirmed, cancelled: of what the panel asks or does.
    """

    use_requested = Signal(str)
    look_again_requested = Signal(str)
    default_changed = Signal(str, bool)
    check_requested = Signal(str)
    folder_requested = Signal(str)
    pack_requested = Signal(str)
    remove_requested = Signal(str)
    confirmed = Signal(str)
    cancelled = Signal(str)

    def __init__(self, themes: ThemeManager, entry: ModelEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.id = entry.model.ref.id
        self._themes = themes
        self._entry = entry
        self._menu: QMenu | None = None
        self._place = ElidedLabel("caption")
        self._name, self._badges, self._facts, self._use = (QLabel(wordWrap=True) for _ in range(4))
        self._problem = IconLine(themes)
        self._main = QPushButton()
        self._more = IconButton(themes, IconName.MORE)
        self.panel = TaskPanel(themes)
        self._build()
        self._connect()
        self.show_entry(entry)

    @property
    def entry(self) -> ModelEntry:
        return self._entry

    @property
    def menu_shown(self) -> QMenu | None:
        """The menu while it is open."""
        return self._menu

    def show_entry(self, entry: ModelEntry) -> None:
        """Show what is known of the model now."""
        self._entry = entry
        model = entry.model
        name = texts.name_of(model)
        self._name.setText(breakable(name))
        self._name.setAccessibleName(name)
        self._facts.setText(texts.facts(model))
        self._facts.setVisible(bool(self._facts.text()))
        self._place.set_text(texts.place(model))
        self._place.setVisible(model.is_elsewhere)
        self._use.setText(texts.use_line(entry.record, datetime.now(UTC)))
        self._badges.setText(self._badge_text())
        self._badges.setVisible(bool(self._badges.text()))
        if model.problem is not None:
            self._problem.show_line(IconName.WARNING, "danger", describe(model.problem).sentence)
        self._problem.setVisible(model.problem is not None)
        self._use.setVisible(model.problem is None)
        self.setAccessibleName(name)
        self._show_buttons()
        lines = (self._badges.text(), self._facts.text(), self._use.text())
        self.setAccessibleDescription(". ".join(line for line in lines if line))

    def take_focus(self) -> None:
        """Put the keyboard to what is left to press."""
        button: QWidget = self._main if self._main.isVisibleTo(self) else self._more
        button.setFocus(Qt.FocusReason.OtherFocusReason)

    def open_menu(self) -> None:
        """Show what else can be done; without a nested event loop."""
        entry, chosen = self._entry, self.id
        self._menu = menu = rounded_menu(self)
        is_sound = entry.model.problem is None
        is_free = not self.panel.is_working
        if is_sound and entry.can_be_default:
            default = menu.addAction(self.tr("Use at every start"))
            default.setCheckable(True)
            default.setChecked(entry.is_default)
            default.triggered.connect(lambda checked: self.default_changed.emit(chosen, checked))
        if is_sound:
            check = menu.addAction(self.tr("Check every byte"))
            check.setEnabled(is_free)
            check.triggered.connect(lambda: self.check_requested.emit(chosen))
            pack = menu.addAction(self.tr("Make a pack for another computer…"))
            pack.setEnabled(is_free)
            pack.triggered.connect(lambda: self.pack_requested.emit(chosen))
        folder = menu.addAction(self.tr("Show in folder"))
        folder.triggered.connect(lambda: self.folder_requested.emit(chosen))
        if not entry.model.is_bundled:
            menu.addSeparator()
            elsewhere = entry.model.is_elsewhere
            remove = menu.addAction(self.tr("Take off the list…") if elsewhere else self.tr("Remove…"))
            remove.setIcon(self._themes.icon(IconName.TRASH, "danger"))
            remove.setEnabled(is_free)
            remove.triggered.connect(lambda: self.remove_requested.emit(chosen))
        menu.aboutToHide.connect(self._on_menu_hidden)
        place = self._more.mapToGlobal(self._more.rect().bottomRight())
        menu.popup(place - QPoint(menu.sizeHint().width() - 1, -4))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.show_entry(self._entry)

    def _badge_text(self) -> str:
        entry = self._entry
        badges = [texts.in_use_badge(is_loading=entry.is_loading)] if entry.is_in_use else []
        return texts.joined([*badges, texts.default_badge()] if entry.is_default else badges)

    def _show_buttons(self) -> None:
        entry = self._entry
        is_sound = entry.model.problem is None
        self._main.setText(self.tr("Use it") if is_sound else self.tr("Look again"))
        self._main.setAccessibleName(f"{self._main.text()}: {self.accessibleName()}")
        self._more.set_name(self.tr("More for this model"))
        self._more.setAccessibleName(f"{self.tr('More for this model')}: {self.accessibleName()}")
        had_keyboard = self._main.hasFocus()
        self._main.setVisible(not (is_sound and entry.is_in_use))
        if had_keyboard and not self._main.isVisibleTo(self):
            self._more.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_main(self) -> None:
        wanted = self.use_requested if self._entry.model.problem is None else self.look_again_requested
        wanted.emit(self.id)

    def _on_confirmed(self, _checked: bool) -> None:
        self.confirmed.emit(self.id)

    def _on_cancelled(self) -> None:
        self.cancelled.emit(self.id)

    def _on_menu_hidden(self) -> None:
        self._menu = None

    def _connect(self) -> None:
        self._main.clicked.connect(self._on_main)
        self._more.clicked.connect(self.open_menu)
        self.panel.confirmed.connect(self._on_confirmed)
        self.panel.cancelled.connect(self._on_cancelled)
        self.panel.left.connect(self.take_focus)

    def _build(self) -> None:
        self.setProperty("panel", "card")
        self._name.setProperty("role", "heading")
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self._facts, self._use):
            label.setProperty("role", "muted")
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._badges.setProperty("role", "accent")
        words = QVBoxLayout()
        words.setSpacing(3)
        for label in (self._name, self._badges, self._facts):
            words.addWidget(label)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._main)
        buttons.addWidget(self._more, 0, Qt.AlignmentFlag.AlignVCenter)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addLayout(words, 1)
        head.addLayout(buttons)
        head.setAlignment(buttons, Qt.AlignmentFlag.AlignTop)
        top = QVBoxLayout()
        top.setSpacing(3)
        top.addLayout(head)
        for label in (self._use, self._place):  # as wide as the card, also in a small window
            top.addWidget(label)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addLayout(top)
        layout.addWidget(self._problem)
        layout.addWidget(self.panel)

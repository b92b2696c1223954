"""The page "Storage and backup": where things lie, how much they take, moving them, backup and restore.

Takes values and tells what the person wants; looks at no disk.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.settings import SettingGroup
from app.ui.importing.elided import ElidedLabel
from app.ui.settings.task_panel import TaskPanel
from app.ui.texts import settings as settings_texts
from app.ui.texts import storage as texts
from app.ui.texts.storage import Part
from app.ui.theme_manager import ThemeManager


@dataclass(frozen=True, slots=True)
class FolderView:
    """A folder as it is shown. Sizes in bytes, `free_bytes` below 0 where nobody knows.

    One that is not there may not have been made yet; it is `is_lost` where there was one.
    """

    path: str
    byte_count: int = 0
    free_bytes: int = -1
    can_move: bool = True
    is_there: bool = True
    is_lost: bool = False
    is_portable: bool = False  # it goes where the program goes


class StoragePage(QWidget):
    """Signals (a Part each, but for `shown`):
    shown: the page came to the front and wants fresh values.
    show_wanted: open the folder in the file manager. move_wanted: a folder is to be moved.
    backup_wanted, restore_wanted: a file is to be chosen for it.
    confirmed: (Part, whether the box was checked). cancelled: the question, or the work.
    """

    shown = Signal()
    show_wanted = Signal(object)
    move_wanted = Signal(object)
    backup_wanted = Signal()
    restore_wanted = Signal()
    confirmed = Signal(object, bool)
    cancelled = Signal(object)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._about = QLabel(), QLabel(wordWrap=True)
        self._folders = {part: _Folder(themes, part) for part in (Part.CONVERSATIONS, Part.MODELS)}
        self._backup = _Backup(themes)
        self._build()
        self.retranslate()

    def set_folder(self, part: Part, view: FolderView) -> None:
        """Show where a part lies."""
        self._folders[part].show_view(view)

    def panel(self, part: Part) -> TaskPanel:
        """Where a part asks and tells."""
        return self._backup.panel if part is Part.BACKUP else self._folders[part].panel

    def set_busy(self, busy: bool) -> None:
        """Whether something is asked or done: one thing at a time."""
        for folder in self._folders.values():
            folder.set_busy(busy)
        self._backup.set_busy(busy)

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        page = settings_texts.GROUP_TEXTS[SettingGroup.STORAGE]
        self._title.setText(settings_texts.text(page.title))
        self._about.setText(settings_texts.text(page.about))
        for folder in self._folders.values():
            folder.retranslate()
        self._backup.retranslate()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _build(self) -> None:
        self._title.setProperty("role", "title")
        self._about.setProperty("role", "muted")
        head = QVBoxLayout()
        head.setSpacing(4)
        head.addWidget(self._title)
        head.addWidget(self._about)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(32)
        layout.addLayout(head)
        for folder in self._folders.values():
            layout.addWidget(folder)
            folder.show_wanted.connect(self.show_wanted)
            folder.move_wanted.connect(self.move_wanted)
        layout.addWidget(self._backup)
        self._backup.backup_wanted.connect(self.backup_wanted)
        self._backup.restore_wanted.connect(self.restore_wanted)
        for block in (*self._folders.values(), self._backup):
            block.confirmed.connect(self.confirmed)
            block.cancelled.connect(self.cancelled)


class _Block(QWidget):
    """A part: its name, a line about it, its buttons, and what it asks and tells."""

    confirmed = Signal(object, bool)
    cancelled = Signal(object)

    def __init__(self, themes: ThemeManager, part: Part, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.part = part
        self.panel = TaskPanel(themes)
        self._head = QLabel()
        self._head.setProperty("role", "heading")
        self._lines = QVBoxLayout()
        self._lines.setSpacing(4)
        self._lines.addWidget(self._head)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(self._lines)
        layout.addLayout(self._buttons)
        layout.addWidget(self.panel)
        self.panel.confirmed.connect(self._on_confirmed)
        self.panel.cancelled.connect(self._on_cancelled)
        self.panel.left.connect(self._on_left)

    def retranslate(self) -> None:
        self._head.setText(texts.head(self.part))

    def _add_buttons(self, *buttons: QPushButton) -> None:
        for button in buttons:
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)

    def _on_confirmed(self, checked: bool) -> None:
        self.confirmed.emit(self.part, checked)

    def _on_cancelled(self) -> None:
        self.cancelled.emit(self.part)

    def _on_left(self) -> None:
        for button in self.findChildren(QPushButton):
            if button.isVisible() and button.isEnabled():
                button.setFocus()
                return


class _Folder(_Block):
    show_wanted = Signal(object)
    move_wanted = Signal(object)

    def __init__(self, themes: ThemeManager, part: Part, parent: QWidget | None = None) -> None:
        super().__init__(themes, part, parent)
        self._view = FolderView("")
        self._is_busy = False
        self._path = ElidedLabel()
        self._figures = QLabel(wordWrap=True)
        self._figures.setProperty("role", "caption")
        self._show, self._move = QPushButton(), QPushButton()
        self._lines.addWidget(self._path)
        self._lines.addWidget(self._figures)
        self._add_buttons(self._move, self._show)
        self._show.clicked.connect(self._on_show)
        self._move.clicked.connect(self._on_move)

    def show_view(self, view: FolderView) -> None:
        self._view = view
        self.retranslate()
        self.set_busy(self._is_busy)

    def set_busy(self, busy: bool) -> None:
        self._is_busy = busy
        self._move.setEnabled(not busy and self._view.is_there)
        self._show.setEnabled(self._view.is_there)

    def retranslate(self) -> None:
        super().retranslate()
        view, name = self._view, self._head.text()
        self._path.set_text(view.path)
        lines = [
            texts.figures(view.byte_count, view.free_bytes) if not view.is_lost else texts.missing_note()
        ]
        if not view.can_move:
            lines.append(texts.portable_note() if view.is_portable else texts.named_note())
        self._figures.setText("\n".join(lines))
        self._move.setVisible(view.can_move)
        for button, label in ((self._move, self.tr("Move…")), (self._show, self.tr("Show in folder"))):
            button.setText(label)
            button.setAccessibleName(f"{label} {name}")

    def _on_show(self) -> None:
        self.show_wanted.emit(self.part)

    def _on_move(self) -> None:
        self.move_wanted.emit(self.part)


class _Backup(_Block):
    backup_wanted = Signal()
    restore_wanted = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(themes, Part.BACKUP, parent)
        self._help = QLabel(wordWrap=True)
        self._help.setProperty("role", "caption")
        self._back_up, self._restore = QPushButton(), QPushButton()
        self._lines.addWidget(self._help)
        self._add_buttons(self._back_up, self._restore)
        self._back_up.clicked.connect(self.backup_wanted)
        self._restore.clicked.connect(self.restore_wanted)

    def set_busy(self, busy: bool) -> None:
        self._back_up.setEnabled(not busy)
        self._restore.setEnabled(not busy)

    def retranslate(self) -> None:
        super().retranslate()
        self._help.setText(texts.backup_help())
        self._back_up.setText(self.tr("Back up…"))
        self._restore.setText(self.tr("Restore…"))

"""The system's dialogs for the page "Storage and backup": a folder, a file to write, a file to read.

Waits for nothing.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDate, QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.storage.archive_file import SUFFIX
from app.ui.texts import storage as texts
from app.ui.texts.storage import Part


class StoragePicker(QObject):
    """One for a controller.

    Signals:
        folder_picked: (Part, path) where a part is to go.
        target_picked: (path) the backup file to write.
        backup_picked: (path) the backup file to restore.
    """

    folder_picked = Signal(object, str)
    target_picked = Signal(str)
    backup_picked = Signal(str)

    def __init__(self, window: QWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        self._part = Part.MODELS
        self._last_folder = str(Path.home())

    def pick_folder(self, part: Part) -> None:
        """Let the folder be chosen into which `part` goes."""
        self._part = part
        dialog = QFileDialog(self._window, self.tr("Choose the new place"), self._last_folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._on_folder)
        self._open(dialog)

    def pick_target(self) -> None:
        """Let the name of a new backup file be chosen; the system asks before one is replaced."""
        dialog = QFileDialog(self._window, self.tr("Save the backup"), self._last_folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self._filter())
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        dialog.selectFile(texts.suggested_name(QDate.currentDate().toString(Qt.DateFormat.ISODate)) + SUFFIX)
        dialog.fileSelected.connect(self._on_target)
        self._open(dialog)

    def pick_backup(self) -> None:
        """Let a backup file be chosen."""
        dialog = QFileDialog(self._window, self.tr("Choose the backup"), self._last_folder)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self._filter(), self.tr("All files (*)")])
        dialog.fileSelected.connect(self._on_backup)
        self._open(dialog)

    def _filter(self) -> str:
        return self.tr("Backups (*{suffix})").format(suffix=SUFFIX)

    def _open(self, dialog: QFileDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_folder(self, path: str) -> None:
        if path:
            self._last_folder = path
            self.folder_picked.emit(self._part, path)

    def _on_target(self, path: str) -> None:
        if path:
            self._last_folder = str(Path(path).parent)
            self.target_picked.emit(path)

    def _on_backup(self, path: str) -> None:
        if path:
            self._last_folder = str(Path(path).parent)
            self.backup_picked.emit(path)

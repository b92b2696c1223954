"""The system's dialog in which a place for a pack is chosen. Waits for nothing; remembers the last folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.model.pack_format import SUFFIX


class PackPicker(QObject):
    """One for the page.

    Signals:
        picked: (path) where the pack is to go.
    """

    picked = Signal(str)

    def __init__(self, window: QWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        self._last_folder = str(Path.home())  # not beside the program

    def pick(self, name: str) -> None:
        """Let a place be chosen; `name` is what the file is called unless the person wants otherwise."""
        dialog = QFileDialog(self._window, self.tr("Where should the pack go?"), self._last_folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setNameFilters([self.tr("Model packs (*{suffix})").format(suffix=SUFFIX)])
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        dialog.selectFile(name + SUFFIX)
        dialog.fileSelected.connect(self._on_selected)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_selected(self, path: str) -> None:
        if path:
            self._last_folder = str(Path(path).parent)
            self.picked.emit(path)

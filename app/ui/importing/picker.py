"""The system's dialogs in which a folder or a file is chosen. Waits for nothing; remembers the last place."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.model.pack_format import SUFFIX


class ModelPicker(QObject):
    """One for the window.

    Signals:
        picked: (path) what was chosen.
    """

    picked = Signal(str)

    def __init__(self, window: QWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        self._last_folder = ""

    def pick_folder(self) -> None:
        """Let a folder be chosen."""
        dialog = QFileDialog(self._window, self.tr("Choose the folder of the model"), self._first_folder())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._open(dialog)

    def pick_file(self) -> None:
        """Let a file be chosen."""
        dialog = QFileDialog(self._window, self.tr("Choose the file of the model"), self._first_folder())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        models = self.tr("Model files (*.gguf *.safetensors *.bin *{pack})").format(pack=SUFFIX)
        dialog.setNameFilters([models, self.tr("All files (*)")])
        self._open(dialog)

    def _first_folder(self) -> str:
        """Where the last one was, else the downloads; without any, Windows begins beside the program."""
        downloads = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        places = (self._last_folder, downloads)
        return next((place for place in places if place and Path(place).is_dir()), str(Path.home()))

    def _open(self, dialog: QFileDialog) -> None:
        dialog.fileSelected.connect(self._on_selected)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_selected(self, path: str) -> None:
        if path:
            self._last_folder = str(Path(path).parent)
            self.picked.emit(path)

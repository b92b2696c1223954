"""Before the window: the folder with the conversations is not there, or nobody knows which one it is.

A window of its own, because the real one would look as if nothing had ever been written. Decides nothing: it
tells what the person wants.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.errors import ErrorInfo
from app.ui.small_window import SmallWindow
from app.ui.texts.errors import describe


class FolderQuestion(SmallWindow):
    """Shown until a folder is found.

    Signals:
        again_wanted: the disk is connected now: look once more.
        folder_chosen: (path) where the conversations are now.
        usual_wanted: go on with the usual folder, for this time.
        given_up: the window was closed without an answer.
    """

    again_wanted = Signal()
    folder_chosen = Signal(str)
    usual_wanted = Signal()
    given_up = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_answered = False
        self._title, self._sentence, self._note = QLabel(), QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._again, self._choose, self._usual = QPushButton(), QPushButton(), QPushButton()
        self._build()

    def show_error(self, error: ErrorInfo) -> None:
        """Say why nothing can be opened."""
        self._sentence.setText(describe(error).sentence)
        self.fit()

    def answered(self) -> None:
        """A folder was found: the window goes."""
        self._is_answered = True
        self.close()

    def reject(self) -> None:
        super().reject()
        if not self._is_answered:
            self.given_up.emit()

    def _build(self) -> None:
        self.setWindowTitle(self.tr("Teahouse"))
        self._title.setText(self.tr("Where are your conversations?"))
        self._title.setProperty("role", "title")
        self._title.setWordWrap(True)
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setProperty("role", "muted")
        self._note.setText(
            self.tr(
                "With the usual folder you begin without them, for now. What you write then stays in that "
                "folder; your conversations come back as soon as their own folder is there again."
            )
        )
        self._again.setText(self.tr("Try again"))
        self._again.setProperty("kind", "primary")
        self._choose.setText(self.tr("Choose the folder…"))
        self._usual.setText(self.tr("Use the usual folder"))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self._again, self._choose, self._usual):
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 24, 28, 24)
        layout.setSpacing(14)
        layout.addWidget(self._title)
        layout.addWidget(self._sentence)
        layout.addWidget(self._note)
        layout.addLayout(buttons)
        self._again.clicked.connect(self.again_wanted)
        self._choose.clicked.connect(self._pick)
        self._usual.clicked.connect(self.usual_wanted)

    def _pick(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose the folder with your conversations"), str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.folder_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

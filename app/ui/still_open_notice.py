"""Before the window: another Teahouse works with these conversations and does not answer.

A small window of its own. Decides nothing: it tells what the person wants.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.announce import announce
from app.ui.small_window import SmallWindow


class StillOpenNotice(SmallWindow):
    """Signals:
    open_wanted: the person says that it is closed on the other computer.
    rejected: the person gave up.
    """

    open_wanted = Signal()

    def __init__(self, sentence: str, *, is_elsewhere: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._sentence = QLabel(wordWrap=True), QLabel(sentence, wordWrap=True)
        self._still = QLabel(wordWrap=True)
        self._open, self._close = QPushButton(), QPushButton()
        self._build(is_elsewhere=is_elsewhere)

    def show_still_open(self) -> None:
        """It was not closed there after all."""
        self._still.show()
        self.fit()
        announce(self, self._still.text())

    def _build(self, *, is_elsewhere: bool) -> None:
        self.setWindowTitle(self.tr("Teahouse"))
        here, there = self.tr("Teahouse is not answering"), self.tr("Open on another computer")
        self._title.setText(there if is_elsewhere else here)
        self._title.setProperty("role", "title")
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._still.setText(self.tr("It is still open there. Close it on that computer first."))
        self._still.hide()
        self._open.setText(self.tr("Open here"))
        self._open.setVisible(is_elsewhere)
        self._close.setText(self.tr("Close"))
        self._close.setProperty("kind", "primary")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._close)
        buttons.addWidget(self._open)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 24, 28, 24)
        layout.setSpacing(14)
        for widget in (self._title, self._sentence, self._still):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        self._open.clicked.connect(self.open_wanted)
        self._close.clicked.connect(self.close)

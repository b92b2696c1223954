"""What the page "Advanced" has besides settings: the log, the way back to all defaults, technical details.

Takes values and tells what the person wants; opens and changes nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.announce import announce
from app.ui.texts import advanced as texts
from app.ui.texts.advanced import AdvancedText
from app.ui.theme import SPACE


class AdvancedTools(QWidget):
    """Three blocks, each found by the search on its own.

    Signals:
        shown: the page came to the front and wants the versions.
        log_wanted: open the folder of the log.
        reset_wanted: every setting as at first. undo_wanted: take that back.
        copy_wanted: put the technical details where they can be pasted.
    """

    shown = Signal()
    log_wanted = Signal()
    reset_wanted = Signal()
    undo_wanted = Signal()
    copy_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._open, self._reset, self._undo, self._copy = (QPushButton() for _ in range(4))
        self._versions = QLabel(wordWrap=True)
        self._said = QLabel()  # that it was copied
        self._log = _Block(texts.LOG, self._open)
        self._all = _Block(texts.RESET, self._reset, self._undo)
        self._details = _Block(texts.DETAILS, self._copy, self._said, above=self._versions)
        self._build()
        self._open.clicked.connect(self.log_wanted)
        self._reset.clicked.connect(self.reset_wanted)
        self._undo.clicked.connect(self.undo_wanted)
        self._copy.clicked.connect(self._on_copy)
        self.retranslate()

    @property
    def blocks(self) -> tuple[tuple[QWidget, AdvancedText], ...]:
        """The blocks, with the texts by which each is found."""
        return tuple((block, block.texts) for block in (self._log, self._all, self._details))

    def set_versions(self, sentence: str) -> None:
        """The technical details in one sentence."""
        self._versions.setText(sentence)
        self._said.hide()

    def set_can_undo(self, can_undo: bool) -> None:
        """Whether everything was just set back, and the old settings are still known."""
        had_keyboard = self._undo.hasFocus() or self._reset.hasFocus()
        self._undo.setVisible(can_undo)
        self._reset.setVisible(not can_undo)
        self._all.say(texts.text(texts.WAS_RESET) if can_undo else "")
        if can_undo:
            announce(self, texts.text(texts.WAS_RESET))
        if had_keyboard:
            (self._undo if can_undo else self._reset).setFocus()

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        self._open.setText(texts.text(texts.OPEN))
        self._reset.setText(texts.text(texts.RESET_ALL))
        self._undo.setText(texts.text(texts.UNDO))
        self._copy.setText(texts.text(texts.COPY))
        self._said.setText(texts.text(texts.COPIED))
        for block in (self._log, self._all, self._details):
            block.retranslate()
        if not self._undo.isHidden():
            self._all.say(texts.text(texts.WAS_RESET))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _on_copy(self) -> None:
        self.copy_wanted.emit()
        self._said.show()
        announce(self, self._said.text())

    def _build(self) -> None:
        self._said.setProperty("role", "muted")
        self._said.hide()
        self._undo.hide()
        self._versions.setProperty("role", "muted")
        self._versions.setTextFormat(Qt.TextFormat.PlainText)
        self._versions.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8 * SPACE)
        for block in (self._log, self._all, self._details):
            layout.addWidget(block)


class _Block(QWidget):
    """A heading, a row of controls, a line of help."""

    def __init__(self, found: AdvancedText, *controls: QWidget, above: QWidget | None = None) -> None:
        super().__init__()
        self.texts = found
        self._title, self._said, self._help = (
            QLabel(wordWrap=True),
            QLabel(wordWrap=True),
            QLabel(wordWrap=True),
        )
        self._title.setProperty("role", "heading")
        self._said.setProperty("role", "muted")
        self._help.setProperty("role", "caption")
        self._said.hide()
        row = QHBoxLayout()
        row.setSpacing(3 * SPACE)
        for control in controls:
            row.addWidget(control)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._title)
        if above is not None:
            layout.addWidget(above)
        layout.addLayout(row)
        layout.addWidget(self._said)
        layout.addWidget(self._help)

    def say(self, words: str) -> None:
        """What came of it; "" for nothing."""
        self._said.setText(words)
        self._said.setVisible(bool(words))

    def retranslate(self) -> None:
        self._title.setText(texts.text(self.texts.title))
        self._help.setText(texts.text(self.texts.help))

"""The growing plain-text field of the composer: input methods, pasting, height. Knows no button, no draft."""

from __future__ import annotations

import re
from time import monotonic

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QResizeEvent,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

MAX_LINES = 8
COMMIT_GRACE_S = 0.05
"""An Enter this soon after a composition ended is the one that ended it: some input methods let it through.

A hand needs longer from the key that chooses a word to Enter; a faster one has to press it once more.
"""
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
# NUL, lone surrogates, and the two characters by which QTextDocument marks its frames.
_UNWANTED = re.compile("[\x00\ud800-\udfff\ufdd0\ufdd1]")


def cleaned(text: str) -> str:
    """`text` as it can be stored, sent to a model and shown: one kind of line break, no broken characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2029", "\n").replace("\u2028", "\n")
    return _UNWANTED.sub("", text)


class MessageEditor(QPlainTextEdit):
    """Enter sends, Shift+Enter breaks the line, and an Enter that belongs to an input method does neither."""

    enter_pressed = Signal()
    escape_pressed = Signal()
    up_in_empty = Signal()
    focus_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._composition_ended = float("-inf")
        self._hint = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._fit_height)
        self._fit_height()

    @property
    def is_composing(self) -> bool:
        """Whether an input method holds text that is not decided yet."""
        return bool(self.textCursor().block().layout().preeditAreaText())

    @property
    def is_empty(self) -> bool:
        return self.document().isEmpty() and not self.is_composing

    def text(self) -> str:
        """What is written, without the undecided text of an input method."""
        # Not toPlainText(): it makes ordinary spaces of no-break spaces.
        return cleaned(self.document().toRawText())

    def set_hint(self, text: str) -> None:
        """Say what stands in the empty field; undecided text takes its place, which Qt leaves to us."""
        self._hint = text
        self._show_hint()

    def replace_all(self, text: str) -> None:
        """Put `text` in the place of everything; undo brings the old text back."""
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(cleaned(text))
        self.moveCursor(QTextCursor.MoveOperation.End)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.fontMetrics().lineSpacing())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.is_composing:
            # Every key belongs to the input method now; those that reach us are by-products of it.
            event.accept()
            return
        if event.key() in _ENTER:
            self._on_enter(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.escape_pressed.emit()
        elif event.key() == Qt.Key.Key_Up and self.is_empty and not event.isAutoRepeat():
            self.up_in_empty.emit()
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        was_composing = self.is_composing
        super().inputMethodEvent(event)
        if was_composing and not self.is_composing:
            self._composition_ended = monotonic()
        self._show_hint()
        self._fit_height()  # undecided text takes room too

    def _show_hint(self) -> None:
        self.setPlaceholderText("" if self.is_composing else self._hint)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_height()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        # Files carry their path as text; they are left alone until they can be attached.
        return source.hasText() and not any(url.isLocalFile() for url in source.urls())

    def insertFromMimeData(self, source: QMimeData) -> None:
        if self.canInsertFromMimeData(source):
            self.insertPlainText(cleaned(source.text()))
            self.ensureCursorVisible()

    def _on_enter(self, event: QKeyEvent) -> None:
        event.accept()
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if modifiers & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier):
            self.textCursor().insertBlock()
            self.ensureCursorVisible()
        elif event.isAutoRepeat() or monotonic() - self._composition_ended < COMMIT_GRACE_S:
            return
        else:
            self.enter_pressed.emit()

    def _fit_height(self) -> None:
        """As high as the text, one to eight lines; lines with Chinese characters may be higher."""
        height, lines = 0.0, 0
        block = self.document().firstBlock()
        measure = self.document().documentLayout()
        while block.isValid() and lines < MAX_LINES:
            measure.blockBoundingRect(block)  # lines out of sight are not laid out until they are asked for
            layout = block.layout()
            count = max(1, layout.lineCount())
            for at in range(min(count, MAX_LINES - lines)):
                line = layout.lineAt(at)
                height += line.height() if line.isValid() else self.fontMetrics().lineSpacing()
            lines += count
            block = block.next()
        is_longer = lines > MAX_LINES or block.isValid()
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if is_longer else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if self.verticalScrollBarPolicy() != policy:
            self.setVerticalScrollBarPolicy(policy)
        margins = self.contentsMargins()
        wanted = max(round(height), self.fontMetrics().lineSpacing()) + margins.top() + margins.bottom() + 1
        if self.height() != wanted or self.maximumHeight() != wanted:
            self.setFixedHeight(wanted)

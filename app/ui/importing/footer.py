"""Keeps the buttons of a card in view: they stand below the page where the card is longer than the window.

Moves widgets and decides nothing else.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QWidget

from app.ui.importing.model_card import ModelCard
from app.ui.theme import COLUMN_WIDTH

_SIDE = 48  # pixels: the margins of the column, and of a card in it
_BELOW = 12  # pixels that are to be seen below a card


class Footer(QFrame):
    """Below `scroll`, hidden while the buttons of its card are in the card."""

    def __init__(self, scroll: QScrollArea, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pageFooter")
        self._scroll = scroll
        self._card: ModelCard | None = None
        self._is_holding = False
        column = QWidget()
        column.setMaximumWidth(COLUMN_WIDTH)
        self._column = QHBoxLayout(column)
        self._column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(_SIDE, 10, _SIDE, 10)
        row.addStretch(1)
        row.addWidget(column, 1000)
        row.addStretch(1)
        self._soon = QTimer(self, singleShot=True, interval=0)  # not while the page is being laid out
        self._soon.timeout.connect(self._place)
        scroll.installEventFilter(self)
        self.hide()

    def watch(self, card: ModelCard | None) -> None:
        """Keep the buttons of `card` in view, and those of no other."""
        if card is not self._card:
            self._give_back()
            if self._card is not None:
                self._card.removeEventFilter(self)
            self._card = card
            if card is not None:
                card.installEventFilter(self)
        self._soon.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show):
            self._soon.start()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        card, content = self._card, self._scroll.widget()
        if card is None or content is None or not self._scroll.isVisible():
            return
        bottom = card.mapTo(content, QPoint(0, card.height())).y() + _BELOW
        room = self._scroll.height()
        if self._is_holding:
            bottom += card.buttons_height
            room += self.height()
        if (bottom > room) == self._is_holding:
            return
        focused = self.window().focusWidget()
        has_keyboard = card.button_row.isAncestorOf(focused)
        if self._is_holding:
            self._give_back()
        else:
            self._is_holding = True
            self._column.addWidget(card.button_row)
            self.show()
        if has_keyboard:  # whoever gets another parent loses it
            focused.setFocus(Qt.FocusReason.OtherFocusReason)

    def _give_back(self) -> None:
        if self._is_holding and self._card is not None:
            self._is_holding = False
            self._card.take_buttons_back()
            self.hide()

"""What stands where a conversation will be: a greeting, a promise, three questions to begin with."""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.ui.icons import IconName
from app.ui.resources import resource_path
from app.ui.theme import COLUMN_WIDTH
from app.ui.theme_manager import ThemeManager

_LOGO_SIZE = 52
_SIDE, _EDGE, _GAP, _BREATH = 24, 16, 12, 16
"""The margins of the page, the space between the cards and above them."""
_SIDE_BY_SIDE = 640
"""From this width on the questions stand in a row."""


def starter_questions(language: str) -> list[str]:
    """The questions in `language` (`zh` or `en`); English for any other."""
    found = json.loads(resource_path("starter_questions.json").read_text(encoding="utf-8"))
    return [str(question) for question in found.get(language, found["en"])]


class QuestionCard(QPushButton):
    """A question on as many lines as it takes."""

    def __init__(self, question: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.question = question
        self.setProperty("kind", "card")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(question)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        label = QLabel(question)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._inner = QVBoxLayout(self)
        self._inner.setContentsMargins(16, 14, 16, 14)
        self._inner.addWidget(label)

    def sizeHint(self) -> QSize:
        return self._inner.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._inner.minimumSize()

    def heightForWidth(self, width: int) -> int:
        return self._inner.heightForWidth(width)


class EmptyState(QWidget):
    """Fills the place of the transcript in a new chat.

    Signals:
        question_chosen: the text of a card.
        import_requested: a person has model files of their own.
    """

    question_chosen = Signal(str)
    import_requested = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._given: list[str] = []
        self._logo = _centred()
        self._greeting = _centred("title")
        self._promise = _centred("muted")
        self._greeting.setWordWrap(True)
        self._promise.setWordWrap(True)
        self._column = QWidget()
        self._cards = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._import = QPushButton()
        self._offer = QWidget()
        self._import.clicked.connect(self.import_requested)
        self._is_import_offered = False
        self._lay_out()
        themes.changed.connect(self._recolor)
        self._recolor()
        self._retranslate()

    @property
    def cards(self) -> list[QuestionCard]:
        """The questions that are offered."""
        items = (self._cards.itemAt(at) for at in range(self._cards.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget for widget in widgets if isinstance(widget, QuestionCard)]

    def set_questions(self, questions: Sequence[str]) -> None:
        """Offer these; an empty list goes back to the questions in the language in use."""
        self._given = list(questions)
        self._show_questions()

    def set_import_offered(self, offered: bool) -> None:
        """Offer to add model files, below the questions."""
        self._is_import_offered = offered
        self._fit_height()

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 80)  # on a small window this page gives way, not the composer

    def hasHeightForWidth(self) -> bool:
        return False  # else its wrapped texts would ask for more than that

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        directions = QBoxLayout.Direction
        is_wide = event.size().width() >= _SIDE_BY_SIDE
        self._cards.setDirection(directions.LeftToRight if is_wide else directions.TopToBottom)
        self._fit_height()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _retranslate(self) -> None:
        self._greeting.setText(self.tr("What would you like to talk about?"))
        self._promise.setText(
            self.tr("Everything stays on this computer: no sign-in, and nothing you write ever leaves it.")
        )
        self._import.setText(self.tr("I already have model files"))
        self._show_questions()
        self._fit_height()

    def _show_questions(self) -> None:
        is_chinese = QLocale().language() == QLocale.Language.Chinese
        wanted = self._given or starter_questions("zh" if is_chinese else "en")
        if wanted == [card.question for card in self.cards]:
            return
        for card in self.cards:
            self._cards.removeWidget(card)
            card.hide()  # at once; it is deleted only when the event loop comes round
            card.deleteLater()
        for question in wanted:
            card = QuestionCard(question)
            card.clicked.connect(self._on_card_clicked)
            self._cards.addWidget(card, 1)
        self._fit_height()

    def _fit_height(self) -> None:
        """Leave out what there is no room for, the logo first: a card without its text helps nobody."""
        width = min(self.width() - 2 * _SIDE, COLUMN_WIDTH)
        is_row = self._cards.direction() is QBoxLayout.Direction.LeftToRight
        shown = self.cards
        card_width = (width - _GAP * (len(shown) - 1)) // max(1, len(shown)) if is_row else width
        heights = [card.heightForWidth(card_width) for card in shown]
        for card, height in zip(shown, heights, strict=True):
            card.setMinimumHeight(height)
        room = self.height() - 2 * _EDGE - self._greeting.heightForWidth(width)
        for part, needed in self._by_worth(width, heights, is_row=is_row):
            part.setVisible(needed <= room)
            room -= needed if needed <= room else 0
        if not self._is_import_offered:
            self._offer.hide()

    def _by_worth(self, width: int, heights: Sequence[int], *, is_row: bool) -> list[tuple[QWidget, int]]:
        """Every part that may be left out with the height that it takes, the most useful one first."""
        parts: list[tuple[QWidget, int]] = []
        for at, (card, height) in enumerate(zip(self.cards, heights, strict=True)):
            if is_row:
                parts.append((card, max(heights) + _BREATH if at == 0 else 0))
            else:
                parts.append((card, height + (_BREATH if at == 0 else _GAP)))
        if self._is_import_offered:
            parts.append((self._offer, self._offer.sizeHint().height()))
        parts.append((self._promise, self._promise.heightForWidth(width)))
        parts.append((self._logo, self._logo.sizeHint().height()))
        return parts

    def _on_card_clicked(self) -> None:
        card = self.sender()
        if isinstance(card, QuestionCard):
            self.question_chosen.emit(card.question)

    def _recolor(self) -> None:
        self._logo.setPixmap(self._themes.icon(IconName.TEA, "accent", _LOGO_SIZE).pixmap(_LOGO_SIZE))

    def _lay_out(self) -> None:
        self._column.setMaximumWidth(COLUMN_WIDTH)
        inner = QVBoxLayout(self._column)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        self._cards.setSpacing(_GAP)
        # Margins of the labels, not of the layout: what is left out takes its space with it.
        self._logo.setContentsMargins(0, 0, 0, 12)
        self._import.setProperty("kind", "link")
        self._import.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        offer = QHBoxLayout(self._offer)
        offer.setContentsMargins(0, _GAP, 0, 0)
        offer.addStretch(1)
        offer.addWidget(self._import)
        offer.addStretch(1)
        self._greeting.setContentsMargins(0, 0, 0, 8)
        self._promise.setContentsMargins(0, 0, 0, 16)
        self._cards.setContentsMargins(0, _BREATH, 0, 0)
        inner.addWidget(self._logo)
        inner.addWidget(self._greeting)
        inner.addWidget(self._promise)
        inner.addLayout(self._cards)
        inner.addWidget(self._offer)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_SIDE, _EDGE, _SIDE, _EDGE)
        layout.addStretch(4)
        row = QHBoxLayout()  # not an alignment: that would ignore the height of wrapped text
        row.addStretch(1)
        row.addWidget(self._column, 1000)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(5)


def _centred(role: str = "") -> QLabel:
    label = QLabel()
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    return label

"""The card "Memory of this computer": bars for its memory and its graphics card, and whether a load fits.

Takes values and works nothing out but the words for them.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core import memory_plan, memory_shares
from app.core.load_plan import room_for
from app.core.memory import Fit, MachineMemory, MemoryEstimate, MemoryPlan
from app.core.model_records import LoadMeasure
from app.ui.settings.memory_bar import MemoryLegend
from app.ui.texts import memory as texts
from app.ui.theme import SPACE
from app.ui.theme_manager import ThemeManager

_TITLE_PARTS, _HEAD_PARTS = 2, 5
"""What the title has of the width of the head."""


@dataclass(frozen=True, slots=True)
class CardValues:
    """What the card shows. `plan` and `needed` are None where nothing can be told of a model.

    `needed` is what is wanted takes, whether it fits or not; `measure` belongs to the same choice.
    `is_order` is whether it is loaded as it is wanted all the same.
    """

    machine: MachineMemory
    plan: MemoryPlan | None = None
    needed: MemoryEstimate | None = None
    measure: LoadMeasure | None = None
    has_model: bool = False
    is_order: bool = False


class MemoryCard(QFrame):
    """A surface with a border, as wide as the column.

    Signals:
        anyway_wanted: load what does not fit as it was chosen.
    """

    anyway_wanted = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: CardValues | None = None
        self._fit = ""
        self.setProperty("panel", "card")
        self._title, self._total = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._computer = MemoryLegend(themes)
        self._card_title = QLabel(wordWrap=True)
        self._graphics = MemoryLegend(themes)
        self._verdict, self._reason, self._measure = QLabel(), QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._anyway = QPushButton()
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._build()
        self._anyway.clicked.connect(self.anyway_wanted)
        self._retranslate()

    @property
    def verdict(self) -> str:
        """The words of the verdict, for a look from outside."""
        return self._verdict.text()

    @property
    def summary(self) -> str:
        """The verdict and what follows from it, to be read out."""
        return texts.joined(self._verdict.text(), self._reason.text())

    def show_values(self, values: CardValues) -> None:
        """Show these; cheap enough for every move of a slider."""
        self._values = values
        machine, needed = values.machine, values.needed
        shares = memory_shares.of_the_computer(machine, needed)
        self._computer.set_shares(shares, has_load=needed is not None)
        on_card = memory_shares.of_the_card(machine, needed)
        for widget in (self._card_title, self._graphics):
            widget.setVisible(on_card is not None)
        if on_card is not None and machine.card is not None:
            self._card_title.setText(machine.card.name)
            self._graphics.set_shares(on_card, has_load=bool(on_card.model or on_card.conversation))
            self._graphics.bar.setAccessibleName(machine.card.name)
        self._say(values)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn_head()

    def _turn_head(self) -> None:
        """The figures stand beside the title where that keeps one line, else below it."""
        title = self._title
        needed = title.fontMetrics().horizontalAdvance(title.text())
        is_narrow = self.width() - 12 * SPACE < needed * _HEAD_PARTS // _TITLE_PARTS
        directions = QBoxLayout.Direction
        self._head.setDirection(directions.TopToBottom if is_narrow else directions.LeftToRight)
        self._head.setSpacing(0 if is_narrow else 3 * SPACE)
        side = Qt.AlignmentFlag.AlignLeft if is_narrow else Qt.AlignmentFlag.AlignRight
        self._total.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)

    def _say(self, values: CardValues) -> None:
        self._total.setText(texts.of_which_others(values.machine))
        verdict = reason = ""
        if values.plan is not None and values.needed is not None:
            fit = memory_plan.fit(values.needed, values.machine)
            verdict = texts.verdict_word(fit)
            room = room_for(values.needed, values.machine)
            reason = texts.verdict_reason(values.plan, fit, values.needed.total, room)
            if values.is_order and fit is Fit.TOO_LARGE:
                reason = texts.order_sentence(values.needed.total, room)
            self._set_look(fit)
            self._anyway.setVisible(fit is Fit.TOO_LARGE and not values.is_order)
        else:
            reason = texts.cannot_be_told() if values.has_model else ""
            self._anyway.hide()
        self._verdict.setText(verdict)
        self._verdict.setVisible(bool(verdict))
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        self._measure.setText(texts.measured(values.measure) if values.measure is not None else "")
        self._measure.setVisible(values.measure is not None)

    def _set_look(self, fit: Fit) -> None:
        if fit.value != self._fit:
            self._fit = fit.value
            self._verdict.setProperty("fit", fit.value)
            self._verdict.style().unpolish(
                self._verdict
            )  # a changed property counts only when polished again
            self._verdict.style().polish(self._verdict)

    def _retranslate(self) -> None:
        self._title.setText(self.tr("Memory of this computer"))
        self._computer.bar.setAccessibleName(self._title.text())
        self._turn_head()
        self._anyway.setText(self.tr("Load it as chosen anyway"))
        if self._values is not None:
            self._say(self._values)

    def _build(self) -> None:
        self._title.setProperty("role", "heading")
        self._card_title.setProperty("role", "heading")
        for label in (self._total, self._measure):
            label.setProperty("role", "caption")
        self._verdict.setProperty("role", "verdict")
        top, middle, below = (
            QWidget(),
            QWidget(),
            QWidget(),
        )  # layouts in layouts lose the height of wrapped lines
        self._head.setContentsMargins(0, 0, 0, 0)
        self._head.addWidget(self._title, _TITLE_PARTS)
        self._head.addWidget(self._total, _HEAD_PARTS - _TITLE_PARTS)
        top.setLayout(self._head)
        self._turn_head()
        first = QHBoxLayout(middle)
        first.setContentsMargins(0, 0, 0, 0)
        first.setSpacing(2 * SPACE)
        first.addWidget(self._verdict)
        first.addWidget(self._measure, 1)
        foot = QVBoxLayout(below)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(SPACE)
        foot.addWidget(middle)
        foot.addWidget(self._reason)
        last = QHBoxLayout()
        last.addWidget(self._anyway)
        last.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * SPACE, 5 * SPACE, 6 * SPACE, 5 * SPACE)
        layout.setSpacing(4 * SPACE)
        layout.addWidget(top)
        layout.addWidget(self._computer)
        layout.addWidget(self._card_title)
        layout.addWidget(self._graphics)
        layout.addWidget(below)
        layout.addLayout(last)

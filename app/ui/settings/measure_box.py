"""Measuring on the page of the model: the button, what is being done, and a table of what came of it.

Takes values; measures nothing. What stands beside it, or below where there is little room, is given to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.engine import Precision
from app.core.measuring import MeasureProgress, MeasureState
from app.core.model_records import SpeedMeasure
from app.ui.announce import announce
from app.ui.texts import measuring as texts
from app.ui.theme import SPACE

_STEPS = 1000
_ROOM_FOR_TWO = 600
"""Pixels from which on what stands beside the button has a column of its own."""


class MeasureBox(QWidget):
    """One for the page of the model.

    Signals:
        wanted: measure. cancelled: stop measuring.
    """

    wanted = Signal()
    cancelled = Signal()

    def __init__(self, beside: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = MeasureState()
        self._measured: Mapping[Precision, SpeedMeasure] = {}
        self._label = ""
        self._is_owed_keyboard = False  # the button gets it back as soon as it can be pressed again
        self.button, self._cancel = QPushButton(), QPushButton()
        self._help, self._end = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._doing, self._bar = QLabel(wordWrap=True), QProgressBar(textVisible=False)
        self._panel = QFrame()
        self._table = QWidget()
        self._cells: list[QWidget] = []
        self._date = QLabel()
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._build(beside)
        self.button.clicked.connect(self._on_wanted)
        self._cancel.clicked.connect(self.cancelled)
        self.retranslate()

    def show_state(self, state: MeasureState, label: str = "") -> None:
        """What could be or is being measured; `label` is what a file calls its only precision."""
        if (state, label) != (self._state, self._label):
            self._state, self._label = state, label
            self._show_state()

    def show_measured(self, measured: Mapping[Precision, SpeedMeasure]) -> None:
        """What was measured of the model before."""
        if measured != self._measured:
            self._measured = measured
            self._show_table()

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        self.button.setText(texts.text(texts.SEARCHED[0]))
        self.button.setToolTip(texts.text(texts.SEARCHED[1]))
        self._cancel.setText(self.tr("Cancel"))
        self._cancel.setAccessibleName(self.tr("Cancel the measurement"))
        self._show_state()
        self._show_table()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _on_wanted(self) -> None:
        self.wanted.emit()
        if not self._panel.isHidden():
            self._cancel.setFocus()  # the button is gone
            announce(self, self._doing.text())

    def _show_state(self) -> None:
        state = self._state
        had_keyboard = self._cancel.hasFocus()
        self._show_progress(state.progress)
        self.button.setVisible(state.progress is None)
        self.button.setEnabled(state.is_possible and bool(state.plan.steps))
        words = texts.offer(state.plan, self._label)
        if state.plan.steps and not state.is_possible:
            words = texts.cannot_now()
        self._help.setText(words)
        self._help.setVisible(state.progress is None)
        end = "" if state.progress is not None else texts.ended(state, self._label)
        if end and end != self._end.text():
            announce(self, end)
        self._end.setText(end)
        self._end.setVisible(bool(end))
        self._is_owed_keyboard |= had_keyboard and state.progress is None
        if self._is_owed_keyboard and self.button.isEnabled():
            self._is_owed_keyboard = False
            focus: QWidget | None = QApplication.focusWidget()
            if focus is None or self.isAncestorOf(focus):  # else the person went on meanwhile
                self.button.setFocus()

    def _show_progress(self, progress: MeasureProgress | None) -> None:
        self._panel.setVisible(progress is not None)
        if progress is not None:
            self._doing.setText(texts.doing(progress, self._label))
            self._bar.setValue(round(progress.fraction * _STEPS))
            self._bar.setAccessibleName(self._doing.text())

    def _show_table(self) -> None:
        measured = self._measured
        self._table.setVisible(bool(measured))
        self._date.setVisible(bool(measured))
        for cell in self._cells:
            cell.hide()
            cell.deleteLater()
        self._cells = []
        if not measured:
            return
        for column, heading in enumerate(texts.headings()):
            self._add(0, column, heading)
        for row, (precision, one) in enumerate(measured.items(), 1):
            for column, words in enumerate(texts.cells(precision, one, self._label)):
                self._add(row, column, words)
        self._table.setAccessibleName(texts.text(texts.SEARCHED[0]))
        self._table.setAccessibleDescription(
            "\n".join(texts.row_sentence(precision, one, self._label) for precision, one in measured.items())
        )
        self._date.setText(texts.measured_on([*measured.values()], datetime.now(UTC)))

    def _add(self, row: int, column: int, words: str) -> None:
        """A cell; below its first line the others are small."""
        cell = QWidget()
        lines = QVBoxLayout(cell)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        for at, line in enumerate(words.split("\n")):
            label = QLabel(line, wordWrap=bool(at) or row == 0)  # a figure stays with its unit
            label.setTextFormat(Qt.TextFormat.PlainText)
            if at or row == 0:
                label.setProperty("role", "caption")
            lines.addWidget(label)
        layout = self._table.layout()
        assert isinstance(layout, QGridLayout)
        layout.addWidget(cell, row, column, Qt.AlignmentFlag.AlignTop)
        self._cells.append(cell)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = event.size().width() >= _ROOM_FOR_TWO
        row, column = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._columns.setDirection(row if is_wide else column)

    def _build(self, beside: QWidget) -> None:
        for label in (self._help, self._date):
            label.setProperty("role", "caption")
        self._end.setProperty("role", "muted")
        self._panel.setProperty("panel", "card")
        self._bar.setRange(0, _STEPS)
        own = QWidget()
        mine = QVBoxLayout(own)
        mine.setContentsMargins(0, 0, 0, 0)
        mine.setSpacing(2 * SPACE)
        mine.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        for widget in (self._help, self._panel, self._end, self._table, self._date):
            mine.addWidget(widget)
        mine.addStretch(1)
        self._columns.setSpacing(6 * SPACE)
        self._columns.addWidget(own, 1)
        self._columns.addWidget(beside, 1)
        inner = QVBoxLayout(self._panel)
        inner.setContentsMargins(4 * SPACE, 3 * SPACE, 4 * SPACE, 3 * SPACE)
        inner.setSpacing(2 * SPACE)
        inner.addWidget(self._doing)
        inner.addWidget(self._bar)
        inner.addWidget(self._cancel, 0, Qt.AlignmentFlag.AlignLeft)
        grid = QGridLayout(self._table)
        grid.setContentsMargins(0, SPACE, 0, 0)
        grid.setHorizontalSpacing(4 * SPACE)
        grid.setVerticalSpacing(2 * SPACE)
        for column, stretch in enumerate((2, 5, 3, 2)):
            grid.setColumnStretch(column, stretch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._columns)

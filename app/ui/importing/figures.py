"""Figures in large type, each with words under it. Takes texts only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

_GAP = 28


class FigureRow(QWidget):
    """Hidden where there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns: list[QWidget] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(_GAP)
        self._row.addStretch(1)

    def set_figures(self, figures: Sequence[tuple[str, str]]) -> None:
        """Show pairs of figure and words, in this order."""
        for column in self._columns:
            self._row.removeWidget(column)
            column.hide()
            column.deleteLater()
        self._columns = [_column(figure, words) for figure, words in figures]
        for at, column in enumerate(self._columns):
            self._row.insertWidget(at, column)
        self.setVisible(bool(self._columns))


def _column(figure: str, words: str) -> QWidget:
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2)
    for text, role in ((figure, "title"), (words, "caption")):
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("role", role)
        layout.addWidget(label)
    column.setAccessibleName(f"{figure}, {words}")
    return column

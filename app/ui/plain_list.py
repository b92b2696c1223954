"""The base of the lists of the program: no frame, smooth, rows of one size, one look of marks and focus."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QWidget

from app.ui.theme import RADIUS_SMALL, Theme

BAR_WIDTH = 10
"""Of the scroll bar in the style sheet. Rows leave this room at the right whether or not it is there."""


class PlainList(QListView):
    """Rows as wide with a scroll bar as without one; all of one height, so ten thousand need no layout."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(20)
        self.setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().rangeChanged.connect(self._on_range_changed)
        self._on_range_changed(0, 0)

    def _on_range_changed(self, _minimum: int, maximum: int) -> None:
        self.setViewportMargins(0, 0, 0 if maximum > 0 else BAR_WIDTH, 0)


def paint_row_ground(
    painter: QPainter, rect: QRect, state: QStyle.StateFlag, theme: Theme, *, is_marked: bool
) -> None:
    """The ground of a row: tinted where it is marked or under the mouse, ringed where the focus is."""
    inner = rect.adjusted(1, 2, -1, -2)
    if is_marked or state & QStyle.StateFlag.State_MouseOver:
        ground = QColor(theme.hover)
        ground.setAlphaF(1.0 if is_marked else 0.6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(inner, RADIUS_SMALL, RADIUS_SMALL)
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(theme.color("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(inner.adjusted(1, 1, -1, -1), RADIUS_SMALL - 1, RADIUS_SMALL - 1)

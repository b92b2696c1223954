"""The thin bar under a block that moves sideways: where it stands, and where a drag puts the block."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

_THICKNESS = 5.0
_SHORTEST = 32.0


def bar_rect(track: QRectF, scroll_x: float, scroll_max: float) -> QRectF:
    """The bar inside `track`, for a block moved by `scroll_x` of at most `scroll_max` pixels."""
    length = max(_SHORTEST, track.width() * track.width() / (track.width() + scroll_max))
    left = track.left() + (track.width() - length) * (scroll_x / scroll_max if scroll_max else 0.0)
    return QRectF(left, track.bottom() - _THICKNESS, length, _THICKNESS)


def scroll_for(track: QRectF, moved: float, scroll_max: float) -> float:
    """How far the block moves when the bar is dragged by `moved` pixels."""
    free = track.width() - bar_rect(track, 0.0, scroll_max).width()
    return moved * scroll_max / free if free > 0 else 0.0


def paint_bar(painter: QPainter, rect: QRectF, color: QColor) -> None:
    """Draw the bar."""
    shown = QColor(color)
    shown.setAlphaF(0.55)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shown)
    painter.drawRoundedRect(rect, _THICKNESS / 2, _THICKNESS / 2)

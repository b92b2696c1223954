"""Where the window stands over the column: following the end, or holding on to what is being read.

Heights are guesses until something is looked at. Whatever is corrected above the reader must not move what
they read, so the place at the upper edge is remembered by what stands there, not by a number. Knows the
column and a scroll bar.
"""

from __future__ import annotations

from PySide6.QtWidgets import QScrollBar

from app.ui.transcript.column import Column, ColumnAnchor

_AT_END = 8
"""So many pixels above the end still count as the end."""
_ROUNDS = 8
_AHEAD = 0.3  # of the window, laid out beyond its edges


class Scrolling:
    """The place of the window in the column; the scroll bar shows it."""

    def __init__(self, column: Column, bar: QScrollBar) -> None:
        self._column = column
        self._bar = bar
        self._anchor: ColumnAnchor | None = None
        self._anchor_offset = 0.0  # of the anchor above the upper edge
        self._is_settling = False
        self.follows = True

    @property
    def top(self) -> int:
        """The height in the column that stands at the upper edge."""
        return self._bar.value()

    @property
    def is_settling(self) -> bool:
        """Whether the scroll bar moves because heights were corrected, not because a person moved it."""
        return self._is_settling

    def hold(self) -> None:
        """Remember what stands at the upper edge."""
        self._anchor = self._column.anchor_at(self.top)
        y = None if self._anchor is None else self._column.anchor_y(self._anchor)
        self._anchor_offset = self.top - y if y is not None else 0.0

    def moved_by_person(self, window: int) -> None:
        """The scroll bar was moved: follow from now on, or no longer."""
        self.follows = self.top >= self._bar.maximum() - _AT_END
        self.hold()
        self.settle(window)

    def go_to(self, y: float, window: int) -> None:
        """Show the height `y` at the upper edge."""
        self.follows = False
        self._set(y, window)
        self.follows = self.top >= self._bar.maximum() and self._bar.maximum() > 0
        self.hold()
        self.settle(window)

    def settle(self, window: int) -> None:
        """Make what a window of this height shows exact, and set the scroll bar."""
        self._is_settling = True
        ahead = window * _AHEAD
        for _ in range(_ROUNDS):
            top = self._wanted(window)
            if not self._column.ensure(top - ahead, top + window + ahead):
                break
        self._set(self._wanted(window), window)
        self._is_settling = False
        self._column.release_far()
        self.hold()

    def _wanted(self, window: int) -> float:
        end = max(0.0, self._column.height - window)
        if self.follows or self._anchor is None:
            return end if self.follows else min(float(self.top), end)
        y = self._column.anchor_y(self._anchor)
        return min(max(0.0, y + self._anchor_offset), end) if y is not None else min(float(self.top), end)

    def _set(self, y: float, window: int) -> None:
        was_settling, self._is_settling = self._is_settling, True
        self._bar.setPageStep(window)
        self._bar.setRange(0, max(0, round(self._column.height) - window))
        self._bar.setValue(round(y))
        self._is_settling = was_settling

"""Heights of things that stand one below the other, some measured, some still guessed.

Everything that is laid out lazily is such a stack: messages in the column, blocks in a message, rows in a
table, lines of wrapped code. Pure arithmetic.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate


class Stack:
    """Heights in pixels and the tops that follow from them; tops are computed when they are asked for."""

    def __init__(self, heights: Iterable[float] = ()) -> None:
        self._heights = list(heights)
        self._tops: list[float] | None = None

    def __len__(self) -> int:
        return len(self._heights)

    @property
    def total(self) -> float:
        """The height of all together."""
        return self._all_tops()[-1]

    def height(self, index: int) -> float:
        return self._heights[index]

    def top(self, index: int) -> float:
        """Where the thing `index` starts; `len` gives the end of the last one."""
        return self._all_tops()[index]

    def at(self, y: float) -> int:
        """The thing at `y`; the first or last one for places outside. -1 when there is nothing."""
        return min(max(bisect_right(self._all_tops(), y) - 1, 0), len(self._heights) - 1)

    def within(self, top: float, bottom: float) -> range:
        """The things that touch the stretch from `top` to `bottom`; none where the stretch lies outside."""
        if not self._heights or bottom < 0 or top > self.total:
            return range(0)
        return range(self.at(top), self.at(bottom) + 1)

    def set_height(self, index: int, height: float) -> bool:
        """Correct a height; True when it was another."""
        if self._heights[index] == height:
            return False
        self._heights[index] = height
        self._tops = None
        return True

    def append(self, height: float) -> None:
        self._heights.append(height)
        if self._tops is not None:
            self._tops.append(self._tops[-1] + height)

    def cut(self, length: int) -> None:
        """Forget all from the thing `length` on."""
        del self._heights[length:]
        if self._tops is not None:
            del self._tops[length + 1 :]

    def _all_tops(self) -> list[float]:
        if self._tops is None:
            self._tops = list(accumulate(self._heights, initial=0.0))
        return self._tops

"""How wide the columns of a table become. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

COMFORTABLE = 180.0
"""Pixels: columns are not squeezed below this while the table can move sideways instead."""


def column_widths(natural: Sequence[float], room: float, comfortable: float = COMFORTABLE) -> list[float]:
    """Widths for columns that would like `natural` pixels in `room` pixels.

    Narrow columns keep what they like; wide ones share what is left, but none is squeezed below
    `comfortable`: then the table is wider than its room and moves sideways.
    """
    if sum(natural) <= room:
        return list(natural)
    left, waiting = room, sorted(natural)
    share = left
    while waiting:
        share = left / len(waiting)
        if waiting[0] > share:
            break
        left -= waiting.pop(0)
    share = max(share, comfortable)
    return [min(width, share) for width in natural]

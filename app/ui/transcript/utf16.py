"""Places in a text: Python counts characters, Qt counts UTF-16 units. Here one becomes the other."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# Overrides of the direction of writing, and what has no width; joiners belong to emoji and to some scripts.
_MISLEADING = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def printable(text: str) -> str:
    """`text` with control characters and halves of surrogates shown as U+FFFD; every place stays."""
    return _UNPRINTABLE.sub("\ufffd", text)


def unambiguous(text: str) -> str:
    """Code as `printable` text, where nothing hides and all stands in the order in which it is run."""
    shown = printable(text)
    return shown if shown.isascii() else _MISLEADING.sub("\ufffd", shown)


def length(text: str) -> int:
    """How many units Qt counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def to_units(text: str, index: int) -> int:
    """The unit at which the character `index` starts."""
    return length(text[:index])


def to_index(text: str, unit: int) -> int:
    """The character that starts at `unit`; the next one for a place inside a character."""
    if text.isascii():
        return min(unit, len(text))
    return len(text.encode("utf-16-le")[: 2 * unit].decode("utf-16-le", "ignore"))


def halves(text: str) -> int:
    """A cheap guess of the width of `text` in half ems: one for a Latin letter, two for a Chinese one."""
    if text.isascii():
        return len(text)
    size = len(text)
    return size + (len(text.encode("utf-8", "surrogatepass")) - size) // 2

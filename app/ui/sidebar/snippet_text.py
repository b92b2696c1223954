"""The text of a search hit without its Markdown signs, the places of the matches kept right. Knows no view.

A snippet is a piece cut out of a message, so pairs of signs may be incomplete; this is for the eye only, and
a sign that was searched for stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

Marks = tuple[tuple[int, int], ...]

# A sign between two ASCII letters or digits is arithmetic or a name: 2**3, snake_case.
_SIGNS = re.compile(
    r"""
      ^[ \t]*(?:```|~~~)[^\n]*$              # the first or last line of a code block
    | ^[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*(?:\|[ \t:|-]*)?$  # the rule under the head of a table, or a line
    | ^[ \t]*\#{1,6}[ \t]+                   # heading
    | ^[ \t]*(?:>[ \t]*)+                    # quote
    | ^[ \t]*[-*+][ \t]+                     # list
    | (?<![0-9A-Za-z*])\*{1,3}(?=\S) | (?<=\S)\*{1,3}(?![0-9A-Za-z*])
    | (?<![0-9A-Za-z_])_{1,3}(?=\S) | (?<=[^\s_])_{1,3}(?![0-9A-Za-z_])
    | ~~ | `+
    | ^[ \t]*\|[ \t]* | [ \t]*\|[ \t]*$      # the outer bars of a row of a table
    """,
    re.VERBOSE | re.MULTILINE,
)
_BAR = re.compile(r"[ \t]+\|[ \t]+")
_SPACE = re.compile(r"\s+")
_BETWEEN_CELLS = " · "


def plain_snippet(snippet: str, marks: Sequence[tuple[int, int]]) -> tuple[str, Marks]:
    """`snippet` on one line and without Markdown signs; `marks` (start, length) moved with their words."""
    for pattern, replacement in ((_SIGNS, ""), (_BAR, _BETWEEN_CELLS), (_SPACE, " ")):
        snippet, marks = _replaced(pattern, replacement, snippet, marks)
    kept = len(snippet) - len(snippet.lstrip())
    moved = tuple((max(0, start - kept), length) for start, length in marks)
    return snippet.strip(), moved


def _replaced(
    pattern: re.Pattern[str], replacement: str, text: str, marks: Sequence[tuple[int, int]]
) -> tuple[str, Marks]:
    parts: list[str] = []
    places = [0] * (len(text) + 1)  # where each character of the old text is in the new one
    at = length = 0
    for start, end in _spans(pattern, text, marks):
        parts += [text[at:start], replacement]
        for old in range(at, start):
            places[old] = length + old - at
        length += start - at
        places[start:end] = [length] * (end - start)
        length += len(replacement)
        at = end
    parts.append(text[at:])
    for old in range(at, len(text) + 1):
        places[old] = length + old - at
    moved = []
    for start, size in marks:
        first, last = places[min(start, len(text))], places[min(start + size, len(text))]
        if last > first:
            moved.append((first, last - first))
    return "".join(parts), tuple(moved)


def _spans(
    pattern: re.Pattern[str], text: str, marks: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """What to replace; never what was searched for."""
    for found in pattern.finditer(text):
        start, end = found.span()
        if start < end and not any(begin < end and start < begin + size for begin, size in marks):
            yield start, end

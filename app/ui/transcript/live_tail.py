"""What is shown of a line that is not finished yet.

A token ends anywhere: in the middle of `**`, of an address, of the line under the head of a table. Shown as
they are, such pieces flicker: asterisks that vanish, a paragraph that is a heading for a moment because a
list began with `-`. These functions decide what to hold back and what to close. They are guesses about a few
characters for a few moments; finished lines are always parsed as they are. Knows text only.
"""

from __future__ import annotations

import re

MAX_HELD = 200  # a longer line is no mark and no row any more: show it

# The start of a line that may still become an item, a heading, a rule, a fence or an underline.
_MARKS_ONLY = re.compile(
    r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(?:[-=*_+ \t]+|#{1,6}|`+|~+|\d{1,9}[.)]?)?[ \t]*"
)
_FENCE_ONLY = re.compile(r"[ \t]*(?:`+|~+)[ \t]*")
_DELIMITERS_ONLY = re.compile(r"[|:\- \t]*")
_ROW = re.compile(r"[ \t]*\|")
_TRAILING_MARKS = re.compile(r"[*_~`]+$")
_CODE = re.compile(r"(`+)[^`]+\1")
_HALF_ADDRESS = re.compile(r"(!?)\[([^\[\]\n]*)\]\([^()\s]*$")


def shown_end(text: str, start: int, *, in_code: bool, in_table: bool) -> int:
    """Return where the part of `text[start:]` ends that is worth showing.

    Held back are a last line that is only marks, an unfinished row of a table, and a line that may be the
    head of a table until the line below it tells. In code only what may be its end is held back.
    """
    line = text.rfind("\n", start) + 1 or start
    partial = text[line:]
    if len(partial) > MAX_HELD:
        return len(text)
    if in_code:
        return line if _FENCE_ONLY.fullmatch(partial) else len(text)
    end = line if _MARKS_ONLY.fullmatch(partial) or _ROW.match(partial) else len(text)
    if end == line > start and not in_table and _DELIMITERS_ONLY.fullmatch(partial):
        head = text.rfind("\n", start, line - 1) + 1 or start
        above = text.rfind("\n", start, max(start, head - 1)) + 1 or start
        is_row = _ROW.match(text, head, line)
        if is_row and line - head <= MAX_HELD and (head == start or not _ROW.match(text, above, head)):
            return head
    return end


def close_marks(line: str) -> str:
    """Return a last line with what is open in it closed, so that it looks as it will when the rest is there.

    Bold, code and the address of a link are seen to; a single `*` may as well be a product and stays.
    """
    body = _TRAILING_MARKS.sub("", line)
    without_code = _CODE.sub("", body)
    if "`" in without_code:
        return body + "`" if not body.endswith("`") else body
    half = _HALF_ADDRESS.search(body)
    if half:
        body = body[: half.start()] + half[1] + half[2]
        without_code = _CODE.sub("", body)
    pieces = without_code.split("**")
    if len(pieces) % 2 == 0 and pieces[-1].strip() and not pieces[-1][0].isspace():
        # Emphasis cannot end behind a space.
        return body.rstrip(" \t") + "**"
    return line if body == line else body

"""Nested blocks as a flat run of pieces, each with its indent, its marker and the space above it.

Flat, because then every piece can be laid out, measured and thrown away by itself: a list of a thousand items
costs what the twenty on the screen cost. Pure values, no Qt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.ui.transcript.blocks import (
    Block,
    CodeBlock,
    Heading,
    ListBlock,
    ListItem,
    Paragraph,
    Quote,
    Rule,
    Span,
    Spans,
    Table,
    TopBlock,
)

MAX_PIECE = 4_000
"""Characters of one piece of running text; longer ones are cut, so that laying one out stays short."""
MAX_INDENT = 12
"""Steps of indentation that are drawn; what is nested deeper stands at the last one."""
BULLET = "•"
_CUT_BEHIND = ("。", "！", "？", ". ", "! ", "? ", "，", ", ", " ")


class Gap(StrEnum):
    """Space above a piece."""

    NONE = "none"
    ITEM = "item"
    BLOCK = "block"
    HEADING = "heading"


@dataclass(frozen=True, slots=True)
class TextPart:
    """Running text; `level` 0 is a paragraph, 1..6 a heading."""

    spans: Spans
    level: int = 0


Content = TextPart | CodeBlock | Table | Rule


@dataclass(frozen=True, slots=True)
class Piece:
    """What is drawn as one.

    Attributes:
        indent: Steps from the left edge.
        bars: The steps at which the bar of a quote stands.
        marker: Bullet or number of a list item, in front of its first piece.
        marker_level: How deep the list is nested, from 0: it chooses the bullet.
        joined: The bars reach up to the piece above.
        item: The item of the top-level list it belongs to; -1 outside of lists.
    """

    content: Content
    gap: Gap = Gap.BLOCK
    indent: int = 0
    bars: tuple[int, ...] = ()
    marker: str = ""
    marker_level: int = 0
    joined: tuple[int, ...] = ()
    item: int = -1


@dataclass(slots=True)
class _Place:
    """Where the walk stands: what the next piece inherits."""

    indent: int = 0
    bars: tuple[int, ...] = ()
    level: int = 0


def pieces_of(top: TopBlock, before: TopBlock | None, first_item: int = 0) -> list[Piece]:
    """The pieces of a top-level block that stands behind `before`; of a list, only from an item on."""
    if first_item and isinstance(top.block, ListBlock):
        return list(_list(top.block, _Place(), first_item))
    pieces = list(_block(top.block, _Place()))
    if pieces:
        pieces[0] = replace(pieces[0], gap=_first_gap(top, before, pieces[0].gap))
    return pieces


def same_items(old: Block, new: Block) -> int:
    """How many items at the start of a growing list need not be looked at again; 0 for other blocks."""
    if not isinstance(old, ListBlock) or not isinstance(new, ListBlock):
        return 0
    if (old.ordered, old.start, old.tight) != (new.ordered, new.start, new.tight):
        return 0
    same = 0
    for before, now in zip(old.items, new.items, strict=False):
        if before is not now:
            break
        same += 1
    return same


def _first_gap(top: TopBlock, before: TopBlock | None, usual: Gap) -> Gap:
    if before is None:
        return Gap.NONE
    both_text = isinstance(top.block, Paragraph) and isinstance(before.block, Paragraph)
    # A long paragraph comes in pieces that touch; paragraphs of their own have an empty line between them.
    return Gap.NONE if both_text and top.start - before.end <= 1 else usual


def _block(block: Block, place: _Place) -> Iterator[Piece]:
    match block:
        case Paragraph(spans):
            yield from _text(spans, 0, Gap.BLOCK, place)
        case Heading(level, spans):
            yield from _text(spans, level, Gap.HEADING, place)
        case ListBlock():
            yield from _list(block, place)
        case Quote(blocks):
            inner = _Place(_deeper(place.indent), (*place.bars, place.indent), place.level)
            for number, child in enumerate(blocks):
                for first, piece in _numbered(_block(child, inner)):
                    touches = place.bars if number == 0 and first else inner.bars
                    yield replace(piece, joined=tuple(dict.fromkeys((*piece.joined, *touches))))
        case _:
            yield Piece(block, Gap.BLOCK, place.indent, place.bars)


def _numbered(pieces: Iterator[Piece]) -> Iterator[tuple[bool, Piece]]:
    return ((number == 0, piece) for number, piece in enumerate(pieces))


def _list(block: ListBlock, place: _Place, first_item: int = 0) -> Iterator[Piece]:
    gap = Gap.ITEM if block.tight else Gap.BLOCK
    inner = _Place(_deeper(place.indent), place.bars, place.level + 1)
    for number, item in enumerate(block.items[first_item:], first_item):
        marker = f"{block.start + number}." if block.ordered else BULLET
        for at, piece in enumerate(_item(item, inner)):
            first = at == 0
            above = Gap.BLOCK if first and number == 0 else gap if first else _inner_gap(piece, block.tight)
            if first:
                piece = replace(piece, marker=marker, marker_level=place.level)  # noqa: PLW2901
            joined = place.bars if not first or number else piece.joined
            yield replace(piece, gap=above, joined=joined, item=number)


def _item(item: ListItem, place: _Place) -> Iterator[Piece]:
    if not item.blocks or not isinstance(item.blocks[0], Paragraph | Heading):
        # The marker needs a line of its own in front of code, a table or another list.
        yield Piece(TextPart(()), Gap.ITEM, place.indent, place.bars)
    for child in item.blocks:
        yield from _block(child, place)


def _inner_gap(piece: Piece, tight: bool) -> Gap:
    return Gap.ITEM if tight and isinstance(piece.content, TextPart) else piece.gap


def _deeper(indent: int) -> int:
    return min(indent + 1, MAX_INDENT)


def _text(spans: Spans, level: int, gap: Gap, place: _Place) -> Iterator[Piece]:
    for number, part in enumerate(_cut(spans)):
        yield Piece(
            TextPart(part, level),
            gap if number == 0 else Gap.NONE,
            place.indent,
            place.bars,
            joined=place.bars if number else (),
        )


def _cut(spans: Spans) -> Iterator[Spans]:
    """Spans in portions of at most `MAX_PIECE` characters, cut where the eye rests."""
    if sum(len(span.text) for span in spans) <= MAX_PIECE:
        yield spans
        return
    portion: list[Span] = []
    room = MAX_PIECE
    for whole in spans:
        span = whole
        while len(span.text) >= room:
            at = _cut_place(span.text, room)
            portion.append(replace(span, text=span.text[:at].removesuffix("\n")))
            yield tuple(portion)
            span = replace(span, text=span.text[at:])
            portion, room = [], MAX_PIECE
        if span.text:
            portion.append(span)
            room -= len(span.text)
    if portion:
        yield tuple(portion)


def _cut_place(text: str, room: int) -> int:
    """Where to cut within the first `room` characters: behind a line, a sentence, a word."""
    window = text[max(0, room - 400) : room]
    start = room - len(window)
    for mark in ("\n", *_CUT_BEHIND):
        found = window.rfind(mark)
        if found >= 0:
            return start + found + len(mark)
    return room


def plain(spans: Sequence[Span]) -> str:
    """The text of spans without their styles."""
    return "".join(span.text for span in spans)

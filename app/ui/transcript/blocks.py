"""A parsed message as values: what `markdown` makes and `view` draws. No Qt, no parsing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style. `href` is shown, never fetched; a newline in `text` is a hard break."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    href: str = ""


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of `level` 1..6."""

    level: int
    spans: Spans


@dataclass(frozen=True, slots=True)
class ListItem:
    """One item; its first block may be missing (an empty item)."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class ListBlock:
    """A list; `tight` items stand without space between them."""

    ordered: bool
    start: int
    tight: bool
    items: tuple[ListItem, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A block quote."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """`language` as written after the fence; `closed` False while the end of the fence is not there yet."""

    language: str
    text: str
    closed: bool = True


class Align(StrEnum):
    """How a column of a table is set."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Table:
    """Every row has as many cells as `aligns`."""

    aligns: tuple[Align, ...]
    header: tuple[Spans, ...]
    rows: tuple[tuple[Spans, ...], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal rule."""


Block = Paragraph | Heading | ListBlock | Quote | CodeBlock | Table | Rule


@dataclass(frozen=True, slots=True)
class TopBlock:
    """A top-level block with the part of the original text it came from: `text[start:end]`."""

    block: Block
    start: int
    end: int

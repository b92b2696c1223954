"""Markdown into blocks: the text of a message becomes the values of `blocks`.

`parse` is for what models write, `plain_blocks` for what people write. Both are pure. What is Markdown here
and what is not stands in `markdown_rules`; this module turns the library's tokens into our values and knows
where each block stands in the text. It knows nothing of Qt, of colours, or of streams (which use
`parse_sections`).

A single line break inside a paragraph stays a line break. Models break lines on purpose (verses, addresses,
"label: value" lines) and do not wrap at 80 columns, so joining lines would destroy more than it mends; most
chat windows do the same. Between two Chinese characters no space can appear this way either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from app.ui.transcript.blocks import (
    Align,
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

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

PLAIN_CHUNK = 2_000  # characters of a plain paragraph: longer ones are slow to lay out

_LINE_END = re.compile(r"\r\n?|\n")
_SAFE_ADDRESS = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[\s、。，；：！？…）」』”’,;]")


@dataclass(frozen=True, slots=True)
class Section:
    """A top-level block and what a stream has to know about it.

    Attributes:
        top: The block and its place in the text.
        final: No line that may follow can change the block.
        seams: Where each item of a list or each row of a table starts in the text; empty for other blocks.
    """

    top: TopBlock
    final: bool
    seams: tuple[int, ...]


def parse(text: str) -> tuple[TopBlock, ...]:
    """Return the blocks of a Markdown text.

    Each block covers whole lines, `text[start:end]`, without the line end of its last line; the blocks stand
    in order, do not overlap, and only blank lines lie between them.
    """
    return tuple(section.top for section in parse_sections(text))


def parse_sections(text: str) -> tuple[Section, ...]:
    """Return the blocks of a Markdown text with what a stream needs; see `Section`."""
    tokens = _parser().parse(text)
    return tuple(_Reader(tokens, text).sections())


def plain_blocks(text: str) -> tuple[TopBlock, ...]:
    """Return a text as paragraphs that show it as it is, with its line breaks.

    Usually one. A long text is divided at line ends, and a long line behind a word or a sentence mark, so
    that no paragraph is longer than `PLAIN_CHUNK` characters. The ranges cover all but the line ends between
    paragraphs.
    """
    blocks: list[TopBlock] = []
    start = 0
    while start < len(text):
        end, following = _plain_end(text, start)
        shown = _LINE_END.sub("\n", text[start:end])
        blocks.append(TopBlock(Paragraph((Span(shown),) if shown else ()), start, end))
        start = following
    return tuple(blocks)


def plain_text(blocks: Sequence[TopBlock]) -> str:
    """Return what a reader sees, without markup: for search, screen readers and copying as text."""
    return "\n\n".join(_block_text(top.block) for top in blocks)


@cache
def _parser() -> MarkdownIt:
    # Imported late: the library takes 50 ms that a window without a message does not need.
    from app.ui.transcript.markdown_rules import make_parser

    return make_parser()


class _Reader:
    """Walks over the tokens of one text; every method leaves `_next` behind what it has read."""

    def __init__(self, tokens: Sequence[Token], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._next = 0
        self._starts = [0]
        self._ends = []
        for line_end in _LINE_END.finditer(text):
            self._ends.append(line_end.start())
            self._starts.append(line_end.end())
        self._ends.append(len(text))

    def sections(self) -> Iterator[Section]:
        while self._next < len(self._tokens):
            token = self._tokens[self._next]
            begin = self._next
            block = self._block()
            if block is None or token.map is None:
                continue
            first, behind = token.map
            top = TopBlock(block, self._starts[first], self._end_of(first, behind, block))
            seams = tuple(self._starts[line] for line in _seam_lines(self._tokens[begin : self._next]))
            yield Section(top, self._is_final(token, behind), seams)

    def _end_of(self, first: int, behind: int, block: Block) -> int:
        """The end of the last line of a block; blank lines behind it are not its own."""
        if not isinstance(block, CodeBlock):
            while behind - 1 > first and self._is_blank(behind - 1):
                behind -= 1
        return self._ends[behind - 1]

    def _is_blank(self, line: int) -> bool:
        return not self._text[self._starts[line] : self._ends[line]].strip(" \t")

    def _is_final(self, token: Token, behind: int) -> bool:
        """Given whole lines only: one more line never changes these, or not after a blank line."""
        if token.type == "fence":
            return bool(token.meta["closed"])
        if token.type in ("heading_open", "hr"):
            return True
        followed = behind < len(self._starts) - 1
        return followed and token.type in ("paragraph_open", "blockquote_open", "table_open")

    def _block(self) -> Block | None:
        """Read one block; None for a token without text of a kind we do not know."""
        token = self._tokens[self._next]
        self._next += 1
        match token.type:
            case "paragraph_open":
                return Paragraph(self._inline("paragraph_close"))
            case "heading_open":
                return Heading(int(token.tag[1:]), self._inline("heading_close"))
            case "bullet_list_open" | "ordered_list_open":
                return self._list(token)
            case "blockquote_open":
                return Quote(self._blocks_until("blockquote_close"))
            case "fence":
                words = token.info.split()
                return CodeBlock(words[0] if words else "", _without_end(token.content), token.meta["closed"])
            case "code_block":
                return CodeBlock("", _without_end(token.content))
            case "hr":
                return Rule()
            case "table_open":
                return self._table()
        # A kind we do not know, of a later version of the library: its text, rather than nothing.
        return Paragraph((Span(token.content),)) if token.content else None

    def _blocks_until(self, close: str) -> tuple[Block, ...]:
        blocks: list[Block] = []
        while self._tokens[self._next].type != close:
            block = self._block()
            if block is not None:
                blocks.append(block)
        self._next += 1
        return tuple(blocks)

    def _list(self, opening: Token) -> ListBlock:
        close = opening.type.replace("_open", "_close")
        items: list[ListItem] = []
        while self._tokens[self._next].type != close:
            self._next += 1  # list_item_open
            items.append(ListItem(self._blocks_until("list_item_close")))
        self._next += 1
        start = int(opening.attrs.get("start", 1))
        return ListBlock(
            opening.type == "ordered_list_open", start, bool(opening.meta["tight"]), tuple(items)
        )

    def _table(self) -> Table:
        aligns: list[Align] = []
        rows: list[tuple[Spans, ...]] = []
        cells: list[Spans] = []
        while (token := self._tokens[self._next]).type != "table_close":
            self._next += 1
            if token.type in ("th_open", "td_open"):
                if token.type == "th_open":
                    aligns.append(_align(token))
                cells.append(self._inline(token.type.replace("_open", "_close")))
            elif token.type == "tr_close":
                rows.append(tuple(cells))
                cells = []
        self._next += 1
        return Table(tuple(aligns), rows[0], tuple(rows[1:]))

    def _inline(self, close: str) -> Spans:
        """Read the text of a paragraph, heading or cell."""
        spans: Spans = ()
        while (token := self._tokens[self._next]).type != close:
            self._next += 1
            spans += _spans(token.children or [])
        self._next += 1
        return spans


def _seam_lines(tokens: Sequence[Token]) -> Iterator[int]:
    """The first lines of the items or rows of one top-level block."""
    unit = {
        "bullet_list_open": "list_item_open",
        "ordered_list_open": "list_item_open",
        "table_open": "tr_open",
    }
    wanted = unit.get(tokens[0].type)
    depth = 1 if wanted == "list_item_open" else 2
    for token in tokens:
        if token.type == wanted and token.level == depth and token.map is not None:
            yield token.map[0]


def _spans(tokens: Sequence[Token]) -> Spans:
    spans: list[Span] = []
    depth = {"strong": 0, "em": 0, "s": 0}  # bold may stand inside bold
    href = ""
    for token in tokens:
        kind, _, edge = token.type.rpartition("_")
        if kind in depth and edge in ("open", "close"):
            depth[kind] += token.nesting
        elif kind == "link":
            href = str(token.attrs.get("href", ""))
            href = href if _SAFE_ADDRESS.match(href) else ""
        else:
            text = "\n" if token.type in ("softbreak", "hardbreak") else token.content
            is_code = token.type == "code_inline"
            _add(spans, Span(text, depth["strong"] > 0, depth["em"] > 0, depth["s"] > 0, is_code, href))
    return tuple(spans)


def _add(spans: list[Span], span: Span) -> None:
    """Append a span, joined to the last one if it looks the same."""
    if not span.text:
        return
    if spans and replace(spans[-1], text=span.text) == span:
        span = replace(span, text=spans.pop().text + span.text)
    spans.append(span)


def _align(token: Token) -> Align:
    style = str(token.attrs.get("style", ""))
    return Align(style.removeprefix("text-align:")) if style else Align.LEFT


def _without_end(code: str) -> str:
    return code.removesuffix("\n")


def _plain_end(text: str, start: int) -> tuple[int, int]:
    """Where a plain paragraph that starts at `start` ends, and where the next one starts."""
    if len(text) - start <= PLAIN_CHUNK:
        return len(text), len(text)
    limit = start + PLAIN_CHUNK
    line_end = text.rfind("\n", start + 1, limit + 1)
    if line_end > 0:
        return line_end - text.endswith("\r", start + 1, line_end), line_end + 1
    at = max((mark.end() for mark in _SENTENCE_END.finditer(text, limit - 200, limit)), default=limit)
    return at, at


def _block_text(block: Block) -> str:
    match block:
        case Paragraph(spans) | Heading(_, spans):
            return _span_text(spans)
        case CodeBlock(_, text):
            return text
        case Quote(blocks):
            return "\n".join(map(_block_text, blocks))
        case ListBlock():
            return "\n".join(_item_text(block, number) for number in range(len(block.items)))
        case Table(_, header, rows):
            return "\n".join("\t".join(map(_span_text, cells)) for cells in (header, *rows))
        case Rule():
            return ""


def _item_text(block: ListBlock, number: int) -> str:
    mark = f"{block.start + number}. " if block.ordered else "• "
    return mark + "\n".join(map(_block_text, block.items[number].blocks))


def _span_text(spans: Spans) -> str:
    return "".join(span.text for span in spans)

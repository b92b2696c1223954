"""A Markdown text that grows: the blocks of an answer while it is written.

The text is always divided in two. Before `_open` everything is settled: its blocks are final and never
parsed again. From `_open` on stands the open block, parsed again for every piece that comes. Three rules
keep this exact and cheap:

- Only whole lines settle a block, because the rest of a line may turn it into something else.
- The open block is the last one. A list settles its items, a table its rows and an open code fence its lines
  as they are finished; `_Context` carries what is settled of it and how to read on behind.
- Whatever else grows long without an end (one giant paragraph, quote or item) is shown in pieces, cut where
  it suits the eye. The pieces are provisional: when the block ends, it is parsed once as a whole.

After `finish` the blocks are exactly those of `parse(text)`. Knows nothing of Qt and of where the text comes
from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.ui.transcript.blocks import Block, CodeBlock, ListBlock, Paragraph, Quote, Table, TopBlock
from app.ui.transcript.live_tail import close_marks, shown_end
from app.ui.transcript.markdown import Section, parse_sections

# So many characters of an open block are parsed for every token; beyond, it is shown in pieces.
LONG_PARAGRAPH = 1_500
LONG_BLOCK = 2_500  # of quotes and items, whose pieces look less like the whole
LONG_CODE = 20_000  # of code inside them, whose pieces would not look like code at all

_ITEM = re.compile(r"([ \t]*)([-+*]|\d{1,9}([.)]))")
_FIRST_LINES = re.compile(r"[^\r\n]*(?:\r\n?|\n)")
_CODE_STAND_IN = "x"


@dataclass(frozen=True, slots=True)
class Change:
    """What an addition changed: all blocks from `first_changed` on; the ones before are the same objects."""

    first_changed: int


@dataclass(frozen=True, slots=True)
class _Context:
    """The settled part of the open list, table or code fence.

    Attributes:
        settled: The block as far as it is settled, with its range.
        lead: Text that stands in for the settled part when the rest is parsed: an item, the head of the
            table, the opening of the fence and one line.
    """

    settled: TopBlock
    lead: str

    def joined(self, rest: Section, shift: int) -> Section:
        """Put the settled part before the first block of a rest that was parsed behind `lead`."""
        block = _joined_block(self.settled.block, rest.top.block)
        end = rest.top.end + shift if rest.top.end >= len(self.lead) else self.settled.end
        seams = tuple(seam + shift for seam in rest.seams[1:])
        return Section(TopBlock(block, self.settled.start, end), rest.final, seams)


class MarkdownStream:
    """The blocks of a text that arrives in pieces."""

    def __init__(self, text: str = "") -> None:
        self._text = ""
        self._blocks: list[TopBlock] = []
        self._settled = 0  # so many of the blocks are final
        self._open = 0  # where the open part of the text starts
        self._context: _Context | None = None
        self._pieces: list[TopBlock] = []  # provisional blocks of a long open block
        self._piece_open = 0  # where the part behind the pieces starts; `_open` if there are none
        self._attempted = (
            0  # length of the open part when it was last parsed as a whole in spite of its length
        )
        self._finished = False
        if text:
            self.append(text)

    @property
    def text(self) -> str:
        """All text so far."""
        return self._text

    @property
    def blocks(self) -> Sequence[TopBlock]:
        """The blocks to show. A block that did not change is the same object as before."""
        return tuple(self._blocks)

    def append(self, delta: str) -> Change:
        """Add text.

        Raises:
            ValueError: The stream is finished.
        """
        if self._finished:
            raise ValueError("The stream is finished")
        self._text += delta
        fresh: list[TopBlock] = []
        if "\n" in delta or "\r" in delta:
            fresh = self._settle()
        tail = self._tail()
        limit = _limit(tail)
        if len(self._text) - self._piece_open > limit:
            while len(self._text) - self._piece_open > limit:
                self._cut_piece(limit)
            tail = self._tail()
        return self._show(fresh, tail)

    def finish(self) -> Change:
        """Say that no more text comes: the blocks become those of `parse(text)`."""
        self._finished = True
        fresh = [section.top for section in self._sections(self._open, len(self._text), self._context)]
        self._move_open(len(self._text), None)
        return self._show(fresh, [])

    def _settle(self) -> list[TopBlock]:
        """Settle what the whole lines allow; return the blocks that became final."""
        end = self._whole_lines_end()
        if end <= self._piece_open or (self._pieces and not self._is_worth_an_attempt(end)):
            return []
        sections = self._sections(self._open, end, self._context)
        if not sections:
            self._move_open(end, None)  # blank lines
            return []
        self._attempted = end - self._open
        last = sections[-1]
        fresh = [section.top for section in sections[:-1]]
        if last.final:
            fresh.append(last.top)
            self._move_open(end, None)
        elif context := self._context_of(last):
            self._move_open(last.seams[-1] if isinstance(last.top.block, ListBlock) else end, context)
        elif fresh:
            self._move_open(last.top.start, None)
        return fresh

    def _whole_lines_end(self) -> int:
        # A carriage return at the very end may be half of a line end.
        return max(self._text.rfind("\n", self._open), self._text.rfind("\r", self._open, -1)) + 1

    def _is_worth_an_attempt(self, end: int) -> bool:
        """Whether a long block seems to have ended; asked at doubling lengths, to bound the sum."""
        if end - self._open < 2 * self._attempted:
            return False
        sections = self._sections(self._piece_open, end, None)
        return len(sections) > 1 or any(section.final for section in sections)

    def _context_of(self, section: Section) -> _Context | None:
        """What an open block has settled if all its lines are whole; None if nothing yet."""
        top, seams = section.top, section.seams
        before = self._context if top.start < self._open else None
        match top.block:
            case ListBlock(items=items) if len(seams) > 1:
                mark = _ITEM.match(self._text, seams[-1])
                if mark is None:
                    return None
                lead = f"{mark[1]}{'1' + mark[3] if mark[3] else mark[2]} x\n"
                settled = replace(top.block, items=items[:-1])
                return _Context(TopBlock(settled, top.start, seams[-1] - 1), lead)
            case Table(rows=rows) if rows:
                return _Context(top, before.lead if before else self._text[top.start : seams[1]])
            case CodeBlock(closed=False, text=code) if code:
                if before:
                    return replace(before, settled=top)
                opening = _FIRST_LINES.match(self._text, top.start)
                return _Context(top, f"{opening[0]}{_CODE_STAND_IN}\n") if opening else None
        return None

    def _move_open(self, to: int, context: _Context | None) -> None:
        self._open = self._piece_open = to
        self._context = context
        self._pieces = []
        self._attempted = 0

    def _cut_piece(self, limit: int) -> None:
        """Show the first part of a long open block as a piece of its own from now on."""
        if not self._pieces:
            self._attempted = 0
        start, wanted = self._piece_open, self._piece_open + limit * 2 // 3
        cut = self._text.rfind("\n", start, wanted) + 1 or self._text.find("\n", wanted, start + limit) + 1
        if not cut:
            cut = self._text.rfind(" ", start + limit // 3, wanted) + 1 or wanted
        self._pieces += [section.top for section in self._sections(start, cut, self._piece_context())]
        self._piece_open = cut

    def _piece_context(self) -> _Context | None:
        return self._context if self._piece_open == self._open else None

    def _tail(self) -> list[TopBlock]:
        """The blocks of the open part as they are shown now."""
        context = self._piece_context()
        deepest = self._innermost(context)
        in_code = isinstance(deepest, CodeBlock) and not deepest.closed
        end = shown_end(self._text, self._piece_open, in_code=in_code, in_table=isinstance(deepest, Table))
        shown = self._text[self._piece_open : end]
        if context and isinstance(context.settled.block, CodeBlock) and context.lead[0] in "`~":
            return [_with_line(context.settled, context.settled.block, shown, end)]
        if not in_code:
            line = shown.rfind("\n") + 1
            shown = shown[:line] + close_marks(shown[line:])
        tops = [section.top for section in self._read(shown, self._piece_open, context)]
        if tops and tops[-1].end >= self._piece_open + len(shown):
            tops[-1] = replace(tops[-1], end=end)
        return self._pieces + tops

    def _innermost(self, context: _Context | None) -> Block | None:
        """The block in which the text goes on, as far as it is known before the open part is parsed."""
        if context and not isinstance(context.settled.block, ListBlock):
            return context.settled.block
        return _deepest(self._blocks[-1].block) if self._blocks else None

    def _sections(self, start: int, end: int, context: _Context | None) -> list[Section]:
        return self._read(self._text[start:end], start, context)

    def _read(self, text: str, start: int, context: _Context | None) -> list[Section]:
        """Parse a part of the text that starts at `start`, behind what the context has settled."""
        lead = context.lead if context else ""
        shift = start - len(lead)
        sections = parse_sections(lead + text)
        joined = [context.joined(sections[0], shift)] if context else []
        return joined + [_shifted(section, shift) for section in sections[len(joined) :]]

    def _show(self, fresh: Sequence[TopBlock], tail: Sequence[TopBlock]) -> Change:
        """Replace the blocks that are not settled, keeping every object that says the same."""
        wanted = [*fresh, *tail]
        first = self._settled
        for new in wanted:
            if first >= len(self._blocks) or self._blocks[first] != new:
                break
            first += 1
        self._blocks[first:] = wanted[first - self._settled :]
        self._settled += len(fresh)
        return Change(first)


def _joined_block(settled: Block, rest: Block) -> Block:
    match settled, rest:
        case ListBlock(), ListBlock():
            tight = settled.tight and rest.tight
            return replace(settled, tight=tight, items=settled.items + rest.items[1:])
        case Table(), Table():
            return replace(settled, rows=settled.rows + rest.rows)
        case CodeBlock(), CodeBlock():
            return replace(rest, text=settled.text + rest.text.removeprefix(_CODE_STAND_IN))
    raise AssertionError(f"{settled!r:.80} cannot go on as {rest!r:.80}")


def _with_line(settled: TopBlock, code: CodeBlock, line: str, end: int) -> TopBlock:
    """An open code block with its unfinished last line; not worth a parser."""
    if not line:
        return settled
    text = f"{code.text}\n" + line.removesuffix("\r")
    return TopBlock(replace(code, text=text), settled.start, end)


def _shifted(section: Section, shift: int) -> Section:
    if not shift:
        return section
    top = section.top
    moved = TopBlock(top.block, top.start + shift, top.end + shift)
    return Section(moved, section.final, tuple(seam + shift for seam in section.seams))


def _limit(tail: Sequence[TopBlock]) -> int:
    """How long an open part that ends with these blocks may grow before it is shown in pieces."""
    deepest = _deepest(tail[-1].block) if tail else None
    if isinstance(deepest, CodeBlock) and not deepest.closed:
        return LONG_CODE
    return LONG_PARAGRAPH if tail and isinstance(tail[-1].block, Paragraph) else LONG_BLOCK


def _deepest(block: Block) -> Block:
    """The block in which a text that ends with `block` goes on."""
    while True:
        inner: tuple[Block, ...] = ()
        if isinstance(block, Quote):
            inner = block.blocks
        elif isinstance(block, ListBlock):
            inner = block.items[-1].blocks
        if not inner:
            return block
        block = inner[-1]

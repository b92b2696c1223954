"""Our dialect of Markdown as rules of `markdown-it-py`.

CommonMark with tables and strikethrough, changed where a chat differs from a document:

- Link reference definitions do not exist. In CommonMark a line at the end of an answer rewrites links far
  above it and then vanishes, as does every one-word footnote (`[^1]: Source`). Here all that is written stays
  visible, and a block that is finished while an answer streams never changes again.
- Pictures are text: their description and address. Nothing is ever fetched.
- Everything is bounded: depth of nesting, columns of a table, length of an address. What lies beyond a bound
  stays text. Brackets are paired in one pass, because the search that `markdown-it-py` makes for every `[`
  grows with the square of the text and recurses for pictures.

Knows the library's states and tokens; knows nothing of our blocks.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.helpers import parseLinkDestination, parseLinkTitle
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import fence as fence_rule
from markdown_it.rules_block import list_block as list_rule
from markdown_it.rules_block import table as table_rule
from markdown_it.rules_inline import StateInline
from mdit_py_cjk_friendly import cjk_friendly

MAX_DEPTH = 24  # a quote counts one, a list two; nobody reads deeper, and the view draws what it gets
MAX_COLUMNS = 40  # a row is filled up to the width of its table, so a hostile header would multiply the text
MAX_ADDRESS = 4_000
MAX_TITLE = 1_000

SAFE_SCHEMES = frozenset({"http", "https", "mailto"})
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*):")
_LINK_SPACE = re.compile(r"[ \t\n]*")
_BACKTICKS = re.compile(r"`+")
# Whatever decides which brackets belong together: escapes, code, <addresses>, brackets.
_LINK_PARTS = re.compile(
    r"\\[\s\S]|`+|<(?:[a-zA-Z][a-zA-Z0-9+.\-]{1,31}:[^<>\x00-\x20]*|[^\s<>@\[\]]+@[^\s<>@\[\]]+)>|!?\[|\]"
)
_PICTURE = re.compile(
    r"!\[((?:[^\[\]\\]|\\[\s\S]){0,2000})\]\([ \t\n]*"
    r"(?:<([^<>\n]{0,4000})>|([^\s()<>]{0,4000}(?:\([^\s()]{0,1000}\)[^\s()]{0,1000})?))"
    r"(?:[ \t\n]+(?:\"[^\"]{0,1000}\"|'[^']{0,1000}'))?[ \t\n]*\)"
)


@dataclass(frozen=True, slots=True)
class _Link:
    """A link of an inline text: where its label ends, where it ends altogether, and its address."""

    label_end: int
    end: int
    href: str


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        """Only addresses that do nothing until a person opens them; the rest stays as it was typed."""
        scheme = _SCHEME.match(url.strip())
        return scheme is None or scheme[1].lower() in SAFE_SCHEMES


def make_parser() -> MarkdownIt:
    """Return a parser of our dialect. It keeps no state between texts."""
    parser = _Parser("commonmark", {"html": False, "maxNesting": 100})
    parser.enable(["table", "strikethrough"]).disable(["reference", "html_block", "html_inline"])
    parser.use(cjk_friendly)
    block = parser.block.ruler
    block.before("table", "depth", _depth)
    block.at("table", _table, {"alt": ["paragraph", "reference"]})
    block.after("table", "table_end", _table_end, {"alt": ["blockquote"]})
    block.at("fence", _fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    block.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.inline.ruler.at("link", _link)
    parser.inline.ruler.at("image", _picture)
    return parser


def _depth(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Turn what is nested too deeply into one paragraph; the library would drop it."""
    if silent or state.level < MAX_DEPTH:
        return False
    line = start + 1
    while line < end and (state.isEmpty(line) or state.sCount[line] >= state.blkIndent):
        line += 1
    state.line = line
    opening = state.push("paragraph_open", "p", 1)
    opening.map = [start, line]
    inline = state.push("inline", "", 0)
    inline.map = [start, line]
    inline.content = state.getLines(start, line, state.blkIndent, False).strip()
    inline.children = []
    state.push("paragraph_close", "p", -1)
    return True


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.src.count("|", state.bMarks[start], state.eMarks[start]) > MAX_COLUMNS + 1:
        return False
    if not silent and start + 1 < end:
        delimiters = state.src[state.bMarks[start + 1] : state.eMarks[start + 1]]
        state.env["teahouse_columns"] = sum(1 for cell in delimiters.split("|") if cell.strip())
    return table_rule(state, start, end, silent)


def _table_end(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    """End a table at a line that is hardly a row of it.

    Models go on with ordinary text right below a table, which CommonMark's tables take for a row. The share
    of the columns keeps a hostile wide table with short rows from growing far beyond its text.
    """
    if not silent or state.parentType != "table":
        return False
    pipes = state.src.count("|", state.bMarks[start], state.eMarks[start])
    return pipes == 0 or pipes + 1 < state.env["teahouse_columns"] // 2


def _fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The library's rule; it notes whether the end of the fence is there."""
    if not fence_rule(state, start, end, silent):
        return False
    if not silent:
        token = state.tokens[-1]
        last = state.line - 1
        text = state.src[state.bMarks[last] + state.tShift[last] : state.eMarks[last]].rstrip(" \t")
        closing = text.startswith(token.markup) and not text.strip(token.markup[0])
        token.meta["closed"] = last > start and closing and not state.is_code_block(last)
    return True


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The library's rule; it notes whether the list is tight, also where no paragraph would tell."""
    first = len(state.tokens)
    if not list_rule(state, start, end, silent):
        return False
    if not silent:
        state.tokens[first].meta["tight"] = _is_tight(state, first)
    return True


def _is_tight(state: StateBlock, first: int) -> bool:
    """Whether no empty line stands between the items of a list or between the blocks of one item."""
    level = state.tokens[first].level
    leads = True  # nothing of the list, or of the item, came before
    for token in state.tokens[first + 1 :]:
        if token.nesting < 0 or token.map is None or token.level > level + 2:
            continue
        if not leads and state.isEmpty(token.map[0] - 1):
            return False
        leads = token.level == level + 1
    return True


def _link(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "[":
        return False
    link = _links_of(state).get(state.pos)
    if link is None or link.end > state.posMax:
        return False
    if not silent:
        maximum = state.posMax
        state.pos += 1
        state.posMax = link.label_end
        state.push("link_open", "a", 1).attrs = {"href": link.href}
        state.md.inline.tokenize(state)
        state.push("link_close", "a", -1)
        state.posMax = maximum
    state.pos = link.end
    return True


def _picture(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "!":
        return False
    found = _PICTURE.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        description = unescapeAll(found[1]).strip()
        address = unescapeAll(found[2] or found[3] or "")
        # A "special" text: no later rule may read markup into it.
        token = state.push("text_special", "", 0)
        token.content = f"{description} ({address})" if description and address else description or address
    state.pos = found.end()
    return True


def _links_of(state: StateInline) -> dict[int, _Link]:
    """All links of the text, by the place of their bracket; found once for a text."""
    known: tuple[str, dict[int, _Link]] | None = state.env.get("teahouse_links")
    if known is None or known[0] is not state.src:
        known = (state.src, _find_links(state.md, state.src))
        state.env["teahouse_links"] = known
    return known[1]


def _find_links(md: MarkdownIt, text: str) -> dict[int, _Link]:
    """Pair brackets as CommonMark does: innermost first, no link inside a link. Linear in the text."""
    links: dict[int, _Link] = {}
    open_brackets: list[int] = []
    closers = _backtick_runs(text)
    pos = 0
    while part := _LINK_PARTS.search(text, pos):
        mark, pos = part[0], part.end()
        if mark.startswith("`"):
            runs = closers.get(len(mark), [])
            nearest = bisect_left(runs, pos)
            pos = runs[nearest] + len(mark) if nearest < len(runs) else pos
        elif mark == "![" and (picture := _PICTURE.match(text, part.start())):
            pos = picture.end()
        elif mark in ("[", "!["):
            open_brackets.append(pos - 1)
        elif mark == "]" and open_brackets:
            opening = open_brackets.pop()
            target = _target(md, text, pos)
            if target is not None:
                href, pos = target
                links[opening] = _Link(part.start(), pos, href)
                open_brackets.clear()
    return links


def _backtick_runs(text: str) -> dict[int, list[int]]:
    runs: dict[int, list[int]] = {}
    for run in _BACKTICKS.finditer(text):
        runs.setdefault(len(run[0]), []).append(run.start())
    return runs


def _target(md: MarkdownIt, text: str, pos: int) -> tuple[str, int] | None:
    """Read `(address "title")` at `pos`; return the address and the place behind, or None."""
    if not text.startswith("(", pos):
        return None
    pos = _skip_space(text, pos + 1)
    href = ""
    destination = parseLinkDestination(text, pos, min(len(text), pos + MAX_ADDRESS))
    if destination.ok:
        href, pos = md.normalizeLink(destination.str), destination.pos
        if not md.validateLink(href):
            return None
        gap = _skip_space(text, pos)
        title = parseLinkTitle(text, gap, min(len(text), gap + MAX_TITLE))
        pos = _skip_space(text, title.pos) if title.ok and gap > pos else gap
    return (href, pos + 1) if text.startswith(")", pos) else None


def _skip_space(text: str, pos: int) -> int:
    space = _LINK_SPACE.match(text, pos)
    return space.end() if space else pos

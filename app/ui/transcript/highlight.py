"""Which parts of a piece of code deserve a colour.

Five kinds of parts, found by Pygments; the theme gives each its colour. `highlight` is exact and takes about
a millisecond for 1,000 characters; `IncrementalHighlighter` follows code that is still being written, at a
cost that does not grow with the code. A language that we do not know gets no colours: a guess is wrong as
often as right, and wrong colours mislead. Knows no Qt and no colour. Pygments is imported with the first
piece of code, not with the app.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

# Longer code is data that nobody reads in a chat, and colouring it would keep the window from answering.
MAX_LENGTH = 200_000
MAX_SECONDS = 0.5  # what is found by then is shown; the rest stays plain
MAX_SCAN_SECONDS = (
    0.25  # a lexer that needs longer for `2 * STEP` characters is not asked again while code comes
)
STEP = 500  # characters of open code: twice as many are looked at again for every addition, at most

# What people and models write after a fence, where Pygments has another name or none.
_ALIASES = {
    "cmd": "batch",
    "ipython": "python",
    "jsonc": "json5",
    "kt": "kotlin",
    "node": "javascript",
    "svelte": "html",
    "vb": "vbnet",
    "wxml": "xml",
    "wxss": "css",
}

_Token = tuple[int, "_TokenType", str]
_Stack = tuple[str, ...]
_ROOT: _Stack = ("root",)

_log = logging.getLogger(__name__)


class TokenKind(StrEnum):
    """What a part of the code is."""

    KEYWORD = "keyword"
    STRING = "string"
    NUMBER = "number"
    COMMENT = "comment"
    NAME = "name"


class Run(NamedTuple):
    """A part of the code in one colour: characters `start` to `start + length`."""

    start: int
    length: int
    kind: TokenKind


@dataclass(frozen=True, slots=True)
class Recolouring:
    """New colours from `start` on: they replace all runs that start there or later; earlier ones stay."""

    start: int
    runs: tuple[Run, ...]


def highlight(code: str, language: str) -> tuple[Run, ...]:
    """Return the coloured parts of a finished piece of code, in order and without overlap.

    Empty where the language is unknown, the code too long, or Pygments fails.
    """
    lexer = _lexer(language)
    if lexer is None or len(code) > MAX_LENGTH:
        return ()
    # Many rules only end at a line end, and models leave out the last one.
    return tuple(_runs(_in_time(lexer.get_tokens_unprocessed(code + "\n"), MAX_SECONDS), 0, len(code)))


class IncrementalHighlighter:
    """Colours code while it is written.

    What is older than `STEP` characters keeps its colours, and only the state in which the language was left
    there is remembered. A comment that is longer than that may therefore lose its colour until `highlight` is
    asked for the finished code; where a lexer has no state that can be resumed, so may any long construct.
    """

    def __init__(self, language: str) -> None:
        self._lexer = _lexer(language)
        self._is_resumable = self._lexer is not None and _is_resumable(self._lexer)
        self._base = 0  # where the open part starts in the code
        self._open = ""
        self._stack = _ROOT

    def append(self, text: str) -> Recolouring:
        """Add code, anywhere in a line; return the colours of the open part."""
        start = self._base
        if self._lexer is None or start + len(self._open) + len(text) > MAX_LENGTH:
            self._lexer = None
            return Recolouring(start, ())
        self._open += text
        settled: list[Run] = []
        while len(self._open) > 2 * STEP:
            settled += self._settle()
        runs, _ = self._scan(self._open)
        return Recolouring(start, (*settled, *runs))

    def _settle(self) -> list[Run]:
        """Take the older half of the open part out of it; return its final colours."""
        cut = self._open.rfind("\n", 0, STEP) + 1 or STEP
        runs, self._stack = self._scan(self._open[:cut])
        self._open = self._open[cut:]
        self._base += cut
        return runs

    def _scan(self, text: str) -> tuple[list[Run], _Stack]:
        """Return the runs of a text that starts where the open part does, and the state behind it."""
        if self._lexer is None or not text:
            return [], self._stack
        started = time.monotonic()
        stack = _ROOT
        tokens = None
        if self._is_resumable:
            tokens, stack = _resume(self._lexer, text, self._stack)
            self._is_resumable = tokens is not None
        if tokens is None:
            tokens = list(_in_time(self._lexer.get_tokens_unprocessed(text), MAX_SCAN_SECONDS))
        if time.monotonic() - started > MAX_SCAN_SECONDS:
            self._lexer = None
        return list(_runs(tokens, self._base, len(text))), stack


def _is_resumable(lexer: Lexer) -> bool:
    from pygments.lexer import ExtendedRegexLexer, RegexLexer

    # The extended ones keep more state than a stack, each in its own way.
    return isinstance(lexer, RegexLexer) and not isinstance(lexer, ExtendedRegexLexer)


def _resume(lexer: Lexer, text: str, stack: _Stack) -> tuple[list[_Token] | None, _Stack]:
    """Read on in a state; return the tokens and the state behind them, or None if the lexer cannot."""
    from pygments.lexer import ExtendedRegexLexer, LexerContext

    # This class can run the rules of any other; unlike its base it takes a state and lets it be seen.
    context = LexerContext(text, 0, list(stack))
    tokens = cast("Any", ExtendedRegexLexer).get_tokens_unprocessed(lexer, context=context)
    found: list[_Token] = []
    try:
        deadline = time.monotonic() + MAX_SCAN_SECONDS
        for token in tokens:
            found.append(token)
            if time.monotonic() > deadline:
                break
    except Exception:  # noqa: BLE001, rules with functions of their own, which know nothing of contexts
        _log.debug("A lexer cannot be resumed", exc_info=True)
        return None, _ROOT
    return found, tuple(context.stack)


def _in_time(tokens: Iterable[_Token], seconds: float) -> Iterator[_Token]:
    """Pass tokens on until the lexer ends, fails, or has had its time: colours are not worth more."""
    deadline = time.monotonic() + seconds
    try:
        for token in tokens:
            yield token
            if time.monotonic() > deadline:
                return
    except Exception:  # noqa: BLE001, a fault in one of 500 lexers, set off by what a model made up
        _log.debug("A lexer failed", exc_info=True)


def _runs(tokens: Iterable[_Token], shift: int, length: int) -> Iterator[Run]:
    """Turn tokens into runs, neighbours of one kind into one; nothing reaches beyond `length`."""
    last: Run | None = None
    for start, kind_of_token, text in tokens:
        kind = _kind(kind_of_token)
        size = min(len(text), length - start)
        if kind is None or size <= 0:
            continue
        run = Run(start + shift, size, kind)
        if last is not None and last.kind is kind and last.start + last.length == run.start:
            last = Run(last.start, last.length + size, kind)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


@cache
def _kind(token: _TokenType) -> TokenKind | None:
    from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String

    kinds: tuple[tuple[Any, TokenKind], ...] = (
        (Comment.PreprocFile, TokenKind.STRING),
        (Comment.Preproc, TokenKind.KEYWORD),
        (Comment, TokenKind.COMMENT),
        (Keyword, TokenKind.KEYWORD),
        (Operator.Word, TokenKind.KEYWORD),
        (String, TokenKind.STRING),
        (Number, TokenKind.NUMBER),
        (Name.Function, TokenKind.NAME),
        (Name.Class, TokenKind.NAME),
        (Name.Decorator, TokenKind.NAME),
        (Name.Builtin, TokenKind.NAME),
        (Name.Tag, TokenKind.NAME),
        (Name.Attribute, TokenKind.NAME),
        (Name.Exception, TokenKind.NAME),
        (Generic.Heading, TokenKind.NAME),
        (Generic.Subheading, TokenKind.NAME),
        (Generic.Inserted, TokenKind.STRING),
        (Generic.Deleted, TokenKind.KEYWORD),
    )
    return next((kind for family, kind in kinds if token in family), None)


@cache
def _lexer(language: str) -> Lexer | None:
    """The lexer of a language as written after a fence, or None."""
    name = language.strip().strip("{}").lstrip(".").lower()
    if not name:
        return None
    from pygments.lexers import get_all_lexers, get_lexer_by_name
    from pygments.util import ClassNotFound

    name = _ALIASES.get(name, name)
    # Asked first, because for an unknown name Pygments searches every installed package for plugins.
    if not any(name in aliases for _, aliases, _, _ in get_all_lexers(plugins=False)):
        return None
    try:
        return get_lexer_by_name(name)
    except (ClassNotFound, ImportError):
        return None

"""The colours of a piece of code, found only as far as somebody looks, and kept while the code grows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from app.ui.transcript.highlight import IncrementalHighlighter, Run, TokenKind, highlight

_AT_ONCE = 6_000  # characters: about six milliseconds
_STEP = 2_000


class CodeColors:
    """Runs of one code block, in characters of the code."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._text = ""
        self._done = 0
        self._highlighter = IncrementalHighlighter(language)
        self._starts: list[int] = []
        self._runs: list[Run] = []

    def set_text(self, text: str, *, finished: bool) -> int:
        """Go over to `text`; return the place from which on colours may change."""
        if finished and len(text) <= _AT_ONCE:
            self._text, self._done = text, len(text)
            self._runs = list(highlight(text, self._language))
            self._starts = [run.start for run in self._runs]
            return 0
        if not text.startswith(self._text[: self._done]):
            self._done = 0
            self._highlighter = IncrementalHighlighter(self._language)
            self._runs, self._starts = [], []
        self._text = text
        return self._done

    def reach(self, end: int) -> int:
        """Find the colours up to `end` at least; return the place from which on they changed."""
        changed = len(self._text)
        while self._done < min(end, len(self._text)):
            news = self._highlighter.append(self._text[self._done : self._done + _STEP])
            self._done = min(self._done + _STEP, len(self._text))
            kept = bisect_left(self._starts, news.start)
            self._runs[kept:] = news.runs
            self._starts[kept:] = [run.start for run in news.runs]
            changed = min(changed, news.start)
        return changed

    def between(self, start: int, end: int) -> list[tuple[int, int, TokenKind]]:
        """The coloured stretches from `start` to `end`: first and last character, and the kind."""
        at = max(bisect_right(self._starts, start) - 1, 0)
        found = []
        for run in self._runs[at:]:
            if run.start >= end:
                break
            first, last = max(run.start, start), min(run.start + run.length, end)
            if first < last:
                found.append((first, last, run.kind))
        return found

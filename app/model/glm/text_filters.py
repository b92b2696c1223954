"""Steps that turn raw text into shown text while it streams.

Each step gives only what no later text can change; the rest it keeps back. Facts: reference sections 2.9,
3.6, 3.7, 4.4 and 5.2. Knows text only; standard library only.
"""

from __future__ import annotations

from typing import Protocol

TRAINING_TIME, YEAR = "[[训练时间]]", "2023年"
FULL_WIDTH = {",": "，", "!": "！", ":": "：", ";": "；", "?": "？"}


class TextFilter(Protocol):
    """A step of one answer."""

    def push(self, text: str) -> str:
        """What is certain now."""
        ...

    def finish(self) -> str:
        """The rest, which is decided at the end."""
        ...


class Strip:
    """As `str.strip`: whitespace at the end is kept back until something follows it."""

    def __init__(self, *, leading: bool) -> None:
        """`leading` also takes whitespace from the beginning."""
        self._at_start = leading
        self._held = ""

    def push(self, text: str) -> str:
        if self._at_start:
            text = text.lstrip()
            self._at_start = not text
        text = self._held + text
        shown = text.rstrip()
        self._held = text[len(shown) :]
        return shown

    def finish(self) -> str:
        return ""


class LeadingNewline:
    """Takes one newline from the beginning."""

    def __init__(self) -> None:
        self._at_start = True

    def push(self, text: str) -> str:
        if self._at_start and text:
            self._at_start = False
            text = text.removeprefix("\n")
        return text

    def finish(self) -> str:
        return ""


class TrainingTime:
    """Puts the year in place of a mark that ChatGLM learned from its data."""

    def __init__(self) -> None:
        self._held = ""

    def push(self, text: str) -> str:
        parts = (self._held + text).split(TRAINING_TIME)
        kept = partial_length(parts[-1], TRAINING_TIME)
        self._held = parts[-1][len(parts[-1]) - kept :]
        parts[-1] = parts[-1][: len(parts[-1]) - kept]
        return YEAR.join(parts)

    def finish(self) -> str:
        return self._held


class Punctuation:
    """ChatGLM-6B's rule: a mark beside a Chinese character is a Chinese mark (reference section 2.9)."""

    def __init__(self, before: str = "") -> None:
        """`before` is the text that the answer goes on from."""
        self._before = before[-1:]
        self._held = ""

    def push(self, text: str) -> str:
        text = self._held + text
        self._held = (
            text[-1:] if text[-1:] in FULL_WIDTH and not _is_chinese((self._before + text)[-2:-1]) else ""
        )
        return self._replaced(text[: len(text) - len(self._held)], self._held)

    def finish(self) -> str:
        return self._replaced(self._held, "")

    def _replaced(self, text: str, after: str) -> str:
        around = self._before + text + after
        shift = len(self._before)
        shown = [
            FULL_WIDTH[letter]
            if letter in FULL_WIDTH
            and (_is_chinese(around[max(at - 1, 0) : at]) or _is_chinese(around[at + 1 : at + 2]))
            else letter
            for at, letter in enumerate(around[: shift + len(text)])
        ]
        self._before = text[-1:] or self._before
        return "".join(shown[shift:])


def partial_length(text: str, mark: str) -> int:
    """How much of the end of `text` may be the beginning of `mark`."""
    for length in range(min(len(mark) - 1, len(text)), 0, -1):
        if text.endswith(mark[:length]):
            return length
    return 0


def _is_chinese(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"

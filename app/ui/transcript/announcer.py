"""Cuts a growing answer into sentences for a screen reader: whole ones, each once, without markup."""

from __future__ import annotations

import re

_END = re.compile(r"[。！？!?…]+[”’」』）)\"']*|\.(?=[\s\"”')])[\"”')]*|\n")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)")
_MARKUP = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]*|[-+*][ \t]+)|\*\*|__|~~|`|(?<!\w)[*_]|[*_](?!\w)|\|")
_LINK = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")
_LONGEST = 400


class Announcer:
    """Sentences of one answer."""

    def __init__(self) -> None:
        self._rest = ""
        self._in_code = False

    def add(self, text: str) -> list[str]:
        """Take new text; return the sentences that are complete now. Code is not read out."""
        self._rest += text
        found: list[str] = []
        while (end := self._sentence_end()) >= 0:
            found += self._said(self._rest[:end])
            self._rest = self._rest[end:]
        return found

    def finish(self) -> list[str]:
        """The answer ended: what is left is the last sentence."""
        rest, self._rest = self._rest, ""
        return self._said(rest)

    def _sentence_end(self) -> int:
        mark = _END.search(self._rest)
        if mark is None:
            return _LONGEST if len(self._rest) > _LONGEST else -1
        # A closing mark may still belong to the sentence that seems to end here.
        return mark.end() if mark.end() < len(self._rest) or mark[0].endswith("\n") else -1

    def _said(self, text: str) -> list[str]:
        if _FENCE.match(text):
            self._in_code = not self._in_code
            return []
        plain = _MARKUP.sub("", _LINK.sub(r"\1", text)).strip()
        return [plain] if not self._in_code and any(char.isalnum() for char in plain) else []

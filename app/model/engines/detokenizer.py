"""Finds the ids that a stream left out.

llama.cpp tells nothing while a character is incomplete, and then only the last of its tokens. The others are
known by their bytes: usually only one row of tokens spells them. Knows the vocabulary; no server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.model.gguf import GgufVocabulary

MAX_BYTES = 64
"""More bytes than this without a whole character are not solved but asked for again."""

_NORMAL, _USER_DEFINED, _BYTE = 1, 4, 6  # token types of GGUF
_BYTE_SPELLING = re.compile(rb"<0x([0-9A-Fa-f]{2})>\Z")


class Detokenizer:
    """The bytes of tokens, for the two spellings that the models have; others solve nothing."""

    def __init__(self, vocabulary: GgufVocabulary) -> None:
        self._vocabulary = vocabulary
        self._byte_of = _byte_alphabet() if vocabulary.tokenizer == "gpt2" else {}
        self._partial: dict[bytes, list[int]] | None = None

    def token_bytes(self, token: int) -> bytes | None:
        """What `token` adds to a text; None where that is not known."""
        if not 0 <= token < len(self._vocabulary.tokens):
            return None
        spelling, kind = self._vocabulary.tokens[token], self._vocabulary.types[token]
        if kind == _USER_DEFINED:
            return spelling
        match self._vocabulary.tokenizer:
            case "gpt2" if kind == _NORMAL:
                letters = spelling.decode("utf-8", "replace")
                known = [self._byte_of[letter] for letter in letters if letter in self._byte_of]
                return bytes(known) if len(known) == len(letters) else None
            case "llama" if kind == _BYTE:
                found = _BYTE_SPELLING.match(spelling)
                return bytes([int(found[1], 16)]) if found else None
            case "llama" if kind == _NORMAL:
                return spelling.replace("\u2581".encode(), b" ")
        return None

    def missing_ids(self, text: str, last: int, count: int) -> tuple[int, ...] | None:
        """The `count` ids before `last` that together with it spell `text`; None when not sure."""
        tail = self.token_bytes(last)
        data = text.encode("utf-8", "surrogatepass")
        if tail is None or not tail or "\ufffd" in text or len(data) > MAX_BYTES or not data.endswith(tail):
            return None
        ways = self._spellings(data[: -len(tail)], count)
        way = next(ways, None)
        return way if next(ways, None) is None else None

    def _spellings(self, data: bytes, count: int) -> Iterator[tuple[int, ...]]:
        """Every row of `count` tokens that spells `data`, each of them no whole text by itself."""
        if count == 0:
            if not data:
                yield ()
            return
        partial = self._partial_tokens()
        for end in range(1, len(data) - count + 2):
            for token in partial.get(data[:end], ()):
                for rest in self._spellings(data[end:], count - 1):
                    yield (token, *rest)

    def _partial_tokens(self) -> Mapping[bytes, list[int]]:
        """The tokens that are no whole text by themselves, by their bytes."""
        if self._partial is None:
            self._partial = {}
            for token in range(len(self._vocabulary.tokens)):
                data = self.token_bytes(token)
                if data and not _is_text(data):
                    self._partial.setdefault(data, []).append(token)
        return self._partial


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _byte_alphabet() -> dict[str, int]:
    """The letters with which byte-level vocabularies spell bytes: printable ones stand for themselves."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + at): byte for at, byte in enumerate(others)}

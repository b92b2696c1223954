"""Bytes that come one token at a time into characters. Standard library only."""

from __future__ import annotations

import codecs


class PieceBytes:
    """As sentencepiece does it: in a run of byte pieces each byte that starts no character is one U+FFFD."""

    def __init__(self) -> None:
        self._held = b""

    def push(self, byte: int) -> str:
        """The characters that are certain with this byte."""
        self._held += bytes([byte])
        text = ""
        while self._held:
            try:
                found = codecs.getincrementaldecoder("utf-8")("strict").decode(self._held)
            except UnicodeDecodeError as error:
                whole, self._held = self._held[: error.start], self._held[error.start + 1 :]
                text += whole.decode("utf-8") + "\ufffd"
                continue
            if found:
                text += found
                self._held = self._held[len(found.encode("utf-8")) :]
            break
        return text

    def flush(self) -> str:
        """The end of a run: what is left was no character."""
        text, self._held = "\ufffd" * len(self._held), b""
        return text

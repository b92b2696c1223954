"""Decoding for vocabularies whose tokens are bytes: GLM-4's and all later ones. Standard library only."""

from __future__ import annotations

import codecs
from collections.abc import Callable


class ByteDecoder:
    """The decoder of one answer; broken UTF-8 becomes U+FFFD, as in reference section 4.3."""

    def __init__(self, bytes_of: Callable[[int], bytes]) -> None:
        """`bytes_of` gives what an id stands for; nothing for control ids."""
        self._bytes_of = bytes_of
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def push(self, token: int) -> str:
        return self._utf8.decode(self._bytes_of(token))

    def finish(self) -> str:
        return self._utf8.decode(b"", final=True)

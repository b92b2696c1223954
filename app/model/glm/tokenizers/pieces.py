"""Decoding of sentencepiece ids as they come, equal to what the library makes of the whole answer.

The library decodes whole lists only, and a list decoded id by id loses spaces, because the first piece of a
text gives up its leading one. Knows a loaded sentencepiece model; no file, no family.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from sentencepiece import SentencePieceProcessor

from app.model.glm.tokenizers.utf8 import PieceBytes

SPACE = "\u2581"  # how pieces spell a space


class Kind(Enum):
    """What an id adds to a text."""

    NOTHING = auto()
    TEXT = auto()
    BYTE = auto()


class Leading(Enum):
    """What the first piece of a text gives up."""

    NOTHING = auto()  # no dummy prefix was put before it
    ONE_SPACE = auto()  # the dummy prefix
    ALL_SPACES = auto()  # the model was made with remove_extra_whitespaces


class PieceTable:
    """What each id stands for, asked from the model once."""

    def __init__(
        self, processor: SentencePieceProcessor, leading: Leading, spelled: Mapping[int, str] | None = None
    ) -> None:
        """`spelled` are ids with a text of their own."""
        self.leading = leading
        self._processor = processor
        self._size = processor.get_piece_size()
        self._known: dict[int, tuple[Kind, str]] = {
            token: (Kind.TEXT, text) for token, text in (spelled or {}).items()
        }

    def look_up(self, token: int) -> tuple[Kind, str]:
        """The kind of an id, and its text or byte (as one character); control ids are NOTHING."""
        found = self._known.get(token)
        if found is None:
            found = self._known[token] = self._ask(token)
        return found

    def _ask(self, token: int) -> tuple[Kind, str]:
        processor = self._processor
        if not 0 <= token < self._size or processor.is_control(token) or processor.is_unknown(token):
            return Kind.NOTHING, ""
        piece = processor.id_to_piece(token)
        if processor.is_byte(token):
            return Kind.BYTE, chr(int(piece[3:-1], 16))
        return Kind.TEXT, piece.replace(SPACE, " ")


class PieceDecoder:
    """The decoder of one answer."""

    def __init__(self, table: PieceTable, *, first: int = 0, continues: bool = False) -> None:
        """Ids below `first` are not of this vocabulary; the others are counted from it."""
        self._table = table
        self._first = first
        self._bytes = PieceBytes()
        self._strips = Leading.NOTHING if continues else table.leading

    def push(self, token: int) -> str:
        kind, text = self._table.look_up(token - self._first) if token >= self._first else (Kind.NOTHING, "")
        if kind is Kind.NOTHING:
            return ""
        if kind is Kind.BYTE:
            self._strips = Leading.NOTHING
            return self._bytes.push(ord(text))
        if self._strips is not Leading.NOTHING:
            text = self._without_leading_space(text)
        return self._bytes.flush() + text

    def finish(self) -> str:
        return self._bytes.flush()

    def _without_leading_space(self, text: str) -> str:
        rest = text.lstrip(" ") if self._strips is Leading.ALL_SPACES else text.removeprefix(" ")
        if rest or self._strips is Leading.ONE_SPACE:
            self._strips = Leading.NOTHING
        return rest

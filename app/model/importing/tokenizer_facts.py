"""What can be told of a tokenizer's file without the library that opens it.

Three kinds are known: lines of ranks (tiktoken), a protocol buffer (sentencepiece), and `tokenizer.json`.
Knows their forms and no generation; standard library only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

_RANK_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2} (\d+)\r?\n")
_LAST_LINE = re.compile(rb"(?:^|\n)[A-Za-z0-9+/]+={0,2} (\d+)\s*$")
_LONGEST_LINE = 4096  # bytes; a token of GLM-4 has 128 at most
_FIRST_BYTE = 3  # where the second generation's byte pieces begin, behind <unk>, <s> and </s>
_KEPT_PIECES = _FIRST_BYTE + 256
_BYTE_PIECE = b"\x18\x06"  # the type of a piece that is a byte
_PIECE, _NORMALIZER, _DUMMY_PREFIX = 1, 3, 3  # fields of sentencepiece's ModelProto and NormalizerSpec
_VARINT, _LENGTH = 0, 2  # wire types
_FIXED = {1: 8, 5: 4}  # bytes of the other wire types


class Kind(Enum):
    """The form of a file."""

    RANKS = auto()
    PIECES = auto()
    JSON = auto()
    NONE = auto()  # no tokenizer


@dataclass(frozen=True, slots=True)
class TokenizerFacts:
    """What a file says. `count` is the number of its ranks, pieces or ids up to the last.

    `named` are ids by spelling: of the pieces that were asked for, or of the added tokens of tokenizer.json.
    `has_byte_pieces` and `has_dummy_prefix` are those of the second generation.
    """

    kind: Kind
    is_whole: bool = True
    count: int = 0
    named: Mapping[str, int] = field(default_factory=dict)
    has_byte_pieces: bool = False
    has_dummy_prefix: bool = True


def read_facts(data: bytes, pieces: frozenset[str]) -> TokenizerFacts:
    """The facts about a file's content; `pieces` are the spellings whose ids are wanted."""
    if _RANK_LINE.match(data):
        return _ranks(data)
    if data.lstrip()[:1] == b"{":
        return _json(data)
    return _pieces(data, frozenset(piece.encode() for piece in pieces))


def _ranks(data: bytes) -> TokenizerFacts:
    """Ranks are counted by their lines; the last line of a whole file has the last rank."""
    count = len(data.splitlines())
    last = _LAST_LINE.search(data[-_LONGEST_LINE:])
    return TokenizerFacts(Kind.RANKS, last is not None and int(last[1]) == count - 1, count)


def _json(data: bytes) -> TokenizerFacts:
    try:
        content = json.loads(data)
        added = {entry["content"]: entry["id"] for entry in content["added_tokens"]}
        vocabulary = content["model"]["vocab"]
        ids = [*added.values(), *vocabulary.values()]
        count = max(ids) + 1
        if not all(type(one) is int for one in ids):
            raise TypeError
    except json.JSONDecodeError:
        is_cut = not data.rstrip().endswith(b"}")
        return TokenizerFacts(Kind.JSON if is_cut else Kind.NONE, is_whole=False)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return TokenizerFacts(Kind.NONE)
    return TokenizerFacts(Kind.JSON, count=count, named=added)


def _pieces(data: bytes, wanted: frozenset[bytes]) -> TokenizerFacts:
    count, is_whole, prefix = 0, False, True
    first: list[bytes] = []
    named: dict[str, int] = {}
    try:
        for number, value in _fields(data):
            if number == _PIECE:
                if count < _KEPT_PIECES:
                    first.append(value)
                spelling = value[2 : 2 + value[1]]  # spelling first, below 128 bytes
                if spelling in wanted:
                    named.setdefault(spelling.decode(), count)
                count += 1
            elif number == _NORMALIZER:
                is_whole = True  # it stands behind the pieces
                prefix = dict(_fields(value)).get(_DUMMY_PREFIX, b"\x01") != b"\x00"
    except (IndexError, ValueError):
        is_whole = False
    if not count:
        return TokenizerFacts(Kind.NONE)
    return TokenizerFacts(Kind.PIECES, is_whole, count, named, _are_second_generation(first), prefix)


def _are_second_generation(first: list[bytes]) -> bool:
    heads = [b"<unk>", b"<s>", b"</s>"]
    if len(first) < _KEPT_PIECES or [value[2 : 2 + value[1]] for value in first[:_FIRST_BYTE]] != heads:
        return False
    return all(
        value[2 : 2 + value[1]] == b"<0x%02X>" % byte and _BYTE_PIECE in value
        for byte, value in enumerate(first[_FIRST_BYTE:])
    )


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each field; raises `IndexError` or `ValueError` where the message ends early."""
    at, size = 0, len(data)
    while at < size:
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if not number:
            raise ValueError(tag)
        if wire == _VARINT:
            start = at
            _, at = _varint(data, at)
            yield number, data[start:at]
            continue
        if wire == _LENGTH:
            length, at = _varint(data, at)
        elif wire in _FIXED:
            length = _FIXED[wire]
        else:
            raise ValueError(wire)
        if at + length > size:
            raise IndexError(at + length)
        yield number, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError(value)

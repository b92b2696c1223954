"""The header of a GGUF file: what model it is, how long the file must be, and its vocabulary.

Reads only the header and trusts nothing in it: every count and length is checked against the file and
against limits before it is used, so a hostile file costs neither memory nor time. Standard library only;
never maps the file (a file that shrinks under a map kills the process). Knows no engine.
"""

from __future__ import annotations

import os
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from app.core.errors import ErrorCode, WorldError
from app.model.gguf_types import FILE_TYPE_LABELS, TENSOR_TYPES, tensor_bytes

MAGIC = b"GGUF"
SUPPORTED_VERSIONS = (2, 3)
MAX_HEADER_BYTES = 128 << 20
MAX_STRING_BYTES = 16 << 20
MAX_KEYS = 65_536
MAX_TENSORS = 262_144
MAX_ITEMS = 4_000_000
"""Array items in all of a header; the largest vocabularies have about a million with their merges."""
MAX_DIMENSIONS = 4
DEFAULT_ALIGNMENT = 32
MAX_ALIGNMENT = 1 << 20

_PIECES = "tokenizer.ggml.tokens"
_PIECE_KINDS = "tokenizer.ggml.token_type"
_EMBEDDING, _OUTPUT = b"token_embd.weight", b"output.weight"
_STRING, _ARRAY = 8, 9
_SCALARS: Mapping[int, struct.Struct] = MappingProxyType(
    {number: struct.Struct("<" + code) for number, code in enumerate("BbHhIif?")}
    | {10: struct.Struct("<Q"), 11: struct.Struct("<q"), 12: struct.Struct("<d")}
)
_BLOCK = 1 << 20

_NO_CHAT = frozenset(
    {
        *("bert", "eurobert", "gemma-embedding", "jina-bert-v2", "jina-bert-v3", "modern-bert", "neo-bert"),
        *("nomic-bert", "nomic-bert-moe", "t5", "t5encoder", "clip", "wavtokenizer-dec"),
        *("dream", "llada", "llada-moe", "rnd1"),
    }
)
"""Architectures that hold no conversation: encoders, vision and speech parts, diffusion."""

_Scalar = int | float | bool | str
_Value = _Scalar | tuple[bytes, ...] | tuple[_Scalar, ...] | None


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What the header says. Sizes in bytes; 0 or an empty text where it says nothing.

    `expected_bytes` is how long the file must be at least for all its tensors.
    """

    version: int
    name: str
    architecture: str
    kind: str  # general.type: "model", "adapter", "mmproj"; mostly absent in older files
    precision_label: str
    trained_context: int
    block_count: int
    embedding_length: int
    head_count: int
    head_count_kv: int
    key_length: int  # of one head; 0 where it is embedding_length / head_count
    value_length: int
    feed_forward_length: int
    parameter_count: int
    embedding_weights: int
    output_weights: int  # 0 where the embedding is the output matrix too
    tokenizer: str
    chat_template: str
    part_count: int  # more than 1: the model is split over several files
    file_bytes: int
    expected_bytes: int


@dataclass(frozen=True, slots=True)
class GgufVocabulary:
    """The tokens as the file spells them (encoded as `tokenizer` says) with their types."""

    tokenizer: str
    tokens: tuple[bytes, ...]
    types: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Tensor:
    name: bytes
    elements: int
    type: int
    end: int  # from the start of the data; 0 where the type is unknown


class _ShortError(Exception):
    """The file ends before `needed` bytes."""

    def __init__(self, needed: int) -> None:
        super().__init__(needed)
        self.needed = needed


class _NonsenseError(Exception):
    """The header says something that no real model does."""


def looks_like_gguf(path: Path) -> bool:
    """Whether the file begins as a GGUF file does; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def read_header(path: Path) -> GgufHeader:
    """The header of the model file `path`; raises `WorldError` MODEL_MISSING, _UNREADABLE, _NOT_A_MODEL,
    _UNSUPPORTED or _TRUNCATED.
    """
    return _open(path, frozenset())[0]


def read_vocabulary(path: Path) -> GgufVocabulary:
    """The vocabulary of the model file `path`; raises like `read_header`. Empty where the file has none."""
    header, values = _open(path, frozenset({_PIECES, _PIECE_KINDS}))
    tokens, types = values.get(_PIECES), values.get(_PIECE_KINDS)
    if not isinstance(tokens, tuple) or not isinstance(types, tuple) or len(tokens) != len(types):
        return GgufVocabulary(header.tokenizer, (), ())
    return GgufVocabulary(
        header.tokenizer,
        tuple(token for token in tokens if isinstance(token, bytes)),
        tuple(int(kind) for kind in types if isinstance(kind, int | float)),
    )


def ensure_chat_model(path: Path, header: GgufHeader) -> None:
    """Raise `WorldError` MODEL_UNSUPPORTED when the file is sound but no whole model to talk with."""
    detail = ""
    if header.part_count > 1:
        detail = f"one of {header.part_count} parts"
    elif header.kind not in ("", "model"):
        detail = header.kind
    elif header.architecture in _NO_CHAT:
        detail = header.architecture
    elif not header.parameter_count:
        detail = "no weights"
    if detail:
        raise WorldError(ErrorCode.MODEL_UNSUPPORTED, path=path, detail=detail)


def _open(path: Path, keep: frozenset[str]) -> tuple[GgufHeader, Mapping[str, _Value]]:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            header, values = _read(_Cursor(file, size), size, keep)
    except (FileNotFoundError, NotADirectoryError):
        raise WorldError(ErrorCode.MODEL_MISSING, path=path) from None
    except OSError as error:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail=error.strerror or "") from error
    except _ShortError as error:
        raise _truncated(path, error.needed, size) from None
    except _VersionError as error:
        raise WorldError(ErrorCode.MODEL_UNSUPPORTED, path=path, detail=str(error)) from None
    except _NonsenseError as error:
        raise WorldError(ErrorCode.MODEL_NOT_A_MODEL, path=path) from error
    if header.file_bytes < header.expected_bytes:
        raise _truncated(path, header.expected_bytes, size)
    return header, values


def _truncated(path: Path, expected: int, actual: int) -> WorldError:
    return WorldError(ErrorCode.MODEL_TRUNCATED, path=path, expected=expected, actual=actual)


class _VersionError(Exception):
    """A GGUF file, but of another version or byte order."""


class _Cursor:
    """Reads forward through the beginning of a file, never further than asked or allowed."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._data = bytearray()
        self._items = 0
        self.at = 0

    def scalar(self, kind: int) -> int | float | bool:
        """A number of the GGUF type `kind`."""
        layout = _SCALARS.get(kind)
        if layout is None:
            raise _NonsenseError(f"value type {kind}")
        start = self._advance(layout.size)
        value: int | float | bool = layout.unpack_from(self._data, start)[0]
        return value

    def u32(self) -> int:
        return int(self.scalar(4))

    def u64(self) -> int:
        return int(self.scalar(10))

    def raw(self) -> bytes:
        """A string's bytes."""
        length = self._string_length()
        start = self._advance(length)
        return bytes(self._data[start : start + length])

    def skip_raw(self) -> None:
        self._advance(self._string_length())

    def take(self, count: int) -> bytes:
        start = self._advance(count)
        return bytes(self._data[start : start + count])

    def array(self, keep: bool) -> _Value:
        """An array's items, or None where they are not wanted."""
        kind, count = self.u32(), self.u64()
        self._items += count
        if self._items > MAX_ITEMS:
            raise _NonsenseError(f"{count} items")
        if kind == _STRING:
            if keep:
                return tuple([self.raw() for _ in range(count)])
            for _ in range(count):
                self.skip_raw()
            return None
        layout = _SCALARS.get(kind)
        if layout is None:  # arrays of arrays are allowed by the format; no model has them
            raise _NonsenseError(f"array of type {kind}")
        start = self._advance(layout.size * count)
        if not keep:
            return None
        return tuple(item for (item,) in layout.iter_unpack(self._data[start : self.at]))

    def _string_length(self) -> int:
        length = self.u64()
        if length > MAX_STRING_BYTES:
            raise _NonsenseError(f"a text of {length} bytes")
        return length

    def _advance(self, count: int) -> int:
        """Move over `count` bytes, which are there afterwards; gives where they start."""
        start, self.at = self.at, self.at + count
        if self.at > MAX_HEADER_BYTES:
            raise _NonsenseError("a header without end")
        while len(self._data) < self.at:
            if self.at > self._size:
                raise _ShortError(self.at)
            block = self._file.read(_BLOCK)
            if not block:  # it became shorter while we read
                raise _ShortError(self.at)
            self._data += block
        return start


def _read(cursor: _Cursor, size: int, keep: frozenset[str]) -> tuple[GgufHeader, Mapping[str, _Value]]:
    if size < len(MAGIC) or cursor.take(len(MAGIC)) != MAGIC:
        raise _NonsenseError("no GGUF")
    version = cursor.u32()
    if version not in SUPPORTED_VERSIONS:
        swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
        raise _VersionError("big-endian GGUF" if swapped in SUPPORTED_VERSIONS else f"GGUF version {version}")
    tensor_count, key_count = cursor.u64(), cursor.u64()
    if tensor_count > MAX_TENSORS or key_count > MAX_KEYS:
        raise _NonsenseError(f"{tensor_count} tensors, {key_count} keys")
    values = _read_values(cursor, key_count, keep)
    tensors = [_read_tensor(cursor) for _ in range(tensor_count)]
    alignment = _number(values, "general.alignment") or DEFAULT_ALIGNMENT
    if not 1 <= alignment <= MAX_ALIGNMENT:
        raise _NonsenseError(f"alignment {alignment}")
    data_start = -(-cursor.at // alignment) * alignment
    data_bytes = max((tensor.end for tensor in tensors), default=0)
    return _header(version, values, tensors, size, data_start + data_bytes if tensors else cursor.at), values


def _read_values(cursor: _Cursor, count: int, keep: frozenset[str]) -> dict[str, _Value]:
    values: dict[str, _Value] = {}
    for _ in range(count):
        key = cursor.raw().decode("utf-8", "replace")
        kind = cursor.u32()
        if kind == _STRING:
            values[key] = cursor.raw().decode("utf-8", "replace")
        elif kind == _ARRAY:
            # Head counts that differ by layer are short arrays; vocabularies are long, kept on demand.
            values[key] = cursor.array(keep=key in keep or ".attention." in key)
        else:
            values[key] = cursor.scalar(kind)
    return values


def _read_tensor(cursor: _Cursor) -> _Tensor:
    name = cursor.raw()
    name = name if name in (_EMBEDDING, _OUTPUT) else b""  # of the others only their sizes are kept
    dimensions = cursor.u32()
    if dimensions > MAX_DIMENSIONS:
        raise _NonsenseError(f"{dimensions} dimensions")
    elements = 1
    for _ in range(dimensions):
        elements *= cursor.u64()
    kind, offset = cursor.u32(), cursor.u64()
    if elements >= 1 << 63 or offset >= 1 << 63:
        raise _NonsenseError("a tensor that fits on no disk")
    length = tensor_bytes(kind, elements)
    return _Tensor(name, elements, kind, offset + length if length is not None else 0)


def _header(
    version: int, values: Mapping[str, _Value], tensors: list[_Tensor], size: int, expected: int
) -> GgufHeader:
    architecture = _text(values, "general.architecture")
    if not architecture:
        raise _NonsenseError("no architecture")

    def of_model(key: str) -> int:
        return _number(values, f"{architecture}.{key}")

    def weights_of(name: bytes) -> int:
        return next((tensor.elements for tensor in tensors if tensor.name == name), 0)

    heads = of_model("attention.head_count")
    return GgufHeader(
        version=version,
        name=_text(values, "general.name").strip(),
        architecture=architecture,
        kind=_text(values, "general.type"),
        precision_label=_precision_label(values, tensors),
        trained_context=of_model("context_length"),
        block_count=of_model("block_count"),
        embedding_length=of_model("embedding_length"),
        head_count=heads,
        head_count_kv=of_model("attention.head_count_kv") or heads,
        key_length=of_model("attention.key_length"),
        value_length=of_model("attention.value_length"),
        feed_forward_length=of_model("feed_forward_length"),
        parameter_count=sum(tensor.elements for tensor in tensors),
        embedding_weights=weights_of(_EMBEDDING),
        output_weights=weights_of(_OUTPUT),
        tokenizer=_text(values, "tokenizer.ggml.model"),
        chat_template=_text(values, "tokenizer.chat_template"),
        part_count=max(_number(values, "split.count"), 1),
        file_bytes=size,
        expected_bytes=expected,
    )


def _precision_label(values: Mapping[str, _Value], tensors: list[_Tensor]) -> str:
    """As the file calls itself, else the type that most of its weights have."""
    file_type = values.get("general.file_type")
    if isinstance(file_type, int) and file_type in FILE_TYPE_LABELS:
        return FILE_TYPE_LABELS[file_type]
    weights: Counter[int] = Counter()
    for tensor in tensors:
        weights[tensor.type] += tensor.elements
    if not weights:
        return ""
    found = TENSOR_TYPES.get(weights.most_common(1)[0][0])
    return found.label if found is not None else ""


def _text(values: Mapping[str, _Value], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _number(values: Mapping[str, _Value], key: str) -> int:
    """A whole number; the largest of an array (models whose layers differ)."""
    value = values.get(key)
    if isinstance(value, tuple):
        value = max((item for item in value if isinstance(item, int)), default=0)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0

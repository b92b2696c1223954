"""What lies in a file of weights, read without loading a number: headers, and pickles that are never run.

A `.safetensors` file begins with a JSON header. A `.bin` file is a zip archive with a pickle, and a pickle is
a program: it is scanned (`foreign_global`) before torch's `weights_only` reader may run it. The globals that
may stand in it are the issue's four (OrderedDict, _rebuild_tensor_v2, HalfStorage, CharStorage) and the
storages of the two other dtypes that published files use: BFloat16Storage (CodeGeeX2) and FloatStorage
(fine-tuned copies in float32). Standard library only; knows no model.
"""

from __future__ import annotations

import json
import pickletools
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from app.core.errors import ErrorCode, WorldError

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
ZIP = b"PK\x03\x04"
ALLOWED_GLOBALS = frozenset(
    {
        "collections OrderedDict",
        "torch._utils _rebuild_tensor_v2",
        "torch HalfStorage",
        "torch BFloat16Storage",
        "torch FloatStorage",
        "torch CharStorage",
    }
)
ITEM_BYTES: Mapping[str, int] = {
    "F16": 2,
    "BF16": 2,
    "F32": 4,
    "I8": 1,
    "I64": 8,
    "I32": 4,
    "U8": 1,
    "F64": 8,
}
"""The dtypes that are read, as a safetensors header names them."""

# Ways of a pickle to reach an object that GLOBAL does not name. State dicts of tensors need none of them.
_FOREIGN_OPCODES = frozenset(
    {"STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4", "PERSID"}
)
_HEADER_LIMIT = 100 << 20  # bytes; the safetensors library's own bound
_LENGTH_BYTES = 8  # a safetensors file begins with the length of its header
_PICKLE_LIMIT = 16 << 20  # bytes; a shard of a published model has about ten thousand


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor as a file has it; `offset` is where its numbers begin, 0 where only the archive knows."""

    shape: tuple[int, ...]
    dtype: str
    offset: int = 0

    @property
    def byte_count(self) -> int:
        return prod(self.shape) * ITEM_BYTES[self.dtype]


def opening_bytes(path: Path, size: int, least_bytes: int) -> bytes:
    """The first bytes of a file of `size` bytes, if it can be one of weights.

    `least_bytes` is told as the size that was expected. Raises MODEL_LFS_POINTER, MODEL_TRUNCATED (nothing
    came) and `OSError`.
    """
    with path.open("rb") as file:
        begin = file.read(len(LFS_POINTER))
    if begin == LFS_POINTER:
        raise WorldError(ErrorCode.MODEL_LFS_POINTER, path=path)
    if size < _LENGTH_BYTES:
        raise WorldError(ErrorCode.MODEL_TRUNCATED, path=path, expected=least_bytes, actual=size)
    return begin


def safetensors_entries(path: Path, size: int) -> dict[str, StoredTensor]:
    """The tensors in a safetensors file of `size` bytes, which is long enough for all of them.

    Raises MODEL_TRUNCATED, MODEL_UNREADABLE and `OSError`.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        if length > _HEADER_LIMIT:
            raise _unreadable(path, "not safetensors")
        base = _LENGTH_BYTES + length
        if size < base:
            raise WorldError(ErrorCode.MODEL_TRUNCATED, path=path, expected=base, actual=size)
        header = file.read(length)
    found = _checked(header, base, path)
    end = max((tensor.offset + tensor.byte_count for tensor in found.values()), default=base)
    if size < end:
        raise WorldError(ErrorCode.MODEL_TRUNCATED, path=path, expected=end, actual=size)
    return found


def pickle_program(path: Path, size: int, begin: bytes, least_bytes: int) -> bytes:
    """The one pickle that torch will run in a file of torch.save, scanned.

    `begin` are the file's first bytes, `least_bytes` what its tensors take at least. Raises MODEL_TRUNCATED,
    MODEL_UNREADABLE, MODEL_UNSAFE and `OSError`.
    """
    if not begin.startswith(ZIP):
        raise _unreadable(path, "not a zip archive of torch.save")
    try:
        with zipfile.ZipFile(path) as archive:
            program = _program(archive, path)
    except zipfile.BadZipFile as error:  # the directory stands at the end of the file
        expected = max(least_bytes, size + 1)
        raise WorldError(ErrorCode.MODEL_TRUNCATED, path=path, expected=expected, actual=size) from error
    except (NotImplementedError, RuntimeError, EOFError, ValueError) as error:  # of a directory that lies
        raise _unreadable(path, "not an archive of torch.save") from error
    if foreign := foreign_global(program):
        raise WorldError(ErrorCode.MODEL_UNSAFE, path=path, detail=foreign)
    return program


def foreign_global(program: bytes) -> str:
    """The first thing in a pickle that a state dict does not need; empty when there is none. Runs nothing."""
    try:
        for opcode, argument, _ in pickletools.genops(program):
            if opcode.name == "GLOBAL" and argument not in ALLOWED_GLOBALS:
                return str(argument)
            if opcode.name in _FOREIGN_OPCODES:
                return opcode.name
    except ValueError as error:  # not a whole pickle
        return f"broken pickle: {error}"[:80]
    return ""


def _checked(header: bytes, base: int, path: Path) -> dict[str, StoredTensor]:
    try:
        entries = json.loads(header)
        found = {}
        for key, entry in entries.items():
            if key == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            tensor = StoredTensor(tuple(entry["shape"]), entry["dtype"], base + begin)
            if not all(type(size) is int and size >= 0 for size in (*tensor.shape, begin, end)):
                raise ValueError(key)
            if end - begin != tensor.byte_count:
                raise ValueError(key)
            found[key] = tensor
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(path, "safetensors header") from error
    return found


def _program(archive: zipfile.ZipFile, path: Path) -> bytes:
    """The archive's pickle, if torch can run no other."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    programs = [entry for entry in entries if entry.filename.rpartition("/")[2] == "data.pkl"]
    if len(programs) != 1 or len(set(names)) != len(names):
        raise _unreadable(path, "not an archive of torch.save")
    if programs[0].file_size > _PICKLE_LIMIT:
        raise _unreadable(path, "data.pkl is too large")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise _unreadable(path, "compressed")
    return archive.read(programs[0])


def _unreadable(path: Path, detail: str) -> WorldError:
    return WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail=detail)

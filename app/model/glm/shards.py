"""One file of a checkpoint: what it holds, and its tensors one by one.

A `.safetensors` file is read by position, so that no page of it stays in memory. A `.bin` file is a zip
archive with a pickle, and a pickle is a program: it is scanned before anything runs it (`foreign_global`),
then torch's `weights_only` reader maps it. The globals that may stand in it are the issue's four
(OrderedDict, _rebuild_tensor_v2, HalfStorage, CharStorage) and the storages of the two other dtypes that
published files use: BFloat16Storage (CodeGeeX2) and FloatStorage (fine-tuned copies in float32). Knows no
model.
"""

from __future__ import annotations

import json
import pickletools
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

import torch
from torch import Tensor

from app.core.errors import ErrorCode, WorldError

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
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
# Ways of a pickle to reach an object that GLOBAL does not name. State dicts of tensors need none of them.
_FOREIGN_OPCODES = frozenset(
    {"STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4", "PERSID"}
)
_HEADER_LIMIT = 100 << 20  # bytes; the safetensors library's own bound
_LENGTH_BYTES = 8  # a safetensors file begins with the length of its header
_PICKLE_LIMIT = 16 << 20  # bytes; a shard of a published model has about ten thousand
_MAPPED_LIMIT = 64 << 20  # bytes read from a mapping before it is given back: its pages count as ours
_DTYPES = {
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F32": torch.float32,
    "I8": torch.int8,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
    "F64": torch.float64,
}


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """A stored tensor without its numbers."""

    shape: tuple[int, ...]
    dtype: torch.dtype

    @property
    def bytes(self) -> int:
        return prod(self.shape) * self.dtype.itemsize


class Shard(ABC):
    """A file of tensors. `tensors` tells what lies in it; `read` gives a copy that needs no file any more."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tensors: Mapping[str, TensorInfo] = {}

    @abstractmethod
    def read(self, key: str, start: int, stop: int) -> Tensor:
        """Rows `start` to `stop` of a tensor."""

    @abstractmethod
    def close(self) -> None:
        """Give back what the operating system holds for it."""

    def unreadable(self, detail: object) -> WorldError:
        return WorldError(ErrorCode.MODEL_UNREADABLE, path=self.path, detail=detail)


def open_shard(path: Path, least_bytes: int) -> Shard:
    """The shard in a file; `least_bytes` is what its tensors take at least, told when it is cut off.

    Raises MODEL_LFS_POINTER, MODEL_TRUNCATED, MODEL_UNREADABLE and MODEL_UNSAFE.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            begin = file.read(len(LFS_POINTER))
        if begin == LFS_POINTER:
            raise WorldError(ErrorCode.MODEL_LFS_POINTER, path=path)
        if size < _LENGTH_BYTES:
            raise WorldError(ErrorCode.MODEL_TRUNCATED, path=path, expected=least_bytes, actual=size)
        if path.suffix == ".safetensors":
            return SafetensorsShard(path, size)
        return PickleShard(path, size, begin, least_bytes)
    except OSError as error:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail=error.strerror or error) from error


class SafetensorsShard(Shard):
    """Eight bytes of length, a JSON header, then the numbers."""

    def __init__(self, path: Path, size: int) -> None:
        super().__init__(path)
        self._offsets: dict[str, int] = {}
        with path.open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            if length > _HEADER_LIMIT:
                raise self.unreadable("not safetensors")
            base = _LENGTH_BYTES + length
            if size < base:
                raise WorldError(ErrorCode.MODEL_TRUNCATED, path=path, expected=base, actual=size)
            header = file.read(length)
        self.tensors = self._checked(header, base)
        end = max((self._offsets[key] + info.bytes for key, info in self.tensors.items()), default=base)
        if size < end:
            raise WorldError(ErrorCode.MODEL_TRUNCATED, path=path, expected=end, actual=size)

    def read(self, key: str, start: int, stop: int) -> Tensor:
        info = self.tensors[key]
        row = prod(info.shape[1:]) * info.dtype.itemsize
        data = bytearray((stop - start) * row)
        try:
            with self.path.open("rb", buffering=0) as file:
                file.seek(self._offsets[key] + start * row)
                at = 0
                view = memoryview(data)
                while at < len(data) and (count := file.readinto(view[at:])):
                    at += count
        except OSError as error:
            raise self.unreadable(error.strerror) from error
        if at < len(data):
            raise self.unreadable("changed while it was read")
        return torch.frombuffer(data, dtype=info.dtype).view(stop - start, *info.shape[1:])

    def close(self) -> None:
        """Nothing is held between two reads."""

    def _checked(self, header: bytes, base: int) -> dict[str, TensorInfo]:
        try:
            entries = json.loads(header)
            found = {}
            for key, entry in entries.items():
                if key == "__metadata__":
                    continue
                info = TensorInfo(tuple(entry["shape"]), _DTYPES[entry["dtype"]])
                begin, end = entry["data_offsets"]
                if not all(type(size) is int and size >= 0 for size in (*info.shape, begin, end)):
                    raise ValueError(key)
                if end - begin != info.bytes:
                    raise ValueError(key)
                self._offsets[key] = base + begin
                found[key] = info
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise self.unreadable("safetensors header") from error
        return found


class PickleShard(Shard):
    """A file of torch.save in its zip form, scanned first and then mapped."""

    def __init__(self, path: Path, size: int, begin: bytes, least_bytes: int) -> None:
        super().__init__(path)
        if not begin.startswith(b"PK\x03\x04"):
            raise self.unreadable("not a zip archive of torch.save")
        try:
            with zipfile.ZipFile(path) as archive:
                program = self._program(archive)
        except zipfile.BadZipFile as error:  # the directory stands at the end of the file
            expected = max(least_bytes, size + 1)
            raise WorldError(ErrorCode.MODEL_TRUNCATED, path=path, expected=expected, actual=size) from error
        if foreign := foreign_global(program):
            raise WorldError(ErrorCode.MODEL_UNSAFE, path=path, detail=foreign)
        self._mapped: dict[str, Tensor] | None = None
        self._read_bytes = 0
        self.tensors = {
            key: TensorInfo(tuple(tensor.shape), tensor.dtype) for key, tensor in self._map().items()
        }
        self.close()

    def read(self, key: str, start: int, stop: int) -> Tensor:
        info = self.tensors[key]
        size = info.bytes * (stop - start) // max(info.shape[0], 1)
        if self._read_bytes + size > _MAPPED_LIMIT:
            self.close()
        self._read_bytes += size
        return self._map()[key][start:stop].clone(memory_format=torch.contiguous_format)

    def close(self) -> None:
        self._mapped = None
        self._read_bytes = 0

    def _program(self, archive: zipfile.ZipFile) -> bytes:
        """The one pickle that torch will run, if it can be no other."""
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        programs = [entry for entry in entries if entry.filename.rpartition("/")[2] == "data.pkl"]
        if len(programs) != 1 or len(set(names)) != len(names):
            raise self.unreadable("not an archive of torch.save")
        if programs[0].file_size > _PICKLE_LIMIT:
            raise self.unreadable("data.pkl is too large")
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise self.unreadable("compressed")
        return archive.read(programs[0])

    def _map(self) -> dict[str, Tensor]:
        if self._mapped is None:
            try:
                loaded = torch.load(self.path, map_location="cpu", mmap=True, weights_only=True)
            except OSError:
                raise
            except Exception as error:
                raise self.unreadable(f"torch: {type(error).__name__}") from error
            if not isinstance(loaded, dict) or not all(
                isinstance(key, str) and isinstance(value, Tensor) for key, value in loaded.items()
            ):
                raise self.unreadable("not a state dict")
            self._mapped = loaded
        return self._mapped


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

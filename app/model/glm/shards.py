"""One file of a checkpoint: what it holds, and its tensors one by one.

A `.safetensors` file is read by position, so that no page of it stays in memory. A `.bin` file is mapped by
torch's `weights_only` reader once its pickle was scanned (`shard_files`). Knows no model.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

import torch
from torch import Tensor

from app.core.errors import ErrorCode, WorldError
from app.model.glm.shard_files import opening_bytes, pickle_program, safetensors_entries

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
        begin = opening_bytes(path, size, least_bytes)
        if path.suffix == ".safetensors":
            return SafetensorsShard(path, size)
        return PickleShard(path, size, begin, least_bytes)
    except OSError as error:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail=error.strerror or error) from error


class SafetensorsShard(Shard):
    """Eight bytes of length, a JSON header, then the numbers."""

    def __init__(self, path: Path, size: int) -> None:
        super().__init__(path)
        entries = safetensors_entries(path, size)
        self._offsets = {key: entry.offset for key, entry in entries.items()}
        self.tensors = {key: TensorInfo(entry.shape, _DTYPES[entry.dtype]) for key, entry in entries.items()}

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


class PickleShard(Shard):
    """A file of torch.save in its zip form, scanned first and then mapped."""

    def __init__(self, path: Path, size: int, begin: bytes, least_bytes: int) -> None:
        super().__init__(path)
        pickle_program(path, size, begin, least_bytes)
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

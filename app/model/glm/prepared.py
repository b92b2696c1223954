"""Prepared files: a model's weights at one precision, ready to be mapped into memory.

A folder `NAME-PRECISION-KEY` holds `weights.safetensors` and, written last, `manifest.json` with its size and
hashes. It is filled under another name and renamed when it is whole, so a folder with that name is always
complete, whatever was killed or filled up before. The key is made of the sources' content and the settings;
another version makes another key. Knows no network and no kernel.

The 4-bit matrices lie in the byte order of one kernel layout, which the manifest names: canonical nibbles in
an order that the processor at hand maps without packing, and any other unpacks by the layout's name
(decisions.md).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from app.core.errors import ErrorCode, WorldError, disk_error
from app.core.new_names import rename
from app.model import hardware
from app.model.disk import SPARE_BYTES, is_at_work

VERSION: Final = 1
"""Changes whenever older files would be read wrongly; it is part of the key."""
WEIGHTS, MANIFEST = "weights.safetensors", "manifest.json"
_PARTIAL = ".partial"
_SAMPLES, _SAMPLE_BYTES = 32, 64 << 10
_MAX_MANIFEST_BYTES = 1 << 20
_MAX_NAME_BYTES = 120  # of the model's name: a file system takes 255 with all that is added
_ALIGNMENT = 64
_DTYPES = {torch.uint8: "U8", torch.int8: "I8", torch.bfloat16: "BF16", torch.float32: "F32"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A tensor that a prepared file will hold."""

    dtype: torch.dtype
    shape: tuple[int, ...]

    @property
    def byte_count(self) -> int:
        size = self.dtype.itemsize
        for length in self.shape:
            size *= length
        return size


def sampled_digest(path: Path) -> str:
    """SHA-256 of a file's size and of 32 blocks of 64 KiB spread evenly over it, the ends included.

    Enough to tell files apart and to see a cut or overwritten one, in milliseconds where hashing all of it
    would take many seconds. Raises `OSError`.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for sample in range(_SAMPLES):
            file.seek(max(size - _SAMPLE_BYTES, 0) * sample // (_SAMPLES - 1))
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def key_of(sources: Sequence[Path], settings: Mapping[str, str]) -> str:
    """What a prepared file is found by: the sources' content and `settings`, in hexadecimal."""
    parts = [f"version={VERSION}"]
    parts += [f"{name}={value}" for name, value in sorted(settings.items())]
    parts += [sampled_digest(path) for path in sources]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class PreparedFile:
    """A complete prepared file, mapped: its tensors take memory as they are used."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.folder = folder
        self.settings: Mapping[str, str] = manifest["settings"]
        opened: Any = safe_open(folder / WEIGHTS, framework="pt")
        self._file = opened
        self.names = frozenset(self._file.keys())

    def read(self, name: str) -> Tensor:
        """A tensor of the mapped file; writing to it changes no file."""
        tensor: Tensor = self._file.get_tensor(name)
        return tensor


def find(cache_dir: Path, key: str) -> PreparedFile | None:
    """The prepared file with this key, checked; None where there is none.

    One that is damaged is removed: it can be made again.
    """
    for folder in _folders(cache_dir, key):
        try:
            return PreparedFile(folder, _checked_manifest(folder, key))
        except (OSError, ValueError, KeyError, TypeError, RecursionError, SafetensorError):
            shutil.rmtree(folder, ignore_errors=True)
    return None


def _folders(cache_dir: Path, key: str) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from (entry for entry in sorted(cache_dir.iterdir()) if entry.name.endswith(f"-{key[:16]}"))


def _checked_manifest(folder: Path, key: str) -> Mapping[str, Any]:
    """The manifest, if it and the weights are those that were written; raises `ValueError`."""
    with (folder / MANIFEST).open("rb") as file:
        manifest: Mapping[str, Any] = json.loads(file.read(_MAX_MANIFEST_BYTES))
    weights = folder / WEIGHTS
    if manifest["seal"] != _seal(manifest):
        raise ValueError("not the manifest that was written")
    if manifest["key"] != key or manifest["version"] != VERSION:
        raise ValueError("another file's manifest")
    if weights.stat().st_size != manifest["bytes"] or sampled_digest(weights) != manifest["sampled_sha256"]:
        raise ValueError("not the file that was written")
    return manifest


def _seal(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest without its seal: a settings value that rots would be read as another layout."""
    sealed = {name: value for name, value in manifest.items() if name != "seal"}
    return hashlib.sha256(json.dumps(sealed, sort_keys=True).encode()).hexdigest()


class PreparedWriter:
    """Writes a prepared file piece by piece; used as a context, which removes what was not finished.

    `entries` name the tensors in the order in which they are written. Raises `WorldError` DISK_FULL before
    anything is written where the disk has too little room, and when it fills up in between; READ_ONLY and
    STORAGE_FAILED for a folder that does not take it.
    """

    def __init__(
        self, cache_dir: Path, name: str, key: str, entries: Mapping[str, Entry], settings: Mapping[str, str]
    ) -> None:
        name = name.encode()[:_MAX_NAME_BYTES].decode(errors="ignore")
        self._target = cache_dir / f"{name}-{key[:16]}"
        self._partial = cache_dir / f"{self._target.name}.{os.getpid()}{_PARTIAL}"
        self._manifest = {"version": VERSION, "key": key, "settings": dict(settings)}
        self._digest = hashlib.sha256()
        self._entries = dict(entries)
        self._left = sum(entry.byte_count for entry in entries.values())
        with self._disk_errors():
            cache_dir.mkdir(parents=True, exist_ok=True)
            _remove_abandoned(cache_dir)
            free = hardware.disk_free(cache_dir)
            if free is not None and free < self._left + SPARE_BYTES:
                raise WorldError(ErrorCode.DISK_FULL, path=cache_dir)
            shutil.rmtree(self._partial, ignore_errors=True)  # of an earlier process with our number
            self._partial.mkdir()
            self._file = (self._partial / WEIGHTS).open("wb")
            self._put(self._header())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        shutil.rmtree(self._partial, ignore_errors=True)  # nothing is there any more after `finish`

    def write(self, tensor: Tensor) -> None:
        """The next bytes of the tensors, in the order of the entries; a tensor may come in slices of rows."""
        data = tensor.contiguous().flatten().view(torch.uint8)
        self._left -= data.numel()
        with self._disk_errors():
            self._put(data.numpy().data)

    def finish(self) -> PreparedFile:
        """Make it whole, durable and visible, and open it."""
        if self._left:
            raise ValueError(f"{self._left} bytes are missing")
        with self._disk_errors():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            weights = self._partial / WEIGHTS
            self._manifest |= {
                "bytes": weights.stat().st_size,
                "sampled_sha256": sampled_digest(weights),
                "sha256": self._digest.hexdigest(),
            }
            self._manifest["seal"] = _seal(self._manifest)
            with (self._partial / MANIFEST).open("w", encoding="utf-8") as file:
                json.dump(self._manifest, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            try:
                rename(self._partial, self._target)
            except OSError:
                if not self._target.is_dir():  # else another Teahouse made the same in the meantime
                    raise
        return PreparedFile(self._target, self._manifest)

    def _put(self, data: bytes | memoryview) -> None:
        self._digest.update(data)
        self._file.write(data)

    def _header(self) -> bytes:
        """The head of a safetensors file, padded so that the tensors begin at a multiple of 64 bytes."""
        table: dict[str, object] = {"__metadata__": {"format": "pt"}}
        at = 0
        for name, entry in self._entries.items():
            end = at + entry.byte_count
            table[name] = {
                "dtype": _DTYPES[entry.dtype],
                "shape": list(entry.shape),
                "data_offsets": [at, end],
            }
            at = end
        head = json.dumps(table, separators=(",", ":")).encode()
        head += b" " * (-(len(head) + 8) % _ALIGNMENT)
        return len(head).to_bytes(8, "little") + head

    @contextlib.contextmanager
    def _disk_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            shutil.rmtree(self._partial, ignore_errors=True)
            raise disk_error(error, self._target.parent, also_full=[errno.EFBIG]) from error


def _remove_abandoned(cache_dir: Path) -> None:
    """Remove what processes that are gone had begun."""
    for entry in cache_dir.iterdir():
        if entry.name.endswith(_PARTIAL):
            process = entry.name.removesuffix(_PARTIAL).rpartition(".")[2]
            if process.isdecimal() and not is_at_work(entry, int(process)):
                shutil.rmtree(entry, ignore_errors=True)

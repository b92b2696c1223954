"""Tells Mach-O files (what macOS runs and loads) from all others, and reads what each asks of the system.

Standard library only, runs on any system. Knows the headers of the format (Apple's `mach-o/loader.h` and
`mach-o/fat.h`), nothing of bundles or signatures.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

ARM64 = 0x0100000C
"""`cputype` of Apple silicon."""
EXECUTABLE = 2
"""`filetype` of a program; libraries are 6, loadable modules 8."""

_THIN = {b"\xcf\xfa\xed\xfe": "<", b"\xfe\xed\xfa\xcf": ">"}
"""Magic of 64 bits, and the order of bytes that it tells. Nothing of 32 bits runs on Apple silicon."""
_FAT = {b"\xca\xfe\xba\xbe": ">IIIII", b"\xca\xfe\xba\xbf": ">IIQQII"}
"""Magic of a file for several processors, and the form of an entry of its table."""
_MOST_SLICES = 30
"""A Java class begins with the same magic; its next number is a version from 45 on."""
_BUILD_VERSION, _VERSION_MIN_MACOSX = 0x32, 0x24
_HEADER_BYTES = 32


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a Mach-O file for one processor; `minimum`: the oldest macOS, (0, 0) if untold."""

    cpu: int
    kind: int
    minimum: tuple[int, int]


@dataclass(frozen=True, slots=True)
class MachO:
    """One file and what is in it."""

    path: Path
    slices: tuple[Slice, ...]

    @property
    def is_program(self) -> bool:
        """Whether it is started, and not loaded."""
        return any(part.kind == EXECUTABLE for part in self.slices)

    def minimum(self, cpu: int = ARM64) -> tuple[int, int] | None:
        """The oldest macOS it was built for on a processor; none where it has no part for that processor."""
        return next((part.minimum for part in self.slices if part.cpu == cpu), None)


def find(folder: Path) -> list[MachO]:
    """Every Mach-O file below `folder`, by its real place (links are not followed), in the order of names."""
    found = []
    for place, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if not path.is_symlink() and (macho := read(path)) is not None:
                found.append(macho)
    return found


def read(path: Path) -> MachO | None:
    """What `path` holds; none for whatever is no whole Mach-O file. Raises `OSError`."""
    with path.open("rb") as file:
        slices = []
        for offset in _offsets(file):
            part = _slice_at(file, offset)
            if part is None:
                return None
            slices.append(part)
    return MachO(path, tuple(slices)) if slices else None


def _offsets(file: BinaryIO) -> Iterator[int]:
    """Where the parts for each processor begin."""
    magic, count = file.read(4), file.read(4)
    if magic in _THIN:
        yield 0
    if magic not in _FAT or len(count) < 4:
        return
    entry = struct.Struct(_FAT[magic])
    number = int.from_bytes(count, "big")
    table = file.read(entry.size * number) if number <= _MOST_SLICES else b""
    for at in range(0, len(table) - entry.size + 1, entry.size):
        yield entry.unpack_from(table, at)[2]


def _slice_at(file: BinaryIO, offset: int) -> Slice | None:
    """The part that begins at `offset`; none where no Mach-O header stands there."""
    file.seek(offset)
    header = file.read(_HEADER_BYTES)
    order = _THIN.get(header[:4])
    if order is None or len(header) < _HEADER_BYTES:
        return None
    cpu, _, kind, commands, size = struct.unpack_from(f"{order}5I", header, 4)
    return Slice(cpu, kind, _minimum(file.read(size), commands, order))


def _minimum(commands: bytes, count: int, order: str) -> tuple[int, int]:
    """The oldest macOS that the load commands name."""
    at = 0
    for _ in range(count):
        if at + 16 > len(commands):
            break
        command, size, first, second = struct.unpack_from(f"{order}4I", commands, at)
        if command in (_BUILD_VERSION, _VERSION_MIN_MACOSX):
            version = second if command == _BUILD_VERSION else first
            return version >> 16, version >> 8 & 0xFF
        at += max(size, 8)
    return 0, 0

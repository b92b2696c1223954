"""Tells programs and libraries of Windows from all other files, and reads which libraries each names.

Standard library only, runs on any system. Knows the headers of the format (Microsoft's "PE Format"), nothing
of what the names mean.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

X86_64 = 0x8664
"""`Machine` of the processors that the app is for."""

_DIRECTORIES = {0x10B: 96, 0x20B: 112}
"""Magic of an optional header of 32 and of 64 bits, and where in it the table of directories begins."""
_EXPORTS, _IMPORTS, _DELAYED = 0, 1, 13
"""Places in the table of directories."""
_IMPORT_BYTES, _DELAYED_BYTES, _SECTION_BYTES = 20, 32, 40
_WINE = (b"Wine builtin DLL", b"Wine placeholder DLL")
WINE_AT = 0x40
"""Where wine marks the files that are its own."""


@dataclass(frozen=True, slots=True)
class Binary:
    """One file: its processor, and the libraries that Windows looks for when it is loaded, or on demand."""

    path: Path
    machine: int
    imports: tuple[str, ...]
    delayed: tuple[str, ...]
    is_of_wine: bool
    """Whether wine's own, which is nothing for a real Windows."""


def find(folder: Path) -> list[Binary]:
    """Every such file below `folder`, in the order of names; what it is called does not matter."""
    read_files = (read(path) for path in sorted(folder.rglob("*")) if path.is_file())
    return [binary for binary in read_files if binary is not None]


def read(path: Path) -> Binary | None:
    """What `path` holds; none for whatever is no whole program or library. Raises `OSError`."""
    with path.open("rb") as file:
        if file.read(2) != b"MZ":
            return None
        data = b"MZ" + file.read()
    try:
        return _parsed(path, data)
    except (struct.error, ValueError):
        return None


def exports(path: Path) -> list[str]:
    """The names of what a library offers."""
    image = _image(path.read_bytes())
    return [] if image is None else image.exported()


def _parsed(path: Path, data: bytes) -> Binary | None:
    image = _image(data)
    if image is None:
        return None
    # The name's place is the fourth number of an import, the second of a delayed one.
    imports = tuple(image.names(_IMPORTS, _IMPORT_BYTES, 12))
    delayed = tuple(image.names(_DELAYED, _DELAYED_BYTES, 4))
    is_of_wine = data[WINE_AT:].startswith(_WINE)
    return Binary(path, image.machine, imports, delayed, is_of_wine)


def _image(data: bytes) -> _Image | None:
    (at,) = struct.unpack_from("<I", data, 0x3C)
    if data[at : at + 4] != b"PE\0\0":
        return None
    machine, sections = struct.unpack_from("<HH", data, at + 4)
    (optional_bytes,) = struct.unpack_from("<H", data, at + 20)
    optional = at + 24
    directories = _DIRECTORIES.get(*struct.unpack_from("<H", data, optional))
    if directories is None:
        return None
    return _Image(data, machine, optional + directories, optional + optional_bytes, sections)


class _Image:
    """Finds in the file what has its place in memory."""

    def __init__(self, data: bytes, machine: int, directories: int, table: int, count: int) -> None:
        self._data = data
        self.machine = machine
        (most,) = struct.unpack_from("<I", data, directories - 4)
        self._directories = list(
            struct.iter_unpack("<II", data[directories : directories + 8 * min(most, 16)])
        )
        self._sections = [
            struct.unpack_from("<IIII", data, table + _SECTION_BYTES * number + 8) for number in range(count)
        ]

    def names(self, directory: int, entry_bytes: int, name_at: int) -> Iterator[str]:
        """The libraries that a directory names; its last entry is empty."""
        place = self._directories[directory][0] if directory < len(self._directories) else 0
        while place:
            entry = self._offset(place)
            (name,) = struct.unpack_from("<I", self._data, entry + name_at)
            if name == 0:
                return
            yield self._text(name)
            place += entry_bytes

    def exported(self) -> list[str]:
        """The names in the table of exports, in their order."""
        if not self._directories or not self._directories[_EXPORTS][0]:
            return []
        count, _, names = struct.unpack_from(
            "<III", self._data, self._offset(self._directories[_EXPORTS][0]) + 24
        )
        places = struct.unpack_from(f"<{count}I", self._data, self._offset(names))
        return [self._text(place) for place in places]

    def _text(self, place: int) -> str:
        begin = self._offset(place)
        return self._data[begin : self._data.index(b"\0", begin)].decode("ascii")

    def _offset(self, place: int) -> int:
        for size, begin, raw_size, raw in self._sections:
            if begin <= place < begin + max(size, raw_size):
                return int(raw + place - begin)
        raise ValueError(f"nothing lies at {place:#x}")

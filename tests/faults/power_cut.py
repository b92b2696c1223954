"""A disk that loses what was not synced when the power goes: SQLite's own file layer with a memory.

What SQLite writes goes to the real files, and beside it is kept what a disk would surely hold: only what was
synced. `survivors` makes the folder that is found after a power cut at this moment: of what was written since
the last sync of each file a random part is there, in no order, and one write may be torn between sectors.
Files that Python itself writes are outside of this; they are there as they are.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512


@dataclass(slots=True)
class _OnDisk:
    """What of one file is sure to be on the disk, and what was done since the last sync."""

    sure: bytearray | None  # None: not even its name
    since: list[tuple[int, bytes | None]] = field(default_factory=list)  # None: cut to that length


class Power:
    """Counts what SQLite does to its files, and knows what a power cut at this moment would leave."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._files: dict[Path, _OnDisk] = {}
        self._removed: dict[Path, _OnDisk] = {}  # their names may still be there
        self.deeds = 0
        self.on_deed = lambda: None

    def opened(self, path: Path) -> None:
        self._removed.pop(path, None)
        if path not in self._files:
            self._files[path] = _OnDisk(bytearray(path.read_bytes()) if path.stat().st_size else None)

    def did(self, path: Path, at: int, data: bytes | None) -> None:
        self._files[path].since.append((at, data))
        self._deed()

    def synced(self, path: Path) -> None:
        on_disk = self._files[path]
        if on_disk.sure is None:  # SQLite syncs the folder with a new file, and so what was removed from it
            self._removed = {name: one for name, one in self._removed.items() if name.parent != path.parent}
        on_disk.sure = _after(on_disk.sure, on_disk.since)
        on_disk.since = []
        self._deed()

    def removed(self, path: Path, folder_was_synced: bool) -> None:
        on_disk = self._files.pop(path, None)
        if on_disk is not None and not folder_was_synced:
            self._removed[path] = on_disk
        self._deed()

    def survivors(self, target: Path, chance: random.Random) -> None:
        """Make `target` what the folder is after a power cut now."""
        shutil.copytree(self._home, target)
        still_there = {path: one for path, one in self._removed.items() if chance.random() < 0.5}
        for path, on_disk in (self._files | still_there).items():
            copy = target / path.relative_to(self._home)
            if path in self._files and not copy.exists():
                continue  # renamed by Python, which syncs
            left = _after(on_disk.sure, list(_some(on_disk.since, chance)))
            if left is not None:
                copy.write_bytes(left)
            elif copy.exists():
                copy.unlink()

    def _deed(self) -> None:
        self.deeds += 1
        self.on_deed()


@contextmanager
def unsure_disk(home: Path) -> Iterator[Power]:
    """Every SQLite file below `home` that is opened inside is on a disk that this one knows."""
    power = Power(home)
    usual = apsw.vfs_names()[0]

    class File(apsw.VFSFile):
        def __init__(self, name: Any, flags: Any) -> None:
            super().__init__(usual, name, flags)
            self._path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)
            power.opened(self._path)

        def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802
            super().xWrite(data, offset)
            power.did(self._path, offset, bytes(data))

        def xTruncate(self, size: int) -> None:  # noqa: N802
            super().xTruncate(size)
            power.did(self._path, size, None)

        def xSync(self, flags: int) -> None:  # noqa: N802
            super().xSync(flags)
            power.synced(self._path)

    class Disk(apsw.VFS):
        def xOpen(self, name: Any, flags: Any) -> File:  # noqa: N802
            return File(name, flags)

        def xDelete(self, name: str, sync_folder: bool) -> None:  # noqa: N802
            super().xDelete(name, sync_folder)
            power.removed(Path(name), sync_folder)

    disk = Disk("unsure_disk", usual, makedefault=True)
    try:
        yield power
    finally:
        disk.unregister()
        assert apsw.vfs_names()[0] == usual


def _after(sure: bytearray | None, deeds: list[tuple[int, bytes | None]]) -> bytearray | None:
    """The bytes of a file after `deeds`."""
    data = bytearray() if sure is None else bytearray(sure)
    for at, written in deeds:
        if written is None:
            del data[at:]
        else:
            data.extend(bytes(max(0, at + len(written) - len(data))))
            data[at : at + len(written)] = written
    return data if sure is not None or deeds else None


def _some(deeds: list[tuple[int, bytes | None]], chance: random.Random) -> Iterator[tuple[int, bytes | None]]:
    """A random part of `deeds`: none, all, the first ones, or any; now and then one is torn."""
    share = chance.choice((0.0, 1.0, chance.random()))
    in_order = chance.random() < 0.5
    kept = int(len(deeds) * share)
    for number, (at, written) in enumerate(deeds):
        if number < kept if in_order else chance.random() < share:
            yield at, written
        elif number == kept and written is not None and chance.random() < 0.5:
            yield at, written[: SECTOR * chance.randrange(len(written) // SECTOR + 1)]

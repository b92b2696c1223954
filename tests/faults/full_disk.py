"""A disk that can fill up at any write: SQLite's own file layer with a budget of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import apsw


class Budget:
    """Bytes that may still be written; None: as many as one likes."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.refused = 0

    def spend(self, size: int) -> None:
        if self.left is None:
            return
        if size > self.left:
            self.refused += 1
            raise apsw.FullError("no space left on the device")
        self.left -= size


@contextmanager
def filling_disk() -> Iterator[Budget]:
    """Every SQLite file opened inside is on a disk with this budget."""
    budget = Budget()
    usual = apsw.vfs_names()[0]

    class File(apsw.VFSFile):
        def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802
            budget.spend(len(data))
            super().xWrite(data, offset)

        def excepthook(self, *_error: object) -> None:
            """SQLite was told; where it goes on all the same (a checkpoint), nobody else need hear of it."""

    class Disk(apsw.VFS):
        def xOpen(self, name: Any, flags: Any) -> File:  # noqa: N802
            return File(usual, name, flags)

        def excepthook(self, *_error: object) -> None:
            """As above."""

    disk = Disk("filling_disk", usual, makedefault=True)
    try:
        yield budget
    finally:
        disk.unregister()
        assert apsw.vfs_names()[0] == usual

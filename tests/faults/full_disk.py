"""A disk that can fill up at any write: SQLite's own file layer with a budget."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import apsw


class Budget:
    """What may still be written: `left` bytes (None: as many as one likes), all before the write `full_at`.

    `lasting`: from that write on nothing is taken; else that one alone is refused.
    """

    def __init__(self) -> None:
        self.left: int | None = None
        self.full_at: int | None = None
        self.lasting = True
        self.writes = 0
        self.refused = 0

    def spend(self, size: int) -> None:
        self.writes += 1
        if self.full_at is not None and (
            self.writes >= self.full_at if self.lasting else self.writes == self.full_at
        ):
            self.refuse()
        if self.left is not None:
            if size > self.left:
                self.refuse()
            self.left -= size

    def refuse(self) -> None:
        self.refused += 1
        raise apsw.FullError("no space left on the device")

    def empty(self) -> None:
        """There is room again."""
        self.left = self.full_at = None


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

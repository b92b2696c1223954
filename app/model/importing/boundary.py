"""What was brought, as a border: a link inside may lead to another place inside, and nowhere else."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from app.core.imports import FileState
from app.model.glm.shard_files import LFS_POINTER
from app.model.names import hub_folder


@dataclass(frozen=True, slots=True)
class Look:
    """A file from outside: GOOD, MISSING, POINTER, UNREADABLE or OUTSIDE, and its size in bytes."""

    state: FileState
    byte_count: int = 0


class Boundary:
    """The folders that were brought. A folder in a hub's cache brings the cache's folder of its repository,
    where the files lie that its links lead to.
    """

    def __init__(self, brought: Path) -> None:
        """`brought` is a folder, or the folder of a file."""
        self.brought = brought
        self._roots = {_real(brought)}
        self.add(brought)

    def add(self, folder: Path) -> None:
        """A folder with a model, inside what was brought."""
        for path in (folder, _real(folder)):
            if (hub := hub_folder(path)) is not None:
                self._roots.add(_real(hub))

    def holds(self, path: Path) -> bool:
        """Whether the file that `path` leads to lies inside."""
        real = _real(path)
        return any(real.is_relative_to(root) for root in self._roots)

    def look(self, path: Path) -> Look:
        """What `path` is. Opens regular files only: a pipe would wait for ever, a device may never end."""
        try:
            if not self.holds(path):
                return Look(FileState.OUTSIDE)
            found = path.stat()
            if not stat.S_ISREG(found.st_mode):
                return Look(FileState.UNREADABLE)
            with path.open("rb") as file:
                begin = file.read(len(LFS_POINTER))
        except (FileNotFoundError, NotADirectoryError, ValueError):  # or a name that no file can have
            return Look(FileState.MISSING)
        except OSError:
            return Look(FileState.UNREADABLE)
        return Look(FileState.POINTER if begin == LFS_POINTER else FileState.GOOD, found.st_size)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))

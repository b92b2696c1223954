"""What all who write files of models do alike: room that is left, how large a file may be, names that last,
errors, who is at work.

Blocking: not for the GUI thread. Knows nothing of what is in a file.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from app.core.errors import ErrorCode, WorldError, disk_error

SPARE_BYTES: Final = 64 << 20
"""Room that is left on a disk: a computer with a full one is in trouble."""
FAT_LIMIT: Final = (1 << 32) - 1
"""The largest file, in bytes, that the file system of many sticks takes."""
_FAT = frozenset({"vfat", "msdos", "fat", "fat32"})
_CLOCK_SLACK_S = 5  # two seconds is the unit of FAT


@contextlib.contextmanager
def disk_errors(
    path: Path, passed_on: tuple[type[OSError], ...] = (), also_full: Collection[int] = ()
) -> Iterator[None]:
    """Raise `WorldError` instead of an `OSError` about the disk of `path`; see `core.errors.disk_error`."""
    try:
        yield
    except passed_on:
        raise
    except OSError as error:
        raise disk_error(error, path, also_full) from error


def ensure_takes(folder: Path, largest: int) -> None:
    """Raise FILE_TOO_LARGE where the file system of `folder` takes no file of `largest` bytes.

    Asked before gigabytes are written. What another file system refuses, it says when it is written:
    `disk_errors` gives the same code then. `folder` may not exist yet.
    """
    if largest > FAT_LIMIT and file_system(folder) in _FAT:
        raise WorldError(ErrorCode.FILE_TOO_LARGE, path=folder, size=largest)


def file_system(folder: Path) -> str:
    """The kind of file system that `folder` lies on, in small letters; "" where that is not known."""
    import psutil

    real = Path(os.path.realpath(folder))
    try:
        mounts = psutil.disk_partitions(all=True)
    except (OSError, psutil.Error):
        return ""
    holding = [mount for mount in mounts if real.is_relative_to(mount.mountpoint)]
    # The deepest one, and of several in one place the last: it hides the others.
    deepest = max(enumerate(holding), key=lambda one: (len(one[1].mountpoint), one[0]), default=None)
    return deepest[1].fstype.lower() if deepest is not None else ""


def on_one_disk(one: Path, other: Path) -> bool:
    """Whether both are there and lie on the same file system."""
    with contextlib.suppress(OSError):
        return one.stat().st_dev == other.stat().st_dev
    return False


def sync_folder(folder: Path) -> None:
    """Make new names in it survive a power cut, where the system knows how."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def is_at_work(partial: Path, process_id: int) -> bool:
    """Whether the process that began `partial` still runs.

    A process that is younger than the partial has only got the number of the one that is gone:
    after a restart of the computer numbers are given again from the start.
    """
    import psutil

    if process_id == os.getpid():
        return True
    try:
        started = psutil.Process(process_id).create_time()
    except psutil.AccessDenied:
        return True
    except (psutil.Error, OverflowError, ValueError):
        return False
    try:
        return started <= partial.lstat().st_mtime + _CLOCK_SLACK_S
    except OSError:  # renamed or removed in this moment, so somebody is at it
        return True

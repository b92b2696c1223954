"""New names on a disk: files and folders that nobody has yet, and renames that wait for who has a file open.

Both are for Windows. A virus scanner, the search index, a program that syncs folders or another process of
ours opens a file for a moment, and until it lets go nobody may rename or replace that file, nor the folder it
lies in; other systems do not mind. And `tempfile` takes the refusal of a folder in which nothing may be made
for a name that is taken, and tries the next one, two thousand million times.

Standard library only. Raises `OSError`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")

_OWNER_FILE, _OWNER_FOLDER = 0o600, 0o700
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_MOST_NAMES = 100
_PAUSES_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
_ACCESS_DENIED, _SHARING_VIOLATION, _LOCK_VIOLATION = 5, 32, 33
"""The first is also what a file that is to be replaced gives, and a folder, while something of it is open."""
_IN_USE = frozenset({_SHARING_VIOLATION, _LOCK_VIOLATION})


def new_file(folder: Path, prefix: str, suffix: str = "") -> tuple[int, Path]:
    """Make an empty file of its owner alone; gives its descriptor, for reading and writing, and its path."""
    return _new(folder, prefix, suffix, lambda path: os.open(path, _FLAGS, _OWNER_FILE))


def new_folder(folder: Path, prefix: str, suffix: str = "") -> Path:
    """Make an empty folder of its owner alone inside `folder`."""
    _, path = _new(folder, prefix, suffix, lambda path: path.mkdir(mode=_OWNER_FOLDER))
    return path


def takes_files(folder: Path) -> bool:
    """Whether files can be made in `folder`: one is, and goes again. On Windows `os.access` cannot say it."""
    try:
        descriptor, made = new_file(folder, ".teahouse-")
    except OSError:
        return False
    os.close(descriptor)
    with contextlib.suppress(OSError):
        made.unlink()
    return True


def rename(source: Path, target: Path) -> None:
    """Rename a file or a folder; on Windows, waits up to two seconds for who has something of it open.

    If that was not enough, the error has the number of a file in use, whatever Windows called it.
    """
    _patiently(lambda: source.rename(target), source)


def put_in_place(source: Path, target: Path) -> None:
    """Put `source` in the place of the file `target`; waits as `rename` does, and raises like it."""
    _patiently(lambda: source.replace(target), target)


def _new(folder: Path, prefix: str, suffix: str, make: Callable[[Path], Made]) -> tuple[Made, Path]:
    for _ in range(_MOST_NAMES):
        path = folder / f"{prefix}{os.urandom(6).hex()}{suffix}"
        try:
            return make(path), path
        except FileExistsError:
            continue
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder))


def _patiently(act: Callable[[], object], kept: Path) -> None:
    """Do it, again and again while Windows says that `kept` is in use, or may say so."""
    pauses = iter(_PAUSES_S)
    while True:
        try:
            act()
        except OSError as error:
            number = getattr(error, "winerror", None)
            if number != _ACCESS_DENIED and number not in _IN_USE:
                raise
            pause = next(pauses, None)
            if pause is None:
                if number == _ACCESS_DENIED and _takes_writing(kept):
                    error.winerror = _SHARING_VIOLATION  # type: ignore[attr-defined,unused-ignore]
                    error.strerror = "in use by another program"
                raise
        else:
            return
        time.sleep(pause)


def _takes_writing(path: Path) -> bool:
    """Whether a file can be written, or files made in a folder: then no right is missing."""
    if path.is_dir():
        return takes_files(path)
    try:
        os.close(os.open(path, os.O_RDWR))
    except OSError as error:
        return getattr(error, "winerror", None) in _IN_USE
    return True

"""Files and folders that only their owner may read; writing that survives a power cut.

Functions raise `OSError`; `file_errors` makes it the world's error. Knows no SQLite: the settings are read
before the first window, and its import would be time lost.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from app.core.errors import disk_error
from app.core.new_names import new_file, put_in_place

_OWNER_FOLDER = 0o700
_OWNER_FILE = 0o600
_STAMP = "%Y%m%dT%H%M%S"


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Raise `WorldError` instead of an `OSError` about `path`."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error


def now_ms() -> int:
    """The present in UTC milliseconds."""
    return time.time_ns() // 1_000_000


def time_stamp(moment_ms: int) -> str:
    """`moment_ms` for a file name, to the millisecond, so that names sort by time: 20250131T235959123Z."""
    seconds, millis = divmod(moment_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC).strftime(_STAMP)}{millis:03d}Z"


def stamped_ms(stamp: str) -> int | None:
    """The moment that `time_stamp` wrote; None when `stamp` is something else."""
    try:
        moment = datetime.strptime(stamp[:-4], _STAMP).replace(tzinfo=UTC)
        return int(moment.timestamp()) * 1000 + int(stamp[-4:-1])
    except ValueError:
        return None


def make_private_folder(folder: Path) -> None:
    """Create `folder` (with parents) for its owner alone; a folder that exists is narrowed where allowed."""
    missing = [parent for parent in folder.parents if not parent.exists()]
    for parent in reversed(missing):  # `parents=True` would leave them as open as the umask lets them be
        parent.mkdir(mode=_OWNER_FOLDER, exist_ok=True)
    folder.mkdir(mode=_OWNER_FOLDER, exist_ok=True)
    if os.name == "posix" and folder.stat().st_mode & 0o077 and folder.stat().st_uid == os.getuid():
        _change_mode(folder, _OWNER_FOLDER)


def make_private_file(path: Path) -> None:
    """Create `path` empty if it is missing, readable by its owner alone (SQLite's side files follow it)."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_FILE))


def narrow_file(path: Path) -> None:
    """Take group and others off a file that already exists, where this system and its owner allow it."""
    if os.name == "posix" and path.stat().st_mode & 0o077 and path.stat().st_uid == os.getuid():
        _change_mode(path, _OWNER_FILE)


def _change_mode(path: Path, mode: int) -> None:
    with contextlib.suppress(PermissionError):  # a stick with FAT knows no rights, and the app runs from it
        path.chmod(mode)


def sync_file(path: Path) -> None:
    """Have the contents of `path` on the disk before going on."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Have renames inside `folder` on the disk; Windows does this by itself and cannot be asked."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(source: Path, target: Path) -> None:
    """Put the finished file `source` in the place of `target`, at once and for good."""
    sync_file(source)
    put_in_place(source, target)
    sync_folder(target.parent)


def write_atomically(path: Path, data: bytes) -> None:
    """Write `path` so that a reader finds the old contents or the new ones, never a part."""
    descriptor, temporary = new_file(path.parent, f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        put_in_place(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)

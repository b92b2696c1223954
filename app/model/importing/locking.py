"""A lock between programs: held on a file by one of them, and gone with its process, however that ends.

The file stays; only the lock on it counts. Where a file system knows no locks, nothing is held and the work
goes on. Standard library only.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError

_PAUSE_S = 0.05
_HELD = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
_FILE_MODE = 0o666  # narrowed by the umask: a models folder may be shared


@contextmanager
def locked(path: Path, *, patience_s: float | None, cancel: CancelToken | None = None) -> Iterator[None]:
    """Hold the lock on `path`, whose folder exists; waits for another holder, `patience_s` at most.

    Raises `WorldError` STORAGE_FAILED when the patience ends, `Cancelled`, and `OSError` where the file
    cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _FILE_MODE)
    try:
        until = None if patience_s is None else time.monotonic() + patience_s
        while not _try(descriptor):
            if cancel is not None:
                cancel.raise_if_cancelled()
            if until is not None and time.monotonic() > until:
                raise WorldError(ErrorCode.STORAGE_FAILED, path=path, detail="in use by another program")
            time.sleep(_PAUSE_S)
        yield
    finally:
        os.close(descriptor)  # gives the lock back


def _try(descriptor: int) -> bool:
    """Whether the lock is ours now; also where this file system has none to give."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _HELD
    return True

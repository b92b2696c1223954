"""Turns what SQLite and the file system report into the world's errors: the only place that does.

A mistake of ours (bad SQL, a broken constraint, a value of the wrong type) passes through unchanged: it is a
bug and belongs in the report dialog, not in a sentence for the person.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from app.core.errors import ErrorCode, WorldError
from app.storage.files import file_errors

DAMAGE = (apsw.CorruptError, apsw.NotADBError, apsw.FormatError)
"""Exceptions that say that the file itself is not in order."""

_ALMOST_NOTHING_FREE = 1 << 20  # bytes; below this an input/output error of SQLite is a full disk
_LIBRARY_FAILURES = (
    apsw.IOError,
    apsw.CantOpenError,
    apsw.NoMemError,
    apsw.NoLFSError,
    apsw.TooBigError,
    apsw.InternalError,
    apsw.ProtocolError,
)


@contextmanager
def world_errors(path: Path) -> Iterator[None]:
    """Raise `WorldError` instead of an exception of SQLite or the file system about `path`."""
    try:
        with file_errors(path):
            yield
    except apsw.Error as error:
        translated = translate(error, path)
        if translated is None:
            raise
        raise translated from error
    except UnicodeDecodeError as error:  # a text that we never wrote so
        raise WorldError(ErrorCode.DATABASE_DAMAGED, path=path) from error


def translate(error: apsw.Error, path: Path) -> WorldError | None:
    """The world's error behind an exception of SQLite; None where it is our own mistake."""
    if isinstance(error, apsw.FullError):
        return WorldError(ErrorCode.DISK_FULL, path=path)
    if isinstance(error, apsw.ReadOnlyError | apsw.PermissionsError | apsw.AuthError):
        return WorldError(ErrorCode.READ_ONLY, path=path)
    if isinstance(error, DAMAGE):
        return WorldError(ErrorCode.DATABASE_DAMAGED, path=path)
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return WorldError(ErrorCode.DATABASE_LOCKED, path=path)
    if isinstance(error, _LIBRARY_FAILURES):
        return _behind_failure(error, path)
    return None


def _behind_failure(error: apsw.Error, path: Path) -> WorldError:
    """SQLite says "input/output error" or "unable to open" for several causes: look at the disk itself."""
    folder = path.parent
    if folder.is_dir():
        if shutil.disk_usage(folder).free < _ALMOST_NOTHING_FREE:
            return WorldError(ErrorCode.DISK_FULL, path=path)
        if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
            return WorldError(ErrorCode.READ_ONLY, path=path)
    return WorldError(ErrorCode.STORAGE_FAILED, path=path, detail=error)

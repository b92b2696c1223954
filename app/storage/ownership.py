"""Which process looks after the database: the first one that opened it.

A second one (`ask` in a terminal while the window is open) reads and writes too, but it must not take the
window's streaming replies for interrupted ones, nor mend or migrate a file that is in use. The sign is a lock
on an empty file beside the database; the system takes it away when its process ends, however it ends.
"""

from __future__ import annotations

from pathlib import Path

import apsw

from app.storage.files import make_private_file


class Ownership:
    """The lock, or the fact that another process holds it. `release` is safe to call twice."""

    def __init__(self, lock: apsw.Connection | None) -> None:
        self._lock = lock

    @property
    def is_sole(self) -> bool:
        """Whether this store was the first to open the database and so looks after it."""
        return self._lock is not None

    def release(self) -> None:
        """Let another process take over."""
        if self._lock is not None:
            self._lock.close(True)
            self._lock = None


def claim(database: Path) -> Ownership:
    """Try to become the one that looks after `database`; raises `OSError` and `apsw.Error`."""
    path = database.with_suffix(".lock")
    make_private_file(path)
    # SQLite brings file locks that work alike on every system; the file itself stays empty.
    connection = apsw.Connection(str(path))
    try:
        connection.execute("PRAGMA journal_mode=MEMORY")
        connection.execute("BEGIN EXCLUSIVE")
    except (apsw.BusyError, apsw.LockedError):
        connection.close()
        return Ownership(None)
    except BaseException:
        connection.close()
        raise
    return Ownership(connection)

"""Verified copies of the database in the backups folder: made in small steps, checked, then put in place.

A copy counts only under its final name, which it gets after its own check; what is still being written ends
in `.part`. `teahouse-<time>.db` are the rolling copies and `...-before-restore.db` those made before
conversations were added out of a backup file (of each the last three are kept), `...-before-v<N>.db` the
ones made before a migration (kept until a person removes them).
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path

import apsw

from app.core.errors import ErrorCode, WorldError
from app.storage.database import Database, uri_of
from app.storage.errors import world_errors
from app.storage.files import (
    make_private_file,
    make_private_folder,
    now_ms,
    replace_file,
    stamped_ms,
    time_stamp,
)
from app.storage.health import find_damage

KEPT_COPIES = 3
DUE_AFTER_MS = 24 * 3600 * 1000
STEP_PAGES = 128  # half a megabyte: a few milliseconds between two writes

_NAME = re.compile(r"teahouse-(?P<stamp>\d{8}T\d{9}Z)(?P<before>-before-(?:v\d+|restore))?\.db")
_SIDE_FILES = ("", "-journal", "-wal", "-shm")
_BEFORE_RESTORE = "-before-restore"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GoodCopy:
    """A finished copy; `made_at` in UTC milliseconds. `rolling`: one of those that replace each other."""

    path: Path
    made_at: int
    rolling: bool


def good_copies(backups_dir: Path) -> list[GoodCopy]:
    """The finished copies, newest first."""
    copies = []
    for path in backups_dir.glob("teahouse-*.db"):
        match = _NAME.fullmatch(path.name)
        made_at = stamped_ms(match["stamp"]) if match else None
        if match and made_at is not None:
            copies.append(GoodCopy(path, made_at, rolling=match["before"] is None))
    return sorted(copies, key=lambda copy: copy.made_at, reverse=True)


def is_due(database: Path, backups_dir: Path) -> bool:
    """Whether the newest copy is older than a day and the database was written since."""
    newest = next((copy.made_at for copy in good_copies(backups_dir)), 0)
    return now_ms() - newest > DUE_AFTER_MS and _last_written_ms(database) > newest


def copy_before_step(database: Database, backups_dir: Path, version: int, next_version: int) -> Path:
    """A verified copy of a file of `version`; raises `WorldError` when it cannot be made."""
    target = _next_copy(backups_dir, database, f"-before-v{next_version}")
    _log.info("keeping a copy of version %d as %s", version, target.name)
    return whole_copy(database, target)


def copy_before_restore(database: Database, backups_dir: Path) -> Path:
    """A verified copy of the file before something is added out of a backup; raises `WorldError`."""
    copy = whole_copy(database, _next_copy(backups_dir, database, _BEFORE_RESTORE))
    kept = sorted(backups_dir.glob(f"teahouse-*{_BEFORE_RESTORE}.db"), reverse=True)
    for old in kept[KEPT_COPIES:]:
        old.unlink(missing_ok=True)
    return copy


def whole_copy(database: Database, target: Path) -> Path:
    """A verified copy of the file as `target`, made at once; raises `WorldError`."""
    copy = RunningCopy(database, target)
    try:
        while not copy.step():
            pass
        return copy.finish()
    finally:
        copy.abandon()


def rolling_copy(database: Database, backups_dir: Path) -> RunningCopy:
    """Begin the next rolling copy; raises `WorldError`."""
    with world_errors(database.path):
        make_private_folder(backups_dir)
        for unfinished in backups_dir.glob("*.part*"):  # with their side files
            unfinished.unlink()
    return RunningCopy(database, backups_dir / f"teahouse-{time_stamp(now_ms())}.db")


def prune(backups_dir: Path) -> None:
    """Remove the oldest rolling copies."""
    rolling = [copy for copy in good_copies(backups_dir) if copy.rolling]
    for copy in rolling[KEPT_COPIES:]:
        copy.path.unlink(missing_ok=True)


class RunningCopy:
    """A copy in the making; writes to the database may go on between two steps."""

    def __init__(self, database: Database, target: Path) -> None:
        self._path = database.path
        self._target = target
        self._part = target.with_suffix(".part")
        with world_errors(self._path):
            self._part.unlink(missing_ok=True)
            make_private_file(self._part)
            self._connection = apsw.Connection(str(self._part))
            # Nothing here must survive a crash: the name changes only after the check.
            self._connection.execute("PRAGMA synchronous=OFF")
            self._backup = self._connection.backup("main", database.connection, "main")

    def step(self, pages: int = STEP_PAGES) -> bool:
        """Copy some pages; True when there are no more."""
        with world_errors(self._path):
            self._backup.step(pages)
            return self._backup.done

    def finish(self) -> Path:
        """Check the copy and give it its name; raises DATABASE_DAMAGED when it is not sound."""
        with world_errors(self._path):
            self._backup.finish()
            self._connection.execute("PRAGMA journal_mode=DELETE")  # one file, without side files
            self._connection.close()
            damage = damage_of(self._part)
            if damage:
                _log.error("the copy of %s is not sound: %s", self._path, damage)
                raise WorldError(ErrorCode.DATABASE_DAMAGED, path=self._path)
            replace_file(self._part, self._target)
        return self._target

    def abandon(self) -> None:
        """Remove what is unfinished; does nothing after `finish`."""
        with world_errors(self._path):
            self._backup.close(True)
            self._connection.close(True)
            for side in _SIDE_FILES:  # a full disk may leave a journal, which holds pages of the database
                self._part.with_name(self._part.name + side).unlink(missing_ok=True)


def damage_of(path: Path) -> str:
    """What is wrong with a closed copy, read anew from its file; empty when it is sound."""
    uri = uri_of(path.absolute(), "mode=ro&immutable=1")
    connection = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    try:
        return find_damage(connection)
    finally:
        connection.close()


def _next_copy(backups_dir: Path, database: Database, ending: str) -> Path:
    with world_errors(database.path):
        make_private_folder(backups_dir)
    return backups_dir / f"teahouse-{time_stamp(now_ms())}{ending}.db"


def _last_written_ms(database: Path) -> int:
    files = (database, database.with_name(f"{database.name}-wal"))
    written = (file.stat() for file in files if file.exists())
    return max((stat.st_mtime_ns // 1_000_000 for stat in written if stat.st_size), default=0)

"""Opens the database at start: folders, mending, migrations, what a crash left behind. Says what it found."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import apsw

from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.paths import AppPaths
from app.core.records import StartReport
from app.storage import recovery
from app.storage.backups import good_copies
from app.storage.database import Database, connect, connect_read_only, suspicion
from app.storage.errors import DAMAGE, world_errors
from app.storage.exchanges import interrupt_streaming
from app.storage.files import make_private_file, make_private_folder, narrow_file
from app.storage.health import find_damage, find_wrong_index, is_empty, is_ours
from app.storage.migrations import migrate, newest_version, schema_version
from app.storage.ownership import Ownership, claim
from app.storage.schema import MIGRATIONS, Migration
from app.storage.store import Store

_READABLE_ALL_THE_SAME = (ErrorCode.READ_ONLY, ErrorCode.DISK_FULL)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Finding:
    """What a first look at the file says; `damage` empty: sound."""

    version: int = 0
    is_empty: bool = False
    damage: str = ""


def open_store(paths: AppPaths, migrations: Sequence[Migration] = MIGRATIONS) -> tuple[Store, StartReport]:
    """Open the database of `paths`, creating or mending it where needed.

    A folder or a disk that takes nothing more still lets an existing database be read: the report says so.
    Raises `WorldError` when there is nothing to read (READ_ONLY, DISK_FULL), when another program keeps the
    file to itself (DATABASE_LOCKED), or when mending failed.
    """
    ownership = Ownership(None)
    try:
        with world_errors(paths.database):
            make_private_folder(paths.data_dir)
            ownership = claim(paths.database)
            return _open(paths, ownership, migrations)
    except WorldError as error:
        ownership.release()
        if error.info.code in _READABLE_ALL_THE_SAME and paths.database.exists():
            return _open_for_reading(paths, error)
        raise
    except BaseException:
        ownership.release()
        raise


def _open(
    paths: AppPaths, ownership: Ownership, migrations: Sequence[Migration]
) -> tuple[Store, StartReport]:
    if not ownership.is_sole:
        return _join(paths, ownership, newest_version(migrations)), StartReport()
    recovery.finish_interrupted_mending(paths)
    _close_to_others(paths.database)
    report = StartReport()
    known = newest_version(migrations)
    finding = _examine(paths, known)
    if finding.version > known:
        newer = ErrorInfo(
            ErrorCode.DATABASE_NEWER,
            {"path": str(paths.database), "found": str(finding.version), "known": str(known)},
        )
        ownership.release()
        store = Store(connect_read_only(paths.database, newer), paths, ownership)
        return store, StartReport(read_only=True, error=newer)
    if finding.damage:
        _log.error("the database is damaged: %s", finding.damage)
        report = recovery.mend(paths, migrations)
    elif finding.is_empty:
        make_private_file(paths.database)
    suspicion(paths.database).unlink(missing_ok=True)
    database = connect(paths.database)
    try:
        migrate(database, paths.backups_dir, migrations)
        report = replace(report, interrupted_replies=interrupt_streaming(database))
    except BaseException:
        database.close()
        raise
    return Store(database, paths, ownership), report


def _close_to_others(database: Path) -> None:
    """Before it is opened: SQLite gives its side files the marks of the database."""
    for side in ("", "-wal", "-shm"):
        path = database.with_name(database.name + side)
        if path.exists():
            narrow_file(path)


def _join(paths: AppPaths, ownership: Ownership, known: int) -> Store:
    """Another process looks after this file: no check, no mending, no migration under its feet."""
    database = connect(paths.database)
    if schema_version(database) != known:  # another version of the app is running
        database.close()
        raise WorldError(ErrorCode.DATABASE_LOCKED, path=paths.database)
    return Store(database, paths, ownership)


def _examine(paths: AppPaths, known: int) -> _Finding:
    """Look at the file without changing it. An empty or missing one is damage only where copies exist."""
    empty = _Finding(is_empty=True, damage="empty" if good_copies(paths.backups_dir) else "")
    if not paths.database.exists():
        return empty
    try:
        database = connect_read_only(paths.database)
        try:
            return _look(database, empty, known)
        finally:
            database.close()
    except DAMAGE as error:
        return _Finding(damage=str(error))
    except WorldError as error:
        if error.info.code is not ErrorCode.DATABASE_DAMAGED:
            raise
        return _Finding(damage="unreadable")


def _look(database: Database, empty: _Finding, known: int) -> _Finding:
    connection = database.connection
    if is_empty(connection):
        return empty
    if is_ours(connection):
        version = connection.execute("PRAGMA user_version").fetchone()
        if version is not None and version[0] > known:
            return _Finding(version=version[0])
    is_suspected = suspicion(database.path).exists()
    damage = find_damage(connection, thorough=is_suspected)
    if is_suspected and not damage:
        damage = find_wrong_index(connection)
    return _Finding(damage=damage)


def _open_for_reading(paths: AppPaths, error: WorldError) -> tuple[Store, StartReport]:
    try:
        database = connect_read_only(paths.database, error.info)
        damage = find_damage(database.connection)
    except apsw.Error:
        raise error from None
    if damage:
        database.close()
        raise error
    return Store(database, paths, Ownership(None)), StartReport(read_only=True, error=error.info)

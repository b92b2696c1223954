"""Backup and restore as the rest of the app asks for them; the work is in the files beside this one.

A backup: `Store.snapshot` in the storage thread, then `write_backup` in any other. A restore: `unpack` in
any thread, then `Store.restore` in the storage thread. `back_up` and `restore` do both in one, for whoever
owns the store and may wait.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.archives import ArchiveInfo, RestoreReport
from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.core.task_progress import Report
from app.storage import archive_file
from app.storage.archive_check import ensure_sound
from app.storage.archive_file import DATABASE, MAX_SETTINGS_BYTES, SETTINGS, SPARE_BYTES
from app.storage.database import connect, connect_read_only
from app.storage.errors import world_errors
from app.storage.files import file_errors, make_private_folder, now_ms
from app.storage.migrations import migrate, newest_version, schema_version
from app.storage.schema import MIGRATIONS, Migration
from app.storage.scratch import Scratch
from app.storage.settings_file import read_mapping
from app.storage.store import Store


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A backup file that was checked and unpacked into `scratch`, which whoever asked for it removes."""

    info: ArchiveInfo
    scratch: Scratch
    settings: Settings

    @property
    def database(self) -> Path:
        """The conversations, at the schema of this app."""
        return self.scratch.path / DATABASE


def scratch_for_backup(paths: AppPaths, target: Path) -> Scratch:
    """Where the copy of the database lies while a backup is made: beside it, or on the target's disk.

    A full disk is a good reason for a backup on another one. Raises `WorldError`.
    """
    with file_errors(target):
        size = sum(file.stat().st_size for file in paths.data_dir.glob(f"{paths.database.name}*"))
        if shutil.disk_usage(paths.data_dir).free > size + SPARE_BYTES:
            try:
                return Scratch(paths.data_dir)
            except OSError:  # a folder that may only be read
                pass
        return Scratch(target.parent)


def write_backup(
    snapshot: Path, settings_file: Path, target: Path, app_version: str, report: Report, cancel: CancelToken
) -> ArchiveInfo:
    """Make the backup file `target` from a closed copy of the database; raises as `archive_file.write`."""
    with world_errors(snapshot):
        database = connect_read_only(snapshot)
        try:
            conversations, messages = (
                int(row[0])
                for row in database.rows(
                    "SELECT count(*) FROM conversation WHERE deleted_at IS NULL "
                    "UNION ALL SELECT count(*) FROM message"
                )
            )
            schema = schema_version(database)
        finally:
            database.close()
    settings = _settings_bytes(settings_file)
    info = ArchiveInfo(now_ms(), app_version, conversations, messages, bool(settings))
    archive_file.write(target, snapshot, settings, info, schema, report, cancel)
    return info


def unpack(
    path: Path,
    folder: Path,
    report: Report,
    cancel: CancelToken,
    migrations: Sequence[Migration] = MIGRATIONS,
) -> Unpacked:
    """Check a backup file and unpack it below `folder` (the data folder); changes nothing else.

    Raises `WorldError` BACKUP_DAMAGED, BACKUP_NEWER, DISK_FULL, READ_ONLY, STORAGE_FAILED; `Cancelled`.
    """
    with file_errors(folder):
        make_private_folder(folder)
        scratch = Scratch(folder)
    try:
        manifest = archive_file.unpack(path, scratch.path, report, cancel)
        database = scratch.path / DATABASE
        found = ensure_sound(database, path)
        if max(found, manifest.schema) > newest_version(migrations):
            raise WorldError(ErrorCode.BACKUP_NEWER, path=path)
        cancel.raise_if_cancelled()
        _bring_up_to_date(database, migrations)
        settings = Settings.from_mapping(_mapping(scratch.path / SETTINGS))
    except BaseException:
        scratch.remove()
        raise
    return Unpacked(manifest.info, scratch, settings)


def back_up(store: Store, target: Path, app_version: str, report: Report, cancel: CancelToken) -> ArchiveInfo:
    """Make a backup file of an open store and its settings, from its own thread."""
    with scratch_for_backup(store.paths, target) as scratch:
        snapshot = store.snapshot(scratch.path / DATABASE)
        return write_backup(snapshot, store.paths.settings_file, target, app_version, report, cancel)


def restore(
    store: Store, path: Path, beside_title: str, report: Report, cancel: CancelToken
) -> RestoreReport:
    """Add to an open store what it lacks of a backup file, from its own thread; the settings stay."""
    unpacked = unpack(path, store.paths.data_dir, report, cancel)
    with unpacked.scratch:
        return store.restore(unpacked.database, beside_title, report, cancel)


def _bring_up_to_date(path: Path, migrations: Sequence[Migration]) -> None:
    """Give a checked copy the newest schema, and close it as one file without side files."""
    with world_errors(path):
        database = connect(path)
        try:
            migrate(database, path.parent, migrations)
            database.execute("PRAGMA journal_mode=DELETE")
        finally:
            database.close()


def _settings_bytes(path: Path) -> bytes:
    """The settings as they stand in their file; empty where there are none that make sense."""
    try:
        data = path.read_bytes()
    except OSError:
        return b""
    return data if len(data) <= MAX_SETTINGS_BYTES and read_mapping(data) is not None else b""


def _mapping(path: Path) -> Mapping[str, object]:
    with file_errors(path):
        return (read_mapping(path.read_bytes()) if path.exists() else None) or {}

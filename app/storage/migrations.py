"""Brings a file to the newest schema, one step in one transaction, each after a verified copy of the file."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import apsw

from app.core.errors import ErrorCode, WorldError
from app.storage.backups import copy_before_step
from app.storage.database import Database
from app.storage.schema import MIGRATIONS, Migration

_log = logging.getLogger(__name__)


def schema_version(database: Database) -> int:
    """The file's `user_version`; 0 for an empty one."""
    row = database.row("PRAGMA user_version")
    return int(row[0]) if row else 0


def newest_version(migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """The version that this app writes."""
    return migrations[-1].version


def migrate(database: Database, backups_dir: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Apply the missing steps in order. When one fails, the file is as it was before that step.

    Raises `WorldError` for the world's errors (the copy before a step needs room), and STORAGE_FAILED when a
    step does not fit the data in the file.
    """
    for step in migrations:
        version = schema_version(database)
        if step.version <= version:
            continue
        if version > 0:
            copy_before_step(database, backups_dir, version, step.version)
        _apply(database, step)
        _log.info("database is at version %d (%s)", step.version, step.name)


def _apply(database: Database, step: Migration) -> None:
    # Off while tables are rebuilt (the pragma does nothing inside a transaction); checked before the commit.
    database.execute("PRAGMA foreign_keys=OFF")
    try:
        with database.transaction():
            try:
                step.apply(database)
            except (apsw.SQLError, apsw.ConstraintError) as error:
                raise _step_failed(database, step, str(error)) from error
            if database.row("PRAGMA foreign_key_check") is not None:
                raise _step_failed(database, step, "foreign key")
            database.execute(f"PRAGMA user_version = {step.version:d}")
    finally:
        database.execute("PRAGMA foreign_keys=ON")


def _step_failed(database: Database, step: Migration, detail: str) -> WorldError:
    return WorldError(ErrorCode.STORAGE_FAILED, path=database.path, detail=f"{step.name}: {detail}")

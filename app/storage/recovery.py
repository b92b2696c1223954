"""The way out of a damaged database: nothing is thrown away, the best that can be had takes its place.

A new file is made beside the damaged one: the last good copy (or an empty database), plus what can still be
read from the damaged file. Only when it is finished and checked is the damaged one set aside under a dated
name and the new one put in its place. A crash at any point leaves a state from which the next start goes on.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.core.errors import ErrorCode, WorldError
from app.core.new_names import rename
from app.core.paths import AppPaths
from app.core.records import MendAction, StartReport
from app.storage import search_index
from app.storage.backups import GoodCopy, damage_of, good_copies
from app.storage.database import connect, connect_read_only
from app.storage.files import make_private_file, narrow_file, now_ms, replace_file, time_stamp
from app.storage.migrations import migrate, newest_version, schema_version
from app.storage.salvage import salvage
from app.storage.schema import Migration

_SIDE_FILES = ("", "-wal", "-shm")
_log = logging.getLogger(__name__)


def finish_interrupted_mending(paths: AppPaths) -> None:
    """Put a finished file in place when a crash came between setting the old one aside and this."""
    if not paths.database.exists() and _finished(paths).exists():
        set_aside(paths)
        replace_file(_finished(paths), paths.database)
    for leftover in (_unfinished(paths), _finished(paths)):
        _remove(leftover)


def mend(paths: AppPaths, migrations: Sequence[Migration]) -> StartReport:
    """Make a sound database in the place of the damaged or missing one; raises `WorldError`."""
    copy = _last_good_copy(paths, migrations)
    new = _unfinished(paths)
    _remove(new)
    if copy is None:
        make_private_file(new)
    else:
        shutil.copyfile(copy.path, new)
        narrow_file(new)
    salvaged = _fill(new, paths, migrations)
    damage = damage_of(new)
    if damage:
        raise WorldError(ErrorCode.STORAGE_FAILED, path=paths.database, detail=damage)
    replace_file(new, _finished(paths))
    kept = set_aside(paths)
    replace_file(_finished(paths), paths.database)
    report = StartReport(
        mended=MendAction.FRESH, damaged_copy=str(kept) if kept else "", salvaged_messages=salvaged
    )
    if copy is not None:
        report = replace(
            report, mended=MendAction.RESTORED, restored_from=str(copy.path), restored_at=copy.made_at
        )
    _log.warning("mended the database: %s", report)
    return report


def set_aside(paths: AppPaths) -> Path | None:
    """Give the database and its side files a dated name; the new name, None when there was no database.

    The write-ahead log goes first: a log that stays behind would be replayed into the file that comes next.
    """
    kept = paths.data_dir / f"teahouse-damaged-{time_stamp(now_ms())}.db"
    existed = paths.database.exists()
    for side in reversed(_SIDE_FILES):
        source = paths.database.with_name(paths.database.name + side)
        if source.exists():
            rename(source, kept.with_name(kept.name + side))
    return kept if existed else None


def _fill(new: Path, paths: AppPaths, migrations: Sequence[Migration]) -> int:
    """Bring the new file to the newest schema and add what the damaged one still holds."""
    database = connect(new)
    try:
        migrate(database, paths.backups_dir, migrations)
        salvaged = salvage(paths.database, database) if paths.database.exists() else 0
        with database.transaction():
            search_index.rebuild(database)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return salvaged
    finally:
        database.close()


def _last_good_copy(paths: AppPaths, migrations: Sequence[Migration]) -> GoodCopy | None:
    for copy in good_copies(paths.backups_dir):
        damage = damage_of(copy.path)
        if damage:
            _log.warning("the copy %s is not sound either: %s", copy.path.name, damage)
        elif _version_of(copy.path) <= newest_version(migrations):
            return copy
    return None


def _version_of(path: Path) -> int:
    database = connect_read_only(path)
    try:
        return schema_version(database)
    finally:
        database.close()


def _unfinished(paths: AppPaths) -> Path:
    return paths.database.with_suffix(".mending")


def _finished(paths: AppPaths) -> Path:
    return paths.database.with_suffix(".mended")


def _remove(path: Path) -> None:
    for side in _SIDE_FILES:
        path.with_name(path.name + side).unlink(missing_ok=True)

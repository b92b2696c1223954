"""Kills while a database of an older version is brought to the newest: the old file or the new one, whole."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.core.paths import AppPaths
from app.core.records import MendAction
from app.storage.backups import good_copies
from app.storage.database import connect
from app.storage.files import make_private_file
from app.storage.health import damage_of, find_damage
from app.storage.migrations import migrate
from app.storage.opening import open_store
from tests.faults.database_migrator import FUTURE, NEWEST
from tests.faults.dice import moments
from tests.faults.forked import processes
from tests.helpers.storage_fixtures import paths_in

MESSAGES, WAITING = 2000, 50
MIGRATOR = "tests.faults.database_migrator"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and signals")


def make_old(paths: AppPaths, version: int) -> None:
    """A database of `version`, with messages and some that wait; 0: there is none yet."""
    paths.backups_dir.mkdir(parents=True)
    if version == 0:
        return
    make_private_file(paths.database)
    database = connect(paths.database)
    migrate(database, paths.backups_dir, FUTURE[:version])
    with database.transaction():
        database.execute("INSERT INTO conversation(id, uuid, created_at, updated_at) VALUES(1, 'u', 1, 1)")
        for number in range(1, MESSAGES + 1):
            role, text = ("user", "assistant")[number % 2], f"message {number} 消息 " * 5
            database.execute(
                "INSERT INTO message(id, conversation_id, parent_id, role, text, status, created_at) "
                "VALUES(?, 1, ?, ?, ?, 'COMPLETE', ?)",
                (number, number - 1 or None, role, text, number),
            )
        for number in range(WAITING):
            database.execute(
                "INSERT INTO queued_message(conversation_id, text, created_at) VALUES(1, ?, 1)",
                (f"waiting {number}",),
            )
        database.execute("UPDATE conversation SET tip_message_id = ?", (MESSAGES,))
    database.close()
    for copy in good_copies(paths.backups_dir):
        copy.path.unlink()


def rows(path: Path) -> tuple[int, list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Version, messages and the queue, as anybody could read them."""
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if not version:
            return 0, [], []
        messages = connection.execute("SELECT id, parent_id, text FROM message ORDER BY id").fetchall()
        return version, messages, connection.execute("SELECT id, text FROM queued_message").fetchall()


def test_a_kill_while_migrating_leaves_the_old_version_or_a_newer_one_whole(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    left: Counter[int] = Counter()
    kill = 0
    olds = []
    for version in range(len(FUTURE)):
        olds.append(paths_in(tmp_path / f"of version {version}"))
        make_old(olds[-1], version)
    with processes(MIGRATOR) as starts:
        usual = []
        for old in olds:
            shutil.copytree(old.data_dir, tmp_path / "measured" / "data")
            usual.append(starts.run(folder=str(tmp_path / "measured")).seconds)
            shutil.rmtree(tmp_path / "measured")
        for kill, part in moments("migrating", 1.0, last_steps=0.5):
            version = kill % len(olds)
            paths = paths_in(tmp_path / f"{kill}")
            shutil.copytree(olds[version].data_dir, paths.data_dir)
            wanted = rows(paths.database)[1:] if version else ([], [])
            starts.run(folder=str(tmp_path / f"{kill}"), kill_after=part * usual[version])
            if paths.database.exists():
                found = rows(paths.database)
                assert found[0] == 0 or version <= found[0] <= len(FUTURE), kill
                assert found[1:] == wanted, kill
                left[found[0]] += 1
            check_copies(paths, version)
            check_start(paths, wanted)
            shutil.rmtree(tmp_path / f"{kill}")
    record_property("kills", kill + 1)
    record_property("versions begun from", len(olds))
    for version in sorted(left):
        record_property(f"left at version {version}", left[version])
    assert NEWEST in range(len(FUTURE))


def check_copies(paths: AppPaths, version: int) -> None:
    """A step was begun only when a copy of the file before it was whole."""
    for copy in good_copies(paths.backups_dir):
        assert damage_of(copy.path) == ""
        assert rows(copy.path)[0] >= version


def check_start(paths: AppPaths, wanted: tuple[object, object]) -> None:
    """The next start brings it to the newest version, with everything in it."""
    store, report = open_store(paths, FUTURE)
    try:
        assert report.mended is MendAction.NONE
        assert find_damage(store._database.connection, thorough=True) == ""
    finally:
        store.close()
    assert rows(paths.database) == (len(FUTURE), *wanted)

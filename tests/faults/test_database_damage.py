"""Damaged files: the damaged one is kept, the last good copy comes back with what was newer."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest

from app.core.errors import ErrorCode, WorldError
from app.core.paths import AppPaths
from app.core.records import MendAction
from app.storage import recovery
from app.storage.backups import good_copies
from app.storage.database import suspicion
from app.storage.health import damage_of
from app.storage.opening import open_store
from tests.faults.database_damage import (
    COPIED,
    KINDS,
    LATER,
    Outcome,
    check_one,
    make_database,
    make_logs,
    question,
    reply,
)
from tests.faults.dice import dice, times
from tests.helpers.storage_fixtures import answer, ask, opened, paths_in, talk, texts


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> AppPaths:
    paths = paths_in(tmp_path_factory.mktemp("master"))
    make_database(paths)
    make_logs(paths)
    return paths


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    """A folder with a copy and newer messages, its own to be damaged."""
    paths = paths_in(tmp_path / "数据 folder")
    make_database(paths)
    return paths


def all_texts(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT text FROM message")}


def in_the_schema(path: Path, sql: str, *values: Any) -> None:
    with closing(apsw.Connection(str(path))) as connection:
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 0)
        connection.execute("PRAGMA writable_schema=ON").fetchall()
        connection.execute(sql, values).fetchall()


@pytest.mark.parametrize("kind", KINDS)
def test_random_damage(
    master: AppPaths, tmp_path: Path, kind: str, record_property: Callable[[str, object], None]
) -> None:
    chance = dice(f"damage: {kind}")
    came_of_it = Counter[Outcome]()
    total = -(-times(3 * len(KINDS), 1000) // len(KINDS))
    for number in range(total):
        came_of_it[check_one(tmp_path / f"{number}", master, kind, chance)] += 1
        shutil.rmtree(tmp_path / f"{number}")
    record_property("databases", total)
    for outcome, count in came_of_it.items():
        record_property(outcome.value, count)


def test_messages_newer_than_the_copy_are_read_out_of_the_damaged_file(paths: AppPaths) -> None:
    """The index over the tree is broken; every row is still there."""
    with closing(apsw.Connection(str(paths.database))) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'app_state'").get
    data = bytearray(paths.database.read_bytes())
    data[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    paths.database.write_bytes(data)
    with opened(paths) as (store, report):
        assert report.mended is MendAction.RESTORED
        assert report.salvaged_messages == 2 * LATER
        assert Path(report.restored_from) == good_copies(paths.backups_dir)[-1].path
        assert report.restored_at == good_copies(paths.backups_dir)[-1].made_at
        last = store.conversations()[0]
        assert texts(store, last.id) == [question(COPIED + LATER - 1), reply(COPIED + LATER - 1)]
        assert store.draft(last.id) == "unsent"
        assert len(store.search("问题", limit=1000)) == COPIED + LATER
    assert len(all_texts(paths.database)) == 2 * (COPIED + LATER)


def test_a_page_of_messages_is_lost_and_only_that(paths: AppPaths) -> None:
    """Rows before and after a broken leaf page are read; those on it come from the copy if they are in it."""
    data = bytearray(paths.database.read_bytes())
    needle = question(COPIED + LATER - 1).encode()  # longer than a title: it stands in the messages only
    assert data.count(needle) == 1
    page = data.index(needle) // 4096
    data[page * 4096 : page * 4096 + 8] = b"\xff" * 8
    paths.database.write_bytes(data)
    with opened(paths) as (_, report):
        assert report.mended is MendAction.RESTORED
        assert 0 < report.salvaged_messages < 2 * LATER
    stored = all_texts(paths.database)
    assert {question(n) for n in range(COPIED)} <= stored


def test_without_any_copy_what_is_readable_is_kept(paths: AppPaths) -> None:
    for copy in paths.backups_dir.iterdir():
        copy.unlink()
    with closing(apsw.Connection(str(paths.database))) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'message_by_tree'").get
    data = bytearray(paths.database.read_bytes())
    data[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    paths.database.write_bytes(data)
    with opened(paths) as (_, report):
        # A broken index alone is not found by the check of the tables: then it shows when it is used.
        if report.mended is MendAction.NONE:
            pytest.fail("the broken index was not noticed")
        assert report.mended is MendAction.FRESH
        assert report.salvaged_messages == 2 * (COPIED + LATER)
        assert report.restored_from == ""


def test_a_copy_that_is_damaged_too_is_passed_over(paths: AppPaths) -> None:
    (good,) = good_copies(paths.backups_dir)
    bad = good.path.with_name("teahouse-20991231T235959000Z.db")
    bad.write_bytes(good.path.read_bytes()[:-5000])
    paths.database.write_bytes(b"nonsense" * 1000)
    with opened(paths) as (_, report):
        assert report.mended is MendAction.RESTORED
        assert Path(report.restored_from) == good.path


def test_a_lost_file_comes_back_from_the_copy(paths: AppPaths) -> None:
    paths.database.unlink()
    with opened(paths) as (store, report):
        assert report.mended is MendAction.RESTORED
        assert report.damaged_copy == ""
        assert len(store.conversations()) == COPIED


def test_an_old_log_is_not_replayed_into_the_new_file(paths: AppPaths) -> None:
    with opened(paths) as (store, _):
        talk(store, "in the log", "yes")
        wal = paths.database.with_name("teahouse.db-wal").read_bytes()
    paths.database.write_bytes(b"nonsense" * 1000)
    paths.database.with_name("teahouse.db-wal").write_bytes(wal)
    with opened(paths) as (store, report):
        kept = Path(report.damaged_copy)
        assert kept.with_name(f"{kept.name}-wal").read_bytes() == wal
        assert len(store.conversations()) == COPIED


def test_a_crash_while_mending_loses_nothing(paths: AppPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(paths.database.read_bytes())
    data[4096 * 2 :: 4096 * 5] = b"\xff" * len(data[4096 * 2 :: 4096 * 5])
    paths.database.write_bytes(data)
    set_aside = recovery.set_aside

    def then_die(paths: AppPaths) -> None:
        set_aside(paths)
        raise KeyboardInterrupt

    monkeypatch.setattr(recovery, "set_aside", then_die)
    with pytest.raises(KeyboardInterrupt):
        open_store(paths)
    monkeypatch.undo()
    assert not paths.database.exists()
    with opened(paths) as (_, report):
        assert report.mended is MendAction.NONE  # what was finished before the crash is in place
    assert {question(n) for n in range(COPIED)} <= all_texts(paths.database)
    assert not list(paths.data_dir.glob("*.mend*"))


def test_a_reply_that_was_finished_after_the_copy_is_completed(tmp_path: Path) -> None:
    paths = paths_in(tmp_path)
    with opened(paths) as (store, _):
        started = ask(store, "long one")
        store.save_partial(started.reply.id, "so f")
    with opened(paths) as (store, _):
        store.begin_continuation(started.reply.id)
        answer(store, started.reply.id, "so far and to the end")
    with closing(apsw.Connection(str(paths.database))) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'app_state'").get
    data = bytearray(paths.database.read_bytes())
    data[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    paths.database.write_bytes(data)
    with opened(paths) as (store, report):
        assert report.salvaged_messages == 1
        assert texts(store, started.conversation.id) == ["long one", "so far and to the end"]
        assert len(store.search("end")) == 1


def test_damage_met_while_running_is_said_and_mended_at_the_next_start(paths: AppPaths) -> None:
    """Damage inside the search index passes the quick look at start; using it raises, then it is mended."""
    with closing(apsw.Connection(str(paths.database))) as connection:
        connection.execute("UPDATE message_search_data SET block = zeroblob(length(block)) WHERE id > 10")
    with opened(paths) as (store, report):
        assert report.mended is MendAction.NONE
        with pytest.raises(WorldError) as caught:
            store.search("问题")
        assert caught.value.info.code is ErrorCode.DATABASE_DAMAGED
    assert suspicion(paths.database).exists()
    with opened(paths) as (store, report):
        assert report.mended is MendAction.RESTORED
        assert report.salvaged_messages == 2 * LATER
        assert len(store.search("问题", limit=1000)) == COPIED + LATER
    assert not suspicion(paths.database).exists()


def test_a_zero_length_file_without_copies_is_a_first_start(tmp_path: Path) -> None:
    paths = paths_in(tmp_path)
    paths.data_dir.mkdir()
    paths.database.touch()
    with opened(paths) as (store, report):
        assert report.mended is MendAction.NONE
        talk(store, "hello", "hello")


def test_a_folder_in_the_place_of_the_database(tmp_path: Path) -> None:
    paths = paths_in(tmp_path)
    paths.database.mkdir(parents=True)
    with pytest.raises(WorldError) as caught:
        open_store(paths)
    assert caught.value.info.code is ErrorCode.STORAGE_FAILED


@pytest.mark.parametrize(
    "change", ["sql = CAST(sql AS BLOB)", "sql = 'CREATE INDEX'", "rootpage = 99999", "name = x'f0'"]
)
def test_one_bad_definition_costs_no_message(paths: AppPaths, change: str) -> None:
    """A flipped bit in the list of tables; SQLite then shows none of them, unless it is told to."""
    in_the_schema(paths.database, f"UPDATE sqlite_schema SET {change} WHERE name = 'message_by_time'")
    with opened(paths) as (store, report):
        assert report.mended is MendAction.RESTORED
        assert len(store.conversations()) == COPIED + LATER
        assert report.salvaged_messages == 2 * LATER


def test_an_index_that_does_not_fit_its_table_is_mended_once_it_was_met(paths: AppPaths) -> None:
    """The look at the start passes it: each by itself is in order, and has as many entries."""
    indexes = "type = 'index' AND tbl_name = 'message'"
    with closing(apsw.Connection(str(paths.database))) as connection:
        definitions = connection.execute(f"SELECT * FROM sqlite_schema WHERE {indexes}").fetchall()
    in_the_schema(paths.database, f"DELETE FROM sqlite_schema WHERE {indexes}")
    with closing(apsw.Connection(str(paths.database))) as connection:
        connection.execute("UPDATE message SET id = 5000 WHERE id = 3").fetchall()
    for definition in definitions:
        in_the_schema(paths.database, "INSERT INTO sqlite_schema VALUES(?, ?, ?, ?, ?)", *definition)
    with opened(paths) as (store, report):
        assert report.mended is MendAction.NONE
        with pytest.raises(WorldError) as caught:
            texts(store, 2)
        assert caught.value.info.code is ErrorCode.DATABASE_DAMAGED
    with opened(paths) as (store, report):
        assert report.mended is MendAction.RESTORED
        assert texts(store, 2) == [question(1), reply(1)]


LOCKED_TO_OTHERS = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)  # where SQLite has its locks
    except OSError:
        sys.exit(0)
sys.exit("free")
"""


@pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")
def test_looking_for_damage_does_not_take_the_locks_away(tmp_path: Path) -> None:
    """Whoever closes a file loses all its locks: another program might remove the log that is in use."""
    paths = paths_in(tmp_path)
    with opened(paths) as (store, _):
        talk(store, "hello", "there")
    with opened(paths):
        assert damage_of(paths.database) == ""
        command = [sys.executable, "-c", LOCKED_TO_OTHERS, str(paths.database)]
        assert subprocess.run(command, timeout=60).returncode == 0

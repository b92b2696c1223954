"""Damaged files: the damaged one is kept, the last good copy comes back with what was newer."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from app.core.errors import ErrorCode, WorldError
from app.core.paths import AppPaths
from app.core.records import MendAction
from app.storage import recovery
from app.storage.backups import good_copies
from app.storage.database import suspicion
from app.storage.opening import open_store
from tests.faults.database_damage import COPIED, KINDS, LATER, check_one, make_database, question, reply
from tests.helpers.storage_fixtures import answer, ask, opened, paths_in, talk, texts

SEEDS = int(os.environ.get("TEAHOUSE_FAULTS_COUNT", "24"))


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> AppPaths:
    paths = paths_in(tmp_path_factory.mktemp("master"))
    make_database(paths)
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


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_damage(master: AppPaths, tmp_path: Path, seed: int) -> None:
    check_one(tmp_path, master, KINDS[seed % len(KINDS)], seed)


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

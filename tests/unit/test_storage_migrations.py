"""Migrations from a frozen old file: each after a verified copy, whole or not at all."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from app.core.errors import ErrorCode, WorldError
from app.core.paths import AppPaths
from app.storage.backups import good_copies
from app.storage.database import Database
from app.storage.opening import open_store
from app.storage.schema import APPLICATION_ID, MIGRATIONS, Migration
from tests.helpers.storage_fixtures import opened, paths_in, talk, texts

FROZEN = Path(__file__).parent / "schema_v1.sql"


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    """A data folder with the frozen file of version 1."""
    paths = paths_in(tmp_path)
    paths.data_dir.mkdir()
    with closing(apsw.Connection(str(paths.database))) as connection:
        connection.execute(FROZEN.read_text("utf-8"))
    return paths


def add_stars(database: Database) -> None:
    database.execute("ALTER TABLE message ADD COLUMN stars INTEGER NOT NULL DEFAULT 0")
    database.execute("UPDATE message SET stars = id")


def fail_half_way(database: Database) -> None:
    add_stars(database)
    database.execute("INSERT INTO no_such_table VALUES(1)")


def break_a_reference(database: Database) -> None:
    database.execute("UPDATE message SET parent_id = 4711 WHERE id = 2")


def break_ours(database: Database) -> None:
    add_stars(database)
    raise ZeroDivisionError


def with_step(step: object) -> tuple[Migration, ...]:
    assert callable(step)
    return (*MIGRATIONS, Migration(2, "stars", step))


def plain(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def shape(path: Path) -> list[tuple[object, ...]]:
    return plain(path, "SELECT type, name, tbl_name FROM sqlite_schema ORDER BY type, name")


def test_steps_are_numbered_in_order() -> None:
    assert [step.version for step in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
    assert len({step.name for step in MIGRATIONS}) == len(MIGRATIONS)


def test_a_new_database_looks_like_the_frozen_one(paths: AppPaths, tmp_path: Path) -> None:
    """A published step that was changed would give new databases another shape than old ones."""
    fresh = paths_in(tmp_path / "fresh")
    with opened(fresh):
        pass
    frozen_sql = (
        "SELECT type, name, tbl_name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY 1, 2"
    )
    assert plain(fresh.database, frozen_sql) == plain(paths.database, frozen_sql)
    for table in ("conversation", "message", "queued_message", "app_state"):
        info = f"PRAGMA table_info({table})"
        assert plain(fresh.database, info) == plain(paths.database, info)
    assert plain(paths.database, "PRAGMA application_id") == [(APPLICATION_ID,)]


def test_the_frozen_file_opens_and_works(paths: AppPaths) -> None:
    with opened(paths) as (store, report):
        assert report.damaged_copy == ""
        assert texts(store, 1) == ["龙井怎么泡？", "用八十度的水。"]
        assert store.draft(1) == "half a line"
        assert [hit.message_id for hit in store.search("龙井")] == [1]
        talk(store, "and then", "ok", 1)


def test_a_step_is_applied_once_after_a_verified_copy(paths: AppPaths) -> None:
    for _ in range(2):
        store, _ = open_store(paths, with_step(add_stars))
        assert texts(store, 1) == ["龙井怎么泡？", "用八十度的水。"]
        store.close()
    assert plain(paths.database, "PRAGMA user_version") == [(2,)]
    assert plain(paths.database, "SELECT stars FROM message ORDER BY id") == [(1,), (2,)]
    before = [copy for copy in good_copies(paths.backups_dir) if not copy.rolling]
    assert len(before) == 1
    assert before[0].path.name.endswith("-before-v2.db")
    assert plain(before[0].path, "PRAGMA user_version") == [(1,)]
    assert plain(before[0].path, "SELECT count(*) FROM message") == [(2,)]


@pytest.mark.parametrize(
    ("step", "error"),
    [(fail_half_way, WorldError), (break_a_reference, WorldError), (break_ours, ZeroDivisionError)],
)
def test_a_step_that_fails_leaves_the_old_file(paths: AppPaths, step: object, error: type[Exception]) -> None:
    before = shape(paths.database)
    with pytest.raises(error) as caught:
        open_store(paths, with_step(step))
    if isinstance(caught.value, WorldError):
        assert caught.value.info.code is ErrorCode.STORAGE_FAILED
        assert caught.value.info.params["detail"].startswith("stars: ")
    assert shape(paths.database) == before
    assert plain(paths.database, "PRAGMA user_version") == [(1,)]
    with opened(paths) as (store, _):
        assert texts(store, 1) == ["龙井怎么泡？", "用八十度的水。"]


def test_no_copy_no_step(paths: AppPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.storage.backups.damage_of", lambda _path: "row 3 missing from index")
    with pytest.raises(WorldError):
        open_store(paths, with_step(add_stars))
    assert plain(paths.database, "PRAGMA user_version") == [(1,)]
    assert list(paths.backups_dir.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_killed_in_the_middle_of_a_step(paths: AppPaths) -> None:
    script = """
        import os, signal, sys
        from pathlib import Path
        from app.core.paths import AppPaths
        from app.storage.opening import open_store
        from app.storage.schema import MIGRATIONS, Migration

        def step(database):
            database.execute("ALTER TABLE message ADD COLUMN stars INTEGER NOT NULL DEFAULT 0")
            database.execute("DELETE FROM message WHERE id = 2")
            os.kill(os.getpid(), signal.SIGKILL)

        folder = Path(sys.argv[1])
        open_store(AppPaths(folder / "data", folder / "models"), (*MIGRATIONS, Migration(2, "stars", step)))
    """
    before = shape(paths.database)
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(paths.data_dir.parent)], timeout=60
    )
    assert ended.returncode == -signal.SIGKILL
    assert shape(paths.database) == before
    store, _ = open_store(paths, with_step(add_stars))
    assert texts(store, 1)[0] == "龙井怎么泡？"
    store.close()
    assert plain(paths.database, "PRAGMA user_version") == [(2,)]


def test_a_newer_database_is_read_and_never_written(paths: AppPaths) -> None:
    store, _ = open_store(paths, with_step(add_stars))
    store.close()
    before = paths.database.read_bytes()
    with opened(paths) as (store, report):
        assert report.read_only
        assert store.is_read_only
        assert report.error is not None
        assert report.error.code is ErrorCode.DATABASE_NEWER
        assert (report.error.params["found"], report.error.params["known"]) == ("2", "1")
        assert texts(store, 1)[0] == "龙井怎么泡？"
        assert len(store.search("龙井")) == 1
        for job in (
            lambda: talk(store, "x", "y"),
            lambda: store.save_draft(1, "x"),
            lambda: store.purge_conversation(1),
        ):
            with pytest.raises(WorldError) as caught:
                job()
            assert caught.value.info == report.error
    assert paths.database.read_bytes() == before


def test_a_newer_database_without_a_column_that_we_ask_for(paths: AppPaths) -> None:
    def drop_reason(database: Database) -> None:
        database.execute("ALTER TABLE message DROP COLUMN finish_reason")

    store, _ = open_store(paths, with_step(drop_reason))
    store.close()
    with opened(paths) as (store, report):
        assert report.error is not None
        with pytest.raises(WorldError) as caught:
            store.open_conversation(1)
        assert caught.value.info.code is ErrorCode.DATABASE_NEWER

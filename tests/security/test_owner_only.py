"""What a person wrote is readable by nobody else, whatever the umask, after everything that makes files."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app import logs
from app.application import StartOptions
from app.core.cancel import CancelToken
from app.core.connections import Attempt, Connection, ConnectionKind, ProcessKind
from app.core.paths import AppPaths
from app.core.settings import TOP_P, Settings
from app.model.engines.script import Script
from app.storage import connection_log, health, pointer
from app.storage.data_move import DataMove
from app.storage.database import Database, suspicion
from app.storage.migrations import MIGRATIONS, Migration
from app.storage.opening import open_store
from app.storage.settings_file import read_settings, write_settings
from app.storage.store import Store
from app.ui.single_instance import SingleInstance
from tests.helpers.archives import back_up, restore
from tests.helpers.engine_host import script_ref
from tests.helpers.running_app import running_application
from tests.helpers.storage_fixtures import ask, opened, talk

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="on Windows the profile folder is closed to others"
)
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@pytest.fixture(params=[0o000, 0o022], ids=["umask 000", "umask 022"])
def mask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def paths(tmp_path: Path, mask: int) -> AppPaths:
    """The system's usual folder, which is not there yet, nor what is above it."""
    home = tmp_path / "home" / ".local" / "share" / "Teahouse"
    (tmp_path / "home").mkdir(mode=0o755)
    return AppPaths(home, home / "models", home)


def open_to_others(folder: Path) -> list[str]:
    """Files and folders below `folder`, and itself, that somebody else may do anything with."""
    found = [folder, *folder.rglob("*")]
    assert len(found) > 1
    return [
        f"{path} {stat.S_IMODE(path.lstat().st_mode):o}" for path in found if path.lstat().st_mode & OTHERS
    ]


def add_stars(database: Database) -> None:
    database.execute("ALTER TABLE message ADD COLUMN stars INTEGER")


def copy_now(store: Store) -> None:
    while not store.backup_step():
        pass


def test_the_watch_sees_what_is_open(tmp_path: Path, mask: int) -> None:
    """Else the tests below would say nothing."""
    (tmp_path / "file").touch()
    tmp_path.chmod(0o700)
    assert len(open_to_others(tmp_path)) == 1


def test_a_talk_with_its_side_files_copies_and_settings(paths: AppPaths) -> None:
    with opened(paths) as (store, _):
        talk(store, "question", "answer")
        ask(store, "another")
        copy_now(store)
        write_settings(paths.settings_file, Settings().changed(TOP_P, 0.5))
        attempt = Attempt(ConnectionKind.CONNECT, "198.51.100.7", 443)
        connection_log.append(paths.connections_file, Connection(1, ProcessKind.WINDOW, attempt))
        names = {path.name for path in paths.data_dir.rglob("*")}
        assert {
            "teahouse.db",
            "teahouse.db-wal",
            "teahouse.db-shm",
            "teahouse.lock",
            "settings.json",
        } <= names
        assert open_to_others(paths.data_dir) == []
    assert open_to_others(paths.data_dir) == []
    # The folders above were not there: nobody else may put another one in the place of ours.
    assert not paths.data_dir.parent.stat().st_mode & OTHERS


def test_a_folder_and_a_database_of_an_older_time_are_closed(paths: AppPaths) -> None:
    with opened(paths) as (store, _):
        talk(store, "question", "answer")
    paths.data_dir.chmod(0o755)
    paths.database.chmod(0o644)
    with opened(paths) as (store, _):
        talk(store, "question", "answer")
        copy_now(store)
        assert open_to_others(paths.data_dir) == []


def test_a_step_of_the_schema(paths: AppPaths) -> None:
    with opened(paths) as (store, _):
        talk(store, "question", "answer")
    store, _ = open_store(paths, (*MIGRATIONS, Migration(len(MIGRATIONS) + 1, "stars", add_stars)))
    assert list(paths.backups_dir.glob("*before-v*"))
    assert open_to_others(paths.data_dir) == []
    store.close()
    assert open_to_others(paths.data_dir) == []


def test_a_backup_file_and_what_is_restored_from_it(paths: AppPaths, tmp_path: Path) -> None:
    target = tmp_path / "desk" / "backup.teahouse"
    target.parent.mkdir(mode=0o755)
    with opened(paths) as (store, _):
        talk(store, "question", "answer")
        write_settings(paths.settings_file, Settings().changed(TOP_P, 0.5))
        back_up(store, target)
    assert not target.stat().st_mode & OTHERS
    target.chmod(0o644)  # as it may come back from a stick
    other = AppPaths(tmp_path / "home" / "other", tmp_path / "home" / "other" / "models")
    with opened(other) as (store, _):
        talk(store, "mine", "too")
        assert restore(store, target).added == 1
        assert open_to_others(other.data_dir) == []


def test_a_damaged_database_and_what_was_saved_of_it(paths: AppPaths) -> None:
    with opened(paths) as (store, _):
        talk(store, "question", "answer")
        copy_now(store)
        talk(store, "later", "answer")
    content = bytearray(paths.database.read_bytes())
    content[:4096] = b"\xff" * 4096
    paths.database.write_bytes(content)
    paths.database.chmod(0o644)
    store, report = open_store(paths)
    assert report.damaged_copy
    assert open_to_others(paths.data_dir) == []
    store.close()
    assert open_to_others(paths.data_dir) == []


def test_damage_that_is_met_at_work(paths: AppPaths) -> None:
    with opened(paths) as (store, _):
        talk(store, "question", "answer")
        with pytest.raises(Exception, match="database_damaged"), store._database._errors():
            raise health.DAMAGE[0]("made up")
        assert suspicion(paths.database).exists()
        assert open_to_others(paths.data_dir) == []


def test_settings_that_made_no_sense_are_kept_aside(paths: AppPaths) -> None:
    paths.data_dir.mkdir(parents=True)
    paths.settings_file.write_text("not JSON: what somebody wrote by hand")
    assert read_settings(paths.settings_file).unreadable_copy
    write_settings(paths.settings_file, Settings())
    assert open_to_others(paths.data_dir) == []


def test_a_move_to_another_place(paths: AppPaths, tmp_path: Path) -> None:
    with opened(paths) as (store, _):
        talk(store, "question", "answer")
    (tmp_path / "stick").mkdir(mode=0o755)
    store, _ = open_store(paths)
    move = DataMove(paths, tmp_path / "stick" / "ours" / "Teahouse")
    move.prepare(lambda _: None, CancelToken())
    moved = move.finish(store, CancelToken())
    store.let_go()
    with opened(moved) as (store, _):
        talk(store, "question", "answer")
        assert open_to_others(moved.data_dir) == []
    assert open_to_others(paths.data_dir) == []
    assert (paths.data_dir / pointer.FILE_NAME).exists()


@pytest.mark.parametrize("mask", [0o000], indirect=True)
def test_the_window_with_everything_that_it_opens(
    qtbot: QtBot, paths: AppPaths, tmp_path: Path, mask: int
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.start_log(paths.log_dir)
    instance = SingleInstance(paths.data_dir)
    assert instance.acquire()
    connection_log.begin(paths.connections_file)
    ref = script_ref(tmp_path, Script(answers=("Tea.",)))
    try:
        with running_application(paths, StartOptions(Settings(), model=ref)) as application:
            with qtbot.waitSignal(application.parts.chat.answered, timeout=20_000):
                application.window.composer.set_text("question")
                application.window.composer.submit()
            logging.getLogger("app").warning("a line")
            names = {path.name for path in paths.data_dir.rglob("*")}
            assert {"window.lock", "teahouse.log", "connections.jsonl", "teahouse.db-wal"} <= names
            assert open_to_others(paths.data_dir) == []
    finally:
        instance.release()
        for handler in [one for one in root.handlers if one not in handlers]:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)
    assert open_to_others(paths.data_dir) == []

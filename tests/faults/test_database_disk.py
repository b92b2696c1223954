"""A full disk, a folder that takes no writing, a file that another program holds."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from app.core.chat import MessageStatus
from app.core.errors import ErrorCode, WorldError
from app.core.paths import AppPaths
from app.core.records import MendAction, ReplyOutcome
from app.storage import database as database_module
from app.storage.health import find_damage
from app.storage.opening import open_store
from app.storage.store import Store
from tests.faults.full_disk import filling_disk
from tests.helpers.storage_fixtures import answer, ask, opened, paths_in, talk, texts

BIG = "很长" * 20_000


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return paths_in(tmp_path)


def refused(job: Callable[[], object]) -> ErrorCode:
    with pytest.raises(WorldError) as caught:
        job()
    return caught.value.info.code


@pytest.mark.parametrize("room", [0, 100, 5_000, 50_000, 100_000])
def test_a_full_disk_refuses_whole_changes_and_keeps_everything(paths: AppPaths, room: int) -> None:
    with filling_disk() as disk:
        store, _ = open_store(paths)
        conversation_id = talk(store, "before", "stored")
        started = ask(store, "and this", conversation_id)
        store.save_draft(conversation_id, "draft")
        jobs: list[Callable[[], object]] = [
            lambda: store.save_partial(started.reply.id, BIG, ""),
            lambda: answer(store, started.reply.id, BIG),
            lambda: ask(store, BIG, conversation_id),
            lambda: store.enqueue(conversation_id, BIG),
            lambda: store.save_draft(conversation_id, BIG),
        ]
        for job in jobs:
            disk.left = room
            assert refused(job) is ErrorCode.DISK_FULL
        assert disk.refused
        assert texts(store, conversation_id) == ["before", "stored", "and this", ""]
        assert store.draft(conversation_id) == "draft"
        assert store.search("很长") == []
        disk.left = None  # room again: everything goes on
        store.finish_reply(started.reply.id, ReplyOutcome("late", MessageStatus.STOPPED))
        assert len(store.search("late")) == 1
        assert find_damage(store._database.connection, thorough=True) == ""
        store.close()
    with opened(paths) as (store, report):
        assert report.mended is MendAction.NONE
        assert texts(store, conversation_id) == ["before", "stored", "and this", "late"]


def test_a_disk_that_is_full_at_start(paths: AppPaths) -> None:
    with opened(paths) as (store, _):
        conversation_id = ask(store, "hello").conversation.id
    with filling_disk() as disk:
        disk.left = 0
        assert refused(lambda: open_store(paths_in(paths.data_dir / "other"))) is ErrorCode.DISK_FULL
        with opened(paths) as (store, report):
            assert report.read_only
            assert report.error is not None
            assert report.error.code is ErrorCode.DISK_FULL
            assert texts(store, conversation_id) == ["hello", ""]
            assert refused(lambda: ask(store, "more")) is ErrorCode.DISK_FULL
    with opened(paths) as (_, report):
        assert report.interrupted_replies == 1


def test_a_disk_that_is_full_while_copying_does_not_keep_the_app_open(paths: AppPaths) -> None:
    with filling_disk() as disk:
        store, _ = open_store(paths)
        talk(store, "hello", BIG)
        disk.left = 20_000
        store.close()
        assert disk.refused
    assert list(paths.backups_dir.iterdir()) == []
    with opened(paths) as (store, _):
        assert len(store.conversations()) == 1


def test_a_disk_that_is_full_while_mending_loses_nothing(paths: AppPaths) -> None:
    with opened(paths) as (store, _):
        talk(store, "hello", BIG)
    data = paths.database.read_bytes()
    paths.database.write_bytes(data[: len(data) // 2])
    damaged = paths.database.read_bytes()
    with filling_disk() as disk:
        disk.left = 10_000
        # A file layer in Python lets SQLite say "input/output error" for some of the refused writes.
        assert refused(lambda: open_store(paths)) in (ErrorCode.DISK_FULL, ErrorCode.STORAGE_FAILED)
    assert paths.database.read_bytes() == damaged
    with opened(paths) as (store, report):
        assert report.mended is MendAction.RESTORED
        assert texts(store, store.conversations()[0].id) == ["hello", BIG]


@pytest.mark.skipif(os.name != "posix" or shutil.which("mount") is None, reason="needs mount")
def test_a_real_small_disk(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("may not mount here")
    try:
        store, _ = open_store(paths_in(tmp_path))
        conversation_id = talk(store, "before", "stored")
        code = None
        for _ in range(100):
            try:
                talk(store, BIG, BIG, conversation_id)
            except WorldError as error:
                code = error.info.code
                break
        assert code is ErrorCode.DISK_FULL
        assert texts(store, conversation_id)[:2] == ["before", "stored"]
        assert find_damage(store._database.connection) == ""
        store.close()
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


READER = """
    import os, sys
    from pathlib import Path
    from app.core.errors import WorldError
    from app.core.paths import AppPaths
    from app.core.engine import GenerationParams
    from app.storage.opening import open_store
    folder = Path(sys.argv[1])
    if os.getuid() == 0:
        os.setuid(65534)  # root may write everywhere: look with the eyes of nobody
    try:
        store, report = open_store(AppPaths(folder, folder))
    except WorldError as error:
        sys.exit("refused " + error.info.code)
    print(report.read_only, report.error.code if report.error else None)
    print(len(store.conversations()), len(store.search("hello")))
    try:
        store.begin_exchange(None, "x", model_ref="", params=GenerationParams())
    except WorldError as error:
        print(error.info.code)
    store.close()
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows has no owner-only bits")
@pytest.mark.parametrize("has_database", [True, False])
def test_a_read_only_folder(has_database: bool) -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        folder.chmod(0o755)
        data = folder / "data"
        if has_database:
            paths = AppPaths(data, data)
            with opened(paths) as (store, _):
                talk(store, "hello", "there")
            paths.database.chmod(0o444)
            shutil.rmtree(paths.backups_dir)
            paths.database.with_suffix(".lock").unlink()
        else:
            data.mkdir()
        data.chmod(0o555)
        try:
            said = look_at(data)
        finally:
            data.chmod(0o755)
        if has_database:
            assert said == ["True read_only", "1 1", "read_only"]
        else:
            assert said == ["refused read_only"]
        assert stat.S_IMODE(data.stat().st_mode) == 0o755


def look_at(data: Path) -> list[str]:
    """What a process that may not write says about the folder."""
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(READER), str(data)], capture_output=True, text=True, timeout=60
    )
    return (ended.stdout + ended.stderr).splitlines()


def test_a_file_that_another_program_keeps_to_itself(
    paths: AppPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 50)
    with opened(paths) as (store, _):
        conversation_id = talk(store, "hello", "there")
        other = apsw.Connection(str(paths.database))
        other.execute("BEGIN IMMEDIATE")
        assert refused(lambda: store.save_draft(conversation_id, "x")) is ErrorCode.DATABASE_LOCKED
        other.execute("ROLLBACK")
        store.save_draft(conversation_id, "x")
        other.close()
    holder = apsw.Connection(str(paths.database))
    holder.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
    holder.execute("BEGIN EXCLUSIVE; PRAGMA user_version=1")
    assert refused(lambda: open_store(paths)) is ErrorCode.DATABASE_LOCKED
    holder.execute("COMMIT")
    holder.close()
    with opened(paths) as (store, _):
        assert isinstance(store, Store)
        assert texts(store, conversation_id) == ["hello", "there"]

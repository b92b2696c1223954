"""The storage thread while its folder is moved: jobs go on in order, at the new place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.cancel import Cancelled, CancelToken
from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.paths import AppPaths
from app.core.records import StartReport
from app.storage.data_move import DataMove
from app.storage.store import Store
from app.workers.storage_client import StorageClient
from tests.helpers.storage_fixtures import opened, talk


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    home = tmp_path / "home"
    return AppPaths(home, home / "models", home)


@pytest.fixture
def client(qtbot: QtBot, paths: AppPaths) -> Iterator[StorageClient]:
    client = StorageClient(copy_after_ms=0)
    with qtbot.waitSignal(client.opened):
        client.open(paths)
    yield client
    client.close()


def test_jobs_around_a_move_run_in_order_and_nothing_is_lost(
    qtbot: QtBot, client: StorageClient, paths: AppPaths, tmp_path: Path
) -> None:
    move = DataMove(paths, tmp_path / "disk" / "new")
    move.prepare(lambda _: None, CancelToken())
    seen: list[object] = []
    reports: list[StartReport] = []
    client.opened.connect(reports.append)
    client.run(lambda store: talk(store, "before", "x"), seen.append)
    client.relocate(lambda store: move.finish(store, CancelToken()), seen.append, seen.append)
    client.run(lambda store: talk(store, "after", "y"), seen.append)
    client.run(lambda store: [one.title for one in store.conversations()], seen.append)
    client.run(lambda store: store.paths, seen.append)
    qtbot.waitUntil(lambda: len(seen) == 5)
    moved = replace(paths, data_dir=tmp_path / "disk" / "new")
    assert seen == [1, moved, 2, ["after", "before"], moved]
    assert reports == [StartReport()]
    move.remove_old()
    client.close()
    with opened(moved) as (store, _):
        assert len(store.conversations()) == 2
    assert not paths.database.exists()


@pytest.mark.parametrize("error", [WorldError(ErrorCode.DISK_FULL, path="x"), Cancelled()])
def test_a_move_that_fails_leaves_the_store_in_use(
    qtbot: QtBot, client: StorageClient, paths: AppPaths, error: Exception
) -> None:
    done: list[object] = []
    failed: list[ErrorInfo] = []

    def fails(_store: Store) -> AppPaths:
        raise error

    client.relocate(fails, done.append, failed.append)
    client.run(lambda store: store.paths, done.append)
    qtbot.waitUntil(lambda: paths in done)
    assert done == ([paths] if failed else [None, paths])
    assert [one.code for one in failed] == ([ErrorCode.DISK_FULL] if isinstance(error, WorldError) else [])


def test_a_move_that_breaks_is_reported(qtbot: QtBot, client: StorageClient) -> None:
    def breaks(_store: Store) -> AppPaths:
        raise KeyError("ours")

    with qtbot.waitSignal(client.bug) as blocker:
        client.relocate(breaks, pytest.fail, pytest.fail)
    assert "KeyError" in blocker.args[0]

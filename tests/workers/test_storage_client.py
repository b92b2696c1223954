"""The storage thread through its client: order, threads, errors, closing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QThread, Signal
from pytestqt.qtbot import QtBot

from app.core.chat import MessageStatus
from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.paths import AppPaths
from app.core.records import ExchangeStarted, ReplyOutcome, StartReport
from app.storage import backups
from app.storage.store import Store
from app.workers.storage_client import StorageClient
from tests.helpers.storage_fixtures import ask, opened, paths_in, talk, texts


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return paths_in(tmp_path)


@pytest.fixture
def client(qtbot: QtBot) -> Iterator[StorageClient]:
    client = StorageClient(copy_after_ms=0)
    yield client
    client.close()


def open_and_wait(qtbot: QtBot, client: StorageClient, paths: AppPaths) -> StartReport:
    with qtbot.waitSignal(client.opened) as blocker:
        client.open(paths)
    report = blocker.args[0]
    assert isinstance(report, StartReport)
    return report


def test_jobs_run_there_and_callbacks_here(qtbot: QtBot, client: StorageClient, paths: AppPaths) -> None:
    open_and_wait(qtbot, client, paths)
    here = threading.get_ident()
    there: list[tuple[int, str]] = []
    back: list[tuple[int, str]] = []

    def job(store: Store) -> str:
        there.append((threading.get_ident(), QThread.currentThread().objectName()))
        return ask(store, "question").conversation.title

    client.run(job, lambda title: back.append((threading.get_ident(), title)))
    qtbot.waitUntil(lambda: bool(back))
    assert back == [(here, "question")]
    assert there[0][0] != here
    assert there[0][1] == "storage"


def test_jobs_run_in_order_also_those_given_before_opening(
    qtbot: QtBot, client: StorageClient, paths: AppPaths
) -> None:
    seen: list[int] = []
    client.run(lambda store: store.set_app_state("n", "0") or 0, seen.append)
    client.open(paths)
    for number in range(1, 50):
        client.run(lambda _store, number=number: number, seen.append)
    qtbot.waitUntil(lambda: len(seen) == 50)
    assert seen == list(range(50))


def test_a_worlds_error_goes_to_its_callback_or_to_the_signal(
    qtbot: QtBot, client: StorageClient, paths: AppPaths
) -> None:
    open_and_wait(qtbot, client, paths)

    def full(_store: Store) -> None:
        raise WorldError(ErrorCode.DISK_FULL, path="x")

    caught: list[ErrorInfo] = []
    client.run(full, None, caught.append)
    qtbot.waitUntil(lambda: bool(caught))
    assert caught == [ErrorInfo(ErrorCode.DISK_FULL, {"path": "x"})]
    with qtbot.waitSignal(client.error) as blocker:
        client.run(full)
    assert blocker.args == [caught[0]]
    assert len(caught) == 1


def test_a_bug_is_told_and_the_thread_lives_on(
    qtbot: QtBot, client: StorageClient, paths: AppPaths, caplog: pytest.LogCaptureFixture
) -> None:
    open_and_wait(qtbot, client, paths)
    called: list[object] = []

    def broken(_store: Store) -> float:
        return 1 / 0

    with qtbot.waitSignal(client.bug) as blocker:
        client.run(broken, called.append, called.append)
    assert "ZeroDivisionError" in blocker.args[0]
    assert "in broken" in blocker.args[0]
    assert "a storage job broke" in caplog.text
    done: list[int] = []
    client.run(lambda store: len(store.conversations()), done.append)
    qtbot.waitUntil(lambda: bool(done))
    assert called == []


def test_a_database_that_does_not_open_answers_every_job(
    qtbot: QtBot, client: StorageClient, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    refused: list[ErrorInfo] = []
    with qtbot.waitSignal(client.failed) as blocker:
        client.open(paths_in(tmp_path))
        client.run(lambda store: store.conversations(), None, refused.append)
    qtbot.waitUntil(lambda: bool(refused))
    assert refused == [blocker.args[0]]
    assert refused[0].code is ErrorCode.STORAGE_FAILED
    (tmp_path / "data").unlink()
    open_and_wait(qtbot, client, paths_in(tmp_path))  # "try again" works


def test_closing_runs_what_was_given_and_what_its_callbacks_give(
    qtbot: QtBot, client: StorageClient, paths: AppPaths
) -> None:
    open_and_wait(qtbot, client, paths)
    seen: list[str] = []

    def after_asking(started: ExchangeStarted) -> None:
        outcome = ReplyOutcome("cut off", MessageStatus.INTERRUPTED)
        client.run(
            lambda store: store.finish_reply(started.reply.id, outcome),
            lambda reply: seen.append(reply.text),
        )

    client.run(lambda store: ask(store, "last words"), after_asking)
    client.close()
    client.close()
    assert seen == ["cut off"]
    with pytest.raises(RuntimeError):
        client.run(lambda store: store.conversations())
    with opened(paths) as (store, report):
        assert report.interrupted_replies == 0
        assert texts(store, 1) == ["last words", "cut off"]


def test_closing_what_was_never_opened(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    client = StorageClient()
    client.run(lambda store: store.conversations())
    client.close()
    assert "never opened" in caplog.text


def test_a_callback_may_be_a_signal(qtbot: QtBot, client: StorageClient, paths: AppPaths) -> None:
    class Listener(QObject):
        stored = Signal(object)

    listener = Listener()
    client.open(paths)
    with qtbot.waitSignal(listener.stored) as blocker:
        client.run(lambda store: ask(store, "hello"), listener.stored.emit)
    assert isinstance(blocker.args[0], ExchangeStarted)


def test_a_copy_that_is_due_is_made_while_jobs_go_on(
    qtbot: QtBot, client: StorageClient, paths: AppPaths
) -> None:
    with opened(paths) as (store, _):
        for number in range(120):  # some megabytes: many steps
            talk(store, f"question {number} " + "茶" * 2000, "answer " + "馆" * 4000)
    for copy in paths.backups_dir.iterdir():
        copy.unlink()
    open_and_wait(qtbot, client, paths)
    while_copying: list[int] = []

    def write(store: Store) -> None:
        store.set_app_state("n", "1")
        if list(paths.backups_dir.glob("*.part")):  # looked at between two steps, on the storage thread
            while_copying.append(1)

    def keep_writing() -> bool:
        if not client.is_closed and not backups.good_copies(paths.backups_dir):
            for _ in range(5):
                client.run(write)
            return False
        return True

    qtbot.waitUntil(keep_writing, timeout=20_000)
    assert while_copying, "no job ran between two steps of the copy"
    assert backups.damage_of(backups.good_copies(paths.backups_dir)[0].path) == ""

"""Nothing that anybody wrote gets into a log or a report by way of an exception."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app import logs
from app.core.paths import AppPaths
from app.core.traces import trace_text
from app.storage.log_file import Discreet, PrivateLogFile
from app.storage.store import Store
from app.ui.bug_report import BugReporter
from app.workers.child_log import LOG_NAME, close_child_log, open_child_log
from app.workers.storage_client import StorageClient

SECRET = "seven-jade-kettles"
posix = pytest.mark.skipif(os.name != "posix", reason="Windows guards the profile folder")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """The log as the window writes it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.start_log(tmp_path / "data" / "log")
    yield tmp_path / "data" / "log" / "teahouse.log"
    for handler in [one for one in root.handlers if one not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.fixture
def reporter(qtbot: QtBot) -> Iterator[BugReporter]:
    """The window's, installed; the hooks of pytest come back afterwards."""
    window = QWidget()
    qtbot.addWidget(window)
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    made = BugReporter(window)
    made.reported.disconnect()  # no dialog: what it would show is looked at
    made.install()
    yield made
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


def fail(question: str) -> None:
    """A mistake of ours, with a text of a person in its locals, its message, its cause and its notes."""
    try:
        {}[question]
    except KeyError as error:
        error.add_note(question)
        raise ValueError(f"cannot store {question}") from error


def test_a_trace_names_places_and_types_of_the_whole_chain() -> None:
    try:
        try:
            fail(SECRET)
        except ValueError:
            raise RuntimeError(SECRET)  # noqa: B904 - "while that was dealt with" is looked at
    except RuntimeError as error:
        told = trace_text(error)
    assert SECRET not in told
    assert [line for line in told.splitlines() if line and not line.startswith(" ")] == [
        "KeyError",
        "which was the cause of",
        "ValueError",
        "and while that was dealt with",
        "RuntimeError",
    ]
    assert told.count("test_logs.py") == 4


def test_a_chain_in_a_circle_ends() -> None:
    one, other = ValueError(SECRET), KeyError(SECRET)
    one.__cause__, other.__cause__ = other, one
    assert trace_text(one).count("Error") == 2


def test_an_exception_in_a_slot_a_thread_and_a_finalizer(
    qtbot: QtBot, log: Path, reporter: BugReporter, capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []

    class Listener(QObject):
        def hear(self, text: str) -> None:
            told.append(text)

        def fail_in_a_slot(self) -> None:
            fail(SECRET)

    class Fragile:
        def __del__(self) -> None:
            fail(SECRET)

    listener = Listener()
    reporter.reported.connect(listener.hear)
    reporter.install()  # again: pytest-qt has put a hook of its own in its place
    QTimer.singleShot(0, listener.fail_in_a_slot)
    qtbot.waitUntil(lambda: len(told) == 1)
    thread = threading.Thread(target=fail, args=(SECRET,))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(told) == 2)
    Fragile()
    printed = capfd.readouterr()
    written = log.read_text("utf-8")
    assert written.count("\nValueError\n") == 3
    for place in (*told, written, printed.out, printed.err):
        assert SECRET not in place


def test_what_other_libraries_log_is_not_written(log: Path) -> None:
    """asyncio puts the arguments of a callback and the exceptions of tasks into its messages."""
    loop = asyncio.new_event_loop()

    async def forgotten() -> None:
        fail(SECRET)

    loop.call_soon(fail, SECRET)
    task = loop.create_task(forgotten())
    loop.run_until_complete(asyncio.sleep(0))
    loop.run_until_complete(asyncio.sleep(0))
    del task
    loop.close()
    logging.getLogger("other").warning("about %s", SECRET)
    logging.getLogger("application").warning("about %s", SECRET)
    logging.getLogger("app.parts").warning("trouble: %s", "disk_full")
    written = log.read_text("utf-8")
    assert SECRET not in written
    assert "ERROR asyncio: (" in written
    assert "WARNING other: (test_logs.py, line " in written
    assert "trouble: disk_full" in written


def test_another_handler_may_have_worded_the_record_before() -> None:
    try:
        fail(SECRET)
    except ValueError:
        record = logging.LogRecord("app.x", logging.ERROR, __file__, 1, "broke", None, sys.exc_info())
    assert SECRET in logging.Formatter().format(record)
    assert SECRET not in Discreet().format(record)


def test_a_storage_job_that_breaks_is_reported_without_its_words(
    qtbot: QtBot, log: Path, tmp_path: Path
) -> None:
    """What "Copy report" gives away is this very text."""
    told: list[str] = []
    client = StorageClient()
    client.bug.connect(told.append)
    client.open(AppPaths(tmp_path / "data", tmp_path / "models"))

    def job(_store: Store) -> None:
        fail(SECRET)

    client.run(job, lambda _: None)
    qtbot.waitUntil(lambda: len(told) == 1)
    client.close()
    assert "ValueError" in told[0]
    assert SECRET not in told[0]
    assert "a storage job broke" in log.read_text("utf-8")
    assert SECRET not in log.read_text("utf-8")


@posix
@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_logs_are_their_owners_alone_also_after_a_rotation(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        old = tmp_path / "deep" / "down" / LOG_NAME
        child_log = open_child_log(old.parent)
        child_log.warning("a line")
        close_child_log(child_log)
        old.chmod(0o644)  # as an older version left it
        child_log.warning("a line")
        close_child_log(child_log)
        handler = PrivateLogFile(tmp_path / "deep" / "small.log", maxBytes=50, backupCount=2)
        for _ in range(4):
            handler.emit(logging.LogRecord("app", logging.INFO, __file__, 1, "x" * 40, None, None))
        handler.close()
    finally:
        os.umask(before)
    made = sorted((tmp_path / "deep").rglob("*"))
    assert len(made) == 5
    for path in (tmp_path / "deep", *made):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path

"""What a person and a model write stands in the database and nowhere else, whatever goes wrong meanwhile."""

from __future__ import annotations

import logging
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app import logs
from app.application import Application, StartOptions
from app.core import settings as declared
from app.core.cancel import CancelToken
from app.core.chat import MessageStatus
from app.core.engine import EngineKind, ModelRef
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.model.doctor_models import Request
from app.model.engines.script import Fault, Script
from app.storage.store import Store
from app.ui.bug_report import BugDialog
from app.ui.texts import doctor_page
from app.workers import doctor_report, doctor_round
from tests.faults.window_faults import Person
from tests.helpers.engine_host import script_ref
from tests.helpers.running_app import running_application
from tests.helpers.starter import starter_path

WORDS = {
    name: f"{name}kettle7f3a"
    for name in ("question", "answer", "title", "draft", "queue", "system", "search")
}
MODEL = "modelkettle7f3a"
BAD = "please fail"
SETTINGS = (
    Settings()
    .changed(declared.LANGUAGE, "en")
    .changed(declared.TEMPERATURE, 0.0)
    .changed(declared.MAX_TOKENS, 256)
    .changed(declared.SYSTEM_PROMPT, WORDS["system"])
)
HOLDERS = ("teahouse.db", "teahouse.db-wal", "teahouse.db-shm")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Everything that is written goes here: data, models, temporary files; with a log as the window's."""
    (tmp_path / "tmp").mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    logs.start_log(tmp_path / "data" / "log")
    yield tmp_path
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    for handler in [one for one in root.handlers if one not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


class Clumsy(QObject):
    """A mistake of ours in a slot, with a text of a person in its locals and in its message."""

    def trip(self) -> None:
        text = WORDS["question"]
        raise ValueError(f"cannot show {text}")


def broken_job(_store: Store) -> None:
    raise KeyError(WORDS["question"])


def make_mistakes(qtbot: QtBot, application: Application) -> str:
    """In a slot and in the storage thread; gives what "Copy report" puts on the clipboard."""
    application.parts.bugs.install()
    clumsy = Clumsy()
    QTimer.singleShot(0, clumsy.trip)
    told = ""
    for _ in range(2):
        qtbot.waitUntil(lambda: bool(application.window.findChildren(BugDialog)))
        dialog = application.window.findChildren(BugDialog)[0]
        copy, close = dialog.findChildren(QPushButton)
        copy.click()
        told += QApplication.clipboard().text()
        close.click()
        qtbot.waitUntil(lambda: not application.window.findChildren(BugDialog))
        if told.count("KeyError") == 0:
            application.parts.storage.run(broken_job)
    return told


def begin(person: Person, text: str) -> None:
    """Send it, and wait for the first words of the answer."""
    person.send(text)
    person.wait(lambda: bool(person.window.transcript.message_text(person.last.id)))


def write_everywhere(application: Application, person: Person) -> None:
    """A title, a draft, something that waits, a search."""
    conversation = person.last.conversation_id

    def job(store: Store) -> None:
        store.rename(conversation, WORDS["title"])
        store.save_draft(conversation, WORDS["draft"])
        store.enqueue(conversation, WORDS["queue"])
        store.search(WORDS["search"])

    application.parts.storage.run(job)
    person.wait_open()


def doctors_report(paths: AppPaths) -> str:
    found = tuple(doctor_round.examine(paths, Request(SETTINGS), lambda _: None, CancelToken()))
    return doctor_page.report(found, doctor_report.technical_part(paths, SETTINGS, found))


def holders(folder: Path, word: str) -> set[str]:
    """The names of the files that hold `word`, but for the database and its copies."""
    found = set()
    for path in folder.rglob("*"):
        is_database = path.name in HOLDERS or path.parent.name == "backups"
        if (
            path.is_file()
            and not path.is_symlink()
            and not is_database
            and word.encode() in contents_of(path)
        ):
            found.add(path.name)
    return found


def contents_of(path: Path) -> bytes:
    """What is in a file; on Windows pytest's own captured output has a name here and may not be read."""
    try:
        return path.read_bytes()
    except PermissionError:
        if sys.platform != "win32" or path.parent.name != "tmp":
            raise
        return b""


def check(place: Path, paths: AppPaths, *told: str) -> None:
    """Nothing in other files, and nothing in what was told; the system prompt is a setting."""
    database = b"".join(path.read_bytes() for path in paths.data_dir.glob("teahouse.db*"))
    log = (paths.log_dir / "teahouse.log").read_text("utf-8")
    assert "ValueError" in log
    assert "KeyError" in log
    for name, word in WORDS.items():
        expected = {"settings.json"} & holders(place, word) if name == "system" else set()
        assert holders(place, word) - {"script.json"} == expected, name
        assert not [text for text in told if word in text], name
    for name in ("question", "answer", "title", "queue"):
        assert WORDS[name].encode() in database, "the words were really there"


@pytest.mark.starter
@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
@pytest.mark.qt_no_exception_capture
def test_with_the_real_engine_its_errors_and_its_end(
    qtbot: QtBot, place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    paths = AppPaths(place / "data", place / "models")
    paths.models_dir.mkdir()
    shutil.copyfile(starter_path(), model := paths.models_dir / f"{MODEL}.gguf")
    ref = ModelRef(MODEL, EngineKind.LLAMA_CPP, str(model))
    with running_application(paths, StartOptions(SETTINGS, model=ref)) as application:
        person = Person(qtbot, application)
        begin(person, f"Say {WORDS['question']} and {WORDS['answer']}.")
        application.parts.chat.stop()
        person.wait_answered(MessageStatus.STOPPED)
        person.send(f"{WORDS['question']} " * 3_000)  # more than the model can take
        person.wait_answered(MessageStatus.FAILED)
        begin(person, f"Write a long story about {WORDS['question']}.")
        psutil.Process(application.parts.engine.status.child_pid).send_signal(signal.SIGABRT)
        person.wait_answered(MessageStatus.FAILED)
        write_everywhere(application, person)
        report = make_mistakes(qtbot, application)
    printed = capfd.readouterr()
    model.unlink()
    doctor = doctors_report(paths)
    check(place, paths, printed.out, printed.err, report, doctor)
    for word in (MODEL, *WORDS.values()):
        assert word not in (paths.log_dir / "teahouse.log").read_text("utf-8")
        assert word not in (paths.log_dir / "engine.log").read_text("utf-8")


@pytest.mark.qt_no_exception_capture
@pytest.mark.parametrize("fault", [Fault.CRASH, Fault.EXCEPTION])
def test_with_a_child_that_fails_in_the_middle(
    qtbot: QtBot, place: Path, capfd: pytest.CaptureFixture[str], fault: Fault
) -> None:
    paths = AppPaths(place / "data", place / "models")
    script = Script(answers=(f"{WORDS['answer']} " * 30,), fault=fault, fault_after=3, fault_when=BAD)
    ref = script_ref(place, replace(script, reasoning=WORDS["answer"]))
    with running_application(paths, StartOptions(SETTINGS, model=ref)) as application:
        person = Person(qtbot, application)
        person.ask(WORDS["question"])
        person.send(f"{WORDS['question']} {BAD}")
        person.wait_answered(MessageStatus.FAILED)
        write_everywhere(application, person)
        report = make_mistakes(qtbot, application)
    printed = capfd.readouterr()
    check(place, paths, printed.out, printed.err, report, doctors_report(paths))

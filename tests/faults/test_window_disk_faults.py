"""The running window on a full disk, in a folder it may not write, with a damaged or a newer database.

Each test looks at what a person reads (in both languages), presses the action that is offered, and makes
sure that nothing typed is lost.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from pytestqt.qtbot import QtBot

from app.application import StartOptions
from app.core import settings as declared
from app.core.chat import MessageStatus
from app.core.paths import AppPaths
from app.model.engines.script import Script
from app.ui.troubles import Origin
from tests.faults.full_disk import Budget, filling_disk
from tests.faults.window_faults import ENGLISH, Folders, Person, file_manager, quick
from tests.helpers.engine_host import script_ref
from tests.helpers.running_app import running_application
from tests.helpers.storage_fixtures import ask, opened, paths_in, talk, texts

QUESTION = "带两位老人去杭州玩三天 🍵"
SLOW = Script(answers=("slow words " * 60,), delay_ms=10)


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return paths_in(tmp_path)


@pytest.fixture
def disk() -> Iterator[Budget]:
    with filling_disk() as disk:
        yield disk


@pytest.fixture
def folders() -> Iterator[Folders]:
    with file_manager() as folders:
        yield folders


@pytest.mark.parametrize("is_first", [True, False])
def test_the_disk_is_full_at_the_moment_of_sending(
    qtbot: QtBot, paths: AppPaths, disk: Budget, is_first: bool
) -> None:
    with running_application(paths, quick(paths)) as application:
        person = Person(qtbot, application)
        person.wait_open()
        if not is_first:
            person.ask("before")
        disk.left = 0
        person.try_to_send(QUESTION)
        assert "disk is full" in person.wait_banner(Origin.STORAGE)
        person.check_both_languages(Origin.STORAGE)
        assert person.window.composer.text() == QUESTION
        assert QUESTION not in person.texts
        person.press(Origin.STORAGE)  # still full: it says so again
        person.wait_banner(Origin.STORAGE)
        assert person.window.composer.text() == QUESTION
        disk.left = None
        with qtbot.waitSignal(person.chat.begun):
            person.press(Origin.STORAGE)
        person.wait_answered()
        assert QUESTION in person.texts
        assert person.window.composer.text() == ""
        assert person.banner(Origin.STORAGE) == ""
    with opened(paths) as (store, _):
        assert texts(store, 1).count(QUESTION) == 1
        assert store.draft(1) == ""
        assert store.draft(None) == ""


def test_what_is_typed_on_a_full_disk_is_there_again_in_its_conversation(
    qtbot: QtBot, paths: AppPaths, disk: Budget
) -> None:
    with running_application(paths, quick(paths)) as application:
        person = Person(qtbot, application)
        person.wait_open()
        person.ask("first")
        disk.left = 0
        person.write("half a thought")
        person.chat.open_new()
        person.wait_banner(Origin.STORAGE)
        person.write("another one")
        person.chat.open_conversation(1)
        person.wait(lambda: person.window.composer.text() == "half a thought")
        person.chat.open_new()
        person.wait(lambda: person.window.composer.text() == "another one")
        disk.left = None
        person.press(Origin.STORAGE)
        person.wait_open()
        assert person.banner(Origin.STORAGE) == ""
    with opened(paths) as (store, _):
        assert (store.draft(1), store.draft(None)) == ("half a thought", "another one")


def test_a_message_that_was_refused_while_the_person_went_elsewhere(
    qtbot: QtBot, paths: AppPaths, disk: Budget
) -> None:
    with running_application(paths, quick(paths)) as application:
        person = Person(qtbot, application)
        person.wait_open()
        person.ask("first")
        disk.left = 0
        person.try_to_send(QUESTION)
        person.chat.open_new()  # before the database answered
        person.wait_banner(Origin.STORAGE)
        assert person.window.composer.text() == ""
        person.chat.open_conversation(1)
        person.wait(lambda: person.window.composer.text() == QUESTION)
        disk.left = None


def test_a_slow_disk_while_the_person_goes_elsewhere(qtbot: QtBot, paths: AppPaths) -> None:
    with opened(paths) as (store, _):
        talk(store, "first", "stored")
        talk(store, "second", "stored")
        store.save_draft(2, "draft of the second")
    with running_application(paths, quick(paths)) as application:
        person = Person(qtbot, application)
        person.wait_open()
        person.chat.open_conversation(1)
        person.wait(lambda: person.texts == ["first", "stored"])
        disk_is_back = threading.Event()
        person.parts.storage.run(lambda _store: disk_is_back.wait(10))
        person.chat.open_conversation(2)
        person.try_to_send(QUESTION)  # the first one is still on the screen
        person.write("typed on")
        with qtbot.waitSignal(person.chat.answered):
            disk_is_back.set()
        person.wait(lambda: person.window.composer.text() == "draft of the second")
        assert person.texts == ["second", "stored"]
        assert person.window.composer.text() == "draft of the second"
    with opened(paths) as (store, _):
        assert texts(store, 1)[2] == QUESTION
        assert (store.draft(1), store.draft(2)) == ("typed on", "draft of the second")


def test_a_click_that_the_disk_refused_is_done_by_try_again(
    qtbot: QtBot, paths: AppPaths, disk: Budget
) -> None:
    with running_application(paths, quick(paths)) as application:
        person = Person(qtbot, application)
        person.wait_open()
        person.ask("first")
        disk.left = 0
        person.chat.rename("Tea 茶")
        person.wait_banner(Origin.STORAGE)
        disk.left = None
        person.press(Origin.STORAGE)
        person.wait(lambda: person.chat.state.title == "Tea 茶")
        assert person.banner(Origin.STORAGE) == ""
        disk.left = 0
        person.chat.actions.regenerate(person.last.id)
        person.wait_banner(Origin.STORAGE)
        disk.left = None
        with qtbot.waitSignal(person.chat.begun):
            person.press(Origin.STORAGE)
        person.wait_answered()
        assert person.last.version_ids == (2, 3)


@pytest.mark.parametrize("how", ["by itself", "try again", "closing"])
def test_the_disk_fills_up_while_an_answer_streams(
    qtbot: QtBot, paths: AppPaths, tmp_path: Path, disk: Budget, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    again_ms = 300 if how == "by itself" else 60_000
    monkeypatch.setattr("app.workers.exchange_runner.STORE_AGAIN_MS", again_ms)
    with running_application(paths, StartOptions(ENGLISH, model=script_ref(tmp_path, SLOW))) as application:
        person = Person(qtbot, application)
        person.wait_open()
        person.send(QUESTION)
        person.wait(lambda: len(person.window.transcript.message_text(2)) > 20)
        disk.left = 0
        with qtbot.waitSignal(person.parts.runner.running_changed, timeout=10_000):
            pass  # the answer ends
        person.check_both_languages(Origin.STORAGE)
        assert "disk is full" in person.wait_banner(Origin.STORAGE)
        whole = person.window.transcript.message_text(2)
        assert whole == SLOW.answers[0]
        person.chat.open_new()
        person.chat.open_conversation(1)
        person.wait(lambda: person.chat.state.conversation_id == 1)
        assert person.window.transcript.message_text(2) == whole  # more than the database holds
        disk.left = None
        if how == "try again":
            person.press(Origin.STORAGE)
        if how != "closing":
            person.wait_answered()
            assert person.last.text == whole
            person.wait(lambda: person.banner(Origin.STORAGE) == "")
    with opened(paths) as (store, report):
        assert texts(store, 1) == [QUESTION, whole]
        assert report.interrupted_replies == 0


def test_the_disk_is_full_at_the_start(qtbot: QtBot, paths: AppPaths, disk: Budget) -> None:
    with opened(paths) as (store, _):
        talk(store, "before", "stored")
        ask(store, "cut off")
    disk.left = 0
    with running_application(paths, quick(paths)) as application:
        person = Person(qtbot, application)
        assert "disk is full" in person.wait_banner(Origin.START)
        person.check_both_languages(Origin.START)
        person.chat.open_conversation(1)
        person.wait(lambda: person.texts == ["before", "stored"])
        person.try_to_send(QUESTION)
        assert person.note()
        assert person.window.composer.text() == QUESTION
        disk.left = None
        person.press(Origin.START)
        person.wait(lambda: person.note() == "")
        assert "disk" not in person.banner(Origin.START)
        person.ask(QUESTION)
        assert person.texts[:3] == ["before", "stored", QUESTION]


def test_the_disk_is_full_at_the_very_first_start(qtbot: QtBot, paths: AppPaths, disk: Budget) -> None:
    disk.left = 0
    with running_application(paths, quick(paths)) as application:
        person = Person(qtbot, application)
        person.wait_banner(Origin.STORAGE)
        person.check_both_languages(Origin.STORAGE)
        assert person.note()
        person.try_to_send(QUESTION)
        assert person.window.composer.text() == QUESTION
        disk.left = None
        person.press(Origin.STORAGE)
        person.wait(lambda: person.note() == "")
        assert person.window.composer.text() == QUESTION
        assert person.banner(Origin.STORAGE) == ""
        with qtbot.waitSignal(person.chat.begun):
            person.window.composer.submit()
        person.wait_answered()
        assert person.texts[0] == QUESTION


@pytest.mark.parametrize("has_copy", [True, False])
def test_a_damaged_database(qtbot: QtBot, paths: AppPaths, folders: Folders, has_copy: bool) -> None:
    with opened(paths) as (store, _):
        talk(store, QUESTION, "stored")
    if not has_copy:
        shutil.rmtree(paths.backups_dir)
    paths.database.write_bytes(b"%PDF-1.7 rubbish" * 1000)
    with running_application(paths, quick(paths)) as application:
        person = Person(qtbot, application)
        said = person.wait_banner(Origin.START)
        (kept,) = [path for path in paths.data_dir.iterdir() if str(path) in said]
        assert kept.read_bytes() == b"%PDF-1.7 rubbish" * 1000
        for language, word in (("zh_CN", "备份"), ("en", "copy")):
            person.parts.settings.set(declared.LANGUAGE, language)
            assert word in person.banner(Origin.START)
            assert str(kept) in person.banner(Origin.START)
        person.press(Origin.START)
        person.wait(lambda: bool(folders.opened))
        assert folders.opened == [paths.data_dir]
        if has_copy:
            person.chat.open_conversation(1)
            person.wait(lambda: person.texts == [QUESTION, "stored"])
        person.ask("and on we go")


def test_a_database_of_a_newer_version(qtbot: QtBot, paths: AppPaths) -> None:
    with opened(paths) as (store, _):
        talk(store, QUESTION, "stored")
        store.enqueue(1, "waiting")
    connection = apsw.Connection(str(paths.database))
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("PRAGMA user_version=99")
    connection.close()
    before = paths.database.read_bytes()
    with running_application(paths, quick(paths)) as application:
        person = Person(qtbot, application)
        assert "newer Teahouse" in person.wait_banner(Origin.START)
        person.wait_open()
        person.chat.open_conversation(1)
        person.wait(lambda: person.texts == [QUESTION, "stored"])
        assert [item.text for item in person.chat.state.queue] == ["waiting"]
        person.check_both_languages(Origin.START)
        person.try_to_send("typed")
        assert "newer Teahouse" in person.note()
        person.chat.open_new()
        person.chat.open_conversation(1)
        person.wait(lambda: person.window.composer.text() == "typed")
        person.chat.actions.regenerate(2)
        person.wait_banner(Origin.STORAGE)
        person.check_both_languages(Origin.STORAGE)
        assert person.texts == [QUESTION, "stored"]
    assert paths.database.read_bytes() == before


def give_up_override() -> None:
    """Root writes everywhere: let the next program of this process do without that."""
    cap_dac_override, pr_capbset_drop = 1, 24
    if ctypes.CDLL(None).prctl(pr_capbset_drop, cap_dac_override, 0, 0, 0) and os.getuid() == 0:
        raise OSError("may not drop the capability")


@pytest.mark.skipif(sys.platform != "linux", reason="drops a capability of Linux")
@pytest.mark.parametrize("has_database", [True, False])
def test_a_folder_that_may_not_be_written(paths: AppPaths, has_database: bool) -> None:
    paths.data_dir.mkdir()
    if has_database:
        with opened(paths) as (store, _):
            talk(store, QUESTION, "stored")
        for path in paths.data_dir.rglob("*"):
            path.chmod(0o500 if path.is_dir() else 0o400)
    paths.data_dir.chmod(0o500)
    script = [sys.executable, "-m", "tests.faults.read_only_window", str(paths.data_dir)]
    try:
        ended = subprocess.run(
            [*script, str(int(has_database))],
            capture_output=True,
            text=True,
            timeout=60,
            preexec_fn=give_up_override,
        )
    finally:
        paths.data_dir.chmod(0o700)
    assert ended.stdout.splitlines()[-1:] == ["all is well"], ended.stdout + ended.stderr
    assert ended.stderr == ""


def test_closed_at_the_moment_of_sending(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, quick(paths)) as application:
        person = Person(qtbot, application)
        person.wait_open()
        person.try_to_send(QUESTION)
    with opened(paths) as (store, report):
        assert texts(store, 1) == [QUESTION, ""]
        assert report.interrupted_replies == 1


def test_an_unfinished_answer_is_opened_and_continued(qtbot: QtBot, paths: AppPaths, tmp_path: Path) -> None:
    with opened(paths) as (store, _):
        started = ask(store, QUESTION)
        store.save_partial(started.reply.id, "as far as it")
    settings = ENGLISH.changed(declared.LAST_CONVERSATION, "1")
    options = StartOptions(settings, model=script_ref(tmp_path, Script(answers=("got.",))))
    with running_application(paths, options) as application:
        person = Person(qtbot, application)
        assert "cut off" in person.wait_banner(Origin.START)
        person.check_both_languages(Origin.START)
        person.wait(lambda: len(person.texts) == 2)
        assert person.last.status is MessageStatus.INTERRUPTED
        with qtbot.waitSignal(person.chat.begun):
            person.chat.actions.continue_answer(person.last.id)
        person.wait_answered()
        assert person.last.text.startswith("as far as it")

"""The main job, end to end: the real window, the real child, the starter model, the database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from app.application import Application, StartOptions
from app.core.chat import MessageStatus
from app.core.engine import TextDelta
from app.core.paths import AppPaths
from app.core.settings import TEMPERATURE, Settings
from app.workers.engine_status import EngineState
from tests.helpers.running_app import running_application
from tests.helpers.starter import starter_path

pytestmark = pytest.mark.starter
LOAD_MS, ANSWER_MS = 30_000, 60_000
EXACT = StartOptions(Settings().changed(TEMPERATURE, 0.0))


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return AppPaths(tmp_path / "数据 data", starter_path().parent)


def rows(paths: AppPaths) -> list[tuple[str, str, str]]:
    connection = sqlite3.connect(paths.database)
    try:
        return connection.execute("SELECT role, text, status FROM message ORDER BY id").fetchall()
    finally:
        connection.close()


def ask(qtbot: QtBot, application: Application, text: str) -> None:
    application.window.composer.set_text(text)
    with qtbot.waitSignal(application.parts.chat.begun, timeout=ANSWER_MS):
        application.window.composer.submit()


def wait_answered(qtbot: QtBot, application: Application) -> None:
    qtbot.waitUntil(
        lambda: (
            bool(application.parts.chat.state.messages)
            and application.parts.chat.state.streaming_reply is None
        ),
        timeout=ANSWER_MS,
    )


def test_a_question_is_answered_streamed_and_stored(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, EXACT) as application:
        pieces: list[str] = []
        application.parts.runner.event_received.connect(
            lambda _id, event: pieces.append(event.text) if isinstance(event, TextDelta) else None
        )
        ask(qtbot, application, "What is the capital of France?")  # sent while the model still loads
        wait_answered(qtbot, application)
        question, answer = application.parts.chat.state.messages
        assert "Paris" in answer.text
        assert answer.status is MessageStatus.COMPLETE
        assert len([piece for piece in pieces if piece]) > 1
        assert "".join(pieces) == answer.text
        assert application.window.composer.text() == ""
        assert application.window.transcript.message_text(answer.id) == answer.text
        assert application.window.sidebar.isVisible()
    assert rows(paths) == [
        ("user", question.text, "COMPLETE"),
        ("assistant", answer.text, "COMPLETE"),
    ]


def test_stop_keeps_the_text_and_continue_goes_on(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, EXACT) as application:
        ask(qtbot, application, "Write a very long story about a river and a mountain.")
        qtbot.waitUntil(lambda: len(application.window.transcript.message_text(2)) > 40, timeout=ANSWER_MS)
        application.window.composer.stop_requested.emit()
        wait_answered(qtbot, application)
        stopped = application.parts.chat.state.messages[-1]
        assert stopped.status is MessageStatus.STOPPED
        assert len(stopped.text) > 40
        application.parts.chat.actions.continue_answer(stopped.id)
        qtbot.waitUntil(
            lambda: len(application.window.transcript.message_text(2)) > len(stopped.text) + 40,
            timeout=ANSWER_MS,
        )
        application.parts.chat.stop()
        wait_answered(qtbot, application)
        assert application.parts.chat.state.messages[-1].text.startswith(stopped.text)


def test_regenerate_and_edit_keep_the_older_versions(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, EXACT) as application:
        chat = application.parts.chat
        ask(qtbot, application, "What is the capital of France?")
        wait_answered(qtbot, application)
        first = chat.state.messages[-1]
        with qtbot.waitSignal(chat.begun):
            chat.actions.regenerate(first.id)
        wait_answered(qtbot, application)
        assert chat.state.messages[-1].version_ids == (first.id, first.id + 1)
        chat.actions.show_version(chat.state.messages[-1].id, -1)
        qtbot.waitUntil(lambda: chat.state.messages[-1].id == first.id)
        chat.actions.edit_last()
        assert application.window.composer.text() == "What is the capital of France?"
        ask(qtbot, application, "What is the capital of Italy?")
        wait_answered(qtbot, application)
        assert chat.state.messages[0].version_number == 2
        assert "Rome" in chat.state.messages[-1].text
    assert len(rows(paths)) == 5


def test_a_second_message_waits_and_then_goes(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, EXACT) as application:
        chat = application.parts.chat
        ask(qtbot, application, "What is the capital of France?")
        application.window.composer.set_text("And of Italy?")
        application.window.composer.submit()
        qtbot.waitUntil(
            lambda: len(chat.state.queue) == 1 or len(chat.state.messages) == 4, timeout=ANSWER_MS
        )
        qtbot.waitUntil(lambda: len(chat.state.messages) == 4, timeout=ANSWER_MS)
        wait_answered(qtbot, application)
        assert [m.text for m in chat.state.messages[::2]] == [
            "What is the capital of France?",
            "And of Italy?",
        ]
        assert chat.state.queue == []


def test_a_killed_child_is_a_sentence_and_try_again_works(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, EXACT) as application:
        chat = application.parts.chat
        ask(qtbot, application, "Write a very long story about a river and a mountain.")
        qtbot.waitUntil(lambda: len(application.window.transcript.message_text(2)) > 40, timeout=ANSWER_MS)
        psutil.Process(application.parts.engine.status.child_pid).kill()
        wait_answered(qtbot, application)
        failed = chat.state.messages[-1]
        assert failed.status is MessageStatus.FAILED
        assert failed.error is not None
        assert len(failed.text) > 40
        with qtbot.waitSignal(chat.begun):
            chat.actions.regenerate(failed.id)
        qtbot.waitUntil(
            lambda: len(application.window.transcript.message_text(chat.state.messages[-1].id)) > 40,
            timeout=ANSWER_MS,
        )
        chat.stop()
        wait_answered(qtbot, application)
        assert chat.state.messages[-1].status is MessageStatus.STOPPED


def test_closing_while_streaming_leaves_an_interrupted_answer(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, EXACT) as application:
        ask(qtbot, application, "Write a very long story about a river and a mountain.")
        qtbot.waitUntil(lambda: len(application.window.transcript.message_text(2)) > 40, timeout=ANSWER_MS)
    assert [status for _role, _text, status in rows(paths)] == ["COMPLETE", "INTERRUPTED"]
    assert len(rows(paths)[1][1]) > 40


def test_unload_gives_the_memory_back_and_a_message_loads_again(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, EXACT) as application:
        qtbot.waitUntil(lambda: application.parts.engine.status.state is EngineState.READY, timeout=LOAD_MS)
        application.parts.engines.unload()
        qtbot.waitUntil(lambda: application.parts.engine.status.state is EngineState.EMPTY, timeout=LOAD_MS)
        assert application.parts.engine.status.child_pid == 0
        ask(qtbot, application, "What is the capital of France?")
        wait_answered(qtbot, application)
        assert "Paris" in application.parts.chat.state.messages[-1].text

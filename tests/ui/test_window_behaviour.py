"""The whole window with the scripted engine: what a person does with conversations, keys and settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.application import Application, StartOptions
from app.core import settings as declared
from app.core.chat import MessageStatus
from app.core.engine import EngineKind, LoadNote, ModelRef
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.model.engines.script import Script, dump_script
from app.model.engines.scripted_demo import DEMO_ID
from app.storage.settings_file import read_settings
from app.ui.texts.load_notes import note_sentence
from app.workers.engine_status import EngineState
from tests.helpers.running_app import running_application
from tests.helpers.storage_fixtures import opened

WAIT_MS = 15_000
ENGLISH = Settings().changed(declared.LANGUAGE, "en").changed(declared.THEME, "light")
OPTIONS = StartOptions(ENGLISH, model=ModelRef(DEMO_ID, EngineKind.SCRIPTED, ""))


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return AppPaths(tmp_path / "data", tmp_path / "models")


@pytest.fixture
def application(paths: AppPaths, qtbot: QtBot) -> Iterator[Application]:
    with running_application(paths, OPTIONS) as application:
        yield application


def send(qtbot: QtBot, application: Application, text: str) -> None:
    chat, composer = application.parts.chat, application.window.composer
    composer.set_text(text)
    with qtbot.waitSignal(chat.answered, timeout=WAIT_MS):
        composer.submit()


def listed(application: Application) -> list[str]:
    done: list[list[str]] = []
    application.parts.storage.run(lambda s: [c.title for c in s.conversations()], done.append)
    deadline = 200
    while not done and deadline:
        QApplication.processEvents()
        deadline -= 1
        QApplication.instance().thread().msleep(10)
    return done[0]


def test_the_window_goes_before_what_closing_takes_time_for(
    qtbot: QtBot, application: Application, paths: AppPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taking the words of what was purged out of the index takes seconds; nobody waits for it at a window."""
    send(qtbot, application, "a question")
    application.window.composer._editor.insertPlainText("a draft")
    storage, shown = application.parts.storage, []
    close = storage.close
    monkeypatch.setattr(storage, "close", lambda: (shown.append(application.window.isVisible()), close()))
    place = application.window.geometry_text()
    application.window.close()
    assert shown == [False]
    assert read_settings(paths.settings_file).settings.text(declared.WINDOW_GEOMETRY) == place
    with opened(paths) as (store, _):
        (talk,) = store.conversations()
        assert store.draft(talk.id) == "a draft"


@pytest.mark.parametrize(("part", "step"), [("facts", "close"), ("chat", "close"), ("engine", "shutdown")])
def test_a_mistake_while_closing_leaves_nothing_open(
    qtbot: QtBot,
    application: Application,
    paths: AppPaths,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    step: str,
) -> None:
    """Else the program would go on without a window, and keep the database for itself."""
    send(qtbot, application, "a question")
    broken = getattr(application.parts, part)
    end = getattr(broken, step)

    def fail() -> None:
        end()
        raise RuntimeError("a mistake")

    monkeypatch.setattr(broken, step, fail)
    with qtbot.captureExceptions() as told:
        application.window.close()
    assert [str(one[1]) for one in told] == ["a mistake"]
    assert not application.parts.storage._thread.isRunning()
    assert not application.parts.engine._thread.isRunning()


def test_a_new_chat_gets_a_title_and_a_place_in_the_list(qtbot: QtBot, application: Application) -> None:
    send(qtbot, application, "How do I brew tea?")
    assert listed(application) == ["How do I brew tea?"]
    assert application.parts.chat.state.title == "How do I brew tea?"
    assert application.parts.chat.state.messages[-1].status is MessageStatus.COMPLETE


def test_ctrl_n_opens_a_new_chat_and_the_old_one_comes_back(qtbot: QtBot, application: Application) -> None:
    send(qtbot, application, "First")
    first = application.parts.chat.state.conversation_id
    qtbot.keyClick(application.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert application.parts.chat.state.conversation_id is None
    send(qtbot, application, "Second")
    application.window.sidebar.conversation_selected.emit(first)
    qtbot.waitUntil(lambda: application.parts.chat.state.conversation_id == first)
    assert application.parts.chat.state.messages[0].text == "First"


def test_delete_and_undo(qtbot: QtBot, application: Application) -> None:
    send(qtbot, application, "Delete me")
    conversation = application.parts.chat.state.conversation_id
    assert conversation is not None
    application.window.sidebar.delete_requested.emit(conversation)
    qtbot.waitUntil(lambda: application.parts.chat.state.conversation_id is None)
    assert listed(application) == []
    assert "recycle bin" in application.window.toast.text
    application.window.toast.focus_action()
    button = QApplication.focusWidget() or application.window.toast
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: application.parts.chat.state.conversation_id == conversation)
    assert listed(application) == ["Delete me"]


def test_the_draft_survives_a_switch_and_a_restart(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, OPTIONS) as application:
        send(qtbot, application, "Question")
        qtbot.keyClicks(application.window.composer.editor, "half a thought")
        qtbot.keyClick(application.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: application.window.composer.text() == "")
        qtbot.keyClicks(application.window.composer.editor, "another one")
    with running_application(paths, OPTIONS) as application:
        qtbot.waitUntil(lambda: application.window.composer.text() == "another one", timeout=WAIT_MS)
        application.parts.chat.open_conversation(1)
        qtbot.waitUntil(lambda: application.window.composer.text() == "half a thought", timeout=WAIT_MS)


def test_what_is_typed_before_the_database_is_open_is_kept_and_stored(
    qtbot: QtBot, application: Application
) -> None:
    qtbot.keyClicks(application.window.composer.editor, "not lost")
    drafts: list[str] = []

    def stored() -> bool:
        application.parts.storage.run(lambda store: store.draft(None), drafts.append)
        return "not lost" in drafts

    qtbot.waitUntil(stored, timeout=WAIT_MS)
    assert application.window.composer.text() == "not lost"


def test_theme_and_language_switch_live_and_are_written(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, OPTIONS) as application:
        window = application.window
        qtbot.waitUntil(lambda: application.parts.engine.status.model is not None, timeout=WAIT_MS)
        application.parts.settings.set(declared.THEME, "dark")
        application.parts.settings.set(declared.LANGUAGE, "zh_CN")
        qtbot.waitUntil(lambda: window.windowTitle() == "茶馆")
        assert window.palette().window().color().lightness() < 60
    settings = read_settings(paths.settings_file).settings
    assert settings.text(declared.THEME) == "dark"
    assert settings.text(declared.LANGUAGE) == "zh_CN"


def test_settings_open_by_key_and_close_by_escape(qtbot: QtBot, application: Application) -> None:
    window = application.window
    qtbot.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    assert window.settings_pane.isVisible()
    qtbot.keyClick(window.settings_pane, Qt.Key.Key_Escape)
    assert not window.settings_pane.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert window.shortcuts_page.isVisible()


def test_search_finds_a_message_and_opens_it(qtbot: QtBot, application: Application) -> None:
    send(qtbot, application, "带两位老人去杭州玩三天")
    qtbot.keyClick(application.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(application.window.sidebar.search_changed, timeout=WAIT_MS):
        application.window.sidebar.search_for("老人")
    qtbot.waitUntil(lambda: application.window.sidebar.hit_count >= 1, timeout=WAIT_MS)
    application.window.sidebar.hit_selected.emit(1, 1)
    qtbot.waitUntil(lambda: application.parts.chat.state.conversation_id == 1, timeout=WAIT_MS)


def test_text_that_is_sent_twice_quickly_is_stored_once(qtbot: QtBot, application: Application) -> None:
    composer, chat = application.window.composer, application.parts.chat
    composer.set_text("Once")
    with qtbot.waitSignal(chat.answered, timeout=WAIT_MS):
        composer.submit()
        composer.submit()
    qtbot.wait(100)
    assert [m.text for m in chat.state.messages if m.role == "user"] == ["Once"]


def test_answers_with_html_and_links_stay_inert(qtbot: QtBot, application: Application) -> None:
    text = "<script>alert(1)</script> <img src='http://127.0.0.1:9/x.png'> <|im_end|>"
    send(qtbot, application, text)
    assert application.parts.chat.state.messages[0].text == text
    application.window.transcript.link_activated.emit("https://example.org/")
    assert QApplication.clipboard().text() == "https://example.org/"


def test_what_is_slower_is_said_while_it_loads(qtbot: QtBot, paths: AppPaths, tmp_path: Path) -> None:
    notes = (LoadNote.PREFIX_IGNORED, LoadNote.PARTLY_ON_PROCESSOR)
    script = Script(answers=("Tea.",), load_ms=2000, notes=notes)
    (tmp_path / "slow.json").write_text(dump_script(script), encoding="utf-8")
    ref = ModelRef("slow", EngineKind.SCRIPTED, str(tmp_path / "slow.json"))
    with running_application(paths, StartOptions(ENGLISH, model=ref)) as application:
        toast = application.window.toast
        qtbot.waitUntil(toast.isVisible, timeout=WAIT_MS)
        assert application.parts.engine.status.state is EngineState.LOADING
        assert toast.text == note_sentence(LoadNote.PARTLY_ON_PROCESSOR)
        assert toast.findChild(QLabel).text() == toast.text  # not cut

"""The page of the models in the real window: packed, removed, brought back, and gone while it is loaded."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.application import Application, StartOptions
from app.core.chat import MessageStatus
from app.core.paths import AppPaths
from app.core.settings import DEFAULT_MODEL, Settings
from app.model import library
from app.model.glm.family import Family
from app.ui.models.page import ModelsPage
from app.workers.engine_status import EngineState
from tests.helpers.dropping import drop
from tests.helpers.glm_folder import make_folder
from tests.helpers.packs import content
from tests.helpers.running_app import running_application
from tests.helpers.short_answers import short_answers as short_answers

WAIT_MS = 60_000
SETTINGS = Settings()
pytestmark = pytest.mark.usefixtures("short_answers")


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppPaths:
    """Two copied models, and a recycle bin of the test's own on the same disk."""
    (tmp_path / "system").mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "system"))
    paths = AppPaths(tmp_path / "data", tmp_path / "models")
    for family in (Family.CHATGLM3, Family.CHATGLM2):
        make_folder(paths.models_dir, family)
    return paths


def open_page(qtbot: QtBot, application: Application) -> ModelsPage:
    application.window.header.manage_requested.emit()
    page = application.window.settings_pane.models_page
    qtbot.waitUntil(lambda: page.isVisible() and bool(page.rows), timeout=WAIT_MS)
    return page


def is_ready(application: Application, name: str) -> bool:
    status = application.parts.engine.status
    return status.state is EngineState.READY and status.ref is not None and status.ref.id == name


def answer(qtbot: QtBot, application: Application) -> None:
    with qtbot.waitSignal(application.parts.chat.answered, timeout=WAIT_MS) as told:
        application.window.composer.set_text("晚上睡不着应该怎么办？")
        application.window.composer.submit()
    assert told.args[0].status is MessageStatus.COMPLETE


def test_a_model_is_packed_removed_brought_back_and_answers(
    qtbot: QtBot, paths: AppPaths, tmp_path: Path
) -> None:
    settings = SETTINGS.changed(DEFAULT_MODEL, "chatglm3")
    folder, stick = paths.models_dir / "chatglm3", tmp_path / "stick" / "ours.teahousemodel"
    before = content(folder)
    with running_application(paths, StartOptions(settings)) as application:
        qtbot.waitUntil(lambda: is_ready(application, "chatglm3"), timeout=WAIT_MS)
        page = open_page(qtbot, application)
        row = page.row("chatglm3")
        assert row is not None
        page.pack_requested.emit("chatglm3")
        application.parts.pane.models._work._picker.picked.emit(str(stick))
        qtbot.waitUntil(lambda: "is ready" in row.panel.text, timeout=WAIT_MS)
        assert stick.is_file()
        page.remove_requested.emit("chatglm3")
        QTest.mouseClick(row.panel._confirm, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: page.row("chatglm3") is None, timeout=WAIT_MS)
        assert not folder.exists()
        qtbot.waitUntil(lambda: is_ready(application, "chatglm2"), timeout=WAIT_MS)  # the chat goes on
        application.window.show_chat()
        answer(qtbot, application)
        drop(application, stick)
        cards = application.window.import_page
        qtbot.waitUntil(lambda: cards.isVisible() and len(cards.cards) == 1, timeout=WAIT_MS)
        assert cards.cards[0]._main.text() == "Start copying"
        QTest.keyClick(cards.cards[0]._main, Qt.Key.Key_Return)
        toast = application.window.toast
        qtbot.waitUntil(lambda: toast.isVisible() and "is ready" in toast.text, timeout=WAIT_MS)
        QTest.keyClick(toast._action, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: is_ready(application, "chatglm3"), timeout=WAIT_MS)
        assert content(folder) == before
        answer(qtbot, application)


def test_a_removed_model_comes_back_out_of_the_recycle_bin(
    qtbot: QtBot, paths: AppPaths, tmp_path: Path
) -> None:
    folder = paths.models_dir / "chatglm2"
    before = content(folder)
    settings = SETTINGS.changed(DEFAULT_MODEL, "chatglm3")
    with running_application(paths, StartOptions(settings)) as application:
        page = open_page(qtbot, application)
        row = page.row("chatglm2")
        assert row is not None
        page.remove_requested.emit("chatglm2")
        QTest.mouseClick(row.panel._confirm, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: page.row("chatglm2") is None, timeout=WAIT_MS)
        assert content(tmp_path / "system" / "Trash" / "files" / "chatglm2") == before
        toast = application.parts.pane.models._removal._toast
        QTest.mouseClick(toast._action, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: page.row("chatglm2") is not None, timeout=WAIT_MS)
    assert content(folder) == before
    assert list((tmp_path / "system" / "Trash" / "info").iterdir()) == []
    assert [model.problem for model in library.scan(paths.models_dir)] == [None, None]


def test_a_model_that_is_deleted_while_it_is_loaded_is_told_and_answers_on(
    qtbot: QtBot, paths: AppPaths
) -> None:
    settings = SETTINGS.changed(DEFAULT_MODEL, "chatglm3")
    with running_application(paths, StartOptions(settings)) as application:
        qtbot.waitUntil(lambda: is_ready(application, "chatglm3"), timeout=WAIT_MS)
        shutil.rmtree(paths.models_dir / "chatglm3")
        page = open_page(qtbot, application)
        qtbot.waitUntil(lambda: page.row("chatglm3") is None, timeout=WAIT_MS)
        banners = application.window.banners
        said = [banners.text_of(key) for key in banners.keys]
        assert any('"chatglm3" is not where it was' in text for text in said), said
        application.window.show_chat()
        answer(qtbot, application)

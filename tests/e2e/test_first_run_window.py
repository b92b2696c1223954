"""The first start in the real window: clicks from an empty profile to an answer, and what is remembered."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.application import Application, StartOptions
from app.core.engine import TextDelta
from app.core.paths import AppPaths
from app.core.settings import FIRST_RUN, LANGUAGE, MAX_TOKENS, Settings
from app.storage.settings_file import read_settings
from app.ui.banner import Banner
from app.ui.first_run.occasion import DONE, WAITING, is_first_start
from tests.helpers.running_app import running_application
from tests.helpers.starter import starter_path

WAIT_MS = 30_000
SETTINGS = Settings().changed(MAX_TOKENS, 256)
SOCKETS = """
import sys
from pathlib import Path
opened = []
own_name = "socket.gethostname"  # Python on Windows asks for it beside the processor's; it opens nothing
def hear(event, _):
    if event.startswith("socket.") and event != own_name:
        opened.append(event)
sys.addaudithook(hear)
from app.core.catalog import advise, read_catalog
from app.core.paths import AppPaths
from app.model import hardware, machine_check
paths = AppPaths(Path(sys.argv[1]), Path(sys.argv[1]))
machine_check.look(paths)
hardware.find_graphics_card()
facts = machine_check.look(paths)
catalog = read_catalog(Path("resources/catalog.json").read_text(encoding="utf-8"))
print(advise(catalog.models, facts.memory, facts.free_disk).smallest.model.name, opened)
"""


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return AppPaths(tmp_path / "数据 data", tmp_path / "models")


@contextmanager
def first_start(paths: AppPaths, settings: Settings = SETTINGS) -> Iterator[Application]:
    """The application as `main` begins it."""
    is_first = is_first_start(paths, settings)
    assert is_first
    with running_application(paths, StartOptions(settings, is_first=is_first)) as application:
        yield application


def is_welcome_shown(application: Application) -> bool:
    return application.window.first_run_page.isVisible()


def wait_for_facts(qtbot: QtBot, application: Application) -> None:
    page = application.window.first_run_page
    qtbot.waitUntil(lambda: page.has_found, timeout=WAIT_MS)


class Clicks(QObject):
    """Counts the presses of a mouse button in the whole application."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self._last = -1

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            if event.timestamp() != self._last:  # one press visits a widget and its parents
                self.count += 1
            self._last = event.timestamp()
        return False


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(8, 8))


@pytest.mark.starter
def test_from_an_empty_profile_two_clicks_lead_to_the_first_words(qtbot: QtBot, paths: AppPaths) -> None:
    paths.models_dir.mkdir()
    shutil.copy(starter_path(), paths.models_dir)
    clicks = Clicks()
    with first_start(paths) as application:
        window, parts = application.window, application.parts
        QApplication.instance().installEventFilter(clicks)
        pieces: list[str] = []
        parts.runner.event_received.connect(
            lambda _reply, event: pieces.append(event.text) if isinstance(event, TextDelta) else None
        )
        wait_for_facts(qtbot, application)
        assert is_welcome_shown(application)
        click(window.first_run_page.try_button)
        qtbot.waitUntil(lambda: len(window.empty_state.cards) == 3, timeout=WAIT_MS)
        assert window.empty_state.isVisible()
        card = window.empty_state.cards[0]
        assert card.question.isascii()  # the starter speaks English only
        click(card)
        qtbot.waitUntil(lambda: "".join(pieces).strip() != "", timeout=WAIT_MS)
        QApplication.instance().removeEventFilter(clicks)
        assert clicks.count == 2
    assert read_settings(paths.settings_file).settings.text(FIRST_RUN) == DONE
    assert not is_first_start(paths, read_settings(paths.settings_file).settings)


def test_the_welcome_comes_again_until_a_choice_and_never_after_it(qtbot: QtBot, paths: AppPaths) -> None:
    with first_start(paths) as application:
        wait_for_facts(qtbot, application)
        assert is_welcome_shown(application)
    settings = read_settings(paths.settings_file).settings
    assert settings.text(FIRST_RUN) == WAITING
    with first_start(paths, settings) as application:
        QTest.keyClick(application.window.focusWidget(), Qt.Key.Key_Escape)
        assert not is_welcome_shown(application)
        assert application.window.composer.isVisible()
    settings = read_settings(paths.settings_file).settings
    assert settings.text(FIRST_RUN) == DONE
    assert not is_first_start(paths, settings)


def test_the_language_is_switched_in_the_window_and_kept(qtbot: QtBot, paths: AppPaths) -> None:
    with first_start(paths, SETTINGS.changed(LANGUAGE, "en")) as application:
        wait_for_facts(qtbot, application)
        page = application.window.first_run_page
        page.language_chosen.emit("zh_CN")
        qtbot.waitUntil(lambda: page.card.files_button.text() == "我已有模型文件", timeout=WAIT_MS)
        assert application.window.windowTitle() == "茶馆"
        assert is_welcome_shown(application)
    assert read_settings(paths.settings_file).settings.text(LANGUAGE) == "zh_CN"


def test_model_files_lead_to_the_page_that_adds_them(qtbot: QtBot, paths: AppPaths) -> None:
    with first_start(paths) as application:
        click(application.window.first_run_page.card.files_button)
        assert application.window.import_page.isVisible()
    assert read_settings(paths.settings_file).settings.text(FIRST_RUN) == DONE


def test_without_a_model_the_message_leads_to_the_page_that_adds_one(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, StartOptions(SETTINGS)) as application:
        window = application.window
        qtbot.waitUntil(lambda: bool(window.banners.findChildren(Banner)), timeout=WAIT_MS)
        (banner,) = window.banners.findChildren(Banner)
        click(banner._action)
        assert window.import_page.isVisible()


def test_the_list_is_reached_from_the_chat_and_leads_back(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, StartOptions(SETTINGS, load_model=False)) as application:
        window = application.window
        assert window.composer.isVisible()
        window.header.model_list_requested.emit()
        wait_for_facts(qtbot, application)
        assert window.first_run_page.is_list_shown
        assert len(window.first_run_page.list_view.rows) > 10
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
        assert window.composer.isVisible()
    assert read_settings(paths.settings_file).settings.text(FIRST_RUN) == ""


def test_looking_at_the_computer_opens_no_socket(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SOCKETS, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.stdout.strip() == "GLM-Edge-1.5B-Chat []", result.stderr

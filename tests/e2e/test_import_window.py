"""From a drop on the real window to a streamed answer, for folders of two layouts and a GGUF file."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.application import Application, StartOptions
from app.core.chat import MessageStatus
from app.core.paths import AppPaths
from app.core.settings import CONTEXT_LENGTH, Settings
from app.model.glm.family import Family
from app.ui.importing.model_card import ModelCard
from tests.helpers.dropping import card_of, is_loaded
from tests.helpers.glm_folder import make_folder
from tests.helpers.running_app import running_application
from tests.helpers.short_answers import short_answers as short_answers
from tests.helpers.starter import starter_path

WAIT_MS = 60_000
SETTINGS = Settings()
pytestmark = pytest.mark.usefixtures("short_answers")


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return AppPaths(tmp_path / "数据 data", tmp_path / "models")


def press_main(card: ModelCard) -> None:
    QTest.keyClick(card._main, Qt.Key.Key_Return)


def is_wanted(application: Application, path: Path) -> bool:
    status = application.parts.engine.status
    return status.ref is not None and status.ref.path == str(path)


def answer(qtbot: QtBot, application: Application) -> str:
    with qtbot.waitSignal(application.parts.chat.answered, timeout=WAIT_MS) as told:
        application.window.composer.set_text("晚上睡不着应该怎么办？")
        application.window.composer.submit()
    record = told.args[0]
    assert record.status is MessageStatus.COMPLETE
    assert record.figures.output_tokens > 0
    return record.text


def test_folders_are_dropped_added_loaded_and_answer(qtbot: QtBot, paths: AppPaths, tmp_path: Path) -> None:
    """Two layouts in their own place and one as a copy, in one window; the next start knows them.

    The second is not waited for: the copy comes while it loads, and it answers in `test_import_families`.
    """
    place = tmp_path / "Downloads 下载"
    folders = [make_folder(place, family) for family in (Family.CHATGLM3, Family.GLM4, Family.CHATGLM)]
    before = [sorted(folder.iterdir()) for folder in folders]
    with running_application(paths, StartOptions(SETTINGS)) as application:
        for folder in folders[:2]:
            card = card_of(qtbot, application, folder, WAIT_MS)
            assert card.is_usable, card._problem.text
            assert "files are there" in card._summary.text
            press_main(card)
            qtbot.waitUntil(lambda folder=folder: is_wanted(application, folder), timeout=WAIT_MS)
            assert not application.window.import_page.isVisible()
            if folder is folders[0]:
                qtbot.waitUntil(lambda folder=folder: is_loaded(application, folder), timeout=WAIT_MS)
                answer(qtbot, application)
        copied = copy(qtbot, application, folders[2])
        qtbot.waitUntil(lambda: is_loaded(application, copied), timeout=WAIT_MS)
        answer(qtbot, application)
    assert [sorted(folder.iterdir()) for folder in folders] == before
    assert {p.name for p in copied.iterdir()} <= {p.name for p in folders[2].iterdir()}
    with running_application(paths, StartOptions(SETTINGS, load_model=False)) as application:
        for folder in folders:
            card = card_of(qtbot, application, folder, WAIT_MS)
            assert card._problem.text == "You have this model already."
            QTest.keyClick(card._main, Qt.Key.Key_Escape)


def copy(qtbot: QtBot, application: Application, folder: Path) -> Path:
    """Have `folder` copied and used as soon as it is ready; gives where the copy is."""
    card = card_of(qtbot, application, folder, WAIT_MS)
    card._choice._copy.click()
    press_main(card)
    assert not application.window.import_page.isVisible()
    toast = application.window.toast
    qtbot.waitUntil(lambda: toast.isVisible() and "is ready" in toast.text, timeout=WAIT_MS)
    assert application.window.import_strip.isHidden()
    QTest.keyClick(toast._action, Qt.Key.Key_Space)
    return application._paths.models_dir / folder.name


@pytest.mark.starter
def test_a_gguf_file_is_dropped_added_loaded_and_answers(qtbot: QtBot, paths: AppPaths) -> None:
    settings = SETTINGS.changed(CONTEXT_LENGTH, 2048)
    with running_application(paths, StartOptions(settings)) as application:
        card = card_of(qtbot, application, starter_path(), WAIT_MS)
        press_main(card)
        qtbot.waitUntil(lambda: is_loaded(application, starter_path()), timeout=WAIT_MS)
        assert answer(qtbot, application)


@pytest.mark.starter
def test_closing_the_window_ends_a_copy_and_leaves_nothing(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, StartOptions(SETTINGS)) as application:
        card = card_of(qtbot, application, starter_path(), WAIT_MS)
        card._choice._copy.click()
        press_main(card)
        strip = application.window.import_strip
        qtbot.waitUntil(lambda: strip.isVisible() and "%" in strip._rows[1]._time.text(), timeout=WAIT_MS)
    left = [path for path in paths.models_dir.rglob("*") if path.is_file() and path.stat().st_size > 1000]
    assert left == []


def test_a_broken_folder_is_told_file_by_file(qtbot: QtBot, paths: AppPaths, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "Downloads", Family.CHATGLM3)
    weights = max(folder.iterdir(), key=lambda path: path.stat().st_size)
    weights.write_bytes(weights.read_bytes()[:-1000])
    with running_application(paths, StartOptions(SETTINGS)) as application:
        card = card_of(qtbot, application, folder, WAIT_MS)
        assert not card.is_usable
        assert card._main.text() == "Look again"
        assert [line.text for line in card._bad._lines if weights.name in line.text]

"""Memory in the real window: what is chosen reaches the engine; what does not fit is said, and undone."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.application import Application, StartOptions
from app.core import memory_plan
from app.core import settings as declared
from app.core.engine import Precision
from app.core.memory import MachineMemory, MemoryChoice, ModelShape
from app.core.model_records import ModelRecord, read_record, with_record
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.model.glm.family import Family
from app.storage.settings_file import read_settings
from app.ui.settings.precision_choice import PrecisionChoice
from app.ui.troubles import Origin
from app.workers.engine_status import EngineState, EngineStatus
from tests.helpers.glm_folder import make_folder
from tests.helpers.memory_cases import GIB, computer
from tests.helpers.running_app import running_application
from tests.helpers.starter import starter_path

WAIT_MS = 60_000
ENGLISH = Settings().changed(declared.LANGUAGE, "en")
MODEL = Family.CHATGLM3.value
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell why a process was ended")


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    models = tmp_path / "models"
    make_folder(models, Family.CHATGLM3)
    return AppPaths(tmp_path / "data", models)


def chosen(precision: Precision, context: int) -> Settings:
    record = ModelRecord(precision=precision, context_length=context)
    return ENGLISH.changed(declared.MODEL_RECORDS, with_record(ENGLISH, MODEL, record))


def wait_ready(qtbot: QtBot, application: Application, precision: str, context: int) -> None:
    """Until the engine itself says that it has this."""

    def is_ready() -> bool:
        status = application.parts.engine.status
        if status.state is not EngineState.READY or status.model is None:
            return False
        return (status.model.precision_label, status.model.context_length) == (precision, context)

    qtbot.waitUntil(is_ready, timeout=WAIT_MS)


def page_text(application: Application) -> str:
    page = application.window.settings_pane.model_page
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def shape_of(application: Application) -> ModelShape:
    model = application.parts.engines.asked
    assert model is not None
    assert model.shape is not None
    return model.shape


def test_what_is_chosen_reaches_the_engine_is_measured_and_kept(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, StartOptions(chosen(Precision.INT8, 1024))) as application:
        wait_ready(qtbot, application, "INT8", 1024)
        window, parts = application.window, application.parts
        window.show_settings()
        page = window.settings_pane.model_page
        choice = page.findChild(PrecisionChoice)
        assert [button.isChecked() for button in choice.buttons()] == [False, True, False]
        qtbot.waitUntil(lambda: "Last time: estimated" in page_text(application), timeout=WAIT_MS)
        choice.buttons()[2].click()
        wait_ready(qtbot, application, "INT4", 1024)
        record = read_record(parts.settings.settings, MODEL)
        assert (record.precision, record.context_length) == (Precision.INT4, 1024)
        measured = MemoryChoice(Precision.INT4, 1024)
        qtbot.waitUntil(lambda: _measured(application) == measured, timeout=WAIT_MS)
        measure = read_record(parts.settings.settings, MODEL).measure
        assert measure is not None
        assert measure.used > 100 << 20, "torch alone takes more"
        assert measure.estimated == memory_plan.estimate(shape_of(application), measured).total
        assert record.last_used_ms > 0
    kept = read_record(read_settings(paths.settings_file).settings, MODEL)
    assert kept.precision is Precision.INT4
    assert kept.measure is not None


def _measured(application: Application) -> MemoryChoice | None:
    measure = read_record(application.parts.settings.settings, MODEL).measure
    return measure.choice if measure is not None else None


@pytest.mark.starter
def test_what_fits_in_no_way_is_not_loaded_and_loaded_anyway(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine: list[MachineMemory] = [computer(100 << 20)]
    monkeypatch.setattr("app.model.hardware.memory_now", lambda *_: machine[-1])
    with running_application(with_starter(tmp_path), StartOptions(ENGLISH)) as application:
        window, parts = application.window, application.parts
        qtbot.waitUntil(lambda: parts.engine.status.state is EngineState.FAILED, timeout=WAIT_MS)
        assert "Even in its most compact form" in window.banners.text_of(Origin.ENGINE.value)
        window.show_settings()
        page = window.settings_pane.model_page
        assert "Does not fit." in page_text(application)
        anyway = next(b for b in page.findChildren(QPushButton) if b.text() == "Load it as chosen anyway")
        anyway.click()
        wait_context(qtbot, application, 2048)
        assert Origin.ENGINE.value not in window.banners.keys
        assert "the computer may become very slow" in page_text(application)


@pytest.mark.starter
def test_a_smaller_load_has_a_banner_with_undo_and_stays_in_the_tooltip(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine: list[MachineMemory] = [computer(15 * GIB)]
    monkeypatch.setattr("app.model.hardware.memory_now", lambda *_: machine[-1])
    settings = ENGLISH.changed(declared.CONTEXT_LENGTH, 8192)
    with running_application(with_starter(tmp_path), StartOptions(settings)) as application:
        wait_context(qtbot, application, 8192)
        window, parts = application.window, application.parts
        assert Origin.MEMORY.value not in window.banners.keys
        needed = memory_plan.estimate(shape_of(application), MemoryChoice(Precision.NATIVE, 8192)).total
        machine.append(computer(needed - 1))
        parts.engines.unload()
        qtbot.waitUntil(lambda: parts.engine.status.state is EngineState.EMPTY, timeout=WAIT_MS)
        parts.engines.prepare(lambda: None)
        said = window.banners.text_of(Origin.MEMORY.value)
        assert "4,096 tokens instead of 8,192" in said
        wait_context(qtbot, application, 4096)
        assert said in window.header._chip.toolTip()
        assert said.startswith("Small trial model")
        parts.settings.set(declared.LANGUAGE, "zh_CN")
        QApplication.processEvents()
        assert "记住 4,096 个词元（原为 8,192 个）" in window.banners.text_of(Origin.MEMORY.value)
        assert "记住 4,096 个词元（原为 8,192 个）" in window.header._chip.toolTip()
        parts.settings.set(declared.LANGUAGE, "en")
        window.banners._banners[Origin.MEMORY.value]._action.click()
        wait_context(qtbot, application, 8192)
        assert Origin.MEMORY.value not in window.banners.keys
        assert "instead of" not in window.header._chip.toolTip()


@posix
@pytest.mark.starter
def test_a_load_that_is_killed_for_its_memory_goes_on_smaller_and_says_so(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.model.hardware.memory_now", lambda *_: computer(15 * GIB))
    settings = ENGLISH.changed(declared.CONTEXT_LENGTH, 8192)
    with running_application(with_starter(tmp_path), StartOptions(settings)) as application:
        window, parts = application.window, application.parts
        killed: list[int] = []

        def kill(status: EngineStatus) -> None:
            if status.state is EngineState.LOADING and status.child_pid and not killed:
                killed.append(status.child_pid)
                psutil.Process(status.child_pid).kill()  # as the system does when memory runs out

        parts.engine.status_changed.connect(kill)
        window.composer.set_text("What is the capital of France?")
        window.composer.submit()
        wait_context(qtbot, application, 4096)
        assert killed
        assert "The memory ran out" in window.banners.text_of(Origin.MEMORY.value)
        assert Origin.ENGINE.value not in window.banners.keys
        qtbot.waitUntil(lambda: len(parts.chat.state.messages) == 2, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: parts.chat.state.streaming_reply is None, timeout=WAIT_MS)
        assert "Paris" in parts.chat.state.messages[-1].text


def with_starter(folder: Path) -> AppPaths:
    """A models folder with the starter alone."""
    models = folder / "models"
    models.mkdir()
    shutil.copy(starter_path(), models)
    return AppPaths(folder / "data", models)


def wait_context(qtbot: QtBot, application: Application, tokens: int) -> None:
    """Until the engine itself says that it has this context length."""

    def is_ready() -> bool:
        status = application.parts.engine.status
        return status.model is not None and status.model.context_length == tokens

    qtbot.waitUntil(is_ready, timeout=WAIT_MS)

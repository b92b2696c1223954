"""The page "Advanced" and the device: threads, log, reset with undo, versions, and what the search finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QSlider
from pytestqt.qtbot import QtBot

from app.application import Application, StartOptions
from app.core import settings as declared
from app.core.engine import DeviceWish, EngineKind, ModelRef, Precision
from app.core.memory import MemoryChoice
from app.core.model_records import ModelRecord, wish_of, with_record
from app.core.paths import AppPaths
from app.core.settings import SettingGroup, Settings
from app.model import hardware
from app.model.engines.scripted_demo import DEMO_ID
from app.storage.settings_file import read_settings
from app.ui.settings.advanced_tools import AdvancedTools
from app.ui.settings.device_row import DeviceFacts, DeviceRow
from app.ui.settings.pane import SettingsPane
from app.ui.settings.row import SettingRow
from app.ui.theme_manager import ThemeManager
from app.workers.engine_status import EngineState
from tests.helpers.running_app import running_application

WAIT_MS = 15_000


@pytest.fixture
def pane(themes: ThemeManager, qtbot: QtBot) -> SettingsPane:
    widget = SettingsPane(themes)
    qtbot.addWidget(widget)
    widget.resize(1000, 700)
    widget.set_values(Settings())
    widget.set_processor(4, 8)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def threads(pane: SettingsPane) -> QSlider:
    row = next(row for row in pane.findChildren(SettingRow) if row.setting is declared.THREADS)
    return row.findChild(QSlider)


def button(widget, name: str) -> QAbstractButton:
    return next(b for b in widget.findChildren(QAbstractButton) if b.text() == name)


def words(widget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if not label.isHidden())


# Threads


def test_the_slider_of_threads_goes_as_far_as_this_computer(pane: SettingsPane) -> None:
    pane.show_group(SettingGroup.ADVANCED)
    slider = threads(pane)
    assert (slider.minimum(), slider.maximum()) == (0, 8)
    assert slider.accessibleDescription() == "Automatic: 4 threads"
    changes: list[object] = []
    pane.changed.connect(lambda _, value: changes.append(value))
    for at in (1, 8, 0):
        slider.setValue(at)
    assert changes == [1, 8, 0]
    slider.setValue(1)
    assert slider.accessibleDescription() == "1 thread"


def test_threads_of_another_computer_are_shown_as_far_as_this_one_goes(pane: SettingsPane) -> None:
    pane.set_values(Settings().changed(declared.THREADS, 64))
    assert threads(pane).value() == 8
    assert threads(pane).accessibleDescription() == "8 threads"


def test_the_file_may_hold_any_number_within_reason() -> None:
    assert Settings.from_mapping({"threads": 64}).number(declared.THREADS) == 64
    assert Settings.from_mapping({"threads": -1}).number(declared.THREADS) == 0
    assert Settings.from_mapping({"threads": 10**6}).number(declared.THREADS) == 0


# The device


@pytest.fixture
def row(themes: ThemeManager, qtbot: QtBot) -> DeviceRow:
    widget = DeviceRow()
    qtbot.addWidget(widget)
    return widget


def test_without_a_card_it_cannot_be_chosen_and_it_is_said_why(row: DeviceRow) -> None:
    row.set_facts(DeviceFacts("", 8, EngineKind.GLM_TORCH))
    assert not button(row, "Graphics card").isEnabled()
    assert "NVIDIA" in button(row, "Graphics card").toolTip()
    assert (
        "No NVIDIA graphics card that can be used was found. The processor is used with 8 threads."
        in words(row)
    )
    row.show_value("graphics_card")  # chosen on another day
    assert button(row, "Graphics card").isChecked()
    assert button(row, "Automatic").isEnabled()


def test_with_a_card_every_choice_says_what_computes(row: DeviceRow) -> None:
    row.set_facts(DeviceFacts("RTX 3060", 8, EngineKind.GLM_TORCH))
    assert button(row, "Graphics card").isEnabled()
    assert button(row, "Graphics card").toolTip() == ""
    assert "RTX 3060 is used as far as the model fits" in words(row)
    chosen: list[object] = []
    row.changed.connect(lambda _, value: chosen.append(value))
    button(row, "Processor").click()
    assert chosen == [DeviceWish.PROCESSOR.value]
    assert "RTX 3060 is not used. The processor is used with 8 threads." in words(row)
    button(row, "Graphics card").click()
    assert "RTX 3060 is used" in words(row)


def test_a_model_for_the_processor_says_so(row: DeviceRow) -> None:
    row.set_facts(DeviceFacts("RTX 3060", 1, EngineKind.LLAMA_CPP))
    assert "made for the processor, which is used with 1 thread." in words(row)
    row.set_facts(DeviceFacts("Apple GPU", 8, EngineKind.LLAMA_CPP, is_unified=True))
    assert "Apple GPU is used" in words(row)


# Search


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("log", "Log"), ("日志", "Log"), ("debug", "Log"), ("reset to defaults", "All settings as at first"),
        ("恢复默认设置", "All settings as at first"), ("versions of python", "Technical details"),
        ("版本", "Technical details"),
    ],
)  # fmt: skip
def test_what_is_no_setting_is_found_too(pane: SettingsPane, query: str, title: str) -> None:
    pane.show_search(query)
    tools = pane.findChild(AdvancedTools)
    found = [block.findChild(QLabel).text() for block, _ in tools.blocks if block.isVisible()]
    assert title in found
    assert not threads(pane).isVisible()


def test_the_page_shows_all_of_it_without_a_search(pane: SettingsPane) -> None:
    pane.show_search("zzz")
    pane.show_group(SettingGroup.ADVANCED)
    assert all(block.isVisible() for block, _ in pane.findChild(AdvancedTools).blocks)
    assert threads(pane).isVisible()


# At work


def options() -> StartOptions:
    raw = {"language": "en", "theme": "dark", "threads": 1, "idle_minutes": 5}
    settings = Settings.from_mapping(raw)
    record = ModelRecord(precision=Precision.INT8, context_length=4096, last_used_ms=5)
    settings = settings.changed(declared.MODEL_RECORDS, with_record(settings, "six", record))
    return StartOptions(settings, model=ModelRef(DEMO_ID, EngineKind.SCRIPTED, ""))


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return AppPaths(tmp_path / "data", tmp_path / "models")


def at_the_page(application: Application, qtbot: QtBot) -> AdvancedTools:
    qtbot.waitUntil(lambda: application.parts.engine.status.state is EngineState.READY, timeout=WAIT_MS)
    application.window.show_settings()
    application.window.settings_pane.show_group(SettingGroup.ADVANCED)
    return application.window.settings_pane.advanced_tools


def test_everything_is_set_back_at_once_and_that_can_be_undone(
    qtbot: QtBot, paths: AppPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The language stays as it is here, so that the words can be read.
    monkeypatch.setattr("app.ui.translator.system_language", lambda: "en")
    with running_application(paths, options()) as application:
        tools, parts = at_the_page(application, qtbot), application.parts
        before = parts.settings.settings
        reset = tools._reset
        reset.setFocus()
        reset.click()
        now = parts.settings.settings
        assert now.text(declared.THEME) == "system"
        assert (now.number(declared.THREADS), now.number(declared.IDLE_MINUTES)) == (0, 30)
        assert wish_of(now, "six") == MemoryChoice(Precision.NATIVE, 0)
        assert tools._undo.isVisible()
        assert tools._undo.hasFocus()
        qtbot.waitUntil(
            lambda: parts.engine.status.plan is not None and parts.engine.status.plan.threads == 0
        )
        tools._undo.click()
        assert parts.settings.settings.value(declared.THEME) == "dark"
        assert wish_of(parts.settings.settings, "six") == MemoryChoice(Precision.INT8, 4096)
        assert parts.settings.settings.text(declared.LANGUAGE) == before.text(declared.LANGUAGE)
        assert tools._reset.isVisible()
        qtbot.waitUntil(
            lambda: parts.engine.status.plan is not None and parts.engine.status.plan.threads == 1
        )
    kept = read_settings(paths.settings_file).settings
    assert (kept.text(declared.THEME), kept.number(declared.THREADS)) == ("dark", 1)


def test_leaving_the_settings_ends_the_offer_to_undo(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, options()) as application:
        tools = at_the_page(application, qtbot)
        tools._reset.click()
        application.window.settings_pane.close_pane()
        assert tools._undo.isHidden()
        tools.undo_wanted.emit()
        assert application.parts.settings.settings.text(declared.THEME) == "system"


def test_the_versions_are_told_and_copied(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, options()) as application:
        tools = at_the_page(application, qtbot)
        qtbot.waitUntil(lambda: "Python" in tools._versions.text(), timeout=WAIT_MS)
        assert "PySide6-Essentials" in tools._versions.text()
        QApplication.clipboard().clear()
        tools._copy.click()
        assert QApplication.clipboard().text() == tools._versions.text()
        assert "Copied." in words(tools)


def test_the_folder_of_the_log_is_opened(
    qtbot: QtBot, paths: AppPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile())))
    with running_application(paths, options()) as application:
        button(at_the_page(application, qtbot), "Open log folder").click()
        qtbot.waitUntil(lambda: bool(opened), timeout=5000)
        assert opened == [paths.log_dir]


def test_threads_and_device_reach_the_engine_without_a_restart(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, options()) as application:
        at_the_page(application, qtbot)
        pane, engine = application.window.settings_pane, application.parts.engine
        assert threads(pane).maximum() == hardware.logical_cores()
        threads(pane).setValue(0)
        qtbot.waitUntil(lambda: engine.status.plan is not None and engine.status.plan.threads == 0)
        row = pane.findChild(DeviceRow)
        row.editor._group.button(1).click()
        qtbot.waitUntil(
            lambda: engine.status.plan is not None and engine.status.plan.device is DeviceWish.PROCESSOR
        )
        qtbot.waitUntil(lambda: engine.status.state is EngineState.READY, timeout=WAIT_MS)
    assert read_settings(paths.settings_file).settings.text(declared.DEVICE) == "processor"

"""Every setting that is shown takes effect in the running window, without a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.application import Application, StartOptions
from app.core import settings as declared
from app.core.engine import DeviceWish, EngineKind, ModelRef
from app.core.paths import AppPaths
from app.core.settings import Setting, Settings
from app.model.engines.scripted_demo import DEMO_ID
from app.ui.settings.pane import shown_settings
from app.workers.engine_status import EngineState
from tests.helpers.running_app import running_application

Look = Callable[[Application], object]


def plan(application: Application):
    return application.parts.engine.status.plan


def idle_minutes(application: Application) -> object:
    """After how many minutes the memory would be freed, by a clock that is turned."""
    idle = application.parts.pane.idle
    freed: list[bool] = []
    idle._engines.unload, kept = lambda: freed.append(True), idle._engines.unload
    idle._idle_since, now = 0.0, [0.0]
    idle._clock = lambda: now[0]
    for minutes in (4, 6, 16, 31, 61):
        now[0] = minutes * 60
        idle.look()
        if freed:
            break
    idle._engines.unload = kept
    return minutes if freed else None


CASES: dict[Setting, tuple[object, Look, object]] = {
    declared.DEVICE: ("processor", lambda app: plan(app).device, DeviceWish.PROCESSOR),
    declared.IDLE_MINUTES: (5, idle_minutes, 6),
    declared.THREADS: (1, lambda app: plan(app).threads, 1),
    declared.SYSTEM_PROMPT: ("Be brief.", lambda app: app.parts._wish().system_prompt, "Be brief."),
    declared.MAX_TOKENS: (256, lambda app: app.parts._wish().params.max_tokens, 256),
    declared.TEMPERATURE: (1.2, lambda app: app.parts._wish().params.temperature, 1.2),
    declared.TOP_P: (0.5, lambda app: app.parts._wish().params.top_p, 0.5),
    declared.THEME: ("dark", lambda app: app._shell.themes.theme.name, "dark"),
    declared.FONT_SIZE: (20, lambda app: app.window.composer.editor.font().pixelSize(), 20),
    declared.LANGUAGE: ("zh_CN", lambda app: app.window.settings_pane._title.text(), "设置"),
}


@pytest.fixture
def application(qtbot: QtBot, tmp_path: Path):
    options = StartOptions(
        Settings().changed(declared.LANGUAGE, "en").changed(declared.THEME, "light"),
        model=ModelRef(DEMO_ID, EngineKind.SCRIPTED, ""),
    )
    with running_application(AppPaths(tmp_path / "data", tmp_path / "models"), options) as application:
        qtbot.waitUntil(lambda: application.parts.engine.status.state is EngineState.READY, timeout=15_000)
        yield application


def test_every_setting_of_the_pane_has_its_case() -> None:
    assert {*CASES} == {*shown_settings()}


def test_each_takes_effect_in_the_running_window(qtbot: QtBot, application: Application) -> None:
    for setting, (value, look, expected) in CASES.items():
        assert look(application) != expected, setting.key
        application.window.settings_pane.changed.emit(setting, value)
        qtbot.waitUntil(lambda look=look, expected=expected: look(application) == expected, timeout=15_000)

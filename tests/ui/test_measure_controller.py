"""Measuring in the real window: what is kept and shown, who ends it, and that the model comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.application import Application, StartOptions
from app.core import settings as declared
from app.core.chat import FinishReason, MessageStatus, Role, Turn
from app.core.engine import Finished, GenerationParams, Precision
from app.core.measuring import MeasureEnd, MeasurePhase
from app.core.model_records import read_record
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.model.engines.script import Script
from app.ui.settings.measure_box import MeasureBox
from app.workers.engine_status import EngineState
from tests.helpers.engine_host import script_ref
from tests.helpers.running_app import running_application

WAIT_MS = 20_000
ENGLISH = Settings().changed(declared.LANGUAGE, "en").changed(declared.CONTEXT_LENGTH, 4096)
SCRIPT = Script(("one two three four five six seven eight",), repeat=20, delay_ms=0.2, prompt_delay_ms=0.01)
SLOW = replace(SCRIPT, delay_ms=15)


class Bench:
    """A running application whose model is a script."""

    def __init__(self, qtbot: QtBot, application: Application) -> None:
        self.qtbot = qtbot
        self.window, self.parts = application.window, application.parts
        self.measure = application.parts.pane.measure
        self.wait_state(EngineState.READY)

    def wait(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT_MS)

    def wait_state(self, state: EngineState) -> None:
        self.wait(lambda: self.parts.engine.status.state is state)

    def begin(self, phase: MeasurePhase | None = None) -> None:
        """Press the button, and wait for a phase."""
        self.window.show_settings()
        assert self.box.button.isEnabled()
        self.box.button.click()
        assert self.measure.is_running
        if phase is not None:
            self.wait(lambda: self.phase is phase)

    @property
    def box(self) -> MeasureBox:
        return self.window.settings_pane.model_page.measure_box

    @property
    def phase(self) -> MeasurePhase | None:
        progress = self.measure.state.progress
        return progress.phase if progress is not None else None

    @property
    def shown(self) -> str:
        return "\n".join(label.text() for label in self.box.findChildren(QLabel) if label.isVisible())

    @property
    def measured(self) -> dict[Precision, object]:
        return dict(read_record(self.parts.settings.settings, "script").measured)


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return AppPaths(tmp_path / "data", tmp_path / "models")


def options(folder: Path, script: Script = SCRIPT) -> StartOptions:
    return StartOptions(ENGLISH, model=script_ref(folder, script))


def test_the_result_is_kept_and_shown_and_the_model_is_back(
    qtbot: QtBot, paths: AppPaths, tmp_path: Path
) -> None:
    with running_application(paths, options(tmp_path)) as application:
        bench = Bench(qtbot, application)
        plan = bench.parts.engine.status.plan
        bench.begin()
        bench.wait(lambda: not bench.measure.is_running)
        assert bench.measure.state.end is MeasureEnd.DONE
        assert [*bench.measured] == [Precision.NATIVE]
        bench.wait(lambda: "tokens/s" in bench.shown)
        assert "words a second" in bench.shown
        assert "Measured: " in bench.shown
        bench.wait_state(EngineState.READY)
        assert bench.parts.engine.status.plan == plan
        bench.wait(bench.box.button.isEnabled)


def test_a_message_ends_it_and_is_answered(qtbot: QtBot, paths: AppPaths, tmp_path: Path) -> None:
    with running_application(paths, options(tmp_path, SLOW)) as application:
        bench = Bench(qtbot, application)
        bench.begin(MeasurePhase.WRITING)
        with qtbot.waitSignal(bench.parts.chat.answered, timeout=WAIT_MS) as told:
            bench.window.composer.set_text("Hello")
            bench.window.composer.submit()
        assert told.args[0].status is MessageStatus.COMPLETE
        assert told.args[0].text.startswith("one two three")
        assert (bench.measure.is_running, bench.measure.state.end) == (False, MeasureEnd.NEEDED)
        assert bench.measured == {}
        bench.window.show_settings()
        assert "stopped because the model was needed" in bench.shown


def test_a_message_while_the_model_is_loaded_for_measuring_is_answered_too(
    qtbot: QtBot, paths: AppPaths, tmp_path: Path
) -> None:
    with running_application(paths, options(tmp_path, replace(SCRIPT, load_ms=300))) as application:
        bench = Bench(qtbot, application)
        bench.begin(MeasurePhase.LOADING)
        bench.wait_state(EngineState.LOADING)
        with qtbot.waitSignal(bench.parts.chat.answered, timeout=WAIT_MS) as told:
            bench.window.composer.set_text("Hello")
            bench.window.composer.submit()
        assert told.args[0].status is MessageStatus.COMPLETE
        assert bench.measure.state.end is MeasureEnd.NEEDED


def test_cancel_brings_the_model_back(qtbot: QtBot, paths: AppPaths, tmp_path: Path) -> None:
    with running_application(paths, options(tmp_path, SLOW)) as application:
        bench = Bench(qtbot, application)
        bench.begin(MeasurePhase.WRITING)
        assert bench.box._cancel.hasFocus()
        bench.box._cancel.click()
        assert not bench.measure.is_running
        assert "The measurement was cancelled." in bench.shown
        bench.wait_state(EngineState.READY)
        bench.wait(bench.box.button.hasFocus)


def test_memory_that_was_free_is_free_again_afterwards(qtbot: QtBot, paths: AppPaths, tmp_path: Path) -> None:
    with running_application(paths, options(tmp_path)) as application:
        bench = Bench(qtbot, application)
        bench.parts.engines.unload()
        bench.wait_state(EngineState.EMPTY)
        bench.begin()
        bench.wait(lambda: not bench.measure.is_running)
        assert bench.measure.state.end is MeasureEnd.DONE
        bench.wait_state(EngineState.EMPTY)


def test_freeing_the_memory_ends_it_and_loads_nothing(qtbot: QtBot, paths: AppPaths, tmp_path: Path) -> None:
    with running_application(paths, options(tmp_path, SLOW)) as application:
        bench = Bench(qtbot, application)
        bench.begin(MeasurePhase.WRITING)
        bench.window.header.unload_requested.emit()
        assert bench.measure.state.end is MeasureEnd.NEEDED
        bench.wait_state(EngineState.EMPTY)


def test_while_an_answer_is_written_it_cannot_be_begun(qtbot: QtBot, paths: AppPaths, tmp_path: Path) -> None:
    with running_application(paths, options(tmp_path, SLOW)) as application:
        bench = Bench(qtbot, application)
        with qtbot.waitSignal(bench.parts.chat.answered, timeout=WAIT_MS):
            bench.window.composer.set_text("Hello")
            bench.window.composer.submit()
            bench.wait_state(EngineState.BUSY)
            bench.window.show_settings()
            bench.wait(lambda: not bench.box.button.isEnabled())
            assert "no answer is being written" in bench.shown
            bench.measure.start()
            assert not bench.measure.is_running
        bench.wait(bench.box.button.isEnabled)


def test_it_is_begun_once(qtbot: QtBot, paths: AppPaths, tmp_path: Path) -> None:
    with running_application(paths, options(tmp_path, SLOW)) as application:
        bench = Bench(qtbot, application)
        bench.begin(MeasurePhase.READING)
        run = bench.measure._run
        bench.measure.start()
        assert bench.measure._run is run
        assert not bench.box.button.isVisible()


def test_what_fails_is_told_in_a_sentence_on_the_page_and_in_no_banner(
    qtbot: QtBot, paths: AppPaths, tmp_path: Path
) -> None:
    script = replace(SCRIPT, answers=("Yes",), repeat=1)
    with running_application(paths, options(tmp_path, script)) as application:
        bench = Bench(qtbot, application)
        bench.begin()
        bench.wait(lambda: not bench.measure.is_running)
        assert "could not be measured" in bench.shown
        assert bench.window.banners.keys == ()
        bench.wait_state(EngineState.READY)


def test_a_window_that_is_closed_meanwhile_leaves_nothing(
    qtbot: QtBot, paths: AppPaths, tmp_path: Path
) -> None:
    with running_application(paths, options(tmp_path, SLOW)) as application:
        Bench(qtbot, application).begin(MeasurePhase.WRITING)


def test_nothing_is_measured_where_a_message_was_sent_in_that_moment(
    qtbot: QtBot, paths: AppPaths, tmp_path: Path
) -> None:
    with running_application(paths, options(tmp_path)) as application:
        bench = Bench(qtbot, application)
        engine = bench.parts.engine
        ends: list[object] = []
        engine.event_received.connect(lambda _, event: ends.append(event))
        engine.generate([Turn(Role.USER, "hello")], GenerationParams())
        assert engine.status.state is EngineState.READY  # the thread of the engine has not heard of it
        bench.measure.start()
        bench.wait(lambda: any(isinstance(event, Finished) for event in ends))
        (end,) = [event for event in ends if isinstance(event, Finished)]
        assert end.reason is not FinishReason.CANCELLED

"""Memory is freed after a while without an answer, by a clock that the test turns."""

from __future__ import annotations

import pytest

from app.core import settings as declared
from app.ui.idle_controller import IdleController
from app.workers.engine_status import EngineState
from tests.helpers.engine_desk import Desk
from tests.helpers.engine_desk import desk as desk


class Waiting:
    """An idle controller at the desk of an engine controller, with a clock."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.now = 1000.0
        self.is_answering = False
        self.freed = 0
        self.idle = IdleController(
            desk.engine,
            desk.controller,
            lambda: desk.settings,
            lambda: self.is_answering,
            desk.engine,
            clock=lambda: self.now,
        )
        self.idle.freed.connect(self._count)
        desk.start()

    def _count(self) -> None:
        self.freed += 1

    def after(self, minutes: float) -> EngineState:
        self.now += minutes * 60
        self.idle.look()
        return self.desk.engine.status.state

    def choose(self, minutes: int) -> None:
        self.desk.settings = self.desk.settings.changed(declared.IDLE_MINUTES, minutes)


@pytest.fixture
def waiting(desk: Desk) -> Waiting:
    return Waiting(desk)


@pytest.mark.parametrize("minutes", [minutes for minutes in declared.IDLE_MINUTES.choices if minutes])
def test_it_is_freed_after_the_chosen_time_and_not_before(waiting: Waiting, minutes: int) -> None:
    waiting.choose(minutes)
    waiting.desk.engine.become(EngineState.READY)
    assert waiting.after(minutes - 0.1) is EngineState.READY
    assert waiting.after(0.1) is EngineState.EMPTY
    assert waiting.freed == 1


def test_without_a_choice_that_is_half_an_hour(waiting: Waiting) -> None:
    waiting.desk.engine.become(EngineState.READY)
    assert waiting.after(29.9) is EngineState.READY
    assert waiting.after(0.2) is EngineState.EMPTY


def test_never_is_never(waiting: Waiting) -> None:
    waiting.choose(0)
    waiting.desk.engine.become(EngineState.READY)
    assert waiting.after(100_000) is EngineState.READY


def test_an_answer_begins_the_time_anew(waiting: Waiting) -> None:
    waiting.choose(5)
    waiting.desk.engine.become(EngineState.READY)
    waiting.after(4)
    waiting.desk.engine.become(EngineState.BUSY)
    assert waiting.after(60) is EngineState.BUSY
    waiting.desk.engine.become(EngineState.READY)
    assert waiting.after(4.9) is EngineState.READY
    assert waiting.after(0.2) is EngineState.EMPTY


def test_a_status_that_only_repeats_itself_is_no_answer(waiting: Waiting) -> None:
    waiting.choose(5)
    waiting.desk.engine.become(EngineState.READY)
    waiting.after(3)
    waiting.desk.engine.become(EngineState.READY)
    assert waiting.after(2.1) is EngineState.EMPTY


def test_nothing_is_freed_while_an_answer_waits_or_is_not_stored(waiting: Waiting) -> None:
    waiting.choose(5)
    waiting.desk.engine.become(EngineState.READY)
    waiting.is_answering = True
    assert waiting.after(60) is EngineState.READY
    waiting.is_answering = False
    assert waiting.after(4.9) is EngineState.READY
    assert waiting.after(0.2) is EngineState.EMPTY


def test_a_shorter_time_counts_at_once(waiting: Waiting) -> None:
    waiting.choose(60)
    waiting.desk.engine.become(EngineState.READY)
    assert waiting.after(20) is EngineState.READY
    waiting.choose(15)
    assert waiting.after(0) is EngineState.EMPTY


def test_the_next_message_loads_it_again(waiting: Waiting) -> None:
    waiting.choose(5)
    waiting.desk.engine.become(EngineState.READY)
    assert waiting.after(6) is EngineState.EMPTY
    loads = len(waiting.desk.engine.loads)
    waiting.desk.controller.prepare(lambda: None)
    assert len(waiting.desk.engine.loads) == loads + 1
    assert waiting.after(60) is EngineState.LOADING
    assert waiting.freed == 1


def test_the_timer_runs_only_while_a_model_is_idle(waiting: Waiting) -> None:
    timer = waiting.idle._timer
    assert not timer.isActive()
    waiting.desk.engine.become(EngineState.READY)
    assert timer.isActive()
    assert timer.interval() < 60_000
    waiting.desk.engine.become(EngineState.BUSY)
    assert not timer.isActive()

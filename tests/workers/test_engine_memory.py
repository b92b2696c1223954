"""A load that runs out of memory goes on with smaller plans; one that is refused answers with the reason."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.engine_fixtures import engine as engine
from helpers.engine_host import PLAN, EngineRecorder, ask, script_ref

from app.core.engine import Failed, Finished
from app.core.errors import ErrorCode, ErrorInfo
from app.model.engines.script import Fault, FaultPoint, Script
from app.workers.engine_status import EngineState

TEA = Script(answers=("Tea.",))
TOO_LARGE = replace(TEA, fault=Fault.WORLD_ERROR, fault_at=FaultPoint.LOAD)
SMALLER = (replace(PLAN, context_length=8192), replace(PLAN, context_length=4096))
PREDICTED = ErrorInfo(ErrorCode.OUT_OF_MEMORY_PREDICTED, {"needed": "2", "available": "1"})
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell why a process was ended")


def plans(engine: EngineRecorder) -> list[int]:
    """The context lengths that were tried, in order."""
    tried = [status.plan.context_length for status in engine.statuses if status.plan is not None]
    return [length for at, length in enumerate(tried) if at == 0 or tried[at - 1] != length]


def test_each_plan_is_tried_and_then_the_error_stands(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.client.load(script_ref(tmp_path, TOO_LARGE), PLAN, SMALLER)
    request = engine.ask()
    end = engine.wait_end(request)
    assert isinstance(end, Failed)
    assert end.error.code is ErrorCode.ENGINE_OUT_OF_MEMORY
    engine.wait_state(EngineState.FAILED)
    assert engine.states == [EngineState.LOADING, EngineState.FAILED]
    assert plans(engine) == [131_072, 8192, 4096]


@posix
def test_what_waits_is_answered_by_the_smaller_plan(engine: EngineRecorder, tmp_path: Path) -> None:
    ref = script_ref(tmp_path, replace(TEA, load_ms=60_000))
    engine.client.load(ref, PLAN, SMALLER)
    request = engine.ask()
    engine.wait(lambda: engine.client.status.load_fraction > 0)  # the script was read
    pid = engine.client.status.child_pid
    script_ref(tmp_path, TEA)
    engine.child().kill()  # as the system does when memory runs out
    end = engine.wait_end(request)
    assert isinstance(end, Finished)
    assert engine.text(request) == "Tea."
    assert engine.client.status.plan == SMALLER[0]
    assert engine.client.status.child_pid != pid
    assert EngineState.FAILED not in engine.states


@posix
def test_another_kind_of_end_takes_no_smaller_plan(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.client.load(script_ref(tmp_path, replace(TOO_LARGE, fault=Fault.CRASH)), PLAN, SMALLER)
    engine.wait_state(EngineState.FAILED)
    assert plans(engine) == [131_072]


def test_other_smaller_plans_load_nothing_again(engine: EngineRecorder, tmp_path: Path) -> None:
    ref = script_ref(tmp_path, TEA)
    engine.client.load(ref, PLAN, SMALLER)
    engine.wait_state(EngineState.READY)
    pid = engine.client.status.child_pid
    engine.client.load(ref, PLAN, ())
    engine.answered(ask())
    assert engine.client.status.child_pid == pid


def test_a_refused_load_gives_the_memory_back_and_answers_with_the_reason(
    engine: EngineRecorder, tmp_path: Path
) -> None:
    ref = script_ref(tmp_path, TEA)
    engine.load(ref)
    child = engine.child()
    large = replace(ref, id="large")
    engine.client.refuse(large, PLAN, PREDICTED)
    engine.wait_state(EngineState.FAILED)
    status = engine.client.status
    assert (status.ref, status.error) == (large, PREDICTED)
    assert not child.is_running()
    end = engine.wait_end(engine.ask())
    assert isinstance(end, Failed)
    assert end.error == PREDICTED
    engine.load(ref)
    engine.answered(ask())


def test_what_waits_for_a_refused_load_is_told_why(engine: EngineRecorder, tmp_path: Path) -> None:
    ref = script_ref(tmp_path, replace(TEA, load_ms=60_000))
    engine.client.load(ref, PLAN)
    request = engine.ask()
    engine.client.refuse(ref, PLAN, PREDICTED)
    end = engine.wait_end(request)
    assert isinstance(end, Failed)
    assert end.error == PREDICTED


def test_after_unload_the_reason_of_a_refusal_is_forgotten(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.client.refuse(script_ref(tmp_path, TEA), PLAN, PREDICTED)
    engine.wait_state(EngineState.FAILED)
    engine.client.unload()
    engine.wait_state(EngineState.EMPTY)
    end = engine.wait_end(engine.ask())
    assert isinstance(end, Failed)
    assert end.error.code is ErrorCode.NO_MODEL

"""The engine worker with real child processes: streaming, queue, Stop, unload, replace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psutil
from helpers.engine_fixtures import engine as engine
from helpers.engine_host import PARAMS, PLAN, EngineRecorder, ask, script_ref
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from app.core.chat import FinishReason, Role, Turn
from app.core.engine import (
    EngineKind,
    Failed,
    Finished,
    GenerationParams,
    LoadNote,
    LoadPlan,
    ModelRef,
    Precision,
    PromptProgress,
    PromptReady,
    ReasoningDelta,
    TextDelta,
)
from app.core.errors import ErrorCode
from app.model.engines.script import Fault, FaultPoint, Script
from app.model.engines.scripted import split_tokens, token_id
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineState, EngineStatus

TEA = Script(answers=("One cup of 绿茶, please. 🍵\n",))
SLOW = Script(answers=("slow words " * 2000,), delay_ms=5)


def test_an_answer_streams_whole(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, TEA))
    request = engine.ask()
    end = engine.wait_end(request)
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.STOP
    assert engine.text(request) == TEA.answers[0]
    assert engine.ids(request) == [token_id(piece) for piece in split_tokens(TEA.answers[0])]
    assert end.usage.output_tokens == len(engine.ids(request))
    kinds = [type(event) for event in engine.of(request)]
    assert kinds[0] is PromptReady
    assert kinds.index(PromptProgress) < kinds.index(TextDelta)
    assert kinds[-1] is Finished


def test_states_of_a_load_and_an_answer(engine: EngineRecorder, tmp_path: Path) -> None:
    ref = script_ref(tmp_path, replace(TEA, load_ms=50))
    assert engine.client.status == EngineStatus()
    engine.load(ref)
    engine.answered(ask())
    engine.wait_state(EngineState.READY)
    assert engine.states == [EngineState.LOADING, EngineState.READY, EngineState.BUSY, EngineState.READY]
    fractions = [status.load_fraction for status in engine.statuses]
    assert fractions == sorted(fractions)
    assert any(0 < fraction < 1 for fraction in fractions)
    status = engine.client.status
    assert status.model is not None
    assert status.model.name == "Script"
    assert (status.ref, status.plan, status.error) == (ref, PLAN, None)
    assert status.load_s > 0.05
    assert psutil.pid_exists(status.child_pid)


def test_notes_of_a_load_come_while_it_loads_and_stay(engine: EngineRecorder, tmp_path: Path) -> None:
    notes = (LoadNote.PARTLY_ON_PROCESSOR, LoadNote.PREFIX_IGNORED)
    engine.load(script_ref(tmp_path, replace(TEA, load_ms=50, notes=notes)))
    engine.answered(ask())
    loading = [status for status in engine.statuses if status.state is EngineState.LOADING]
    assert [status.notes for status in loading if status.child_pid][-1] == notes
    assert {status.notes for status in engine.statuses if status.state is not EngineState.LOADING} == {notes}
    other = tmp_path / "other"
    other.mkdir()
    engine.load(script_ref(other, TEA))
    engine.answered(ask())
    assert engine.client.status.notes == ()


def test_older_turns_that_do_not_fit_are_left_out_and_told(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, TEA), LoadPlan(context_length=400))
    turns = (
        Turn(Role.SYSTEM, "Be kind."),
        Turn(Role.USER, "old " * 500, 1),
        Turn(Role.ASSISTANT, "old too", 2),
        Turn(Role.USER, "new", 3),
    )
    request = engine.answered(turns, GenerationParams(max_tokens=64))
    ready = engine.of(request)[0]
    assert isinstance(ready, PromptReady)
    assert (ready.first_message_id, ready.dropped_turns, ready.context_length) == (3, 2, 400)


def test_a_question_longer_than_the_context_is_a_worlds_error(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, TEA), LoadPlan(context_length=400))
    end = engine.wait_end(engine.ask("word " * 500))
    assert isinstance(end, Failed)
    assert end.error.code is ErrorCode.MESSAGE_TOO_LONG
    engine.answered(ask())


def test_requests_wait_for_the_load_and_for_each_other(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.client.load(script_ref(tmp_path, replace(TEA, load_ms=100)), PLAN)
    requests = [engine.ask(f"number {number}") for number in range(5)]
    for request in requests:
        engine.wait_end(request)
    assert sorted(owner for owner, _ in engine.events) == [owner for owner, _ in engine.events]
    assert all(engine.text(request) == TEA.answers[0] for request in requests)


def test_without_a_model_a_request_fails_at_once(engine: EngineRecorder) -> None:
    end = engine.wait_end(engine.ask())
    assert isinstance(end, Failed)
    assert end.error.code is ErrorCode.NO_MODEL


def test_a_failed_load_fails_what_waits_and_a_new_request_tries_again(
    engine: EngineRecorder, tmp_path: Path
) -> None:
    missing = ModelRef("x", EngineKind.SCRIPTED, str(tmp_path / "later.json"))
    engine.client.load(missing, PLAN)
    end = engine.wait_end(engine.ask())
    assert isinstance(end, Failed)
    assert end.error.code is ErrorCode.MODEL_MISSING
    assert engine.client.status.state is EngineState.FAILED
    assert engine.client.status.error == end.error
    script_ref(tmp_path, TEA, "later")
    engine.answered(ask())


def test_a_precision_the_engine_has_not_is_told(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.client.load(script_ref(tmp_path, TEA), LoadPlan(precision=Precision.INT4))
    engine.wait_state(EngineState.FAILED)
    assert engine.client.status.error is not None
    assert engine.client.status.error.code is ErrorCode.PRECISION_UNAVAILABLE


def test_no_text_after_stop(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, replace(SLOW, delay_ms=0.2)))
    request = engine.ask()
    engine.wait_text(request)
    QThread.msleep(80)  # a busy GUI thread: text is on its way to it when Stop is pressed
    engine.client.stop(request)
    text = engine.text(request)
    end = engine.wait_end(request)
    engine.settle()
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.CANCELLED
    assert engine.text(request) == text
    assert end.usage.output_tokens > 0
    child = engine.client.status.child_pid
    engine.wait_state(EngineState.READY)
    assert engine.client.status.child_pid == child


def test_a_stopped_answer_leaves_the_next_ones_alone(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, replace(SLOW, answers=("a few words " * 30,))))
    first, second, third = engine.ask(), engine.ask(), engine.ask()
    engine.wait_text(first)
    engine.client.stop(second)
    engine.client.stop(first)
    engine.client.stop(first)
    assert engine.wait_end(second) == Finished(FinishReason.CANCELLED)
    assert isinstance(engine.wait_end(third), Finished)
    assert engine.text(second) == ""
    assert engine.text(third) == "a few words " * 30


def test_stop_of_a_request_that_waits_for_a_load(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.client.load(script_ref(tmp_path, replace(TEA, load_ms=2000)), PLAN)
    request = engine.ask()
    engine.client.stop(request)
    assert engine.wait_end(request) == Finished(FinishReason.CANCELLED)
    assert engine.client.status.state is EngineState.LOADING


def test_stop_after_the_end_does_nothing(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, TEA))
    request = engine.answered(ask())
    engine.client.stop(request)
    engine.client.stop(999)
    engine.settle()
    assert len(engine.ends(request)) == 1
    engine.answered(ask())


def test_reasoning_stays_apart_and_in_order(engine: EngineRecorder, tmp_path: Path) -> None:
    thinking = "First I think about it. " * 20
    engine.load(script_ref(tmp_path, replace(TEA, reasoning=thinking)))
    request = engine.answered(ask())
    reasoning = [event for event in engine.of(request) if isinstance(event, ReasoningDelta)]
    assert "".join(event.text for event in reasoning) == thinking
    assert engine.text(request) == TEA.answers[0]
    pieces = split_tokens(thinking) + split_tokens(TEA.answers[0])
    assert engine.ids(request) == [token_id(piece) for piece in pieces]


def test_fast_text_is_merged_and_complete(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, replace(TEA, repeat=2000)))
    request = engine.answered(ask())
    tokens = len(split_tokens(TEA.answers[0])) * 2000
    deltas = [event for event in engine.of(request) if isinstance(event, TextDelta)]
    assert engine.text(request) == TEA.answers[0] * 2000
    assert len(engine.ids(request)) == tokens
    assert len(deltas) < tokens / 10


def test_a_continued_answer_goes_on(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, TEA))
    request = engine.answered((*ask(), Turn(Role.ASSISTANT, "One cup", 2)))
    assert "One cup" + engine.text(request) == TEA.answers[0]


def test_tokens_are_counted_also_behind_an_answer(
    engine: EngineRecorder, tmp_path: Path, qtbot: QtBot
) -> None:
    engine.load(script_ref(tmp_path, TEA))
    request = engine.ask()
    with qtbot.waitSignal(engine.client.tokens_counted) as counted:
        number = engine.client.count_tokens(ask("one two three"))
    assert counted.args == [number, 7]
    engine.wait_end(request)


def test_unload_ends_the_child_and_what_runs(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, SLOW))
    running, waiting = engine.ask(), engine.ask()
    engine.wait_text(running)
    child = engine.child()
    engine.client.unload()
    for request in (running, waiting):
        end = engine.wait_end(request)
        assert isinstance(end, Finished)
        assert end.reason is FinishReason.CANCELLED
    engine.wait_state(EngineState.EMPTY)
    assert not child.is_running()
    assert engine.client.status == EngineStatus()


def test_unload_gives_up_a_load(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.client.load(script_ref(tmp_path, replace(TEA, load_ms=60_000)), PLAN)
    engine.wait(lambda: engine.client.status.child_pid > 0)
    child = engine.child()
    engine.client.unload()
    engine.wait_state(EngineState.EMPTY)
    assert not child.is_running()
    engine.load(script_ref(tmp_path, TEA, "other"))


def test_another_model_takes_the_place_and_answers_what_waits(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, SLOW))
    running, waiting = engine.ask(), engine.ask()
    engine.wait_text(running)
    child = engine.child()
    engine.client.load(script_ref(tmp_path, TEA, "other"), PLAN)
    end = engine.wait_end(running)
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.CANCELLED
    engine.wait_end(waiting)
    assert engine.text(waiting) == TEA.answers[0]
    assert not child.is_running()


def test_the_same_model_and_plan_is_not_loaded_twice(engine: EngineRecorder, tmp_path: Path) -> None:
    ref = script_ref(tmp_path, TEA)
    engine.load(ref)
    child = engine.client.status.child_pid
    engine.client.load(ref, PLAN)
    engine.answered(ask())
    assert engine.client.status.child_pid == child
    engine.client.load(ref, LoadPlan(context_length=1000))
    engine.wait(lambda: engine.client.status.plan == LoadPlan(context_length=1000))
    engine.wait_state(EngineState.READY)
    assert engine.client.status.child_pid != child


def test_many_loads_in_a_row_end_with_the_last(engine: EngineRecorder, tmp_path: Path) -> None:
    for number in range(8):
        engine.client.load(script_ref(tmp_path, replace(TEA, name=f"m{number}"), f"m{number}"), PLAN)
    request = engine.answered(ask())
    status = engine.client.status
    assert status.model is not None
    assert status.model.name == "m7"
    assert engine.text(request) == TEA.answers[0]


def test_restart_gives_a_fresh_child(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, SLOW))
    request = engine.ask()
    engine.wait_text(request)
    child = engine.child()
    engine.client.restart()
    engine.wait_end(request)
    engine.wait_state(EngineState.READY)
    assert engine.client.status.child_pid != child.pid
    assert not child.is_running()


def test_shutdown_in_the_middle_ends_everything_once(qtbot: QtBot, tmp_path: Path) -> None:
    client = EngineClient(None)
    engine = EngineRecorder(client, qtbot)
    engine.load(script_ref(tmp_path, SLOW))
    running, waiting = engine.ask(), engine.ask()
    engine.wait_text(running)
    child = engine.child()
    client.shutdown()
    client.shutdown()
    assert not child.is_running()
    assert [type(engine.of(request)[-1]) for request in (running, waiting)] == [Finished, Finished]
    engine.settle()
    engine.assert_one_end_each()


def test_the_worker_has_its_own_named_thread(engine: EngineRecorder) -> None:
    threads = engine.client.findChildren(QThread)
    assert [thread.objectName() for thread in threads] == ["engine"]


def test_a_world_error_of_the_engine_keeps_the_child(engine: EngineRecorder, tmp_path: Path) -> None:
    script = replace(TEA, fault=Fault.WORLD_ERROR, fault_after=3, fault_when="please fail")
    engine.load(script_ref(tmp_path, script))
    child = engine.client.status.child_pid
    request = engine.ask("please fail")
    end = engine.wait_end(request)
    assert isinstance(end, Failed)
    assert end.error.code is ErrorCode.ENGINE_OUT_OF_MEMORY
    assert engine.text(request) == "One cup of"
    engine.answered(ask())
    assert engine.client.status.child_pid == child


def test_a_worlds_error_while_loading(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.client.load(
        script_ref(tmp_path, replace(TEA, fault=Fault.EXCEPTION, fault_at=FaultPoint.LOAD)), PLAN
    )
    engine.wait_state(EngineState.FAILED)
    assert engine.client.status.error is not None
    assert engine.client.status.error.code is ErrorCode.MODEL_LOAD_FAILED


def test_params_reach_the_engine(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, TEA))
    request = engine.ask(params=replace(PARAMS, max_tokens=2))
    end = engine.wait_end(request)
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.LENGTH
    assert engine.text(request) == "One cup"

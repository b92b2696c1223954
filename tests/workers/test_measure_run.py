"""A measurement through the real child: a process for each step, failures, and a stop at any time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from app.core import measuring
from app.core.chat import FinishReason
from app.core.engine import Finished, LoadPlan, ModelRef, Precision
from app.core.errors import ErrorCode, ErrorInfo
from app.core.measuring import MeasurePhase, MeasureProgress, MeasureStep
from app.core.model_records import SpeedMeasure
from app.model.engines.script import Fault, FaultPoint, Script
from app.workers.engine_status import EngineState
from app.workers.measure_run import MeasureRun
from tests.helpers.engine_fixtures import engine as engine
from tests.helpers.engine_host import EngineRecorder, script_ref

SCRIPT = Script(("one two three four five six seven eight",), repeat=20, delay_ms=0.2, prompt_delay_ms=0.01)
FIRST = MeasureStep(Precision.INT4, LoadPlan(context_length=4096))
SECOND = MeasureStep(Precision.INT8, LoadPlan(context_length=2048))
REFUSED = MeasureStep(Precision.FP16, LoadPlan(precision=Precision.FP16))


@dataclass
class Watched:
    """A run and everything that it told."""

    run: MeasureRun
    progress: list[MeasureProgress] = field(default_factory=list)
    measured: dict[Precision, SpeedMeasure] = field(default_factory=dict)
    failed: dict[Precision, ErrorInfo] = field(default_factory=dict)
    ends: int = 0

    def end(self) -> None:
        self.ends += 1

    @property
    def told(self) -> int:
        return len(self.progress) + len(self.measured) + len(self.failed) + self.ends


def watched(engine: EngineRecorder, ref: ModelRef, *steps: MeasureStep) -> Watched:
    run = MeasureRun(engine.client, ref, steps, engine.client)
    told = Watched(run)
    run.progressed.connect(told.progress.append)
    run.measured.connect(told.measured.__setitem__)
    run.failed.connect(told.failed.__setitem__)
    run.ended.connect(told.end)
    return told


def whole(engine: EngineRecorder, ref: ModelRef, *steps: MeasureStep) -> Watched:
    told = watched(engine, ref, *steps)
    told.run.begin()
    engine.wait(lambda: told.ends == 1)
    return told


def answers(engine: EngineRecorder) -> list[Finished]:
    return [event for _, event in engine.events if isinstance(event, Finished)]


def test_every_precision_is_measured_three_times_in_a_process_of_its_own(
    engine: EngineRecorder, tmp_path: Path
) -> None:
    ref = script_ref(tmp_path, SCRIPT)
    engine.load(ref, FIRST.load)
    before = engine.client.status.child_pid
    told = whole(engine, ref, FIRST, SECOND)
    assert [*told.measured] == [Precision.INT4, Precision.INT8]
    for measure in told.measured.values():
        assert measure.reads > 0
        assert measure.writes > 0
        assert measure.peak > 1 << 20
        assert measure.device == ""
        assert measure.measured_ms > 1_700_000_000_000
    assert len(answers(engine)) == 2 * measuring.ROUNDS
    assert {end.usage.prompt_tokens for end in answers(engine)} == {measuring.PROMPT_TOKENS}
    assert {end.usage.output_tokens for end in answers(engine)} == {measuring.NEW_TOKENS}
    pids = {status.child_pid for status in engine.statuses if status.state is EngineState.BUSY}
    assert len(pids - {before}) == 2
    assert before not in pids, "the peak of the present process is not that of this load"


def test_the_progress_goes_forward_through_all_phases(engine: EngineRecorder, tmp_path: Path) -> None:
    told = whole(
        engine, script_ref(tmp_path, SCRIPT), FIRST, replace(SECOND, is_prepared=False, prepare_s=5.0)
    )
    fractions = [progress.fraction for progress in told.progress]
    assert fractions == sorted(fractions)
    assert 0.9 < fractions[-1] <= 1.0
    assert [*dict.fromkeys((one.at, one.phase) for one in told.progress)] == [
        (1, MeasurePhase.LOADING), (1, MeasurePhase.READING), (1, MeasurePhase.WRITING),
        (2, MeasurePhase.PREPARING), (2, MeasurePhase.LOADING), (2, MeasurePhase.READING),
        (2, MeasurePhase.WRITING),
    ]  # fmt: skip
    assert {one.count for one in told.progress} == {2}
    assert all(one.seconds_left >= 0 for one in told.progress)
    assert {one.round for one in told.progress if one.phase is MeasurePhase.WRITING} == {1, 2, 3}


def test_what_was_prepared_just_now_is_measured_in_another_process(
    engine: EngineRecorder, tmp_path: Path
) -> None:
    told = whole(engine, script_ref(tmp_path, SCRIPT), replace(FIRST, is_prepared=False, prepare_s=5.0))
    assert [*told.measured] == [Precision.INT4]
    ready = [status for status in engine.statuses if status.state in (EngineState.READY, EngineState.BUSY)]
    pids = [*dict.fromkeys(status.child_pid for status in ready)]
    busy = {status.child_pid for status in ready if status.state is EngineState.BUSY}
    assert len(pids) == 2
    assert busy == {pids[1]}


def test_a_precision_that_cannot_be_loaded_is_told_and_the_others_are_measured(
    engine: EngineRecorder, tmp_path: Path
) -> None:
    told = whole(engine, script_ref(tmp_path, SCRIPT), REFUSED, FIRST)
    assert told.failed[Precision.FP16].code is ErrorCode.PRECISION_UNAVAILABLE
    assert [*told.measured] == [Precision.INT4]


@pytest.mark.parametrize("fault", [Fault.CRASH, Fault.WORLD_ERROR, Fault.EXCEPTION])
def test_an_answer_that_fails_ends_its_step_alone(
    engine: EngineRecorder, tmp_path: Path, fault: Fault
) -> None:
    script = replace(SCRIPT, fault=fault, fault_at=FaultPoint.ANSWER, fault_after=5)
    told = whole(engine, script_ref(tmp_path, script), FIRST, SECOND)
    assert {*told.failed} == {Precision.INT4, Precision.INT8}
    assert told.measured == {}


def test_an_answer_of_one_word_measures_nothing_and_says_so(engine: EngineRecorder, tmp_path: Path) -> None:
    told = whole(engine, script_ref(tmp_path, replace(SCRIPT, answers=("Yes",), repeat=1)), FIRST)
    assert told.measured == {}
    assert [*told.failed] == [Precision.INT4]


@pytest.mark.parametrize("phase", [MeasurePhase.LOADING, MeasurePhase.READING, MeasurePhase.WRITING])
def test_a_stop_is_the_end_of_everything_that_is_told(
    engine: EngineRecorder, tmp_path: Path, phase: MeasurePhase
) -> None:
    slow = replace(SCRIPT, load_ms=400, prompt_delay_ms=0.5, delay_ms=20)
    told = watched(engine, script_ref(tmp_path, slow), FIRST, SECOND)
    told.run.begin()
    engine.wait(lambda: any(one.phase is phase for one in told.progress))
    told.run.stop()
    known = told.told
    if phase is not MeasurePhase.LOADING:
        engine.wait(lambda: bool(answers(engine)))
        assert answers(engine)[-1].reason is FinishReason.CANCELLED
    engine.settle()
    assert told.told == known
    assert told.ends == 0


def test_it_can_be_stopped_by_whoever_hears_of_a_result(engine: EngineRecorder, tmp_path: Path) -> None:
    told = watched(engine, script_ref(tmp_path, SCRIPT), FIRST, SECOND)
    told.run.measured.connect(told.run.stop)
    told.run.begin()
    engine.wait(lambda: bool(told.measured))
    engine.settle()
    assert ([*told.measured], told.ends) == ([Precision.INT4], 0)


def test_an_answer_in_the_middle_is_given_up(engine: EngineRecorder, tmp_path: Path) -> None:
    ref = script_ref(tmp_path, replace(SCRIPT, delay_ms=20))
    engine.load(ref, FIRST.load)
    request = engine.ask()
    engine.wait_text(request)
    told = watched(engine, ref, SECOND)
    told.run.begin()
    assert isinstance(engine.wait_end(request), Finished)
    engine.wait(lambda: told.ends == 1)
    assert [*told.measured] == [Precision.INT8]

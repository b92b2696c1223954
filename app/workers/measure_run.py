"""One measurement on its way: has the engine load a model at one precision after the other, read and write.

Through the same `EngineClient` as every answer, so that what is measured is what a person gets. Lives in the
thread of its client. Whoever begins one sees to it that nobody else loads anything meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import Enum, auto

from PySide6.QtCore import QObject, Signal, Slot

from app.core import measuring
from app.core.chat import FinishReason, Role, Turn
from app.core.engine import (
    Failed,
    Finished,
    ModelRef,
    PromptProgress,
    ReasoningDelta,
    RequestEvent,
    TextDelta,
)
from app.core.errors import ErrorCode, ErrorInfo
from app.core.measuring import MeasurePhase, MeasureProgress, MeasureStep
from app.core.model_records import SpeedMeasure
from app.model.hardware import peak_memory
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineState, EngineStatus

_TRIES = 3
_TOLD_STEP = 0.002


class _Stage(Enum):
    """What is waited for."""

    CLEARING = auto()
    LOADING = auto()
    COUNTING = auto()
    ANSWERING = auto()
    OVER = auto()


class MeasureRun(QObject):
    """From `begin` to `ended`, or to `stop`. Every precision is measured in a fresh process.

    Signals:
        progressed: a MeasureProgress.
        measured: (Precision, SpeedMeasure).
        failed: (Precision, ErrorInfo); the others are measured all the same.
        ended: all were tried.
    """

    progressed = Signal(object)
    measured = Signal(object, object)
    failed = Signal(object, object)
    ended = Signal()

    def __init__(
        self,
        engine: EngineClient,
        ref: ModelRef,
        steps: Sequence[MeasureStep],
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._ref = ref
        self._steps = tuple(steps)
        self._clock = clock
        self._at = 0
        self._stage = _Stage.OVER
        self._is_made_ready = False  # prepared, or loaded once for it
        self._words = self._tries = self._wanted = 0
        self._request = 0
        self._rounds: list[Finished] = []
        self._tokens = 0
        self._begun = clock()
        self._told: MeasureProgress | None = None
        engine.status_changed.connect(self._on_status)
        engine.tokens_counted.connect(self._on_counted)
        engine.event_received.connect(self._on_event)

    def begin(self) -> None:
        """Have the present model unloaded, and the first precision measured."""
        self._begun = self._clock()
        self._begin_step()

    def stop(self) -> None:
        """End it where it is and tell nothing any more; the model that is loaded stays until another load."""
        if self._stage is _Stage.ANSWERING:
            self._engine.stop(self._request)
        self._stage = _Stage.OVER

    @property
    def _step(self) -> MeasureStep:
        return self._steps[self._at]

    # One step after the other

    def _begin_step(self) -> None:
        if self._at == len(self._steps):
            self._stage = _Stage.OVER
            self.ended.emit()
            return
        self._is_made_ready = self._step.is_prepared
        self._rounds = []
        self._clear()

    def _clear(self) -> None:
        """Get rid of the process that is there: its peak is not that of the next load."""
        self._stage = _Stage.CLEARING
        self._tell(self._load_phase, 0.0)
        self._engine.unload()

    def _load(self) -> None:
        self._stage = _Stage.LOADING
        self._engine.load(self._ref, self._step.load)

    def _loaded(self, context_length: int) -> None:
        if not self._is_made_ready:  # loaded from what it made ready, it takes less memory
            self._is_made_ready = True
            self._clear()
            return
        self._wanted = measuring.prompt_tokens(context_length)
        self._words, self._tries = self._wanted, 0
        self._count()

    def _count(self) -> None:
        self._stage = _Stage.COUNTING
        self._request = self._engine.count_tokens(self._turns())

    def _ask(self) -> None:
        self._stage = _Stage.ANSWERING
        self._tokens = 0
        self._tell(MeasurePhase.READING if not self._rounds else MeasurePhase.WRITING, 0.0)
        self._request = self._engine.generate(self._turns(), measuring.PARAMS)

    def _turns(self) -> tuple[Turn, ...]:
        return (Turn(Role.USER, measuring.bench_text(self._words)),)

    def _finish_step(self) -> None:
        status, step = self._engine.status, self._step
        reads, writes = measuring.speeds(self._rounds)
        device = status.model.device if status.model is not None else ""
        peak = peak_memory(status.child_pid) if status.child_pid and not device else 0
        if reads > 0 and writes > 0:
            now_ms = int(time.time() * 1000)
            self.measured.emit(step.precision, SpeedMeasure(reads, writes, peak, now_ms, device))
        else:
            self._tell_failure(ErrorInfo(ErrorCode.ENGINE_PROTOCOL, {"detail": "nothing was measured"}))
        self._next()

    def _fail_step(self, error: ErrorInfo) -> None:
        self._tell_failure(error)
        self._next()

    def _tell_failure(self, error: ErrorInfo) -> None:
        self.failed.emit(self._step.precision, error)

    def _next(self) -> None:
        if self._stage is not _Stage.OVER:  # else it was stopped by whoever heard of the last one
            self._at += 1
            self._begin_step()

    # What the engine tells

    @Slot(object)
    def _on_status(self, status: EngineStatus) -> None:
        if self._stage is _Stage.OVER:
            return
        if self._stage is _Stage.CLEARING:
            if status.state is EngineState.EMPTY:
                self._load()
            return
        if (status.ref, status.plan) != (self._ref, self._step.load):
            return
        if status.state is EngineState.FAILED:
            self._fail_step(status.error or ErrorInfo(ErrorCode.MODEL_LOAD_FAILED))
        elif status.state is EngineState.LOADING:  # also where a process died and another one was started
            if self._stage is _Stage.COUNTING:
                self._stage = _Stage.LOADING
            if self._stage is _Stage.LOADING:
                self._tell(self._load_phase, status.load_fraction)
        elif self._stage is _Stage.LOADING and status.model is not None:
            self._loaded(status.model.context_length)

    @Slot(int, int)
    def _on_counted(self, request_id: int, tokens: int) -> None:
        """Correct the number of words until the prompt has the wanted length."""
        if self._stage is not _Stage.COUNTING or request_id != self._request:
            return
        self._tries += 1
        if tokens == self._wanted or self._tries > _TRIES:
            self._ask()
            return
        self._words = measuring.corrected(self._words, tokens, self._wanted)
        self._count()

    @Slot(int, object)
    def _on_event(self, request_id: int, event: RequestEvent) -> None:
        if self._stage is not _Stage.ANSWERING or request_id != self._request:
            return
        match event:
            case PromptProgress(done, total):
                if not self._rounds:
                    self._tell(MeasurePhase.READING, done / max(1, total))
            case TextDelta() | ReasoningDelta():
                self._tokens += len(event.ids)
                self._tell(MeasurePhase.WRITING, self._tokens / measuring.NEW_TOKENS)
            case Failed(error):
                self._fail_step(error)
            case Finished(FinishReason.CANCELLED):
                self._fail_step(ErrorInfo(ErrorCode.ENGINE_PROTOCOL, {"detail": "stopped"}))
            case Finished():
                self._rounds.append(event)
                if len(self._rounds) < measuring.ROUNDS:
                    self._ask()
                else:
                    self._finish_step()

    # What is told

    @property
    def _load_phase(self) -> MeasurePhase:
        return MeasurePhase.LOADING if self._is_made_ready else MeasurePhase.PREPARING

    def _tell(self, phase: MeasurePhase, part: float) -> None:
        """Tell that a phase came to `part` (0..1), or its present round where there are several."""
        step, part = self._step, min(1.0, part)
        round_ = min(len(self._rounds) + 1, measuring.ROUNDS)
        if phase is MeasurePhase.WRITING:
            part = (round_ - 1 + part) / measuring.ROUNDS
        done = sum(one.seconds for one in self._steps[: self._at])
        done += step.before(phase) + step.length(phase) * part
        total = sum(one.seconds for one in self._steps)
        pace = self._pace(done)
        progress = MeasureProgress(
            step.precision,
            at=self._at + 1,
            count=len(self._steps),
            phase=phase,
            round=round_,
            fraction=done / total if total > 0 else 0.0,
            seconds_left=(total - done) * pace,
        )
        told = self._told
        is_same = told is not None and (told.at, told.phase, told.round) == (
            progress.at, progress.phase, progress.round,
        )  # fmt: skip
        if told is None or not is_same or progress.fraction - told.fraction >= _TOLD_STEP:
            self._told = progress
            self.progressed.emit(progress)

    def _pace(self, expected: float) -> float:
        """How much slower than expected it went so far; 1 where nothing can be said yet."""
        if expected < _PACE_AFTER_S:
            return 1.0
        return max(0.1, min(10.0, (self._clock() - self._begun) / expected))


_PACE_AFTER_S = 5.0
"""Expected seconds after which the real time says how long the rest takes."""

"""Measuring how fast a model reads and writes on this computer: what is measured, and what comes of it. Pure.

The same text and the same way of counting for the window and for the verb `bench`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from app.core import memory_plan
from app.core.computing import Computing
from app.core.engine import EngineKind, Finished, GenerationParams, LoadPlan, Precision
from app.core.errors import ErrorInfo
from app.core.load_plan import load_of, plan_wish
from app.core.memory import Fit, MachineMemory, MemoryChoice, ModelShape
from app.core.models import FoundModel
from app.core.paths import AppPaths

PROMPT_TOKENS, NEW_TOKENS, ROUNDS = 512, 32, 3
"""A prompt of some paragraphs, answers of a few lines; the median of three rounds."""
PARAMS = GenerationParams(max_tokens=NEW_TOKENS, min_tokens=NEW_TOKENS, temperature=0.0)
_SPARE_TOKENS = 64
"""Of a short context, what is left to the control tokens of a prompt."""
_CORES = 2
# Seconds on two cores, for one weight or one byte: rounded up from `docs/benchmarks.md` (a 6B).
_PREPARE_S = {Precision.INT4: 42e-9, Precision.INT8: 10e-9}
_READ_S = {EngineKind.GLM_TORCH: 3.2e-9, EngineKind.LLAMA_CPP: 9e-9}  # a prompt of `PROMPT_TOKENS`
_WRITE_BYTES_PER_S = 13e9
_DISK_BYTES_PER_S = 400e6
_OPEN_S = 3.0
_ON_CARD = 0.1
"""A share of the processor's time, for what lies wholly on a graphics card: a guess, told as "about"."""

# Ordinary words, each about one token in most vocabularies; the count is corrected by the model's own.
_WORDS = "the river runs past old stone houses and every morning people walk along it to work"


class MeasurePhase(StrEnum):
    """What is being done just now."""

    PREPARING = "preparing"  # integers are made of the weights, for the first time
    LOADING = "loading"
    READING = "reading"
    WRITING = "writing"


class MeasureEnd(StrEnum):
    """Why a measurement is over."""

    DONE = "done"
    CANCELLED = "cancelled"
    NEEDED = "needed"  # a person wrote, or wanted something else of the model
    MOVED = "moved"  # the folder of the models was


@dataclass(frozen=True, slots=True)
class MeasureStep:
    """One precision to be measured, with the seconds that each part of it is expected to take.

    Where it is not prepared, that takes `prepare_s` and writes `disk_bytes`.
    """

    precision: Precision
    load: LoadPlan
    is_prepared: bool = True
    prepare_s: float = 0.0
    open_s: float = _OPEN_S
    read_s: float = 1.0
    write_s: float = 1.0
    disk_bytes: int = 0

    def before(self, phase: MeasurePhase) -> float:
        """Seconds that come before a phase."""
        parts = {MeasurePhase.PREPARING: 0.0 if self.is_prepared else self.prepare_s}
        parts |= {MeasurePhase.LOADING: self.open_s, MeasurePhase.READING: self.read_s}
        order = [*MeasurePhase]
        return sum(parts.get(earlier, 0.0) for earlier in order[: order.index(phase)])

    def length(self, phase: MeasurePhase) -> float:
        """Seconds that a phase takes."""
        order = [*MeasurePhase]
        if phase is order[-1]:
            return self.write_s
        return self.before(order[order.index(phase) + 1]) - self.before(phase)

    @property
    def seconds(self) -> float:
        return self.before(MeasurePhase.WRITING) + self.write_s


@dataclass(frozen=True, slots=True)
class MeasurePlan:
    """What can be measured of a model now, the quickest first, and what does not fit into the memory."""

    steps: tuple[MeasureStep, ...] = ()
    left_out: tuple[Precision, ...] = ()

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)

    @property
    def unprepared(self) -> tuple[MeasureStep, ...]:
        """Those that take minutes and room on the disk for the first time."""
        return tuple(step for step in self.steps if not step.is_prepared)


@dataclass(frozen=True, slots=True)
class MeasureProgress:
    """How far a measurement is: at which of `count` precisions, from 1, and `fraction` of all in 0..1."""

    precision: Precision
    at: int
    count: int
    phase: MeasurePhase
    round: int = 1
    fraction: float = 0.0
    seconds_left: float = 0.0


@dataclass(frozen=True, slots=True)
class MeasureState:
    """What a person is told: what could be measured, what is being measured, and how the last one ended."""

    plan: MeasurePlan = MeasurePlan()
    is_possible: bool = False  # false also while an answer is written or the model loads
    progress: MeasureProgress | None = None
    end: MeasureEnd | None = None
    failed: tuple[tuple[Precision, ErrorInfo], ...] = ()


def bench_text(words: int) -> str:
    """A text of `words` words that repeats no whole sentence at the same place."""
    known = _WORDS.split()
    return " ".join(known[(at * 7 + at // len(known)) % len(known)] for at in range(words))


def prompt_tokens(context_length: int) -> int:
    """The length of the prompt in a context: `PROMPT_TOKENS`, or as much as there is room for."""
    return max(1, min(PROMPT_TOKENS, context_length - NEW_TOKENS - _SPARE_TOKENS))


def corrected(words: int, tokens: int, wanted: int) -> int:
    """The number of words to try next, when `words` of them made `tokens` and `wanted` are wanted."""
    return max(1, words + wanted - tokens)


def plan_measuring(
    model: FoundModel,
    wish: MemoryChoice,
    paths: AppPaths,
    machine: MachineMemory,
    computing: Computing,
    threads: int,
    prepared: frozenset[Precision] = frozenset(),
) -> MeasurePlan:
    """Every precision of a model that fits now, with the context that it would be loaded with.

    `threads` are those that the processor is really used with; `prepared` are the precisions that were made
    ready for fast loading before.
    """
    shape = model.shape
    planned = plan_wish(model, wish, paths, machine, computing)
    if shape is None or planned.memory is None:
        return MeasurePlan((MeasureStep(planned.load.precision, planned.load),))
    context = planned.memory.chosen.context_length
    steps, left_out = [], []
    for precision in reversed(memory_plan.precisions(shape)):
        choice = MemoryChoice(precision, context)
        if memory_plan.fit(memory_plan.estimate(shape, choice), machine) is Fit.TOO_LARGE:
            left_out.append(precision)
        else:
            load = load_of(choice, paths, computing)
            steps.append(_step(shape, load, machine, threads, precision in prepared))
    return MeasurePlan(tuple(steps), tuple(left_out))


def _step(
    shape: ModelShape, load: LoadPlan, machine: MachineMemory, threads: int, is_prepared: bool
) -> MeasureStep:
    choice = MemoryChoice(load.precision, load.context_length)
    needed = memory_plan.estimate(shape, choice)
    weights, slower = shape.linear_weights, _CORES / threads
    on_card = needed.movable > 0 and memory_plan.on_the_card(needed, machine) == needed.movable
    share = _ON_CARD if on_card else slower
    a_weight = _PREPARE_S.get(choice.precision, 0.0) if shape.engine is EngineKind.GLM_TORCH else 0.0
    writes = ROUNDS * NEW_TOKENS * needed.model / _WRITE_BYTES_PER_S
    return MeasureStep(
        choice.precision,
        load,
        is_prepared=is_prepared or not a_weight,
        prepare_s=a_weight * weights * slower,
        open_s=_OPEN_S if a_weight else _OPEN_S + shape.weight_bytes / _DISK_BYTES_PER_S,
        read_s=_READ_S.get(shape.engine, 0.0) * weights * share,
        write_s=writes * (_ON_CARD if on_card else 1.0),
        disk_bytes=needed.model if a_weight else 0,
    )


def speeds(rounds: Sequence[Finished]) -> tuple[float, float]:
    """Tokens a second read and written, 0 where a round told none.

    Read is what was not in the cache already: where a network can keep the prompt only the first round reads.
    """
    most = max((end.usage.prompt_tokens - end.usage.cached_tokens for end in rounds), default=0)
    whole = [end for end in rounds if end.usage.prompt_tokens - end.usage.cached_tokens > most // 2]
    read = [end.timings.prefill_tokens_per_s(end.usage) for end in whole]
    written = [end.timings.decode_tokens_per_s(end.usage) for end in rounds]
    return _median(read), _median(written)


def _median(values: Sequence[float]) -> float:
    told = [value for value in values if value > 0]
    return median(told) if told else 0.0

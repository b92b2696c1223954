"""How a model is to be loaded, by what a person chose and what this computer has: the one rule for the window
and the command line. Pure; `memory_plan` knows what a load takes, `model_records` what was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core import memory_plan
from app.core.computing import USUAL, Computing, computing_of, machine_for
from app.core.engine import EngineKind, LoadPlan, Precision
from app.core.errors import ErrorCode, ErrorInfo
from app.core.memory import (
    Fit,
    MachineMemory,
    MemoryChoice,
    MemoryEstimate,
    MemoryPlan,
    ModelShape,
    StepKind,
)
from app.core.model_records import wish_of
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.core.settings import Settings

ENGINES_WITH_PRECISIONS = frozenset({EngineKind.GLM_TORCH})
"""Engines that load one model at several precisions; the others take files as they are."""
PLAIN_CONTEXT = memory_plan.RECOMMENDED_CONTEXT
"""Tokens, for a model of which nothing can be told and for which nothing was chosen."""

_NO_LADDER = frozenset({StepKind.PARTLY_ON_PROCESSOR})  # the engine sees to it and tells it by itself


@dataclass(frozen=True, slots=True)
class PlannedLoad:
    """A load and the reasons for it.

    `smaller` are the plans to go on with, one after the other, where the system kills the load for its
    memory all the same. `memory` is None where the files do not tell what the model takes.
    """

    model: FoundModel
    load: LoadPlan
    memory: MemoryPlan | None = None
    smaller: tuple[LoadPlan, ...] = ()

    @property
    def is_too_large(self) -> bool:
        """Whether it cannot be loaded on this computer now, in whatever way."""
        return self.memory is not None and self.memory.fit is Fit.TOO_LARGE


@dataclass(frozen=True, slots=True)
class LoadAdjustment:
    """That something else is loaded than was asked for; what a person reads, and can undo.

    `asked` is the model that was asked for; `loaded` is the one that is there instead, or the same one with
    another choice. `needed` is what was asked for would take, `usable` what could be had, and
    `takes` what is loaded takes; bytes. `has_failed` is whether it was tried, and ran out of memory.
    """

    asked: FoundModel
    loaded: FoundModel
    wanted: MemoryChoice
    chosen: MemoryChoice
    needed: int
    takes: int
    usable: int
    has_failed: bool = False


def plan_for(model: FoundModel, settings: Settings, paths: AppPaths, machine: MachineMemory) -> PlannedLoad:
    """How `model` is to be loaded on `machine`, by what a person chose for it."""
    return plan_wish(model, wish_of(settings, model.ref.id), paths, machine, computing_of(settings))


def plan_wish(
    model: FoundModel,
    wish: MemoryChoice,
    paths: AppPaths,
    machine: MachineMemory,
    computing: Computing = USUAL,
    *,
    is_order: bool = False,
) -> PlannedLoad:
    """How `model` is to be loaded for a wish (NATIVE and 0: as is recommended).

    An order is carried out as it stands, whether it fits or not, and without a smaller plan behind it. A
    precision that the model does not have counts as no wish: it was meant for others.
    """
    shape, machine = model.shape, machine_for(machine, computing.device)
    if shape is None:
        is_chosen = model.ref.engine in ENGINES_WITH_PRECISIONS
        precision = wish.precision if is_chosen else Precision.NATIVE
        choice = MemoryChoice(precision, wish.context_length or PLAIN_CONTEXT)
        return PlannedLoad(model, load_of(choice, paths, computing))
    memory = plan_memory(shape, wish, machine)
    if is_order:
        needed = memory_plan.estimate(shape, memory.wanted)
        fits = memory_plan.fit(needed, machine)
        memory = MemoryPlan(memory.wanted, memory.wanted, needed, fits)
        return PlannedLoad(model, load_of(memory.chosen, paths, computing), memory)
    smaller = tuple(load_of(choice, paths, computing) for choice in _smaller(shape, memory.chosen, machine))
    return PlannedLoad(model, load_of(memory.chosen, paths, computing), memory, smaller)


def plan_memory(shape: ModelShape, wish: MemoryChoice, machine: MachineMemory) -> MemoryPlan:
    """What fits for a wish; `wanted` of the result is the wish with what is recommended filled in."""
    return memory_plan.plan(shape, filled_in(shape, wish, machine), machine)


def filled_in(shape: ModelShape, wish: MemoryChoice, machine: MachineMemory) -> MemoryChoice:
    """`wish` with what is recommended in place of NATIVE and 0.

    What a person did choose is kept where it can be: the other half gives way to it.
    """
    offered = memory_plan.precisions(shape)
    is_possible = wish.precision in offered or (wish.precision is Precision.FP32 and len(offered) > 1)
    precision = wish.precision if is_possible else Precision.NATIVE
    context = min(wish.context_length, shape.longest_context)
    if precision is Precision.NATIVE:
        advice = memory_plan.recommended(shape, machine)
        if not context:
            return advice
        coarser = offered[offered.index(advice.precision) :]
        return _first_that_fits(shape, [MemoryChoice(one, context) for one in coarser], machine)
    if not context:
        longest = min(PLAIN_CONTEXT, shape.longest_context)
        lengths = sorted({longest, *(n for n in memory_plan.contexts(shape) if n < longest)}, reverse=True)
        return _first_that_fits(shape, [MemoryChoice(precision, one) for one in lengths], machine)
    return MemoryChoice(precision, context)


def other_that_fits(
    planned: PlannedLoad, models: Sequence[FoundModel], settings: Settings, paths: AppPaths,
    machine: MachineMemory,
) -> PlannedLoad | None:  # fmt: skip
    """The model to load in place of one that is too large: the largest that fits; None where there is none.

    A model of which nothing can be told is never chosen, and the trial model only where there is no other.
    """
    fitting = [
        plan_for(model, settings, paths, machine)
        for model in models
        if model.problem is None and model.shape is not None and model.ref.id != planned.model.ref.id
    ]
    fitting = [other for other in fitting if not other.is_too_large]
    return max(
        fitting, key=lambda other: (not other.model.is_starter, other.model.parameter_count), default=None
    )


def adjustment_of(asked: PlannedLoad, loaded: PlannedLoad, machine: MachineMemory) -> LoadAdjustment | None:
    """What is to be said where `loaded` is not what was asked for; None where it is.

    That a part runs on the processor is not said here: the engine tells it when it happens.
    """
    if asked.memory is None or asked.model.shape is None or loaded.memory is None:
        return None
    if loaded.model.ref == asked.model.ref and not {*loaded.memory.steps} - _NO_LADDER:
        return None
    return LoadAdjustment(
        asked=asked.model,
        loaded=loaded.model,
        wanted=asked.memory.wanted,
        chosen=loaded.memory.chosen,
        needed=memory_plan.estimate(asked.model.shape, asked.memory.wanted).total,
        takes=loaded.memory.estimate.total,
        usable=room_for(memory_plan.estimate(asked.model.shape, asked.memory.wanted), machine),
    )


def after_failure(asked: PlannedLoad, now: LoadPlan, machine: MachineMemory) -> LoadAdjustment | None:
    """What is to be said when a load ran out of memory and goes on with the smaller plan `now`."""
    shape, memory = asked.model.shape, asked.memory
    if shape is None or memory is None or now == asked.load:
        return None
    choice = MemoryChoice(now.precision, now.context_length)
    return LoadAdjustment(
        asked=asked.model,
        loaded=asked.model,
        wanted=memory.wanted,
        chosen=choice,
        needed=memory_plan.estimate(shape, memory.wanted).total,
        takes=memory_plan.estimate(shape, choice).total,
        usable=room_for(memory_plan.estimate(shape, memory.wanted), machine),
        has_failed=True,
    )


def too_large_error(planned: PlannedLoad, machine: MachineMemory) -> ErrorInfo:
    """Why a load is not even tried."""
    if planned.memory is None:
        return ErrorInfo(ErrorCode.OUT_OF_MEMORY_PREDICTED)
    estimate = planned.memory.estimate
    params = {"needed": str(estimate.total), "available": str(room_for(estimate, machine))}
    return ErrorInfo(ErrorCode.OUT_OF_MEMORY_PREDICTED, params)


def room_for(estimate: MemoryEstimate, machine: MachineMemory) -> int:
    """Bytes that a load of `estimate` can have: of the computer's memory, and of its graphics card's."""
    return machine.usable + memory_plan.on_the_card(estimate, machine)


def load_of(choice: MemoryChoice, paths: AppPaths, computing: Computing) -> LoadPlan:
    """The load of just this choice, whether it fits or not."""
    return LoadPlan(
        context_length=choice.context_length,
        precision=choice.precision,
        threads=computing.threads,
        cache_dir=str(paths.prepared_dir),
        device=computing.device,
    )


def _first_that_fits(
    shape: ModelShape, choices: Sequence[MemoryChoice], machine: MachineMemory
) -> MemoryChoice:
    """The first of `choices` that fits, else the first."""
    return next((one for one in choices if _fits(shape, one, machine)), choices[0])


def _fits(shape: ModelShape, choice: MemoryChoice, machine: MachineMemory) -> bool:
    return memory_plan.fit(memory_plan.estimate(shape, choice), machine) is not Fit.TOO_LARGE


def _smaller(shape: ModelShape, choice: MemoryChoice, machine: MachineMemory) -> Sequence[MemoryChoice]:
    """The ladder below `choice`, step by step to its end."""
    choices: list[MemoryChoice] = []
    while (step := memory_plan.next_step(shape, choice, machine)) is not None:
        choice = step[0]
        choices.append(choice)
    return choices

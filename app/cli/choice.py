"""Which folders and which model a verb works with, and how that is loaded."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from app.core import settings as declared
from app.core.computing import computing_of, machine_for
from app.core.engine import EngineKind, Precision
from app.core.errors import ErrorCode, WorldError
from app.core.load_plan import (
    PlannedLoad,
    adjustment_of,
    other_that_fits,
    plan_for,
    plan_wish,
    room_for,
    too_large_error,
)
from app.core.memory import MachineMemory, MemoryChoice
from app.core.model_records import wish_of
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.locations import default_paths
from app.model import hardware, library
from app.ui.texts.memory import adjustment_sentence, order_sentence


def paths_of(options: argparse.Namespace) -> AppPaths:
    """The folders that were named, else the usual ones."""
    return default_paths(getattr(options, "data_dir", None), getattr(options, "models_dir", None))


def chosen_model(options: argparse.Namespace, paths: AppPaths, settings: Settings) -> FoundModel:
    """The model that was named, else the one the window would take; raises `WorldError`."""
    if options.model:
        found = library.resolve(options.model, paths.models_dir)
    else:
        last_used = settings.text(declared.LAST_MODEL)
        chosen = settings.text(declared.DEFAULT_MODEL)
        default = library.default_model(library.scan(paths.models_dir), last_used, chosen)
        if default is None:
            raise WorldError(ErrorCode.NO_MODEL)
        found = default
    if found.problem is not None:
        raise WorldError.from_info(found.problem)
    return found


def planned_load(
    options: argparse.Namespace, model: FoundModel, settings: Settings, paths: AppPaths
) -> PlannedLoad:
    """How it is to be loaded: by the rule of the window, and what is not as it was asked for said on stderr.

    What was named on the command line is an order: it is obeyed, with a warning where it does not fit; the
    engine refuses what cannot be. Without a model's name another one is taken where the usual one does not
    fit. Raises `WorldError` OUT_OF_MEMORY_PREDICTED.
    """
    if model.ref.engine is EngineKind.GLM_TORCH:
        hardware.find_graphics_card()
    computing = computing_of(settings)
    machine = machine_for(hardware.memory_now(None, paths.prepared_dir), computing.device)
    if options.context is not None or options.precision is not None:
        return _ordered(options, model, settings, paths, machine)
    asked = planned = plan_for(model, settings, paths, machine)
    if asked.is_too_large:
        models = [] if options.model else library.scan(paths.models_dir)
        other = other_that_fits(asked, models, settings, paths, machine)
        if other is None:
            raise WorldError.from_info(too_large_error(asked, machine))
        planned = other
    adjustment = adjustment_of(asked, planned, machine)
    if adjustment is not None:
        print(adjustment_sentence(adjustment), file=sys.stderr)
    return planned


def _ordered(
    options: argparse.Namespace,
    model: FoundModel,
    settings: Settings,
    paths: AppPaths,
    machine: MachineMemory,
) -> PlannedLoad:
    wish = wish_of(settings, model.ref.id)
    precision = wish.precision if options.precision is None else Precision(options.precision)
    context = wish.context_length if options.context is None else options.context
    choice = MemoryChoice(precision, context)
    planned = plan_wish(model, choice, paths, machine, computing_of(settings), is_order=True)
    if planned.is_too_large and planned.memory is not None:
        needed = planned.memory.estimate
        print(order_sentence(needed.total, room_for(needed, machine)), file=sys.stderr)
    load = planned.load
    if options.precision is not None:
        load = replace(load, precision=precision)
    if options.context is not None:
        load = replace(load, context_length=context)
    return replace(planned, load=load)

"""Which folders and which model a verb works with."""

from __future__ import annotations

import argparse
from dataclasses import replace

from app.core import settings as declared
from app.core.engine import LoadPlan, Precision
from app.core.errors import ErrorCode, WorldError
from app.core.load_plan import plan_for
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.locations import default_paths
from app.model import library


def paths_of(options: argparse.Namespace) -> AppPaths:
    """The folders that were named, else the usual ones."""
    return default_paths(getattr(options, "data_dir", None), getattr(options, "models_dir", None))


def chosen_model(options: argparse.Namespace, paths: AppPaths, settings: Settings) -> FoundModel:
    """The model that was named, else the one the window would take; raises `WorldError`."""
    if options.model:
        found = library.resolve(options.model, paths.models_dir)
    else:
        last_used = settings.text(declared.LAST_MODEL)
        default = library.default_model(library.scan(paths.models_dir), last_used)
        if default is None:
            raise WorldError(ErrorCode.NO_MODEL)
        found = default
    if found.problem is not None:
        raise WorldError.from_info(found.problem)
    return found


def load_plan(
    options: argparse.Namespace, model: FoundModel, settings: Settings, paths: AppPaths
) -> LoadPlan:
    """How it is to be loaded: by the settings, but for what was named; the engine refuses what cannot be."""
    plan = plan_for(model.ref.engine, settings, paths)
    if options.context is not None:
        plan = replace(plan, context_length=options.context)
    if options.precision is not None:
        plan = replace(plan, precision=Precision(options.precision))
    return plan

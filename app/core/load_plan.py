"""How a model is to be loaded by the settings: the one rule for the window and the command line."""

from __future__ import annotations

from app.core import settings as declared
from app.core.engine import EngineKind, LoadPlan, Precision
from app.core.paths import AppPaths
from app.core.settings import Settings

ENGINES_WITH_PRECISIONS = frozenset({EngineKind.GLM_TORCH})
"""Engines that load one model at several precisions; the others take files as they are."""

_AUTOMATIC = "auto"


def plan_for(kind: EngineKind, settings: Settings, paths: AppPaths) -> LoadPlan:
    """The plan for a model of an engine of `kind`.

    The precision of the settings counts only where the engine has that choice: a GGUF file must not be
    refused because of a wish that was meant for other models.
    """
    wanted = settings.text(declared.PRECISION)
    is_chosen = wanted != _AUTOMATIC and kind in ENGINES_WITH_PRECISIONS
    return LoadPlan(
        context_length=settings.number(declared.CONTEXT_LENGTH),
        precision=Precision(wanted) if is_chosen else Precision.NATIVE,
        cache_dir=str(paths.prepared_dir),
    )

"""What the engine worker tells about itself: one frozen value, emitted whenever it changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.core.engine import EngineKind, LoadNote, LoadPlan, ModelInfo, ModelRef
from app.core.errors import ErrorInfo


class EngineState(StrEnum):
    """EMPTY -> LOADING -> READY <-> BUSY; FAILED after a load or a child that could not be kept."""

    EMPTY = "empty"
    LOADING = "loading"
    READY = "ready"
    BUSY = "busy"
    FAILED = "failed"


HOLDING = frozenset({EngineState.LOADING, EngineState.READY, EngineState.BUSY})
"""While these last, the child has the files of its model open."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """The engine at one moment. `load_fraction` in 0..1 while LOADING; `load_s` after it.

    `notes` are those of the load, already while it is LOADING.
    """

    state: EngineState = EngineState.EMPTY
    ref: ModelRef | None = None
    plan: LoadPlan | None = None
    model: ModelInfo | None = None
    load_fraction: float = 0.0
    load_s: float = 0.0
    error: ErrorInfo | None = None
    child_pid: int = 0
    notes: tuple[LoadNote, ...] = ()

    def uses(self, folder: Path) -> bool:
        """Whether the child may have files below `folder` open, or write there what it makes of its model.

        A load is told before the process of the model before it is gone, and has one of its own only after.
        """
        if self.ref is None or self.state not in HOLDING:
            return False
        if self.state is EngineState.LOADING and not self.child_pid:
            return True
        places = [self.ref.path]
        if self.ref.engine is EngineKind.GLM_TORCH and self.plan is not None and self.plan.cache_dir:
            places.append(self.plan.cache_dir)
        return any(Path(place).is_relative_to(folder) for place in places)

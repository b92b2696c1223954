"""What this installation can open: the light edition comes without the engine for models in folders.

Told by looking for the engine's library, without importing it. Knows no model's files.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from app.core.engine import EngineKind, ModelRef
from app.core.errors import ErrorCode, ErrorInfo


@cache
def opens_folders() -> bool:
    """Whether models in folders can be hosted, not only those in one file."""
    return find_spec("torch") is not None


def problem_of(ref: ModelRef) -> ErrorInfo | None:
    """Why this installation cannot open a model, whatever its files are like; None where it can."""
    if ref.engine is EngineKind.GLM_TORCH and not opens_folders():
        return ErrorInfo(ErrorCode.MODEL_NEEDS_FULL_EDITION, {"path": ref.path})
    return None

"""One look at the disk before a model is chosen: the models, and what else a load depends on. Blocks."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.errors import ErrorCode, ErrorInfo
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.model import library
from app.model.importing.copying import remove_abandoned
from app.model.kernel_speeds import read_speeds


@dataclass(frozen=True, slots=True)
class LibraryLook:
    """What was there. `why_none` is the reason where there is no model, `int4_is_slower` what the engine's
    kernels were measured to be.
    """

    models: tuple[FoundModel, ...] = ()
    int4_is_slower: bool = False
    why_none: ErrorInfo = ErrorInfo(ErrorCode.NO_MODEL)


def look(paths: AppPaths) -> LibraryLook:
    """Read the models folder; what killed copies left in it is removed first."""
    why_none = ErrorInfo(ErrorCode.NO_MODEL)
    if paths.models_were_moved and not paths.models_dir.is_dir():
        why_none = ErrorInfo(ErrorCode.MODELS_FOLDER_MISSING, {"path": str(paths.models_dir)})
    remove_abandoned(paths.models_dir)  # of a copy that was killed: gigabytes that nobody would miss
    speeds = read_speeds(paths.prepared_dir)
    is_slower = speeds is not None and speeds.int4_is_slower
    models = library.scan(paths.models_dir)
    if why_none.code is ErrorCode.MODELS_FOLDER_MISSING:
        # The starter in the program is no answer to somebody whose own models are not connected.
        models = [model for model in models if not model.is_bundled]
    return LibraryLook(tuple(models), is_slower, why_none)

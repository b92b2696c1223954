"""The registry of engines: a kind and how its engine is made.

An engine's module is imported only when it is asked for, because it may pull in heavy libraries. Adding an
engine is one file beside this one, one function here and its line in `_FACTORIES`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

from app.core.engine import Engine, EngineKind
from app.core.errors import ErrorCode, WorldError
from app.model.engines.windows_runtime import load_runtime


def _scripted() -> Engine:
    from app.model.engines.scripted import ScriptedEngine

    return ScriptedEngine()


def _llama_cpp() -> Engine:
    from app.model.engines.llama_cpp import LlamaCppEngine

    return LlamaCppEngine()


def _glm_torch() -> Engine:
    # Torch's compiler, which nothing here uses, makes a folder for its cache among the temporary files when
    # it is imported, and that fails where another account made a file of this name. A folder that is there
    # already is left as it is.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", sys.prefix)
    from app.model.engines.glm_torch import GlmTorchEngine

    return GlmTorchEngine()


_FACTORIES: Mapping[EngineKind, Callable[[], Engine]] = {
    EngineKind.SCRIPTED: _scripted,
    EngineKind.LLAMA_CPP: _llama_cpp,
    EngineKind.GLM_TORCH: _glm_torch,
}


def create_engine(kind: EngineKind) -> Engine:
    """A fresh engine of `kind` with nothing loaded; raises `WorldError` ENGINE_START_FAILED."""
    factory = _FACTORIES.get(kind)
    if factory is None:
        raise WorldError(ErrorCode.ENGINE_START_FAILED, detail=f"no engine {kind.value}")
    load_runtime()
    try:
        return factory()
    except (ImportError, OSError) as error:  # a library that is missing or does not fit this machine
        raise WorldError(ErrorCode.ENGINE_START_FAILED, detail=str(error)) from error

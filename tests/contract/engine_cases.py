"""The engines that the contract suite runs over, each with a small model.

To add an engine: a function that gives its `ModelRef` (or skips, with the reason) and its line in `CASES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.engine import Engine, EngineKind, ModelInfo, ModelRef
from app.model.engines.script import Script, dump_script
from app.model.glm.family import Family
from tests.helpers.starter import starter_ref

CONTEXT_LENGTH = 2048


@dataclass(frozen=True)
class LoadedEngine:
    """An engine with its model loaded, as one case of the suite."""

    engine: Engine
    ref: ModelRef
    info: ModelInfo


def scripted_ref(folder: Path) -> ModelRef:
    """A script with a long answer of words, Chinese, and characters outside the basic plane."""
    path = folder / "script.json"
    sentence = "A cup of green tea 一杯绿茶, 🍵 and then another one.\n"
    path.write_text(dump_script(Script(answers=(sentence * 100,))), encoding="utf-8")
    return ModelRef("contract-script", EngineKind.SCRIPTED, str(path))


def llama_ref(_: Path) -> ModelRef:
    """The starter model; skips where it is absent."""
    return starter_ref()


def glm_ref(folder: Path) -> ModelRef:
    """A small ChatGLM3 with random weights, in its published layout."""
    from tests.helpers.glm_folder import glm_ref, make_folder

    return glm_ref(make_folder(folder, Family.CHATGLM3))


CASES: dict[EngineKind, Callable[[Path], ModelRef]] = {
    EngineKind.SCRIPTED: scripted_ref,
    EngineKind.LLAMA_CPP: llama_ref,
    EngineKind.GLM_TORCH: glm_ref,
}

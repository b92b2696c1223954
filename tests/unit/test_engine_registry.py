"""The registry of engines: every kind is known, and a library that is not there is said, not raised."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.core.cancel import CancelToken
from app.core.engine import EngineKind, LoadPlan
from app.model import engines
from app.model.engines.llama_cpp import LlamaCppEngine
from tests.helpers.starter import starter_ref


def test_every_kind_has_its_line() -> None:
    assert {*engines._FACTORIES} == {*EngineKind}


@pytest.mark.parametrize(
    ("kind", "library"), [(EngineKind.GLM_TORCH, "torch"), (EngineKind.GLM_TORCH, "transformers")]
)
def test_an_engine_without_its_library_is_a_failed_start(kind: EngineKind, library: str) -> None:
    """As in the light edition, which does without torch."""
    code = (
        "import sys; sys.modules[sys.argv[2]] = None\n"
        "from app.core.engine import EngineKind\n"
        "from app.core.errors import WorldError\n"
        "from app.model.engines import create_engine\n"
        "try:\n    create_engine(EngineKind(sys.argv[1]))\n"
        "except WorldError as error:\n    print(error.info.code.value)\n"
    )
    words = [sys.executable, "-c", code, kind.value, library]
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    assert result.stdout.strip() == "engine_start_failed", result.stderr


@pytest.mark.parametrize("error", [ImportError("no such library"), OSError("a part of it does not load")])
def test_both_ways_in_which_a_library_refuses(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse() -> object:
        raise error

    monkeypatch.setattr(engines, "_FACTORIES", {EngineKind.SCRIPTED: refuse})
    with pytest.raises(engines.WorldError, match="engine_start_failed"):
        engines.create_engine(EngineKind.SCRIPTED)


@pytest.mark.starter
def test_a_library_that_does_not_load_is_not_taken_for_a_damaged_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on Windows without Microsoft's C++ runtime: the library is imported with the first model."""
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(engines.WorldError, match="engine_start_failed"):
        LlamaCppEngine().load(starter_ref(), LoadPlan(), lambda _: None, CancelToken())

"""The llama.cpp engine in a process of its own: it ends cleanly, is quiet, and gives memory back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.starter import starter_path

pytestmark = pytest.mark.starter

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys, psutil
from app.core.cancel import CancelToken
from app.core.chat import Role, Turn
from app.core.engine import EngineKind, GenerationParams, LoadPlan, ModelRef
from app.model.engines.llama_cpp import LlamaCppEngine

heavy = [name for name in ("xllamacpp", "numpy", "torch", "PySide6") if name in sys.modules]
assert not heavy, heavy
me = psutil.Process()
engine = LlamaCppEngine()
memory = me.memory_info().rss
ref = ModelRef("s", EngineKind.LLAMA_CPP, sys.argv[1])
ask = (Turn(Role.USER, "SECRET-WORD: a long story"),)
for _ in range(2):
    engine.load(ref, LoadPlan(4096), lambda _: None, CancelToken())
    loaded = me.memory_info().rss
    stream = engine.generate(ask, GenerationParams(0, 0.0), CancelToken())
    for _ in range(5):
        next(stream)
    if sys.argv[2] == "unload":
        stream.close()
        engine.unload()
        assert me.memory_info().rss - memory < (loaded - memory) * 0.6, "memory is not given back"
        assert not [c for c in me.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
print("done")
"""


@pytest.mark.parametrize("way", ["unload", "exit"])
def test_a_process_ends_cleanly(way: str) -> None:
    """Also one that never unloads: no crash at its end, no hang, nothing on its output."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(starter_path()), way],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "done\n"
    assert result.stderr == ""

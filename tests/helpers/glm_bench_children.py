"""What the benches of the torch engine share: models of the real shape, and measured processes.

Models are made with random weights when they are first asked for. TEAHOUSE_BENCH_DIR names a folder where
they stay for the next run; without it they are deleted.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.core.engine import Precision
from tests.helpers.glm_bench_models import CHATGLM3_6B, Quant, random_checkpoint, random_gguf

ROOT = Path(__file__).resolve().parents[2]
CONTEXT = 4096
GIB = 1 << 30


class Child:
    """A side in its own process (`tests/helpers/glm_speed_child.py`)."""

    def __init__(self, arguments: Sequence[object], environment: dict[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "tests.helpers.glm_speed_child", *map(str, arguments)]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {}), "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reply()

    def ask(self, name: str, **arguments: object) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": name, **arguments}) + "\n")
        self._process.stdin.flush()
        return self._reply()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _reply(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the measured process ended with {self._process.wait()}")
        return json.loads(line)["value"]


@contextlib.contextmanager
def running(arguments: Sequence[object], environment: dict[str, str] | None = None) -> Iterator[Child]:
    child = Child(arguments, environment)
    try:
        yield child
    finally:
        child.close()


def tell(name: str, value: float, unit: str, target: str | None = None) -> None:
    figure = {"name": f"glm_{name}", "value": round(value, 4), "unit": unit, "target": target}
    print(json.dumps(figure), flush=True)


class Models:
    """The files that are measured, below one folder; each is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.cache = folder / "prepared"
        self.cache.mkdir(parents=True, exist_ok=True)

    def gguf(self, quant: Quant) -> Path:
        path = self._folder / f"{CHATGLM3_6B.name}-{quant.value}.gguf"
        if not path.exists():
            part = path.with_suffix(".part")
            random_gguf(part, CHATGLM3_6B, quant).rename(path)
        return path

    def checkpoint(self) -> Path:
        path = self._folder / CHATGLM3_6B.name
        if not path.exists():
            part = path.with_suffix(".part")
            random_checkpoint(part, CHATGLM3_6B).rename(path)
        return path

    def forget(self, quant: Quant) -> None:
        if "TEAHOUSE_BENCH_DIR" not in os.environ:
            self.gguf(quant).unlink()

    def ours(self, precision: Precision, group: int = 32, context: int = CONTEXT) -> list[object]:
        """Arguments of the child that hosts the checkpoint."""
        where: list[object] = ["--folder", self.checkpoint(), "--cache", self.cache]
        return [*where, "--precision", precision.value, "--group", group, "--context", context]

    def wheel(self, quant: Quant) -> list[object]:
        return ["--gguf", self.gguf(quant), "--context", CONTEXT]


@contextlib.contextmanager
def bench_models() -> Iterator[Models]:
    """The models, in the folder that is kept or in one that goes away."""
    kept = os.environ.get("TEAHOUSE_BENCH_DIR")
    with contextlib.ExitStack() as stack:
        folder = kept or stack.enter_context(tempfile.TemporaryDirectory(prefix="teahouse-bench-"))
        yield Models(Path(folder))

"""Holds the planner's estimate against the measured peak of memory, with random weights of the real shapes.

Each case is a process of its own (`tests/helpers/memory_child.py`) that loads a model as the engine child
does and fills its context: the cache to one chunk before the end with random numbers, so that its pages are
really taken without hours of reading, then a chunk is read and 20 tokens are written. Peaks are VmHWM, mapped
pages included. A figure is the distance of estimate / measured from 1 in percent; the two sizes (GiB = 2^30)
stand beside it, those of ChatGLM3-6B at 8,192 tokens beside the published figures. ChatGLM-6B was made for
2,048 tokens at most, so its second length is 1,024.

Cases can be named (`memory_plan_bench.py chatglm3-6b starter`). Makes checkpoints of 13 and 19 GB and
prepares them, which takes an hour. TEAHOUSE_BENCH_DIR names a folder with checkpoints and prepared files to
be used; what is made besides is removed model by model. Prints one JSON object per line.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.core import memory_plan
from app.core.engine import Precision
from app.core.memory import MemoryChoice, ModelShape
from app.locations import default_paths
from app.model import gguf, hardware, starter
from app.model.glm.config import read_config
from app.model.model_shapes import shape_of_config, shape_of_gguf
from tests.helpers.glm_bench_models import CHATGLM3_6B, CHATGLM_6B, GLM4_9B, Shape, random_checkpoint

ROOT = Path(__file__).resolve().parents[2]
GIB = 1 << 30
QUANTIZED = (Precision.INT4, Precision.INT8)
CONTEXTS = (2048, 8192)
SHORT_CONTEXTS = (1024, 2048)
TARGET = "<= 10"
PUBLISHED = {Precision.INT4: "<= 5.1", Precision.INT8: "<= 8.1", Precision.FP16: "<= 12.8"}
"""The published figures of a 6B with a context of 8,000 tokens, in GiB; ours has them at 8,192."""
_STARTER = "starter"
CASES: dict[str, tuple[Shape, tuple[tuple[Precision, int], ...]]] = {
    shape.name: (shape, tuple((precision, context) for precision in QUANTIZED for context in contexts) + more)
    for shape, contexts, more in (
        (CHATGLM3_6B, CONTEXTS, ((Precision.FP16, 8192),)),
        (CHATGLM_6B, SHORT_CONTEXTS, ((Precision.FP16, 2048),)),
        (GLM4_9B, CONTEXTS, ()),
    )
}


def tell(name: str, value: float, unit: str, target: str | None = None) -> None:
    figure = {"name": f"memory_{name}", "value": round(value, 3), "unit": unit, "target": target}
    print(json.dumps(figure), flush=True)


def compare(
    name: str, shape: ModelShape, choice: MemoryChoice, measured: int, limit: str | None = None
) -> None:
    estimated = memory_plan.estimate(shape, choice).total
    tell(f"{name}_off", abs(estimated / measured - 1) * 100, "%", TARGET)
    tell(f"{name}_estimated", estimated / GIB, "GiB")
    tell(f"{name}_measured", measured / GIB, "GiB", limit)


def peak(*arguments: object) -> int:
    """The peak of a measured process in bytes."""
    result = subprocess.run(
        [sys.executable, "-m", "tests.helpers.memory_child", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return int(json.loads(result.stdout.splitlines()[-1])["peak"])


def measure_starter() -> None:
    path = default_paths().models_dir / starter.FILE_NAME
    shape = shape_of_gguf(gguf.read_header(path))
    assert shape is not None
    for context in CONTEXTS:
        choice = MemoryChoice(Precision.NATIVE, context)
        compare(f"starter_{context}", shape, choice, peak("--gguf", path, "--context", context))


def measure(place: Path, name: str) -> None:
    """All cases of one checkpoint."""
    made, cases = CASES[name]
    with checkpoint(place, made) as folder, prepared(place) as cache:
        size = sum(
            path.stat().st_size for path in folder.iterdir() if path.suffix in (".bin", ".safetensors")
        )
        shape = shape_of_config(read_config(folder), size)
        for precision in QUANTIZED:
            before = set(cache.iterdir())
            at_preparing = peak(*arguments(folder, cache, precision, 0))
            if set(cache.iterdir()) - before:  # else it was only loaded
                tell(f"{name}_{precision.value}_preparing_measured", at_preparing / GIB, "GiB")
        for precision, context in cases:
            measured = peak(*arguments(folder, cache, precision, context))
            choice = MemoryChoice(precision, context)
            limit = PUBLISHED[precision] if (made, context) == (CHATGLM3_6B, 8192) else None
            compare(f"{name}_{precision.value}_{context}", shape, choice, measured, limit)


def arguments(folder: Path, cache: Path, precision: Precision, context: int) -> list[object]:
    return ["--folder", folder, "--cache", cache, "--precision", precision.value, "--context", context]


@contextlib.contextmanager
def checkpoint(place: Path, shape: Shape) -> Iterator[Path]:
    """The random checkpoint of `shape`; removed again where it was not there before."""
    folder = place / shape.name
    is_new = not folder.exists()
    if is_new:
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        random_checkpoint(part, shape).rename(folder)
    try:
        yield folder
    finally:
        if is_new:
            shutil.rmtree(folder)


@contextlib.contextmanager
def prepared(place: Path) -> Iterator[Path]:
    """The folder of prepared files; what is new in it afterwards is removed."""
    cache = place / "prepared"
    cache.mkdir(parents=True, exist_ok=True)
    before = set(cache.iterdir())
    try:
        yield cache
    finally:
        for path in set(cache.iterdir()) - before:
            shutil.rmtree(path, ignore_errors=True)


def measure_plan() -> None:
    """One whole plan on a computer with too little memory: every rung of the ladder is looked at."""
    folder = CASES[GLM4_9B.name][0]
    shape = _shape_without_files(folder)
    machine = replace(hardware.memory_now(), available=4 * GIB, ours=0)
    started = time.perf_counter()
    rounds = 200
    for _ in range(rounds):
        memory_plan.plan(shape, MemoryChoice(Precision.NATIVE, 131072), machine)
    tell("one_plan", (time.perf_counter() - started) / rounds * 1000, "ms", "<= 50")
    started = time.perf_counter()
    for _ in range(rounds):
        hardware.memory_now(os.getpid())
    tell("one_look_at_the_memory", (time.perf_counter() - started) / rounds * 1000, "ms")


def _shape_without_files(shape: Shape) -> ModelShape:
    from tests.helpers.glm_bench_models import config

    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "config.json").write_text(json.dumps(config(shape)), encoding="utf-8")
        return shape_of_config(read_config(Path(place)), 0)


def main() -> int:
    names = sys.argv[1:] or [_STARTER, *CASES]
    measure_plan()
    with contextlib.ExitStack() as stack:
        kept = os.environ.get("TEAHOUSE_BENCH_DIR")
        place = Path(kept or stack.enter_context(tempfile.TemporaryDirectory(prefix="teahouse-bench-")))
        for name in names:
            if name == _STARTER:
                measure_starter()
            else:
                measure(place, name)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Measures the torch engine side by side with the pinned llama.cpp wheel, in the shape of ChatGLM3-6B.

Random weights: speed and memory are those of the real model, the answers mean nothing. Both sides stay loaded
in processes of their own and are asked in turn, round after round; a share is the median of the shares of
the rounds, so that whatever disturbs the machine for a while disturbs both.

Takes about half an hour and, at its worst, 26 GB of disk and 14 GiB of memory. TEAHOUSE_BENCH_DIR names a
folder where the models stay for the next run; without it they are deleted. Peaks are VmHWM of a
child, mapped pages included; GiB = 2^30. Prints one JSON object per line.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.core.engine import Precision  # noqa: E402
from tests.helpers.glm_bench_models import (  # noqa: E402
    CHATGLM3_6B,
    Quant,
    random_checkpoint,
    random_gguf,
)

ROUNDS = 5
DECODED = 48
PROMPTS = (512, 2048)
CONTEXT = 4096
LONG_PROMPT, CANCEL_AFTER_S = 30_000, 20.0
MEMORY_PROMPT, MEMORY_NEW = 7000, 1000
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Contest:
    """One of ours against one of the wheel's, with the shares that must be reached (None: just told)."""

    name: str
    precision: Precision
    group: int
    against: Quant
    decode: str | None
    prompt: str | None
    environment: dict[str, str] = field(default_factory=dict)


CONTESTS = {
    Quant.Q4_0: (
        Contest("int4_g32", Precision.INT4, 32, Quant.Q4_0, ">= 0.8", ">= 2"),
        Contest("int4_g128", Precision.INT4, 128, Quant.Q4_0, ">= 0.95", ">= 2"),
        Contest("int4_g32_avx2", Precision.INT4, 32, Quant.Q4_0, None, None, AVX2),
    ),
    Quant.Q8_0: (
        Contest("int8", Precision.INT8, 32, Quant.Q8_0, ">= 1", ">= 4"),
        Contest("int8_avx2", Precision.INT8, 32, Quant.Q8_0, ">= 0.7", ">= 0.7", AVX2),
    ),
}
MEMORY = {Precision.FP16: "<= 12.8", Precision.INT8: "<= 8.1", Precision.INT4: "<= 5.1"}


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
        shutil.rmtree(self.cache, ignore_errors=True)  # preparing is measured each time
        self.cache.mkdir(parents=True)

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


def prepare(models: Models) -> None:
    """Make the prepared files, and measure the making and the loading of INT4."""
    for precision, group in ((Precision.INT4, 32), (Precision.INT4, 128), (Precision.INT8, 32)):
        name = f"{precision.value}_g{group}" if precision is Precision.INT4 else precision.value
        is_asked = name == "int4_g32"
        with running(models.ours(precision, group)) as child:
            loaded, peak = child.ask("loaded"), child.ask("peak") / GIB
        tell(f"{name}_prepare", loaded["seconds"], "s", "<= 300" if is_asked else None)
        tell(f"{name}_prepare_peak", peak, "GiB", "<= 6" if is_asked else None)
        tell(f"{name}_prepare_silence", loaded["silence"], "s", "<= 1" if is_asked else None)
        seconds = []
        for _ in range(3):
            with running(models.ours(precision, group)) as child:
                seconds.append(child.ask("loaded")["seconds"])
        tell(f"{name}_load_prepared", statistics.median(seconds), "s", "<= 3" if is_asked else None)


def compare(models: Models, quant: Quant) -> None:
    """All contests against one file of the wheel, asked in turn."""
    contests = CONTESTS[quant]
    works = [("decode", DECODED), *(("prompt", tokens) for tokens in PROMPTS)]
    speeds: dict[tuple[str, str, int], list[float]] = {}
    with contextlib.ExitStack() as stack:
        sides = {quant.value.lower(): stack.enter_context(running(models.wheel(quant)))}
        for contest in contests:
            arguments = models.ours(contest.precision, contest.group)
            sides[contest.name] = stack.enter_context(running(arguments, contest.environment))
        for side in sides.values():  # pages, threads, and what is measured at a first use
            side.ask("decode", tokens=4)
            side.ask("prompt", tokens=64)
        for number in range(ROUNDS):
            load = os.getloadavg()[0]
            print(f"round {number + 1} of {ROUNDS} against {quant.value}, load {load:.1f}", flush=True)
            for work, tokens in works:
                for name, side in sides.items():
                    speeds.setdefault((name, work, tokens), []).append(side.ask(work, tokens=tokens))
    _tell_speeds(quant.value.lower(), contests, works, speeds)


def _tell_speeds(
    wheel: str,
    contests: Sequence[Contest],
    works: Sequence[tuple[str, int]],
    speeds: dict[tuple[str, str, int], list[float]],
) -> None:
    for (name, work, tokens), values in speeds.items():
        tell(f"{name}_{_label(work, tokens)}", statistics.median(values), "tokens/s")
    for contest in contests:
        for work, tokens in works:
            ours, theirs = speeds[contest.name, work, tokens], speeds[wheel, work, tokens]
            share = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
            target = contest.decode if work == "decode" else contest.prompt
            tell(f"{contest.name}_{_label(work, tokens)}_of_wheel", share, "x", target)


def _label(work: str, tokens: int) -> str:
    return work if work == "decode" else f"{work}_{tokens}"


def conversation(models: Models) -> None:
    """What a person feels: later turns, Stop, and progress."""
    with running(models.ours(Precision.INT4, context=LONG_PROMPT + 1024)) as child:
        child.ask("decode", tokens=4)
        shares = [child.ask("turn", before=1500, new=200) for _ in range(3)]
        tell("turn_cost_of_new_tokens_alone", statistics.median(shares), "x", "<= 1.1")
        seconds = [
            child.ask("cancelled", tokens=LONG_PROMPT, after=CANCEL_AFTER_S + 0.37 * step)
            for step in range(3)
        ]
        tell("cancel_of_long_prompt", max(seconds), "s", "<= 0.3")
        tell("longest_silence_while_reading", child.ask("silence", tokens=2048), "s", "<= 1")


def memory(models: Models) -> None:
    """The peak of a whole conversation at each precision."""
    for precision, target in MEMORY.items():
        context = MEMORY_PROMPT + MEMORY_NEW + 8
        with running(models.ours(precision, context=context)) as child:
            child.ask("answer", prompt=MEMORY_PROMPT, new=MEMORY_NEW)
            tell(
                f"{precision.value}_peak_{MEMORY_PROMPT}_{MEMORY_NEW}", child.ask("peak") / GIB, "GiB", target
            )


def main() -> int:
    kept = os.environ.get("TEAHOUSE_BENCH_DIR")
    with contextlib.ExitStack() as stack:
        folder = kept or stack.enter_context(tempfile.TemporaryDirectory(prefix="teahouse-bench-"))
        models = Models(Path(folder))
        prepare(models)
        for quant in CONTESTS:
            compare(models, quant)
            models.forget(quant)
        conversation(models)
        memory(models)
    return 0


if __name__ == "__main__":
    sys.exit(main())

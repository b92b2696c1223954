"""Measures the speed of the torch engine side by side with the pinned llama.cpp wheel, as ChatGLM3-6B.

Random weights: speed is that of the real model, the answers mean nothing. All sides stay loaded in processes
of their own and are asked in turn, round after round; a share is the median of the shares of the rounds, so
that whatever disturbs the machine for a while disturbs both. Takes about half an hour, 26 GB of disk and 14
GiB of memory. Prints one JSON object per line.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.core.engine import Precision
from tests.helpers.glm_bench_children import Models, bench_models, running, tell
from tests.helpers.glm_bench_models import Quant

WORKS = (("decode", 24, 3), ("prompt", 512, 2), ("prompt", 2048, 1))
"""What is asked, for how many tokens, in how many rounds."""
AVX2_LONGEST = 512
"""Longer prompts are not asked of sides that are held to AVX2: they would take most of the time."""
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}


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


def compare(models: Models, quant: Quant) -> None:
    """All contests against one file of the wheel, asked in turn."""
    contests = CONTESTS[quant]
    speeds: dict[tuple[str, str, int], list[float]] = {}
    with contextlib.ExitStack() as stack:
        sides = {quant.value.lower(): stack.enter_context(running(models.wheel(quant)))}
        for contest in contests:
            arguments = models.ours(contest.precision, contest.group)
            sides[contest.name] = stack.enter_context(running(arguments, contest.environment))
        for side in sides.values():  # pages, threads, and what is measured at a first use
            side.ask("decode", tokens=4)
            side.ask("prompt", tokens=128)
        for work, tokens, rounds in WORKS:
            for number in range(rounds):
                print(f"{work} {tokens}, round {number + 1}, load {os.getloadavg()[0]:.1f}", flush=True)
                for name, side in sides.items():
                    if name.endswith("avx2") and tokens > AVX2_LONGEST:
                        continue
                    speed = side.ask(work, tokens=tokens)
                    print(f"  {name}: {speed:.2f} tokens/s", flush=True)
                    speeds.setdefault((name, work, tokens), []).append(speed)
    _tell_speeds(quant.value.lower(), contests, speeds)


def _tell_speeds(
    wheel: str, contests: Sequence[Contest], speeds: dict[tuple[str, str, int], list[float]]
) -> None:
    for (name, work, tokens), values in speeds.items():
        tell(f"{name}_{_label(work, tokens)}", statistics.median(values), "tokens/s")
    for contest in contests:
        for work, tokens, _ in WORKS:
            ours, theirs = speeds.get((contest.name, work, tokens)), speeds[wheel, work, tokens]
            if ours is None:
                continue
            share = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
            target = contest.decode if work == "decode" else contest.prompt
            tell(f"{contest.name}_{_label(work, tokens)}_of_wheel", share, "x", target)


def _label(work: str, tokens: int) -> str:
    return work if work == "decode" else f"{work}_{tokens}"


def main() -> int:
    with bench_models() as models:
        for quant in CONTESTS:
            compare(models, quant)
            models.forget(quant)
    return 0


if __name__ == "__main__":
    sys.exit(main())

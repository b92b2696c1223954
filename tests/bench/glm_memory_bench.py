"""Measures preparing, loading and the memory of the torch engine, as ChatGLM3-6B with random weights.

Peaks are VmHWM of the measured process, mapped pages included; GiB = 2^30. Each peak is that of a whole
exchange: a prompt of 7,000 tokens is read, and an answer written until the cache is full. Takes about 40
minutes, of which FP16 takes most. Prints one JSON object per line.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.core.engine import Precision
from tests.helpers.glm_bench_children import GIB, Models, bench_models, running, tell

PROMPT, NEW = 7000, 1000
LIMITS = {Precision.INT4: "<= 5.1", Precision.INT8: "<= 8.1", Precision.FP16: "<= 12.8"}


def prepare(models: Models) -> None:
    """Make the prepared files, and measure the making and the loading of INT4."""
    shutil.rmtree(models.cache, ignore_errors=True)
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


def peaks(models: Models) -> None:
    """The peak of a whole exchange at each precision."""
    for precision, limit in LIMITS.items():
        with running(models.ours(precision, context=PROMPT + NEW + 8)) as child:
            child.ask("answer", prompt=PROMPT, new=NEW)
            tell(f"{precision.value}_peak_{PROMPT}_{NEW}", child.ask("peak") / GIB, "GiB", limit)


def main() -> int:
    with bench_models() as models:
        prepare(models)
        peaks(models)
    return 0


if __name__ == "__main__":
    sys.exit(main())

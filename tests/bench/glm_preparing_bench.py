"""Measures preparing and loading with the torch engine, as ChatGLM3-6B with random weights.

Peaks are VmHWM of the measured process, mapped pages included; GiB = 2^30. Takes about ten minutes. Prints
one JSON object per line.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.core.engine import Precision
from tests.helpers.glm_bench_children import GIB, Models, bench_models, running, tell


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
        tell(f"{name}_prepare_longest_silence", loaded["silence"], "s")
        seconds = []
        for _ in range(3):
            with running(models.ours(precision, group)) as child:
                seconds.append(child.ask("loaded")["seconds"])
        tell(f"{name}_load_prepared", statistics.median(seconds), "s", "<= 3" if is_asked else None)


def main() -> int:
    with bench_models() as models:
        prepare(models)
    return 0


if __name__ == "__main__":
    sys.exit(main())

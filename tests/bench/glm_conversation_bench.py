"""Measures what a person feels of the torch engine: later turns, Stop, and progress, as ChatGLM3-6B at INT4.

Random weights. Takes about ten minutes. Prints one JSON object per line.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.core.engine import Precision
from tests.helpers.glm_bench_children import bench_models, running, tell

LONG_PROMPT, CANCEL_AFTER_S = 30_000, 20.0


def main() -> int:
    with bench_models() as models, running(models.ours(Precision.INT4, context=LONG_PROMPT + 1024)) as child:
        child.ask("decode", tokens=4)
        shares = [child.ask("turn", before=1500, new=200) for _ in range(3)]
        tell("turn_cost_of_new_tokens_alone", statistics.median(shares), "x", "<= 1.1")
        seconds = [
            child.ask("cancelled", tokens=LONG_PROMPT, after=CANCEL_AFTER_S + 0.37 * step)
            for step in range(3)
        ]
        tell("cancel_of_long_prompt", max(seconds), "s", "<= 0.3")
        tell("longest_silence_while_reading", child.ask("silence", tokens=2048), "s", "<= 1")
    return 0


if __name__ == "__main__":
    sys.exit(main())

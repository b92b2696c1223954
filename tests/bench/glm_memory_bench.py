"""Measures the memory of the torch engine at each precision, as ChatGLM3-6B with random weights.

Peaks are VmHWM of the measured process, mapped pages included; GiB = 2^30. Each is that of an exchange of
8,000 tokens. The published figures are for 7,000 read and 1,000 written; reading takes more memory than
writing, so most of the 8,000 are read, which is quicker and no easier. FP16, the slowest, is given 4,000
tokens, and its limit is less by the 112,000 KiB of cache that the others would take. Takes about 15 minutes.
Prints one JSON object per line.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.core.engine import Precision
from tests.helpers.glm_bench_children import GIB, bench_models, running, tell

WRITTEN = 50
CASES = (
    (Precision.INT4, 7950, "<= 5.1"),
    (Precision.INT8, 7950, "<= 8.1"),
    (Precision.FP16, 3950, "<= 12.69"),
)
"""Precision, tokens that are read, and the limit in GiB."""


def main() -> int:
    with bench_models() as models:
        for precision, read, limit in CASES:
            if precision is not Precision.FP16:
                with running(models.ours(precision)):
                    pass  # what has to be prepared is prepared: that peak is another one
            with running(models.ours(precision, context=read + WRITTEN + 8)) as child:
                child.ask("answer", prompt=read, new=WRITTEN)
                tell(f"{precision.value}_peak_{read}_{WRITTEN}", child.ask("peak") / GIB, "GiB", limit)
    return 0


if __name__ == "__main__":
    sys.exit(main())

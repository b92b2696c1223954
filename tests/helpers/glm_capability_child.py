"""A small model in a process whose torch is held to some of the processor's instructions.

Run as `python -m tests.helpers.glm_capability_child MODEL CACHE` with ATEN_CPU_CAPABILITY and
ONEDNN_MAX_CPU_ISA in its environment, which torch reads when it is imported. Prints one JSON object: the
kernel's layout, what was measured and in how many seconds, whether integer products are
exact, and for each precision how far the scores of a prompt
read at once and of a token written alone are from FP32 (relative to their size).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from app.core.engine import Precision
from app.model.engines import glm_torch as glm_torch  # first: it sets torch's threads
from app.model.glm import kernels
from app.model.glm.config import read_config
from app.model.glm.decoder import Decoder
from app.model.glm.loading import LoadRequest, load_network

import torch  # isort: skip

PROMPT = 70
QUANTIZED = (Precision.INT8, Precision.INT4)


def scores(folder: Path, cache: Path, precision: Precision, sequence: list[int]) -> torch.Tensor:
    """[2, vocab]: after a prompt of many rows, and after one more token."""
    cache_dir = cache if precision in QUANTIZED else None
    request = LoadRequest(folder, read_config(folder), precision, cache_dir)
    loaded = load_network(request, lambda _: None, lambda: None)
    decoder = Decoder(loaded.network, loaded.interrupt, PROMPT + 1)
    list(decoder.read(sequence[:PROMPT], lambda: None))
    found = [decoder.logits]
    decoder.write(sequence[PROMPT], lambda: None)
    return torch.stack([*found, decoder.logits])


def products_are_exact() -> bool:
    """Asked of random integers, not of the worst ones as the app does."""
    generator = torch.Generator().manual_seed(3)
    x = torch.randint(-127, 128, (PROMPT, 512), dtype=torch.int8, generator=generator)
    weight = torch.randint(-127, 128, (300, 512), dtype=torch.int8, generator=generator)
    found = kernels.int8_product(x, weight.T)
    return torch.equal(found.double(), x.double() @ weight.double().T)


def main(folder: Path, cache: Path) -> None:
    torch.set_num_threads(1)
    started = time.perf_counter()
    ways = kernels.ways()
    seconds = time.perf_counter() - started
    rows = read_config(folder).vocab_size
    generator = torch.Generator().manual_seed(4)
    sequence = torch.randint(0, rows, (PROMPT + 1,), generator=generator).tolist()
    exact = scores(folder, cache, Precision.FP32, sequence)
    errors = {}
    for precision in (Precision.FP16, *QUANTIZED):
        difference = scores(folder, cache, precision, sequence) - exact
        errors[precision.value] = [float(d.norm() / e.norm()) for d, e in zip(difference, exact, strict=True)]
    told = {
        "layout": kernels.int4_layout().name,
        "ways": {name: getattr(ways, name) for name in ways.__slots__},
        "exact": products_are_exact(),
        "seconds": seconds,
        "capability": torch.backends.cpu.get_cpu_capability(),
        "errors": errors,
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Prepares models at INT4 in forked processes, with torch imported once.

Run by `forked.processes` with a model. An order names a `model` and a `cache`. What comes back is `done` or
the code of an error.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.core.engine import Precision
from app.core.errors import WorldError
from app.model.engines import glm_torch as glm_torch  # first: it sets torch's threads
from app.model.glm import kernels
from app.model.glm.config import read_config
from app.model.glm.loading import LoadRequest, load_network
from app.model.glm.network import build_network
from tests.faults.forked import Order, serve

import torch  # isort: skip


def prepare(order: Order) -> str:
    model, cache = Path(str(order["model"])), Path(str(order["cache"]))
    request = LoadRequest(model, read_config(model), Precision.INT4, cache)
    try:
        load_network(request, lambda _: None, lambda: None)
    except WorldError as error:
        return error.info.code.value
    return "done"


def main() -> None:
    torch.set_num_threads(1)
    kernels.ways()
    build_network(read_config(Path(sys.argv[1])))  # imports the rest of transformers
    serve(prepare)


if __name__ == "__main__":
    main()

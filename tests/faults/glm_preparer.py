"""Prepares models in processes of their own and kills them, without importing torch for each.

Run as `python -m tests.faults.glm_preparer MODEL` with a model. A line on stdin is a JSON object:
`model`, `cache`, and either `kill_after` (seconds; without it never) or `largest_file` (bytes that a file may
have: a disk that says no at that point). For each a forked process prepares INT4; the answer is one line:
`killed`, `done` or the code of the error, and the seconds it took.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

from app.core.engine import Precision
from app.core.errors import WorldError
from app.model.engines import glm_torch as glm_torch  # first: it sets torch's threads
from app.model.glm import kernels
from app.model.glm.config import read_config
from app.model.glm.loading import LoadRequest, load_network
from app.model.glm.network import build_network

import torch  # isort: skip


def prepare(model: Path, cache: Path) -> str:
    request = LoadRequest(model, read_config(model), Precision.INT4, cache)
    try:
        load_network(request, lambda _: None, lambda: None)
    except WorldError as error:
        return error.info.code.value
    return "done"


def in_a_process_of_its_own(order: dict[str, object]) -> tuple[str, float]:
    reader, writer = os.pipe()
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.close(reader)
        largest = order.get("largest_file")
        if isinstance(largest, int):
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
        try:
            os.write(writer, prepare(Path(str(order["model"])), Path(str(order["cache"]))).encode())
        finally:
            os._exit(0)
    os.close(writer)
    after = order.get("kill_after")
    if isinstance(after, float):
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said or "killed", time.perf_counter() - started


def main() -> None:
    torch.set_num_threads(1)
    kernels.ways()
    build_network(read_config(Path(sys.argv[1])))  # imports the rest of transformers
    print("ready", flush=True)
    for line in sys.stdin:
        said, seconds = in_a_process_of_its_own(json.loads(line))
        print(said, seconds, flush=True)


if __name__ == "__main__":
    main()

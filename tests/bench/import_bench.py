"""Speed of looking at a model, hashing and copying it: one JSON object a line, with its target if it has one.

The model is ChatGLM3-6B as published: true names, sizes and headers, with holes in the place of the weights,
which looking never reads (so nothing is left out that it would wait for, and 13 GB fit anywhere). Hashing and
copying take a file of random bytes. Looking is measured in a process of its own, the first time included.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from math import prod
from pathlib import Path

import pytest
import torch

from app.core.cancel import Cancelled, CancelToken
from app.core.imports import TaskProgress
from app.model.glm.family import Family
from app.model.importing.copying import copy_files
from app.model.importing.hashing import hash_file
from tests.helpers.glm_bench_models import CHATGLM3_6B, Shape, checkpoint_tensors, config
from tests.helpers.glm_tokenizers import write_tokenizer
from tests.helpers.shared import shared

SHARD_BYTES = 1_990_000_000
FILE_BYTES = 2 << 30
ROUNDS = 3
CANCELS = 10
LOOK = """
import json, sys, time
from pathlib import Path
start = time.perf_counter()
from app.core.cancel import CancelToken
from app.model.importing.inspection import inspect
imported = time.perf_counter() - start
seconds = []
for _ in range(5):
    start = time.perf_counter()
    found = inspect(Path(sys.argv[1]), Path(sys.argv[2]), CancelToken())
    seconds.append(time.perf_counter() - start)
(brought,) = found.models
problem = brought.model.problem
told = problem and [problem.code, dict(problem.params)]
print(json.dumps([imported, seconds, brought.model.file_bytes, told]))
"""


def tell(name: str, value: float, unit: str, target: str | None = None) -> None:
    figure = {"name": f"import_{name}", "value": round(value, 4), "unit": unit, "target": target}
    print(json.dumps(figure), flush=True)


def main() -> int:
    kept = os.environ.get("TEAHOUSE_BENCH_DIR")
    with tempfile.TemporaryDirectory(prefix="teahouse-bench-", dir=kept) as name:
        place = Path(name)
        measure_looking(place)
        path = place / "random.gguf"
        write_random(path)
        measure_hashing(path)
        measure_copying(path, place / "models")
        measure_cancel(path, place / "models")
    return 0


# --- looking


def measure_looking(place: Path) -> None:
    """In a fresh process, with the headers not in memory: what a person waits for after dropping a folder."""
    folder = hollow_checkpoint(place / CHATGLM3_6B.name, CHATGLM3_6B)
    forget(folder)
    imported, seconds, found_bytes, problem = look(folder, place)
    if problem is not None:
        raise RuntimeError(f"the model is not found sound: {problem}")
    tell("look_size_of_weights", found_bytes / 1e9, "GB")
    tell("look_first_cold", seconds[0], "s", "<= 1")
    tell("look_imports_before_it", imported, "s")
    tell("look_again_median", statistics.median(seconds[1:]), "s", "<= 1")
    shutil.rmtree(folder)


def look(folder: Path, models_dir: Path) -> tuple[float, list[float], int, object]:
    """Seconds of importing and of five looks, the bytes of the weights, and the problem that was found."""
    ended = subprocess.run(
        [sys.executable, "-c", LOOK, str(folder), str(models_dir)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    imported, seconds, found_bytes, problem = json.loads(ended.stdout)
    return imported, seconds, found_bytes, problem


def hollow_checkpoint(folder: Path, shape: Shape) -> Path:
    """The published files of `shape` in shards with an index; the weights are holes."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config(shape)), encoding="utf-8")
    write_published_tokenizer(folder)
    plan = list(shards(shape))
    weight_map = {}
    for number, entries in enumerate(plan, 1):
        name = f"pytorch_model-{number:05}-of-{len(plan):05}.bin"
        with torch.serialization.skip_data():
            torch.save({key: torch.empty(size, dtype=shape.dtype) for key, size in entries}, folder / name)
        weight_map |= dict.fromkeys((key for key, _ in entries), name)
    index = {"metadata": {"total_size": 0}, "weight_map": weight_map}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index), encoding="utf-8")
    return folder


def shards(shape: Shape) -> Iterator[list[tuple[str, tuple[int, ...]]]]:
    """The tensors in their order, in parts of at most two gigabytes."""
    part: list[tuple[str, tuple[int, ...]]] = []
    taken = 0
    for key, size in checkpoint_tensors(shape):
        count = prod(size) * shape.dtype.itemsize
        if part and taken + count > SHARD_BYTES:
            yield part
            part, taken = [], 0
        part.append((key, size))
        taken += count
    yield part


def write_published_tokenizer(folder: Path) -> None:
    """The real file of ChatGLM2 and 3 where it is at hand, else a small one of its kind."""
    try:
        real = shared("fixtures", "chatglm2-6b", "tokenizer.model")
    except pytest.skip.Exception:
        write_tokenizer(folder, Family.CHATGLM3)
    else:
        shutil.copyfile(real, folder / real.name)


def forget(folder: Path) -> None:
    """Have the files read from the disk again, where the system lets a program say so."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


# --- bytes


def write_random(path: Path) -> None:
    dice = random.Random(1)
    with path.open("wb") as file:
        for _ in range(FILE_BYTES >> 24):
            file.write(dice.randbytes(1 << 24))
        file.flush()
        os.fsync(file.fileno())


def took(job: Callable[[], object]) -> float:
    """Seconds that `job` takes."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def measure_hashing(path: Path) -> None:
    """Against the system's own program, in turn, both with the file in memory."""
    program = shutil.which("sha256sum")
    ours, theirs, hashes = [], [], set()

    def hash_it() -> None:
        hashes.add(hash_file(path, lambda _: None, CancelToken()))

    hash_it()
    for _ in range(ROUNDS):
        ours.append(took(hash_it))
        if program is not None:
            start = time.perf_counter()
            said = subprocess.check_output([program, str(path)], text=True)
            theirs.append(time.perf_counter() - start)
            hashes.add(said.removeprefix("\\").split()[0])
    if len(hashes) != 1:
        raise RuntimeError(f"the hashes differ: {hashes}")
    tell("hash_speed", FILE_BYTES / statistics.median(ours) / 1e6, "MB/s")
    if theirs:
        tell("sha256sum_speed", FILE_BYTES / statistics.median(theirs) / 1e6, "MB/s")
        share = statistics.median(theirs) / statistics.median(ours)
        tell("hash_speed_as_share_of_sha256sum", share, "", ">= 0.9")


def measure_copying(path: Path, models: Path) -> None:
    """Copied, on the disk, and read back from there; beside it what the disk takes to be written alone."""
    seconds, plain, silences = [], [], []
    for _ in range(ROUNDS):
        moments = [time.perf_counter()]
        report = Moments(moments)
        seconds.append(
            took(lambda report=report: copy_files([(path, "")], models / "copy", report, CancelToken()))
        )
        silences.append(max(later - earlier for earlier, later in pairwise(moments)))
        (models / "copy").unlink()
        plain.append(took(lambda: subprocess.run(["cp", str(path), str(models / "cp")], check=True)))
        plain[-1] += took(lambda: subprocess.run(["sync", str(models / "cp")], check=True))
        (models / "cp").unlink()
    tell("checked_copy_speed", FILE_BYTES / statistics.median(seconds) / 1e6, "MB/s")
    tell("checked_copy_longest_silence", max(silences), "s")
    tell("cp_and_sync_speed", FILE_BYTES / statistics.median(plain) / 1e6, "MB/s")


class Moments:
    """Notes when progress is told."""

    def __init__(self, moments: list[float]) -> None:
        self._moments = moments

    def __call__(self, _: TaskProgress) -> None:
        self._moments.append(time.perf_counter())


class LateToken(CancelToken):
    """Is set at a byte count, and notes when, and when that was noticed."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at
        self.moment = self.noticed = 0.0

    def told(self, progress: TaskProgress) -> None:
        if progress.done >= self._at and not self.is_cancelled:
            self.moment = time.perf_counter()
            self.cancel()

    def raise_if_cancelled(self) -> None:
        if self.is_cancelled:
            self.noticed = time.perf_counter()
        super().raise_if_cancelled()


def measure_cancel(path: Path, models: Path) -> None:
    """Until it is noticed, and until the partial copy is gone from the disk, all over both passes."""
    dice = random.Random(2)
    noticed, gone = [], []
    for _ in range(CANCELS):
        cancel = LateToken(dice.randrange(2 * FILE_BYTES * 95 // 100))
        try:
            copy_files([(path, "")], models / "copy", cancel.told, cancel)
        except Cancelled:
            gone.append(time.perf_counter() - cancel.moment)
            noticed.append(cancel.noticed - cancel.moment)
    if list(models.iterdir()):
        raise RuntimeError("a cancelled copy left something")
    tell("cancel_noticed_longest", 1000 * max(noticed), "ms", "<= 50")
    tell("cancelled_copy_gone_longest", 1000 * max(gone), "ms")


if __name__ == "__main__":
    sys.exit(main())

"""What the torch engine measured for the doctor: once, and never the reason of a failed load."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.engine import LoadPlan
from app.model.engines.glm_torch import GlmTorchEngine
from app.model.glm.family import Family
from app.model.kernel_speeds import KernelSpeeds, read_speeds, write_speeds
from tests.helpers.glm_folder import glm_ref, make_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path, Family.CHATGLM3)


def load(folder: Path, cache_dir: str) -> None:
    engine = GlmTorchEngine()
    plan = LoadPlan(context_length=128, threads=1, cache_dir=cache_dir)
    engine.load(glm_ref(folder), plan, lambda _: None, CancelToken())
    engine.unload()


def test_a_load_measures_once_for_torch_and_processor(folder: Path, tmp_path: Path) -> None:
    cache_dir = tmp_path / "prepared"
    load(folder, str(cache_dir))
    measured = read_speeds(cache_dir)
    assert measured is not None
    assert "torch" in measured.made_with
    assert measured.int8_ms > 0
    assert measured.int4_ms > 0
    mark = replace(measured, int8_ms=1e6)
    write_speeds(cache_dir, mark)
    load(folder, str(cache_dir))
    assert read_speeds(cache_dir) == mark
    write_speeds(cache_dir, replace(mark, made_with="another torch"))
    load(folder, str(cache_dir))
    again = read_speeds(cache_dir)
    assert again is not None
    assert again.made_with == measured.made_with
    assert again.int8_ms < 1e6


def test_nothing_is_kept_where_nothing_may_be(folder: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    load(folder, "")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_takes_no_file_does_not_stop_a_load(folder: Path, tmp_path: Path) -> None:
    cache_dir = tmp_path / "prepared"
    load(folder, str(cache_dir))
    (cache_dir / "kernel-speeds.json").unlink()
    (cache_dir / "kernel-speeds.json").mkdir()
    load(folder, str(cache_dir))
    assert read_speeds(cache_dir) is None


def test_what_was_written_is_read(tmp_path: Path) -> None:
    speeds = KernelSpeeds("torch 2, AVX2, 4 threads", 4.25, 6.5, {"bf16": 0.25})
    assert read_speeds(tmp_path / "none") is None
    write_speeds(tmp_path / "none", speeds)
    assert read_speeds(tmp_path / "none") == speeds


@pytest.mark.parametrize("seconds", ['{"bf16": -1}', '{"bf16": NaN}', '{"bf16": "x"}', "[1]", "null"])
def test_times_that_make_no_sense_are_as_good_as_none(tmp_path: Path, seconds: str) -> None:
    (tmp_path / "kernel-speeds.json").write_text(
        f'{{"made_with": "x", "int8_ms": 1, "int4_ms": 1, "seconds": {seconds}}}', encoding="utf-8"
    )
    assert read_speeds(tmp_path) is None


def test_the_next_start_begins_with_the_shortest_times(folder: Path, tmp_path: Path) -> None:
    """In a process of its own, which has measured nothing yet: what it recalls decides."""
    cache_dir = tmp_path / "prepared"
    load(folder, str(cache_dir))
    measured = read_speeds(cache_dir)
    assert measured is not None
    assert set(measured.seconds) >= {"bf16", "float32", "int8"}
    for fast, slow in (("bf16", "float32"), ("float32", "bf16")):
        # Shorter than anything can be measured, so the present moment cannot change the outcome.
        write_speeds(cache_dir, replace(measured, seconds={fast: 1e-9, slow: 1e-8}))
        told = ways_after_recalling(cache_dir)
        assert f"bf16_product={fast == 'bf16'}" in told


def ways_after_recalling(cache_dir: Path) -> str:
    code = (
        "import sys; from pathlib import Path\n"
        "from app.model.glm import kernels\n"
        "from app.model.kernel_speeds import read_speeds\n"
        "kernels.recall(read_speeds(Path(sys.argv[1])).seconds); print(kernels.ways())\n"
    )
    environment = {**os.environ, "GOMP_SPINCOUNT": "200"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(cache_dir)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout

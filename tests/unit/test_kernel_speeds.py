"""What the torch engine measured for the doctor: once, and never the reason of a failed load."""

from __future__ import annotations

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
    speeds = KernelSpeeds("torch 2, AVX2, 4 threads", 4.25, 6.5)
    assert read_speeds(tmp_path / "none") is None
    write_speeds(tmp_path / "none", speeds)
    assert read_speeds(tmp_path / "none") == speeds

"""Kills, full disks and folders that may not be written, while a model is prepared; real processes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from helpers.engine_fixtures import engine as engine
from helpers.engine_host import EngineRecorder, ask
from torch import Tensor

from app.core.cancel import CancelToken
from app.core.chat import Role, Turn
from app.core.engine import Failed, GenerationParams, LoadPlan, Precision
from app.core.errors import ErrorCode, WorldError
from app.model.engines.glm_torch import GlmTorchEngine
from app.model.glm.config import read_config
from app.model.glm.decoder import Decoder
from app.model.glm.family import Family
from app.model.glm.loading import LoadRequest, load_network
from app.model.glm.prepared import MANIFEST, WEIGHTS
from app.workers.engine_status import EngineState
from tests.faults.dice import ENOUGH, dice, moments, times
from tests.faults.forked import processes
from tests.helpers.glm_folder import glm_ref, make_folder
from tests.helpers.glm_models import Options, Sizes

SIZES = Sizes(layers=3, hidden=256, ffn=512, heads=4, groups=2, head=64, vocab=8192)
GREEDY = GenerationParams(max_tokens=8, temperature=0.0, min_tokens=8)
PREPARER = "tests.faults.glm_preparer"
posix = pytest.mark.skipif(sys.platform == "win32", reason="forks, signals and limits of files")


def scores(model: Path, cache: Path | None) -> tuple[Tensor, bool]:
    """Scores after a few tokens at INT4, and whether they had to be prepared for."""
    told: list[float] = []
    request = LoadRequest(model, read_config(model), Precision.INT4, cache)
    loaded = load_network(request, told.append, lambda: None)
    decoder = Decoder(loaded.network, loaded.interrupt, 16)
    list(decoder.read([5, 6, 7], lambda: None))
    return decoder.logits, len(told) > 2


def names(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir()) if cache.exists() else []


@posix
def test_a_kill_at_any_moment_leaves_a_whole_file_or_none(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Killed at moments all over the time that preparing takes, the last steps more often."""
    model, cache = make_folder(tmp_path, Family.CHATGLM3, Options(sizes=SIZES)), tmp_path / "缓存"
    wanted, _ = scores(model, None)
    order = {"model": str(model), "cache": str(cache)}
    kill = whole = partial = 0
    with processes(PREPARER, str(model)) as preparing:
        preparing.run(**order)
        (made,) = cache.iterdir()
        content = hashlib.sha256((made / WEIGHTS).read_bytes()).hexdigest()
        shutil.rmtree(cache)
        usual = preparing.run(**order).seconds
        shutil.rmtree(cache)
        for kill, after in moments("preparing", usual, last_steps=0.85):
            said = preparing.run(kill_after=after, **order).word
            left = names(cache)
            halves = [name for name in left if name.endswith(".partial")]
            partial += len(halves)
            assert len(left) <= 1, (kill, left)
            if said == "done":
                assert left == [made.name]
            for name in set(left) - set(halves):
                whole += 1
                manifest = json.loads((cache / name / MANIFEST).read_text("utf-8"))
                assert hashlib.sha256((cache / name / WEIGHTS).read_bytes()).hexdigest() == content
                assert manifest["sha256"] == content
            found, was_prepared = scores(model, cache)
            assert torch.equal(found, wanted), kill
            assert was_prepared == bool(halves or not left), kill
            assert names(cache) == [made.name], "what was abandoned is removed"
            shutil.rmtree(cache)
    record_property("kills", kill + 1)
    record_property("half-made when killed", partial)
    record_property("whole when killed", whole)
    assert partial or kill < ENOUGH, "no kill came in between"


@posix
def test_a_disk_that_fills_up_at_any_byte(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """A file that may not grow beyond a limit stands for the disk: the writes fail at the same places."""
    model, cache = make_folder(tmp_path, Family.CHATGLM3, Options(sizes=SIZES)), tmp_path / "cache"
    scores(model, cache)
    (made,) = cache.iterdir()
    size = (made / WEIGHTS).stat().st_size
    shutil.rmtree(cache)
    chance = dice("bytes of a prepared file")
    limits = [0, 100, size // 2, size - 1, *(chance.randrange(size) for _ in range(times(5, 40)))]
    order = {"model": str(model), "cache": str(cache)}
    with processes(PREPARER, str(model)) as preparing:
        for limit in limits:
            assert preparing.run(largest_file=limit, **order).word == ErrorCode.DISK_FULL.value, limit
            assert names(cache) == [], limit
        assert preparing.run(largest_file=size, **order).word == "done"
        assert names(cache) == [made.name]
    assert scores(model, cache)[1] is False
    record_property("writes refused", len(limits))


@posix
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    model = make_folder(tmp_path, Family.CHATGLM3, Options(sizes=Sizes(layers=1)))
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o555)
    if os.access(cache, os.W_OK):
        # Nothing is forbidden to this user; a folder of the kernel's refuses it all the same.
        cache = Path("/proc/self/cache")
        codes = {ErrorCode.READ_ONLY, ErrorCode.STORAGE_FAILED}
    else:
        codes = {ErrorCode.READ_ONLY}
    with pytest.raises(WorldError) as caught:
        scores(model, cache)
    assert caught.value.info.code in codes
    assert caught.value.info.params["path"] == str(cache)


def test_a_file_where_the_cache_should_be(tmp_path: Path) -> None:
    model = make_folder(tmp_path, Family.CHATGLM3, Options(sizes=Sizes(layers=1)))
    (tmp_path / "cache").write_text("mine", encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        scores(model, tmp_path / "cache")
    assert caught.value.info.code is ErrorCode.STORAGE_FAILED
    assert (tmp_path / "cache").read_text("utf-8") == "mine"


def test_the_engine_after_a_failed_load_has_no_model_and_loads_again(tmp_path: Path) -> None:
    engine = GlmTorchEngine()
    good = make_folder(tmp_path, Family.CHATGLM3, Options(sizes=Sizes(layers=1)))
    bad = make_folder(tmp_path / "bad", Family.CHATGLM3, Options(sizes=Sizes(layers=1)))
    next(bad.glob("*.bin")).unlink()
    plan = LoadPlan(256, Precision.FP32, 1)
    turns = (Turn(Role.USER, "tea"),)
    engine.load(glm_ref(good), plan, lambda _: None, CancelToken())
    wanted = list(engine.generate(turns, GREEDY, CancelToken()))[1:-1]
    with pytest.raises(WorldError):
        engine.load(glm_ref(bad), plan, lambda _: None, CancelToken())
    with pytest.raises(WorldError) as caught:
        list(engine.generate(turns, GREEDY, CancelToken()))
    assert caught.value.info.code is ErrorCode.NO_MODEL
    engine.load(glm_ref(good), plan, lambda _: None, CancelToken())
    assert list(engine.generate(turns, GREEDY, CancelToken()))[1:-1] == wanted
    engine.unload()


def test_the_app_goes_on_with_the_model_that_was_loaded(engine: EngineRecorder, tmp_path: Path) -> None:
    """Through the client: a bad folder fails its requests with its code, the model before answers again."""
    good = make_folder(tmp_path, Family.CHATGLM3, Options(sizes=Sizes(layers=1)))
    bad = make_folder(tmp_path / "bad", Family.GLM4_0414, Options(sizes=Sizes(layers=1)))
    (bad / "tokenizer.json").unlink()
    plan = LoadPlan(512, Precision.FP32, 1)
    engine.load(glm_ref(good), plan)
    wanted = engine.ids(engine.answered(ask(), GREEDY))
    assert len(wanted) == 8
    engine.client.load(glm_ref(bad), plan)
    end = engine.wait_end(engine.ask())
    assert isinstance(end, Failed)
    assert end.error.code is ErrorCode.MODEL_INCOMPLETE
    assert engine.client.status.state is EngineState.FAILED
    engine.load(glm_ref(good), plan)
    assert engine.ids(engine.answered(ask(), GREEDY)) == wanted

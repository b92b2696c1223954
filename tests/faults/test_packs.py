"""Kills and full disks while a model is packed and unpacked; real processes. Whole, or not there at all."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.model import hardware, library
from app.model.glm.family import Family
from app.model.importing import copying
from app.model.importing.copying import remove_abandoned
from app.model.importing.inspection import inspect
from app.model.pack import write_pack
from app.model.pack_format import read_pack
from tests.faults.dice import moments
from tests.faults.test_importing import content, copier, names, small_disk
from tests.helpers.glm_folder import make_folder
from tests.helpers.glm_models import Options, Sizes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and signals")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = Options(sizes=Sizes(layers=2, hidden=256, ffn=1024, vocab=32_768))
    return make_folder(tmp_path_factory.mktemp("model"), Family.CHATGLM3, options)


def test_packing_killed_at_any_moment(
    tmp_path: Path, model: Path, record_property: Callable[[str, object], None]
) -> None:
    """A pack that is there can be read; else the next try makes it, and nothing lies beside it."""
    stick = tmp_path / "stick"
    target = stick / "茶.teahousemodel"
    order = {"models": str(tmp_path / "models"), "pack": str(target)}
    kill = partial = whole = 0
    with copier() as processes:
        processes.run(model, **order)
        wanted = target.read_bytes()
        shutil.rmtree(stick)
        usual = processes.run(model, **order).seconds
        for kill, after in moments("packing", usual, last_steps=0.7):
            shutil.rmtree(stick)
            processes.run(model, kill_after=after, **order)
            halves = [name for name in names(stick) if name.endswith(".partial")]
            partial += len(halves)
            assert set(names(stick)) <= {*halves, target.name}, kill
            if target.exists():
                whole += 1
                assert target.read_bytes() == wanted, kill
                remove_abandoned(stick)
            else:
                assert processes.run(model, **order).word == "done", kill
            assert names(stick) == [target.name], kill
            assert target.read_bytes() == wanted, kill
    record_property("kills", kill + 1)
    record_property("half-made when killed", partial)
    record_property("whole when killed", whole)


def test_unpacking_killed_at_any_moment(
    tmp_path: Path, model: Path, record_property: Callable[[str, object], None]
) -> None:
    """Never a half model in the library; what a kill leaves is gone with the next try."""
    pack = tmp_path / "pack"
    (found,) = inspect(model, tmp_path / "here", CancelToken()).models
    write_pack(found, tmp_path / "here", pack, lambda _: None, CancelToken())
    wanted = content(model)
    models = tmp_path / "models"
    order = {"models": str(models), "family": ""}
    kill = came_in_between = 0
    with copier() as processes:
        processes.run(pack, **order)
        shutil.rmtree(models)
        usual = processes.run(pack, **order).seconds
        for kill, after in moments("unpacking", usual, last_steps=0.6):
            shutil.rmtree(models, ignore_errors=True)
            processes.run(pack, kill_after=after, **order)
            came_in_between += any(name.endswith(".partial") for name in names(models))
            for one in library.scan(models):
                assert one.problem is None, kill
                assert content(Path(one.ref.path)) == wanted, kill
            assert processes.run(pack, **order).word == "done", kill
            assert [content(Path(one.ref.path)) for one in library.scan(models)] in (
                [wanted],
                [wanted] * 2,
            ), kill
            assert not [name for name in names(models) if name.endswith(".partial")], kill
    record_property("kills", kill + 1)
    record_property("half-made when killed", came_in_between)


@pytest.mark.parametrize("way", ["told", "written"])
def test_a_real_full_disk(tmp_path: Path, model: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so when it is asked, or only when bytes are written."""
    told: list[TaskProgress] = []
    if way == "told":
        monkeypatch.setattr(copying, "SPARE_BYTES", 0)
    else:
        monkeypatch.setattr(hardware, "disk_free", lambda _: None)
    (found,) = inspect(model, tmp_path / "here", CancelToken()).models
    with small_disk(tmp_path / "disk", 1 + (found.copy_bytes >> 21)) as disk:
        with pytest.raises(WorldError) as caught:
            write_pack(found, tmp_path / "here", disk / "p" / "pack", told.append, CancelToken())
        assert caught.value.info.code is ErrorCode.DISK_FULL
        assert bool(told) == (way == "written")
        assert names(disk / "p") == []
    monkeypatch.setattr(hardware, "disk_free", lambda _: None)
    with small_disk(tmp_path / "larger", 2 + (found.copy_bytes >> 20)) as disk:
        write_pack(found, tmp_path / "here", disk / "p" / "pack", told.append, CancelToken())
        assert read_pack(disk / "p" / "pack").manifest.byte_count == found.copy_bytes

"""Kills, full disks, forbidden folders and second copies while a model is copied; real processes."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.model import hardware, library
from app.model.glm.family import Family
from app.model.importing import copying
from app.model.importing.copying import copy_files, remove_abandoned
from tests.faults.dice import ENOUGH, dice, moments, times
from tests.faults.forked import Processes, processes
from tests.faults.model_copier import files_of
from tests.helpers.glm_folder import make_folder
from tests.helpers.glm_models import Options, Sizes

NOBODY = 65534
REFUSED_WRITES = ("file_too_large", "storage_failed", "disk_full")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks, signals and limits of files")


@dataclass(frozen=True)
class Copied:
    """What a process answered; `target` is the number of the name that it took."""

    word: str
    seconds: float
    target: int = 0


class Copier:
    """Processes that copy, killed or held back."""

    def __init__(self, forked: Processes) -> None:
        self._forked = forked

    def begin(self, source: Path, *targets: Path, **order: object) -> None:
        self._forked.begin(source=str(source), targets=[str(target) for target in targets], **order)

    def end(self) -> Copied:
        said = self._forked.end()
        word, _, number = said.word.partition(" ")
        return Copied(word, said.seconds, int(number or 0))

    def run(self, source: Path, *targets: Path, **order: object) -> Copied:
        self.begin(source, *targets, **order)
        return self.end()


@contextmanager
def copier() -> Iterator[Copier]:
    with processes("tests.faults.model_copier") as forked:
        yield Copier(forked)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder of two large files and many small ones, every byte of them of its own place."""
    folder = tmp_path / "模型"
    filler = random.Random(3)
    for name, size in (("weights-1.bin", 5 << 20), ("weights-2.bin", (3 << 20) + 3)):
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(filler.randbytes(size))
    for number in range(12):
        path = folder / f"sub {number % 3}" / f"{number}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(filler.randbytes(number * 100))
    return folder


def content(path: Path) -> dict[str, bytes]:
    return {name: file.read_bytes() for file, name in files_of(path)}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_kill_at_any_moment_leaves_a_whole_model_or_none(
    tmp_path: Path, model: Path, is_folder: bool, record_property: Callable[[str, object], None]
) -> None:
    """Killed at moments all over the time that copying takes, the last steps more often."""
    source = model if is_folder else model / "weights-1.bin"
    wanted = content(source)
    models = tmp_path / "models"
    target = models / "茶 model"
    what = "copying a folder" if is_folder else "copying a file"
    kill = whole = partial = 0
    with copier() as copying_in:
        copying_in.run(source, target)
        shutil.rmtree(models)
        usual = copying_in.run(source, target).seconds
        for kill, after in moments(what, usual):
            shutil.rmtree(models)
            said = copying_in.run(source, target, kill_after=after)
            halves = [name for name in names(models) if name.endswith(".partial")]
            partial += len(halves)
            assert set(names(models)) <= {*halves, target.name}, kill
            assert len(halves) <= 1, kill
            remove_abandoned(models)
            assert names(models) in ([], [target.name]), kill
            if said.word == "done" or target.exists():
                whole += 1
                assert content(target) == wanted, kill
                assert copying_in.run(source, target).word == "exists"
            else:
                assert copying_in.run(source, target).word == "done", kill
            assert content(target) == wanted, kill
            assert names(models) == [target.name], kill
    record_property("kills", kill + 1)
    record_property("half-made when killed", partial)
    record_property("whole when killed", whole)
    assert partial or kill < ENOUGH, "no kill came in between"


@pytest.mark.parametrize("reserves", [True, False])
def test_a_disk_that_says_no_at_any_byte(
    tmp_path: Path, model: Path, reserves: bool, record_property: Callable[[str, object], None]
) -> None:
    """A file that may not grow beyond a limit stands for the disk: the writes fail at the same places."""
    models = tmp_path / "models"
    size = max(path.stat().st_size for path, _ in files_of(model))
    chance = dice("bytes of a copy")
    limits = [0, 100, size // 2, size - 1, *(chance.randrange(size) for _ in range(times(5, 60)))]
    with copier() as copying_in:
        for limit in limits:
            said = copying_in.run(model, models / "model", largest_file=limit, reserves=reserves)
            assert said.word in REFUSED_WRITES, limit
            assert names(models) == [], limit
        assert copying_in.run(model, models / "model", largest_file=size, reserves=reserves).word == "done"
    assert content(models / "model") == content(model)
    record_property("writes refused", len(limits))


def test_an_import_killed_at_any_moment(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Never a half model in the library, nor a whole one whose generation is forgotten."""
    options = Options(sizes=Sizes(layers=2, hidden=256, ffn=1024, vocab=8192), config={"_name_or_path": None})
    source = make_folder(tmp_path, Family.CHATGLM2, options).rename(tmp_path / "nameless")
    wanted = content(source)
    models = tmp_path / "models"
    order = {"models": str(models), "family": Family.CHATGLM3.value}
    kill = came_in_between = 0
    with copier() as copying_in:
        copying_in.run(source, **order)
        shutil.rmtree(models)
        usual = copying_in.run(source, **order).seconds
        for kill, after in moments("importing", usual, last_steps=0.6):
            shutil.rmtree(models, ignore_errors=True)
            copying_in.run(source, kill_after=after, **order)
            came_in_between += any(name.endswith(".partial") for name in names(models))
            for _ in range(2):
                for model in library.scan(models):
                    assert (model.problem, model.ref.family) == (None, Family.CHATGLM3), kill
                    assert content(Path(model.ref.path)) == wanted, kill
                assert copying_in.run(source, **order).word == "done"
            assert len(library.scan(models)) == 1, kill
            assert not [name for name in names(models) if name.endswith(".partial")], kill
    record_property("kills", kill + 1)
    record_property("half-made when killed", came_in_between)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A real disk of its own, where this user may have one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("may not mount here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("way", ["told", "reserved", "written"])
def test_a_real_full_disk(tmp_path: Path, model: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so when it is asked, when room is reserved, or only when bytes are written."""
    told: list[TaskProgress] = []
    if way == "told":
        monkeypatch.setattr(copying, "SPARE_BYTES", 0)
    else:
        monkeypatch.setattr(hardware, "disk_free", lambda _: None)
    if way == "written":
        monkeypatch.setattr(copying, "_linux_fallocate", lambda: None)
    with small_disk(tmp_path / "disk", 7) as disk:
        with pytest.raises(WorldError) as caught:
            copy_files(files_of(model), disk / "models" / "model", told.append, CancelToken())
        assert caught.value.info.code is ErrorCode.DISK_FULL
        assert bool(told) == (way == "written")
        assert names(disk / "models") == []
        assert hardware.disk_free(disk) in (None, 7 << 20)
    with small_disk(tmp_path / "larger", 9) as disk:
        copy_files(files_of(model), disk / "models" / "model", lambda _: None, CancelToken())
        assert content(disk / "models" / "model") == content(model)


def test_a_folder_that_may_not_be_written(model: Path) -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        copier() as copying_in,
    ):  # pytest's folders are closed to others
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(model, folder / "model")
        models = folder / "models"
        models.mkdir()
        models.chmod(0o555)
        order = {"user": NOBODY} if os.getuid() == 0 else {}  # nothing is forbidden to root
        try:
            said = copying_in.run(folder / "model", models / "model", **order)
        finally:
            models.chmod(0o755)
        assert said.word == ErrorCode.READ_ONLY.value
        assert names(models) == []


def test_two_apps_that_copy_the_same_model(
    tmp_path: Path, model: Path, record_property: Callable[[str, object], None]
) -> None:
    """Begun at any distance: both have a whole model in the end, under two names."""
    models = tmp_path / "models"
    targets = [models / "model", models / "model 2"]
    wanted = content(model)
    chance = dice("two apps that copy")
    rounds = times(5, 50)
    with ExitStack() as stack:
        one, two = (stack.enter_context(copier()) for _ in range(2))
        for _ in range(rounds):
            one.begin(model, *targets)
            if chance.random() < 0.5:
                one_first = one.end()
                two.begin(model, *targets)
            else:
                two.begin(model, *targets)
                one_first = one.end()
            two_first = two.end()
            assert (one_first.word, two_first.word) == ("done", "done")
            assert {one_first.target, two_first.target} == {0, 1}
            assert names(models) == ["model", "model 2"]
            assert all(content(target) == wanted for target in targets)
            shutil.rmtree(models)
    record_property("rounds", rounds)


def test_a_second_app_goes_on_when_the_first_is_killed(
    tmp_path: Path, model: Path, record_property: Callable[[str, object], None]
) -> None:
    """Nothing of the living one is taken for abandoned, and what the killed one left goes away."""
    models = tmp_path / "models"
    targets = [models / "model", models / "model 2"]
    wanted = content(model)
    chance = dice("a second app that copies")
    rounds = times(5, 50)
    with ExitStack() as stack:
        one, two = (stack.enter_context(copier()) for _ in range(2))
        usual = one.run(model, *targets).seconds
        for _ in range(rounds):
            shutil.rmtree(models)
            one.begin(model, *targets, kill_after=chance.uniform(0.0, usual))
            two.begin(model, *targets)
            one.end()
            said = two.end()
            assert said.word == "done"
            remove_abandoned(models)
            assert targets[said.target].name in names(models)
            assert set(names(models)) <= {"model", "model 2"}
            assert all(content(models / name) == wanted for name in names(models))
    record_property("rounds", rounds)


@pytest.mark.parametrize("fault", ["cut", "removed", "folder removed"])
def test_a_source_that_goes_away_half_way(tmp_path: Path, model: Path, fault: str) -> None:
    """As a stick that is pulled out: the reading process is told at some block, or at the next file."""
    models = tmp_path / "models"
    last = model / "weights-2.bin"
    seen = 0

    def act(_: object) -> None:
        nonlocal seen
        seen += 1
        if seen != 1:
            return
        if fault == "cut":
            os.truncate(last, 1000)
        elif fault == "removed":
            last.unlink()
        else:
            shutil.rmtree(model)

    with pytest.raises(WorldError) as caught:
        copy_files(files_of(model), models / "model", act, CancelToken())
    assert caught.value.info.code is (
        ErrorCode.MODEL_CHANGED if fault == "cut" else ErrorCode.MODEL_UNREADABLE
    )
    assert names(models) == []

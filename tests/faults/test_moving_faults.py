"""Kills and full disks while folders are moved: whole at one place or the other, with all that was said."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.paths import AppPaths
from app.locations import default_paths
from app.model.importing import places
from app.storage import pointer
from app.storage.data_move import DataMove
from app.storage.health import find_damage
from app.storage.opening import open_store
from app.workers import folder_moves
from tests.faults.dice import dice, moments
from tests.faults.forked import Processes, Said, processes
from tests.faults.full_disk import filling_disk
from tests.faults.test_importing import REFUSED_WRITES
from tests.helpers.storage_fixtures import opened, talk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, signals, and XDG_DATA_HOME")


class Mover:
    """Processes that start, move, and are killed."""

    def __init__(self, forked: Processes) -> None:
        self._forked = forked

    def run(self, kind: str, target: Path, said: Path, **order: object) -> Said:
        return self._forked.run(kind=kind, target=str(target), said=str(said), **order)


@contextmanager
def mover() -> Iterator[Mover]:
    with processes("tests.faults.folder_mover") as forked:
        yield Mover(forked)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The usual folder, with models of 12 MB and some conversations."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share 家"))
    for name in ("TEAHOUSE_DATA_DIR", "TEAHOUSE_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    paths = default_paths()
    filler = random.Random(5)
    for name, size in (
        ("glm/a.bin", 9 << 20),
        ("glm/b.bin", 3 << 20),
        ("glm/config.json", 90),
        ("茶.gguf", 5),
    ):
        path = paths.models_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(filler.randbytes(size))
    with opened(paths) as (store, _):
        for number in range(20):
            talk(store, f"first {number}", "answer " * 200)
    return paths.data_dir


@pytest.fixture
def said(tmp_path: Path) -> Path:
    path = tmp_path / "said"
    path.touch()
    return path


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in (places.LOCK_NAME, places.COPY_LOCK_NAME)
    }


def check_conversations(paths: AppPaths, said: Path) -> None:
    store, _ = open_store(paths)
    try:
        assert find_damage(store._database.connection, thorough=True) == ""
        titles = [one.title for one in store.conversations()]
        assert set(said.read_text().splitlines()) <= set(titles)
        assert sum(title.startswith("first") for title in titles) == 20
    finally:
        store.let_go()


def test_models_are_whole_at_one_place_after_a_kill_at_any_moment(
    home: Path, tmp_path: Path, said: Path, record_property: Callable[[str, object], None]
) -> None:
    wanted = content(home / "models")
    disk = tmp_path / "disk"
    kill = at_old = at_new = 0
    with mover() as moving:
        usual = moving.run("models", disk / "warm", said).seconds
        assert content(default_paths().models_dir) == wanted
        for kill, after in moments("moving models", usual, last_steps=0.7):
            before = default_paths().models_dir
            target = disk / f"{kill}"
            moving.run("models", target, said, kill_after=after)
            paths = default_paths()
            assert paths.models_dir in (before, target), kill
            assert content(paths.models_dir) == wanted, kill
            at_new += paths.models_dir == target
            at_old += paths.models_dir == before
            folder_moves.clear_spares(paths)
            assert content(paths.models_dir) == wanted, kill
            other = before if paths.models_dir == target else target
            assert not other.exists() or content(other) == {}, kill
            assert pointer.read(home).spares == (), kill
            assert [path.name for path in disk.iterdir() if path != other] == [paths.models_dir.name], kill
        assert moving.run("models", disk / "last", said).word == "done"
        assert content(disk / "last") == wanted
    record_property("kills", kill + 1)
    record_property("before the switch", at_old)
    record_property("after it", at_new)


def test_every_message_that_was_stored_is_there_after_a_kill_at_any_moment(
    home: Path, tmp_path: Path, said: Path, record_property: Callable[[str, object], None]
) -> None:
    disk = tmp_path / "disk"
    kill = at_old = at_new = 0
    with mover() as moving:
        usual = moving.run("data", disk / "warm", said).seconds
        check_conversations(default_paths(), said)
        for kill, after in moments("moving conversations", usual, last_steps=0.7):
            before = default_paths().data_dir
            target = disk / f"{kill}"
            moving.run("data", target, said, kill_after=after)
            paths = default_paths()
            assert paths.data_dir in (before, target), kill
            at_new += paths.data_dir == target
            at_old += paths.data_dir == before
            folder_moves.clear_spares(paths)
            check_conversations(paths, said)
            other = before if paths.data_dir == target else target
            assert not [path.name for path in other.rglob("*") if "teahouse" in path.name], kill
            assert pointer.read(home).spares == (), kill
            assert not [path.name for path in disk.iterdir() if "partial" in path.name], kill
        assert moving.run("data", disk / "last", said).word == "done"
        check_conversations(default_paths(), said)
        assert default_paths().data_dir == disk / "last"
    record_property("kills", kill + 1)
    record_property("before the switch", at_old)
    record_property("after it", at_new)


def test_a_disk_that_says_no_while_models_are_copied(home: Path, tmp_path: Path, said: Path) -> None:
    wanted = content(home / "models")
    disk = tmp_path / "disk"
    with mover() as moving:
        for largest in (2000, 1 << 20, 5 << 20, (9 << 20) - 1):
            word = moving.run("models", disk / "x", said, largest_file=largest).word
            assert word in REFUSED_WRITES, largest
            assert default_paths().models_dir == home / "models"
            assert content(home / "models") == wanted
            assert list(disk.iterdir()) == []
            assert pointer.read(home).spares == ()


@pytest.mark.parametrize("seed", range(5))
def test_a_disk_that_fills_up_while_the_database_is_copied(
    home: Path, tmp_path: Path, said: Path, seed: int
) -> None:
    paths = default_paths()
    size = paths.database.stat().st_size
    with filling_disk() as disk:
        store, _ = open_store(paths)
        move = DataMove(paths, tmp_path / "disk" / "x")
        move.prepare(lambda _: None, CancelToken())
        disk.left = dice(f"moving to a full disk {seed}").randrange(size)
        with pytest.raises(WorldError) as caught:
            move.finish(store, CancelToken())
        assert caught.value.info.code is ErrorCode.DISK_FULL
        assert disk.refused
        move.abandon()
        disk.left = None
        talk(store, "goes on", "here")
        store.close()
    said.write_text("goes on\n")
    assert list((tmp_path / "disk").iterdir()) == []
    assert default_paths() == paths
    check_conversations(paths, said)

"""Moving the folders: whole at one place or the other; nothing is removed that is not there too."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.cancel import Cancelled, CancelToken
from app.core.engine import EngineKind
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.core.paths import AppPaths
from app.core.settings import TOP_P, Settings
from app.locations import default_paths
from app.model import hardware, library, moving
from app.model.importing import copying, places
from app.model.importing.places import Place
from app.storage import data_move, pointer
from app.storage.data_move import DataMove
from app.storage.health import find_damage
from app.storage.opening import open_store
from app.storage.pointer import SpareKind
from app.storage.settings_file import read_settings, write_settings
from app.storage.store import Store
from app.workers import folder_moves
from tests.helpers.gguf_files import GgufFile
from tests.helpers.storage_fixtures import opened, talk, texts

posix = pytest.mark.skipif(sys.platform == "win32", reason="links, and files in use")
linux = pytest.mark.skipif(sys.platform != "linux", reason="XDG_DATA_HOME is where the usual folder is")


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppPaths:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    home = tmp_path / "share" / "Teahouse"
    return AppPaths(home, home / "models", home)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk 盘 🍵"
    folder.mkdir()
    return folder


def quiet(_: TaskProgress) -> None:
    pass


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != places.LOCK_NAME
    }


def refused(code: ErrorCode) -> pytest.RaisesExc[WorldError]:
    return pytest.RaisesExc(WorldError, check=lambda error: error.info.code is code)


# Models


@pytest.fixture
def models(paths: AppPaths, tmp_path: Path) -> AppPaths:
    """Two models in the folder, one in its own place, a prepared file, and what is passing."""
    folder = paths.models_dir
    for path in (folder / "tea.gguf", folder / "deep" / "模型.gguf", tmp_path / "own.gguf"):
        path.parent.mkdir(parents=True, exist_ok=True)
        GgufFile().write(path)
    (folder / "prepared" / "tea-1234").mkdir(parents=True)
    (folder / "prepared" / "tea-1234" / "weights").write_bytes(b"w" * 3000)
    (folder / "prepared" / "tea.77.partial").mkdir()
    (folder / "prepared" / "tea.77.partial" / "weights").write_bytes(b"half")
    (folder / ".x.77.partial").write_bytes(b"half")
    places.add(folder, Place(str(tmp_path / "own.gguf"), "own", "own", EngineKind.LLAMA_CPP))
    places.add(folder, Place("deep/模型.gguf", family="chatglm3", hashes={"x": "y"}))
    return paths


def move_models(paths: AppPaths, target: Path, cancel: CancelToken | None = None) -> AppPaths:
    cancel = cancel or CancelToken()
    copied = folder_moves.copy_models(paths, target, quiet, cancel)
    moved = folder_moves.switch_models(paths, copied, quiet, cancel)
    assert folder_moves.remove_old_models(paths, copied)
    return moved


@linux
def test_models_are_moved_with_all_that_is_known_of_them(models: AppPaths, disk: Path) -> None:
    found = library.scan(models.models_dir)
    before = content(models.models_dir)
    target = disk / "new" / "models"
    told: list[TaskProgress] = []
    copied = folder_moves.copy_models(models, target, told.append, CancelToken())
    assert content(models.models_dir) == before
    assert told[-1].done == told[-1].total >= 2 * moving.size_of(models.models_dir) > 0
    assert default_paths().models_dir == models.models_dir  # not yet
    moved = folder_moves.switch_models(models, copied, quiet, CancelToken())
    assert default_paths() == moved
    assert moved.models_dir == target
    assert folder_moves.remove_old_models(models, copied) is False  # what is passing is not ours to remove
    assert set(content(models.models_dir)) == {
        ".x.77.partial",
        "prepared/tea.77.partial/weights",
    }
    wanted = {name: data for name, data in before.items() if "partial" not in name}
    assert content(target) == wanted
    again = library.scan(target)
    assert [model.ref.id for model in again] == [model.ref.id for model in found]
    assert [model.is_elsewhere for model in again] == [False, False, True]
    assert all(model.problem == old.problem for model, old in zip(again, found, strict=True))
    assert places.find(places.read(target), target / "deep/模型.gguf", target).hashes == {"x": "y"}  # type: ignore[union-attr]
    assert pointer.read(models.home or disk).spares == ()


def test_an_empty_folder_is_a_target_and_a_folder_without_models_can_be_moved(
    paths: AppPaths, disk: Path
) -> None:
    moved = move_models(paths, disk)
    assert moved.models_dir == disk
    assert disk.is_dir()
    assert pointer.read(paths.data_dir).models_dir == disk


def test_targets_that_are_refused(models: AppPaths, disk: Path) -> None:
    folder = models.models_dir
    (disk / "a file").write_bytes(b"x")
    for target in (folder, folder / "inside", folder / "deep" / "er"):
        with refused(ErrorCode.FOLDER_INSIDE):
            folder_moves.copy_models(models, target, quiet, CancelToken())
    for target in (disk, disk / "a file", folder.parent):
        with refused(ErrorCode.FOLDER_NOT_EMPTY):
            folder_moves.copy_models(models, target, quiet, CancelToken())
    assert content(disk) == {"a file": b"x"}
    assert pointer.read(models.data_dir) == pointer.Pointer()


@posix
def test_a_link_to_the_folder_is_the_folder(models: AppPaths, disk: Path) -> None:
    (disk / "link").symlink_to(models.models_dir)
    with refused(ErrorCode.FOLDER_INSIDE):
        folder_moves.copy_models(models, disk / "link" / "x", quiet, CancelToken())


def test_without_room_nothing_is_written(
    models: AppPaths, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "disk_free", lambda _: copying.SPARE_BYTES + 100)
    with refused(ErrorCode.DISK_FULL):
        folder_moves.copy_models(models, disk / "x", quiet, CancelToken())
    assert list(disk.iterdir()) == []
    assert pointer.read(models.data_dir) == pointer.Pointer()


def test_cancelled_while_copying_nothing_is_left(models: AppPaths, disk: Path) -> None:
    cancel = CancelToken()
    before = content(models.models_dir)
    with pytest.raises(Cancelled):
        folder_moves.copy_models(models, disk / "x", lambda _: cancel.cancel(), cancel)
    assert list(disk.iterdir()) == []
    assert content(models.models_dir) == before
    assert pointer.read(models.data_dir) == pointer.Pointer()


def test_what_changed_between_copy_and_switch_is_taken_over(models: AppPaths, disk: Path) -> None:
    folder = models.models_dir
    copied = folder_moves.copy_models(models, disk / "x", quiet, CancelToken())
    GgufFile().write(folder / "new.gguf")  # another Teahouse brought it
    (folder / "tea.gguf").unlink()
    (folder / "prepared" / "tea-1234" / "weights").write_bytes(b"v" * 4000)
    places.add(folder, Place("new.gguf", family="glm4"))
    moved = folder_moves.switch_models(models, copied, quiet, CancelToken())
    names = {".x.77.partial", "prepared/tea.77.partial/weights"}
    assert content(moved.models_dir) == {k: v for k, v in content(folder).items() if k not in names}


def test_what_comes_after_the_switch_is_not_removed(models: AppPaths, disk: Path) -> None:
    folder = models.models_dir
    copied = folder_moves.copy_models(models, disk / "x", quiet, CancelToken())
    folder_moves.switch_models(models, copied, quiet, CancelToken())
    GgufFile().write(folder / "late.gguf")
    (folder / "tea.gguf").write_bytes(b"changed")
    assert not folder_moves.remove_old_models(models, copied)
    assert {"late.gguf", "tea.gguf"} <= set(content(folder))
    assert "deep/模型.gguf" not in content(folder)


def test_a_note_that_cannot_be_written_leaves_all_as_it_was(
    models: AppPaths, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(models.models_dir)
    copied = folder_moves.copy_models(models, disk / "x", quiet, CancelToken())

    def full(*_: object) -> None:
        raise WorldError(ErrorCode.DISK_FULL, path=models.home)

    with monkeypatch.context() as patch:
        patch.setattr(pointer, "change", full)
        with refused(ErrorCode.DISK_FULL):
            folder_moves.switch_models(models, copied, quiet, CancelToken())
    assert content(models.models_dir) == before
    assert list(disk.iterdir()) == []
    folder_moves.clear_spares(models)
    assert pointer.read(models.data_dir) == pointer.Pointer()


@posix
def test_links_inside_stay_links_and_those_that_lead_out_stay_behind(models: AppPaths, disk: Path) -> None:
    """As in the cache of a hub: blobs, and names that lead to them."""
    folder = models.models_dir
    (folder / "hub" / "blobs").mkdir(parents=True)
    (folder / "hub" / "blobs" / "77").write_bytes(b"blob")
    (folder / "hub" / "snap").mkdir()
    (folder / "hub" / "snap" / "model.bin").symlink_to("../blobs/77")
    (folder / "hub" / "whole.bin").symlink_to(folder / "hub" / "blobs" / "77")
    (folder / "hub" / "latest").symlink_to("snap")
    (folder / "out.bin").symlink_to("/etc/hostname")
    (folder / "gone.bin").symlink_to("nowhere")
    copied = folder_moves.copy_models(models, disk / "x", quiet, CancelToken())
    new = folder_moves.switch_models(models, copied, quiet, CancelToken()).models_dir
    assert not folder_moves.remove_old_models(models, copied)
    assert {path.name for path in folder.iterdir() if not path.name.startswith(".")} == {
        "gone.bin",
        "out.bin",
        "prepared",
    }
    for name in ("hub/snap/model.bin", "hub/whole.bin", "hub/latest/model.bin"):
        assert (new / name).read_bytes() == b"blob"
    assert (new / "hub/whole.bin").is_symlink()
    assert (new / "hub/latest").is_symlink()
    assert not os.path.lexists(new / "out.bin")


@pytest.mark.parametrize("is_switched", [False, True])
def test_a_start_finishes_what_a_kill_left(models: AppPaths, disk: Path, is_switched: bool) -> None:
    target = disk / "x"
    copied = folder_moves.copy_models(models, target, quiet, CancelToken())
    paths = models
    if is_switched:
        paths = folder_moves.switch_models(models, copied, quiet, CancelToken())
    before = content(paths.models_dir)
    in_use = paths.models_dir
    away = in_use.with_name("away")
    in_use.rename(away)
    folder_moves.clear_spares(paths)  # its disk is not there: nothing is removed
    assert pointer.read(models.data_dir).spares
    away.rename(in_use)
    folder_moves.clear_spares(paths)
    assert content(in_use) == before
    assert pointer.read(models.data_dir).spares == ()
    spare = models.models_dir if is_switched else target
    assert not [name for name in content(spare) if "partial" not in name]


# Conversations


@pytest.fixture
def talked(paths: AppPaths) -> Iterator[tuple[AppPaths, Store]]:
    """An open store with conversations, copies, settings, a damaged file that was kept."""
    with opened(paths) as (store, _):
        talk(store, "first 茶", "kept")
    store, _ = open_store(paths)
    talk(store, "second", "kept too")
    write_settings(paths.settings_file, Settings().changed(TOP_P, 0.5))
    (paths.data_dir / "teahouse-damaged-20250101T000000000Z.db").write_bytes(b"d" * 5000)
    (paths.data_dir / "not ours.txt").write_text("x")
    paths.connections_file.write_text("{}\n")
    paths.models_dir.mkdir()
    GgufFile().write(paths.models_dir / "tea.gguf")
    yield paths, store
    store.let_go()


def begun(paths: AppPaths, target: Path) -> DataMove:
    move = DataMove(paths, target)
    move.prepare(quiet, CancelToken())
    return move


def finish(move: DataMove, store: Store) -> AppPaths:
    moved = move.finish(store, CancelToken())
    store.let_go()
    return moved


@linux
def test_all_that_a_person_wrote_is_moved_and_the_models_stay(
    talked: tuple[AppPaths, Store], disk: Path
) -> None:
    paths, store = talked
    target = disk / "My Teahouse"
    move = begun(paths, target)
    talk(store, "third", "while it was copied")
    write_settings(paths.settings_file, Settings().changed(TOP_P, 0.25))
    moved = finish(move, store)
    assert moved == replace(paths, data_dir=target) == default_paths()
    with opened(moved) as (there, report):
        assert report.error is None
        assert [texts(there, number)[0] for number in (1, 2, 3)] == ["first 茶", "second", "third"]
        assert find_damage(there._database.connection, thorough=True) == ""
        assert there._database.row("PRAGMA journal_mode") == ("wal",)
        move.remove_old()
        move.abandon()
        talk(there, "fourth", "there")
    assert read_settings(moved.settings_file).settings.decimal(TOP_P) == 0.25
    assert moved.connections_file.read_text() == "{}\n"
    assert (target / "teahouse-damaged-20250101T000000000Z.db").read_bytes() == b"d" * 5000
    left = {
        path.relative_to(paths.data_dir).as_posix() for path in paths.data_dir.rglob("*") if path.is_file()
    }
    assert left == {"locations.json", "not ours.txt", "models/tea.gguf"}
    assert sorted(path.name for path in disk.iterdir()) == [target.name]
    (paths.data_dir / "log").mkdir()
    (paths.data_dir / "log" / "teahouse.log").write_text("old")
    folder_moves.clear_spares(moved)
    assert not (paths.data_dir / "log").exists()
    assert pointer.read(paths.data_dir).spares == ()
    back = paths.data_dir / "data"
    with opened(moved) as (there, _):
        move = begun(moved, back)
        assert finish(move, there).data_dir == back
        move.remove_old()
    assert default_paths().data_dir == back


@pytest.mark.parametrize("inside", [".", "inside", "models/x"])
def test_a_data_folder_is_not_moved_into_itself(
    talked: tuple[AppPaths, Store], disk: Path, inside: str
) -> None:
    paths, _ = talked
    with refused(ErrorCode.FOLDER_INSIDE):
        begun(paths, paths.data_dir / inside)
    (disk / "x").write_text("x")
    with refused(ErrorCode.FOLDER_NOT_EMPTY):
        begun(paths, disk)
    assert pointer.read(paths.data_dir) == pointer.Pointer()


def test_another_program_that_has_it_open(talked: tuple[AppPaths, Store], disk: Path) -> None:
    """As `ask` in a terminal: it would go on writing to the old place."""
    paths, store = talked
    other, _ = open_store(paths)
    move = begun(paths, disk / "x")
    store._database.connection.set_busy_timeout(50)
    with refused(ErrorCode.DATABASE_LOCKED):
        move.finish(store, CancelToken())
    move.abandon()
    assert list(disk.iterdir()) == []
    talk(other, "goes on", "here")
    talk(store, "here", "too")
    other.let_go()
    assert [one.title for one in store.conversations()][:2] == ["here", "goes on"]
    assert pointer.read(paths.data_dir) == pointer.Pointer()


def test_nobody_else_gets_in_while_it_is_moved(
    talked: tuple[AppPaths, Store], disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, store = talked
    monkeypatch.setattr("app.storage.database.BUSY_TIMEOUT_MS", 50)
    tried: list[ErrorCode] = []
    real = pointer.change

    def change(home: Path, changed: object) -> pointer.Pointer:
        with pytest.raises(WorldError) as caught:
            open_store(paths)
        tried.append(caught.value.info.code)
        return real(home, changed)  # type: ignore[arg-type]

    move = begun(paths, disk / "x")
    monkeypatch.setattr(pointer, "change", change)
    finish(move, store)
    assert tried == [ErrorCode.DATABASE_LOCKED] * 2


@pytest.mark.parametrize("at", ["prepare", "finish", "note"])
def test_whatever_fails_leaves_the_conversations_where_they_are(
    talked: tuple[AppPaths, Store], disk: Path, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, store = talked
    cancel = CancelToken()
    move = DataMove(paths, disk / "x")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if at == "prepare":
        with pytest.raises(Cancelled):
            move.prepare(lambda _: cancel.cancel(), cancel)
    else:
        move.prepare(quiet, cancel)
        with monkeypatch.context() as patch:
            patch.setattr(
                "app.storage.data_move._copy" if at == "finish" else "app.storage.pointer.write_atomically",
                full,
            )
            with refused(ErrorCode.DISK_FULL):
                move.finish(store, cancel)
    move.abandon()
    assert list(disk.iterdir()) == []
    talk(store, "third", "here")
    with opened(paths) as (other, _):  # the file is free for others again
        assert len(other.conversations()) == 3
        talk(other, "fourth", "here")
    assert default_paths().data_dir == paths.data_dir
    assert pointer.read(paths.data_dir) == pointer.Pointer()


def test_a_store_that_may_only_be_read_is_not_moved(paths: AppPaths, disk: Path) -> None:
    with opened(paths) as (store, _):
        talk(store, "one", "x")
        store._database.refusal = WorldError(ErrorCode.DATABASE_NEWER, path="x").info
        move = begun(paths, disk / "x")
        with refused(ErrorCode.DATABASE_NEWER):
            move.finish(store, CancelToken())
        move.abandon()
        store._database.refusal = None


def test_an_old_database_that_was_written_to_again_is_kept(
    talked: tuple[AppPaths, Store], disk: Path
) -> None:
    paths, store = talked
    move = begun(paths, disk / "x")
    moved = finish(move, store)
    with opened(replace(paths, home=None)) as (old, _):  # somebody named the old folder
        talk(old, "by hand", "x")
    move.remove_old()
    folder_moves.clear_spares(moved)
    with opened(replace(paths, home=None)) as (old, _):
        assert "by hand" in [one.title for one in old.conversations()]


@pytest.mark.parametrize("is_switched", [False, True])
def test_a_start_removes_what_a_killed_move_of_conversations_left(
    talked: tuple[AppPaths, Store], disk: Path, is_switched: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, store = talked
    target = disk / "x"
    move = begun(paths, target)
    if is_switched:
        moved = finish(move, store)
    else:
        real, calls = pointer.change, []

        def killed_before_the_switch(home: Path, changed: object) -> pointer.Pointer:
            calls.append(home)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return real(home, changed)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(pointer, "change", killed_before_the_switch)
            with pytest.raises(KeyboardInterrupt):
                move.finish(store, CancelToken())
        store.let_go()
        moved = paths
        assert (target / "teahouse.db").exists()
    assert default_paths() == moved
    folder_moves.clear_spares(moved)
    spare = paths.data_dir if is_switched else target
    assert not list(spare.glob("teahouse*"))
    assert not list(spare.glob("settings*"))
    assert not (spare / "backups").exists()
    assert [spare.kind for spare in pointer.read(paths.data_dir).spares] == []
    with opened(moved) as (there, _):
        assert len(there.conversations()) == 2


def test_sizes(talked: tuple[AppPaths, Store], models: AppPaths) -> None:
    paths, _ = talked
    assert data_move.data_size(paths) > paths.database.stat().st_size + 5000
    assert moving.size_of(models.models_dir) > 3000
    assert moving.size_of(models.models_dir / "nowhere") == 0
    assert SpareKind.DATA.value == "data"

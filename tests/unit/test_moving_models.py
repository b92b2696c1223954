"""Moving the models: whole at one place or the other; nothing is removed that is not there too."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.cancel import Cancelled, CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.core.paths import AppPaths
from app.locations import default_paths
from app.model import hardware, library, moving
from app.model.importing import copying, places
from app.model.importing.locking import locked
from app.model.importing.places import Place
from app.model.kernel_speeds import KernelSpeeds, write_speeds
from app.storage import pointer
from app.storage.pointer import Spare, SpareKind
from app.workers import folder_moves
from tests.helpers.acting_token import ActingToken
from tests.helpers.gguf_files import GgufFile
from tests.helpers.moving_folders import content, posix, quiet, refused
from tests.helpers.moving_folders import disk as disk
from tests.helpers.moving_folders import models as models
from tests.helpers.moving_folders import paths as paths
from tests.helpers.usual_folder import not_mac


def move_models(paths: AppPaths, target: Path, cancel: CancelToken | None = None) -> AppPaths:
    cancel = cancel or CancelToken()
    copied = folder_moves.copy_models(paths, target, quiet, cancel)
    moved = folder_moves.switch_models(paths, copied, quiet, cancel)
    assert folder_moves.remove_old_models(paths, copied)
    return moved


@not_mac
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
    assert folder_moves.remove_old_models(models, copied)  # with what killed processes left there
    assert not models.models_dir.exists()
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
    wanted = {name: data for name, data in content(folder).items() if "partial" not in name}
    assert content(moved.models_dir) == wanted
    assert folder_moves.remove_old_models(models, copied)
    assert not folder.exists()


def test_what_another_process_is_making_in_the_old_folder_stays(models: AppPaths, disk: Path) -> None:
    folder = models.models_dir
    copied = folder_moves.copy_models(models, disk / "x", quiet, CancelToken())
    folder_moves.switch_models(models, copied, quiet, CancelToken())
    with copying.partial_of(folder / "x") as partial:
        partial.write_bytes(b"half")
        assert not folder_moves.remove_old_models(models, copied)
        assert list(content(folder)) == [partial.name]


def test_what_a_load_prepared_in_the_old_folder_at_the_last_moment_goes(models: AppPaths, disk: Path) -> None:
    folder = models.models_dir
    copied = folder_moves.copy_models(models, disk / "x", quiet, CancelToken())
    moved = folder_moves.switch_models(models, copied, quiet, CancelToken())
    late = folder / "prepared" / "tea-int4-0123456789abcdef"
    late.mkdir()
    (late / "weights").write_bytes(b"late")
    write_speeds(folder / "prepared", KernelSpeeds("torch", 1.0, 2.0))
    write_speeds(moved.prepared_dir, KernelSpeeds("torch", 3.0, 4.0))
    assert folder_moves.remove_old_models(models, copied)
    assert not folder.exists()
    assert not (moved.prepared_dir / late.name).exists()


def test_a_program_that_copies_a_model_in_is_waited_for(models: AppPaths, disk: Path) -> None:
    folder = models.models_dir
    copied = folder_moves.copy_models(models, disk / "x", quiet, CancelToken())
    is_held, may_end = threading.Event(), threading.Event()

    def copy_in() -> None:
        with locked(folder / places.COPY_LOCK_NAME, patience_s=None):
            is_held.set()
            may_end.wait()
            GgufFile().write(folder / "new.gguf")

    other = threading.Thread(target=copy_in)
    other.start()
    is_held.wait()
    looks = ActingToken(3, may_end.set)
    moved = folder_moves.switch_models(models, copied, quiet, looks)
    other.join()
    assert (moved.models_dir / "new.gguf").is_file()
    assert folder_moves.remove_old_models(models, copied)


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


def test_a_disk_that_is_away_is_cleared_when_it_comes_back_whatever_was_moved_since(
    models: AppPaths, disk: Path, tmp_path: Path
) -> None:
    stick, home = tmp_path / "stick", models.data_dir
    stick.mkdir()
    on_stick = move_models(models, stick / "models")
    copied = folder_moves.copy_models(on_stick, disk / "x", quiet, CancelToken())
    moved = folder_moves.switch_models(on_stick, copied, quiet, CancelToken())
    stick.rename(tmp_path / "away")  # before the old files are removed
    folder_moves.remove_old_models(on_stick, copied)
    again = move_models(moved, disk / "y")
    folder_moves.clear_spares(again)
    assert [spare.folder for spare in pointer.read(home).spares] == [stick / "models"]
    (tmp_path / "away").rename(stick)
    assert content(stick / "models")
    folder_moves.clear_spares(again)
    assert not (stick / "models").exists()
    assert pointer.read(home).spares == ()
    assert {"tea.gguf", "deep/模型.gguf"} <= set(content(disk / "y"))


def test_a_folder_that_is_moved_while_a_start_clears_another_stays_moved(
    models: AppPaths, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = folder_moves.copy_models(models, disk / "x", quiet, CancelToken())
    moved = folder_moves.switch_models(models, copied, quiet, CancelToken())
    real, home = moving.remove_spare, models.home or disk

    def remove_slowly(spare: Path, in_use: Path) -> bool:
        is_done = real(spare, in_use)
        new = Spare(SpareKind.DATA, disk / "old")
        pointer.change(home, lambda note: replace(note, data_dir=disk / "data").with_spare(new))
        return is_done

    monkeypatch.setattr(moving, "remove_spare", remove_slowly)
    folder_moves.clear_spares(moved)
    note = pointer.read(home)
    assert (note.data_dir, note.models_dir) == (disk / "data", disk / "x")
    assert note.spares == (Spare(SpareKind.DATA, disk / "old"),)

"""Moving the conversations: whole at one place or the other; nothing is removed that is not there too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.cancel import Cancelled, CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.paths import AppPaths
from app.core.settings import TOP_P, Settings
from app.locations import default_paths, point_at_data
from app.model import moving
from app.storage import data_move, pointer
from app.storage.data_move import DataMove
from app.storage.health import find_damage
from app.storage.opening import open_store
from app.storage.pointer import SpareKind
from app.storage.settings_file import read_settings, write_settings
from app.storage.store import Store
from app.workers import folder_moves
from tests.helpers.gguf_files import GgufFile
from tests.helpers.moving_folders import content, posix, quiet, refused
from tests.helpers.moving_folders import disk as disk
from tests.helpers.moving_folders import models as models
from tests.helpers.moving_folders import paths as paths
from tests.helpers.storage_fixtures import opened, talk, texts
from tests.helpers.usual_folder import not_mac


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


@not_mac
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


@posix
def test_a_folder_that_is_in_use_again_by_another_name_is_no_spare(
    talked: tuple[AppPaths, Store], disk: Path
) -> None:
    """The move was killed before the old files went, the new disk is away, a person shows the old folder."""
    paths, store = talked
    finish(begun(paths, disk / "x"), store)
    link = disk / "link"
    link.symlink_to(paths.data_dir)
    point_at_data(link)
    before = content(paths.data_dir)
    folder_moves.clear_spares(default_paths())
    assert content(paths.data_dir) == before


def test_the_folder_of_a_move_that_was_killed_at_its_beginning_is_not_ours(
    talked: tuple[AppPaths, Store], disk: Path
) -> None:
    paths, _ = talked
    target = disk / "x"
    target.mkdir()
    begun(paths, target)  # and killed
    (target / "log").mkdir()
    (target / "log" / "mine.txt").write_text("x")
    (target / "settings.json").write_text("of somebody's own program")
    before = content(target)
    folder_moves.clear_spares(paths)
    assert content(target) == before
    assert pointer.read(paths.data_dir).spares == ()


def test_sizes(talked: tuple[AppPaths, Store], models: AppPaths) -> None:
    paths, _ = talked
    assert data_move.data_size(paths) > paths.database.stat().st_size + 5000
    assert moving.size_of(models.models_dir) > 3000
    assert moving.size_of(models.models_dir / "nowhere") == 0
    assert SpareKind.DATA.value == "data"

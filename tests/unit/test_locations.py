"""Which folders count: the order of who says so, a note that is damaged, a disk that is gone."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import ErrorCode, WorldError
from app.core.paths import AppPaths, Kept
from app.core.privacy import StoredKind
from app.core.settings import Settings
from app.locations import (
    DATA_DIR_VARIABLE,
    MODELS_DIR_VARIABLE,
    PORTABLE_FILE,
    PORTABLE_FOLDER,
    default_paths,
    point_at_data,
    portable_folder,
    usual_folder,
    usual_paths,
)
from app.model.importing import places
from app.model.importing.places import Place
from app.storage import pointer
from app.storage.pointer import Pointer, Spare, SpareKind
from app.storage.settings_file import write_settings
from app.workers.folder_moves import clear_spares
from app.workers.privacy_survey import survey
from tests.helpers.storage_fixtures import opened, talk
from tests.helpers.usual_folder import not_mac, put_usual_folder

pytestmark = not_mac
ROOT = Path(Path.cwd().anchor)
GONE = ROOT / "gone"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's usual folder, in a place of its own."""
    usual = put_usual_folder(tmp_path / "share", monkeypatch)
    assert usual_folder() == usual
    return usual


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A data folder with conversations in it."""
    folder = tmp_path / "stick 茶" / "Teahouse"
    with opened(AppPaths(folder, folder / "models")) as (store, _):
        talk(store, "question", "answer")
    return folder


def refused(code: ErrorCode) -> str:
    with pytest.raises(WorldError) as caught:
        default_paths()
    assert caught.value.info.code is code
    return caught.value.info.params["path"]


def test_the_usual_folders_without_a_note(home: Path) -> None:
    paths = default_paths()
    assert (paths.data_dir, paths.models_dir, paths.home) == (home, home / "models", home)
    assert paths.can_move_data
    assert paths.can_move_models
    assert not paths.models_were_moved
    assert (paths.data_kept, paths.models_kept) == (Kept.MOVABLE, Kept.MOVABLE)
    assert not home.exists()  # asking makes nothing


def test_command_line_then_environment_then_note_then_habit(
    home: Path, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pointer.change(home, lambda _: Pointer(stick, tmp_path / "noted"))
    paths = default_paths()
    assert (paths.data_dir, paths.models_dir) == (stick, tmp_path / "noted")
    assert paths.models_were_moved
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(tmp_path / "env data"))
    monkeypatch.setenv(MODELS_DIR_VARIABLE, str(tmp_path / "env models"))
    paths = default_paths()
    assert (paths.data_dir, paths.models_dir) == (tmp_path / "env data", tmp_path / "env models")
    assert not paths.can_move_data
    assert not paths.can_move_models
    assert not paths.models_were_moved
    paths = default_paths(tmp_path / "said", tmp_path / "said models")
    assert (paths.data_dir, paths.models_dir) == (tmp_path / "said", tmp_path / "said models")


def test_one_that_is_named_leaves_the_other_to_the_note(home: Path, stick: Path, tmp_path: Path) -> None:
    pointer.change(home, lambda _: Pointer(stick, tmp_path / "noted"))
    paths = default_paths(tmp_path / "said")
    assert (paths.data_dir, paths.models_dir) == (tmp_path / "said", tmp_path / "noted")
    assert (paths.can_move_data, paths.can_move_models) == (False, True)
    assert default_paths(models_dir=tmp_path / "m").data_dir == stick


def test_a_disk_that_is_gone_is_never_an_empty_profile(home: Path, stick: Path) -> None:
    pointer.change(home, lambda _: Pointer(stick))
    away = stick.with_name("away")
    stick.rename(away)
    assert refused(ErrorCode.DATA_FOLDER_MISSING) == str(stick)
    stick.mkdir()  # the place where a disk is mounted is there without the disk
    refused(ErrorCode.DATA_FOLDER_MISSING)
    assert list(stick.iterdir()) == []
    stick.rmdir()
    away.rename(stick)
    assert default_paths().data_dir == stick


def test_a_database_that_is_being_mended_or_has_only_copies_is_there(home: Path, stick: Path) -> None:
    pointer.change(home, lambda _: Pointer(stick))
    (stick / "teahouse.db").rename(stick / "teahouse.mended")
    assert default_paths().data_dir == stick
    (stick / "teahouse.mended").unlink()
    assert default_paths().data_dir == stick  # the copies that closing made
    for copy in (stick / "backups").iterdir():
        copy.unlink()
    refused(ErrorCode.DATA_FOLDER_MISSING)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "7", "\udcff", "x" * (2 << 20), "[" * 9999),
        '{"version": 2}',
        '{"version": 1, "data_dir": 5}',
        '{"version": 1, "data_dir": "here/it/is"}',
        '{"version": 1, "spares": [{"kind": "hats"}]}',
        '{"version": 1, "spares": [{"kind": "data", "folder": "/x", "database_bytes": "5"}]}',
    ],
)
def test_a_damaged_note_is_no_reason_to_begin_anew(home: Path, stick: Path, text: str) -> None:
    home.mkdir(parents=True)
    note = home / pointer.FILE_NAME
    note.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert refused(ErrorCode.LOCATIONS_DAMAGED) == str(note)
    with pytest.raises(WorldError):
        pointer.change(home, lambda found: found)
    assert note.read_bytes() == text.encode("utf-8", "surrogateescape")
    assert default_paths(home, home).data_dir == home  # nobody asks the note
    point_at_data(stick)
    assert default_paths().data_dir == stick
    assert len(list(home.glob("*.bad"))) == 1  # what stood there is kept


def test_a_person_says_where_the_folder_is_now(home: Path, stick: Path, tmp_path: Path) -> None:
    pointer.change(home, lambda _: Pointer(GONE, tmp_path / "models"))
    with pytest.raises(WorldError) as caught:
        point_at_data(tmp_path)
    assert caught.value.info.code is ErrorCode.DATA_FOLDER_MISSING
    assert pointer.read(home).data_dir == GONE
    point_at_data(stick)
    assert pointer.read(home) == Pointer(stick, tmp_path / "models")


def test_the_usual_folder_for_this_run_leaves_the_note_alone(home: Path) -> None:
    pointer.change(home, lambda _: Pointer(GONE / "Teahouse"))
    paths = usual_paths()
    assert (paths.data_dir, paths.models_dir) == (home, home / "models")
    assert not paths.can_move_data
    assert not paths.can_move_models
    assert pointer.read(home).data_dir == GONE / "Teahouse"


def test_what_the_note_says_comes_back(home: Path) -> None:
    spares = (Spare(SpareKind.DATA, ROOT / "old 茶\udcff", 7, 9), Spare(SpareKind.MODELS, ROOT / "m"))
    wanted = Pointer(ROOT / "new", None, spares)
    assert pointer.change(home, lambda _: wanted) == wanted == pointer.read(home)
    if os.name == "posix":
        assert stat.S_IMODE((home / pointer.FILE_NAME).stat().st_mode) == 0o600
    assert json.loads((home / pointer.FILE_NAME).read_text(encoding="ascii"))["data_dir"] == str(ROOT / "new")
    other = Spare(SpareKind.DATA, ROOT / "other")
    assert wanted.with_spare(other).spares == (*spares, other)
    newer = Spare(SpareKind.DATA, spares[0].folder, 8, 10)
    assert wanted.with_spare(newer).spares == (spares[1], newer)
    assert wanted.without_spare(SpareKind.DATA, ROOT / "m") == wanted
    assert wanted.without_spare(SpareKind.MODELS, ROOT / "m").spares == spares[:1]
    for number in range(1000):
        wanted = wanted.with_spare(Spare(SpareKind.MODELS, ROOT / str(number)))
    assert pointer.change(home, lambda _: wanted) == pointer.read(home)
    assert wanted.spares[-1].folder == ROOT / "999"


def test_a_verb_says_so_in_one_sentence(home: Path, stick: Path, tmp_path: Path) -> None:
    pointer.change(home, lambda _: Pointer(stick))
    stick.rename(stick.with_name("away"))
    ran = subprocess.run(
        [sys.executable, "-m", "app", "models"],
        env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    assert "conversations is not there" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not stick.exists()


def test_two_threads_that_change_the_note_lose_nothing_of_each_others(home: Path) -> None:
    both = threading.Barrier(2)

    def change(kind: str, count: int) -> None:
        both.wait()
        folder = home / kind / str(count)
        pointer.change(home, lambda note: replace(note, **{kind: folder}))

    for count in range(5):
        kinds = ("data_dir", "models_dir")
        threads = [threading.Thread(target=change, args=(kind, count)) for kind in kinds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        note = pointer.read(home)
        assert (note.data_dir, note.models_dir) == tuple(home / kind / str(count) for kind in kinds)


@pytest.fixture
def portable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a frozen app on a stick, with the file that makes it a portable copy."""
    folder = tmp_path / "优盘" / "Teahouse"
    folder.mkdir(parents=True)
    (folder / PORTABLE_FILE).write_text("portable", encoding="utf-8")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(folder / "Teahouse"))
    return folder


def test_a_portable_copy_keeps_everything_beside_itself(home: Path, stick: Path, portable: Path) -> None:
    pointer.change(home, lambda _: Pointer(stick, stick / "noted"))  # of another Teahouse on this computer
    paths = default_paths()
    data = portable / PORTABLE_FOLDER
    assert paths == AppPaths(data, data / "models", is_portable=True)
    assert not paths.can_move_data
    assert not paths.can_move_models
    assert not paths.models_were_moved
    assert not data.exists()  # asking makes nothing


def test_a_damaged_note_of_the_computer_does_not_stop_a_portable_copy(home: Path, portable: Path) -> None:
    home.mkdir(parents=True)
    (home / pointer.FILE_NAME).write_text("{", encoding="ascii")
    assert default_paths().data_dir == portable / PORTABLE_FOLDER


def test_command_line_and_environment_win_over_a_portable_copy(
    home: Path, portable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = default_paths(tmp_path / "said")
    models = portable / PORTABLE_FOLDER / "models"
    assert (paths.data_dir, paths.models_dir) == (tmp_path / "said", models)
    assert (paths.data_is_named, paths.models_is_named, paths.is_portable) == (True, False, True)
    assert (paths.data_kept, paths.models_kept) == (Kept.NAMED, Kept.PORTABLE)
    monkeypatch.setenv(MODELS_DIR_VARIABLE, str(tmp_path / "env models"))
    assert default_paths().models_dir == tmp_path / "env models"
    assert default_paths().data_dir == portable / PORTABLE_FOLDER


def test_without_the_file_or_not_frozen_it_is_no_portable_copy(
    home: Path, portable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (portable / PORTABLE_FOLDER).mkdir()
    note = portable / PORTABLE_FILE
    note.rename(note.with_suffix(".off"))
    assert default_paths().data_dir == home
    note.mkdir()
    assert default_paths().data_dir == home
    note.rmdir()
    note.with_suffix(".off").rename(note)
    assert default_paths().data_dir == portable / PORTABLE_FOLDER
    monkeypatch.delattr(sys, "frozen")
    assert default_paths().data_dir == home


def test_on_macos_it_lies_beside_the_application_and_not_in_it(
    home: Path, portable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = portable / "Teahouse.app" / "Contents" / "MacOS"
    inside.mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", str(inside / "Teahouse"))
    assert portable_folder() == portable / PORTABLE_FOLDER
    (portable / PORTABLE_FILE).rename(inside / PORTABLE_FILE)
    assert portable_folder() is None


def test_a_portable_copy_writes_nothing_into_the_computers_own_folder(
    home: Path, portable: Path, tmp_path: Path
) -> None:
    paths = default_paths()
    with opened(paths) as (store, _):
        talk(store, "question", "answer")
    clear_spares(paths)
    assert not home.exists()
    assert paths.database.is_relative_to(portable)
    places = {thing.kind: thing.path for thing in survey(paths)}
    assert places[StoredKind.CONVERSATIONS] == portable / PORTABLE_FOLDER / "teahouse.db"
    assert places[StoredKind.MODELS] == portable / PORTABLE_FOLDER / "models"


@pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX's")
def test_a_stick_that_knows_no_rights_can_be_written(portable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAT shows everything as open to all, and refuses to change that."""

    def refused(path: object, mode: int, **_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), path)

    monkeypatch.delenv(MODELS_DIR_VARIABLE, raising=False)  # dev.py test names the starter's folder
    paths = default_paths()
    for folder in (paths.data_dir, paths.log_dir, paths.backups_dir, paths.models_dir):
        folder.mkdir(mode=0o755)
    paths.settings_file.write_text("{}", encoding="ascii")
    paths.settings_file.chmod(0o644)
    for _ in range(2):
        with monkeypatch.context() as stick:
            stick.setattr(os, "chmod", refused)
            with opened(paths) as (store, report):
                assert report.error is None
                talk(store, "question", "answer")
            write_settings(paths.settings_file, Settings())
            model = Place(str(paths.models_dir / "one.gguf"), "one")
            assert places.add(paths.models_dir, model).id == "one"
            with pytest.raises(PermissionError):
                paths.settings_file.chmod(0o600)  # the stick is still one
        for path in paths.data_dir.glob("teahouse.db*"):
            path.chmod(0o644)

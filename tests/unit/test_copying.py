"""Checked copies: whole or absent, whatever the source, the target's disk or a second copy does meanwhile."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.cancel import Cancelled, CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.model import hardware
from app.model.importing import copying
from app.model.importing.copying import copy_files
from app.model.importing.hashing import BLOCK_BYTES
from tests.helpers.acting_token import ActingToken
from tests.helpers.copy_cases import Files, copy, ensure_copied, names, posix, refused
from tests.helpers.copy_cases import files as files
from tests.helpers.copy_cases import models as models


def test_a_folder_is_copied_whole_and_for_its_owner_alone(files: Files, models: Path) -> None:
    target = models / "models--THUDM--chatglm3-6b"
    told: list[TaskProgress] = []
    hashes = copy_files(files, target, told.append, CancelToken())
    ensure_copied(files, target)
    assert hashes == {name: hashlib.sha256(path.read_bytes()).hexdigest() for path, name in files}
    assert names(models) == [target.name]
    total = 2 * sum(path.stat().st_size for path, _ in files)
    assert told[0] == TaskProgress(0, total)
    assert (told[-1].done, told[-1].total) == (total, total)
    assert [step.done for step in told] == sorted(step.done for step in told)
    if sys.platform != "win32":
        for path in (target, *target.rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_single_file_is_copied_to_a_file(files: Files, models: Path) -> None:
    source, _ = files[1]
    told: list[TaskProgress] = []
    hashes = copy_files([(source, "")], models / "模型.gguf", told.append, CancelToken())
    ensure_copied([(source, "")], models / "模型.gguf")
    assert hashes == {"": hashlib.sha256(source.read_bytes()).hexdigest()}
    assert told[-1].name == source.name
    assert names(models) == ["模型.gguf"]


NAMES = ["x" * 250, "茶" * 83, "🍵" * 62, "é" * 125, ".hidden", "a.1.partial"]
if os.name != "nt":  # there they are no names
    NAMES += ["a\nb", "a:b"]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_of_all_kinds(files: Files, models: Path, name: str) -> None:
    copy(files, models / name)
    ensure_copied(files, models / name)
    assert names(models) == [name]


def test_the_names_of_partial_copies_fit_and_differ() -> None:
    long = ["茶" * 83 + end for end in ("", "1", "2")]
    cut = {copying._cut_name(name) for name in long}
    assert len(cut) == len(long)
    assert all(len(os.fsencode(f".{name}.4294967295.partial")) <= 255 for name in cut)
    assert copying._cut_name("glm-4") == "glm-4"


def test_many_small_files_and_few_reports(tmp_path: Path, models: Path) -> None:
    files = []
    for number in range(120):
        path = tmp_path / f"{number}"
        path.write_bytes(b"%d" % number)
        files.append((path, f"{number % 7}/{number}"))
    told: list[TaskProgress] = []
    start = time.monotonic()
    copy_files(files, models / "many", told.append, CancelToken())
    assert len(told) <= 2 + (time.monotonic() - start) / 0.05
    ensure_copied(files, models / "many")


@pytest.mark.parametrize("there", ["folder", "file", "link"])
def test_what_is_there_stays(files: Files, models: Path, there: str) -> None:
    target = models / "taken"
    models.mkdir()
    if there == "folder":
        target.mkdir()
    elif there == "file":
        target.write_bytes(b"mine")
    else:
        target.symlink_to("nowhere")
    for chosen in (files, [(files[0][0], "")]):
        with pytest.raises(FileExistsError):
            copy(chosen, target)
    assert names(models) == ["taken"]
    assert there != "file" or target.read_bytes() == b"mine"
    assert there != "folder" or names(target) == []


def test_a_name_that_is_taken_in_the_last_moment(
    files: Files, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last look and the naming, which must not take the place of what is there."""
    target = models / "late"
    usual = os.path.lexists
    looks = []

    def take_after(path: Path) -> bool:
        found = usual(path)
        looks.append(path)
        if looks == [target, target]:
            target.write_bytes(b"mine")
        return found

    monkeypatch.setattr(os.path, "lexists", take_after)
    with pytest.raises(FileExistsError):
        copy([(files[0][0], "")], target)
    assert target.read_bytes() == b"mine"
    assert names(models) == ["late"]


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_name_that_is_taken_while_copying(files: Files, models: Path, is_folder: bool) -> None:
    target = models / "late"
    chosen = files if is_folder else [(files[1][0], "")]
    for take in (lambda: target.write_bytes(b"mine"), target.mkdir):
        with pytest.raises(FileExistsError):
            copy(chosen, target, ActingToken(3, take))
        assert names(models) == ["late"]
        if target.is_dir():
            assert names(target) == []
            target.rmdir()
        else:
            assert target.read_bytes() == b"mine"
            target.unlink()


def test_a_second_copy_to_the_same_name_in_this_process_is_refused(files: Files, models: Path) -> None:
    def second() -> None:
        with pytest.raises(FileExistsError):
            copy(files, models / "same")
        copy(files, models / "other")

    copy(files, models / "same", ActingToken(3, second))
    ensure_copied(files, models / "same")
    ensure_copied(files, models / "other")


def test_what_another_teahouse_is_making_is_left_to_it(files: Files, models: Path) -> None:
    others = models / f".same.{os.getppid()}.partial"
    others.mkdir(parents=True)
    with pytest.raises(FileExistsError):
        copy(files, models / "same")
    copy(files, models / "same 2")
    assert names(models) == [others.name, "same 2"]


def test_a_cancel_at_any_look_leaves_nothing(files: Files, models: Path) -> None:
    at = 0
    while True:
        at += 1
        try:
            copy(files, models / "model", ActingToken(at))
        except Cancelled:
            assert names(models) == [], at
        else:
            break
    reserved, copied, read_back = 4, 11, 6  # files, blocks and ends, blocks
    assert at - 1 == reserved + copied + read_back
    ensure_copied(files, models / "model")


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("cut", lambda path: os.truncate(path, BLOCK_BYTES)),
        ("emptied", lambda path: path.write_bytes(b"")),
        ("grown", lambda path: os.truncate(path, 9 * BLOCK_BYTES)),
        ("touched", lambda path: os.utime(path, ns=(1, 1))),
    ],
)
def test_a_source_that_changes_while_it_is_copied(
    files: Files, models: Path, name: str, act: Callable[[Path], object]
) -> None:
    large = files[1][0]
    reserved, of_the_first = 4, 2
    token = ActingToken(reserved + of_the_first + 2, lambda: act(large))
    error = refused(files, models / "model", token)
    assert error.info.code is ErrorCode.MODEL_CHANGED
    assert error.info.params["path"] == str(large)
    assert token.looks <= reserved + of_the_first + 4, "read on for nothing"


def test_a_source_that_changed_before_its_turn(files: Files, models: Path) -> None:
    large = files[1][0]
    token = ActingToken(5, lambda: os.utime(large, ns=(1, 1)))
    assert refused(files, models / "model", token).info.code is ErrorCode.MODEL_CHANGED
    assert token.looks == 6, "read for nothing"


def test_a_source_that_goes_away(files: Files, models: Path) -> None:
    last = files[2][0]
    error = refused(files, models / "model", ActingToken(6, last.unlink))
    assert error.info.code is ErrorCode.MODEL_UNREADABLE
    assert error.info.params["path"] == str(last)
    assert refused(files, models / "model").info.code is ErrorCode.MODEL_UNREADABLE


@posix
def test_sources_that_are_no_files(files: Files, models: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(files[0][0])
    (tmp_path / "folder").symlink_to(files[0][0].parent)
    for path, code in (
        (tmp_path / "pipe", ErrorCode.MODEL_UNREADABLE),
        (tmp_path, ErrorCode.MODEL_UNREADABLE),
        (tmp_path / "link", ErrorCode.MODEL_CHANGED),
        (tmp_path / "folder" / "config.json", ErrorCode.MODEL_CHANGED),
    ):
        assert refused([*files, (path, "last")], models / "model").info.code is code


@posix
def test_a_source_that_becomes_a_link_is_not_followed(files: Files, models: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    last = files[2][0]
    last.rename(secret)
    last.write_bytes(secret.read_bytes())
    os.utime(last, ns=(10**18, 10**18))
    os.utime(secret, ns=(10**18, 10**18))

    def swap() -> None:
        last.unlink()
        last.symlink_to(secret)

    assert refused(files, models / "model", ActingToken(6, swap)).info.code is ErrorCode.MODEL_CHANGED


def test_too_little_room_is_told_before_anything_is_made(
    files: Files, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = sum(path.stat().st_size for path, _ in files)
    monkeypatch.setattr(hardware, "disk_free", lambda _: needed + copying.SPARE_BYTES)
    looks = ActingToken(1, lambda: None)
    error = refused(files, models / "model", looks)
    assert error.info.code is ErrorCode.DISK_FULL
    assert error.info.params["path"] == str(models)
    assert looks.looks == 0
    monkeypatch.setattr(hardware, "disk_free", lambda _: None)  # a system that does not tell
    copy(files, models / "model")
    ensure_copied(files, models / "model")


def test_the_room_of_all_files_is_taken_before_the_first_byte(files: Files, models: Path) -> None:
    taken: list[int] = []
    reserved = len([path for path, _ in files if path.stat().st_size])

    def look() -> None:
        (partial,) = models.iterdir()
        for source, name in files:
            facts = (partial / name).stat()
            assert facts.st_size == source.stat().st_size
            assert not any((partial / name).read_bytes())
            taken.append(facts.st_blocks * 512 if sys.platform == "linux" else facts.st_size)

    copy(files, models / "model", ActingToken(reserved + 1, look))
    assert sum(taken) >= sum(path.stat().st_size for path, _ in files)


def test_a_disk_that_cannot_reserve(files: Files, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files have their length all the same: most say at once then that they are full."""

    def look() -> None:
        (partial,) = models.iterdir()
        for source, name in files:
            assert (partial / name).stat().st_size == source.stat().st_size

    monkeypatch.setattr(copying, "_linux_fallocate", lambda: None)
    copy(files, models / "model", ActingToken(5, look))
    ensure_copied(files, models / "model")


@pytest.mark.skipif(sys.platform != "win32", reason="what C's library does on Windows")
def test_no_zeros_are_written_to_reserve(files: Files, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as the model has bytes, 4 KiB at a time, without a word: C's way to make a file longer."""

    def refuse(_descriptor: int, _size: int) -> None:
        raise AssertionError("C's function")

    monkeypatch.setattr(os, "ftruncate", refuse)
    test_the_room_of_all_files_is_taken_before_the_first_byte(files, models)


def test_a_copy_that_does_not_read_back(files: Files, models: Path) -> None:
    """A byte that the disk turned: changed in the partial copy after it was written."""

    def rot() -> None:
        (partial,) = models.iterdir()
        with (partial / "weights-1.bin").open("r+b") as file:
            file.seek(BLOCK_BYTES)
            byte = file.read(1)
            file.seek(BLOCK_BYTES)
            file.write(bytes([byte[0] ^ 1]))

    count = ActingToken(0, lambda: None)
    copy(files, models / "model", count)
    (models / "model").rename(models.parent / "aside")
    error = refused(files, models / "model", ActingToken(count.looks // 2 + 3, rot))
    assert error.info.code is ErrorCode.MODEL_CHANGED
    assert error.info.params["path"] == str(files[1][0])


def test_a_file_system_without_hard_links(
    files: Files, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    source, _ = files[0]
    copy([(source, "")], models / "model.gguf")
    ensure_copied([(source, "")], models / "model.gguf")


def test_a_place_that_is_no_folder(files: Files, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(WorldError) as caught:
        copy(files, tmp_path / "file" / "model")
    assert caught.value.info.code is ErrorCode.STORAGE_FAILED
    assert (tmp_path / "file").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["../out", "/out", "a//b", "a/../../out", ".", "a/"])
def test_names_that_lead_out_are_our_mistake(files: Files, models: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a name inside"):
        copy([*files, (files[0][0], name)], models / "model")
    with pytest.raises(ValueError, match="one name"):
        copy([*files, files[0]], models / "model")
    assert names(models) == []

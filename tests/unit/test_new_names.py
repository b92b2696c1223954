"""New names on a disk: a folder that takes no file says so at once, and a file in use is waited for."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import ErrorCode, WorldError, disk_error
from app.core.new_names import new_file, new_folder, put_in_place, rename
from app.storage import files
from app.storage.scratch import Scratch

ACCESS_DENIED, SHARING_VIOLATION, DISK_FULL = 5, 32, 112


def windows_error(number: int) -> PermissionError:
    """What Windows' Python raises; other systems' keeps no such number by itself."""
    error = PermissionError(13, "refused")
    error.winerror = number  # type: ignore[attr-defined,unused-ignore]
    return error


def refusing(
    times: int, number: int, usual: Callable[..., object]
) -> tuple[Callable[..., object], list[int]]:
    """`usual`, which refuses at first; and how often it was called."""
    calls: list[int] = []

    def act(*arguments: object) -> object:
        calls.append(1)
        if len(calls) <= times:
            raise windows_error(number)
        return usual(*arguments)

    return act, calls


def test_new_files_and_folders_have_names_of_their_own(tmp_path: Path) -> None:
    made = []
    for _ in range(3):
        descriptor, path = new_file(tmp_path, ".列表.", ".part")
        os.write(descriptor, b"a\nb")
        os.close(descriptor)
        assert path.read_bytes() == b"a\nb"
        made += [path, new_folder(tmp_path, ".teahouse-1-", ".partial")]
    assert sorted(tmp_path.iterdir()) == sorted(made)
    assert {path.suffix for path in made} == {".part", ".partial"}
    if sys.platform != "win32":
        assert {path.stat().st_mode & 0o777 for path in made} == {0o600, 0o700}


@pytest.mark.parametrize("make", [new_file, new_folder])
def test_a_name_that_is_taken_is_not_used(
    tmp_path: Path, make: Callable[..., tuple[int, Path] | Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"a{'00' * 6}").write_bytes(b"mine")
    drawn = iter([bytes(6), bytes(6), bytes([1] * 6)])
    monkeypatch.setattr(os, "urandom", lambda _: next(drawn))
    made = make(tmp_path, "a")
    path = made if isinstance(made, Path) else made[1]
    if not isinstance(made, Path):
        os.close(made[0])
    assert path.name == f"a{'01' * 6}"
    assert (tmp_path / f"a{'00' * 6}").read_bytes() == b"mine"
    monkeypatch.setattr(os, "urandom", bytes)
    with pytest.raises(FileExistsError):
        make(tmp_path, "a")


@pytest.mark.parametrize("make", [lambda folder: files.write_atomically(folder / "x", b""), Scratch])
def test_a_folder_that_takes_nothing_says_so_at_once(
    tmp_path: Path, make: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows `os.access` says that it does, and `tempfile` would try 2**31 names."""
    tries = 0
    usual_open, usual_mkdir = os.open, os.mkdir

    def refuse(usual: Callable[..., object], path: object, *rest: object) -> object:
        nonlocal tries
        if Path(str(path)).parent != tmp_path:
            return usual(path, *rest)
        tries += 1
        if tries > 1000:
            raise KeyboardInterrupt  # nothing on the way takes it for an answer
        raise windows_error(ACCESS_DENIED)

    monkeypatch.setattr(os, "open", lambda *words: refuse(usual_open, *words))
    monkeypatch.setattr(os, "mkdir", lambda *words: refuse(usual_mkdir, *words))
    with pytest.raises(PermissionError):
        make(tmp_path)
    assert tries == 1


@pytest.mark.parametrize(("act", "usual"), [(rename, "rename"), (put_in_place, "replace")])
@pytest.mark.parametrize("number", [ACCESS_DENIED, SHARING_VIOLATION])
def test_who_has_a_file_open_is_waited_for(
    tmp_path: Path,
    act: Callable[[Path, Path], None],
    usual: str,
    number: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "new").write_bytes(b"new")
    patched, calls = refusing(3, number, getattr(Path, usual))
    monkeypatch.setattr(Path, usual, patched)
    act(tmp_path / "new", tmp_path / "file")
    assert len(calls) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_nobody_is_waited_for_without_end_or_for_another_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new").write_bytes(b"new")
    with pytest.raises(FileNotFoundError):
        rename(tmp_path / "absent", tmp_path / "file")
    patched, calls = refusing(1, DISK_FULL, Path.rename)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", patched)
        with pytest.raises(PermissionError):
            rename(tmp_path / "new", tmp_path / "file")
    assert len(calls) == 1
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    patched, calls = refusing(1000, SHARING_VIOLATION, Path.rename)
    monkeypatch.setattr(Path, "rename", patched)
    with pytest.raises(PermissionError):
        rename(tmp_path / "new", tmp_path / "file")
    assert 1 < sum(waited) < 2
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_settings_are_written_while_another_program_reads_them(tmp_path: Path) -> None:
    """Windows does not replace a file that is open; other systems do not mind."""
    path = tmp_path / "settings.json"
    path.write_bytes(b"old")
    is_open = threading.Event()

    def read_slowly() -> None:
        with path.open("rb"):
            is_open.set()
            time.sleep(0.3)

    reader = threading.Thread(target=read_slowly)
    reader.start()
    is_open.wait()
    files.write_atomically(path, b"new")
    reader.join()
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.json"]


def test_a_folder_is_renamed_while_a_scanner_reads_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "teahouse.db").write_bytes(b"conversations")
    is_open = threading.Event()

    def scan() -> None:
        with (folder / "teahouse.db").open("rb"):
            is_open.set()
            time.sleep(0.3)

    scanner = threading.Thread(target=scan)
    scanner.start()
    is_open.wait()
    rename(folder, tmp_path / "target")
    scanner.join()
    assert (tmp_path / "target" / "teahouse.db").read_bytes() == b"conversations"


def test_a_file_that_another_program_keeps_is_not_called_one_that_may_not_be_written() -> None:
    assert disk_error(windows_error(SHARING_VIOLATION), "x").info.code is ErrorCode.STORAGE_FAILED
    assert disk_error(windows_error(ACCESS_DENIED), "x").info.code is ErrorCode.READ_ONLY
    assert disk_error(PermissionError(13, "refused"), "x").info.code is ErrorCode.READ_ONLY


@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.parametrize("is_allowed", [True, False])
def test_what_windows_denies_is_told_by_whether_it_takes_writing(
    tmp_path: Path, what: str, is_allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It denies a file its place and a folder its new name while in use, and for want of rights, alike."""
    kept, other = tmp_path / "kept", tmp_path / "other"
    if what == "file":
        kept.write_bytes(b"old")
        other.write_bytes(b"new")
    else:
        kept.mkdir()
    usual = os.open

    def open_or_refuse(path: Path, *words: int) -> int:
        if not is_allowed and kept in (path, path.parent):
            raise windows_error(ACCESS_DENIED)
        return usual(path, *words)

    refuse, _ = refusing(1000, ACCESS_DENIED, Path.replace)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(os, "open", open_or_refuse)
    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(WorldError) as caught, files.file_errors(tmp_path):
        put_in_place(other, kept) if what == "file" else rename(kept, other)
    assert caught.value.info.code is (ErrorCode.STORAGE_FAILED if is_allowed else ErrorCode.READ_ONLY)
    assert sorted(path.name for path in tmp_path.rglob("*")) == (
        ["kept", "other"] if what == "file" else ["kept"]
    )


@pytest.mark.skipif(sys.platform != "win32", reason="elsewhere a file that is open can be replaced")
def test_settings_that_another_program_keeps_open_are_not_called_ones_that_nobody_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"old")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with path.open("rb"), pytest.raises(WorldError) as caught, files.file_errors(path):
        files.write_atomically(path, b"new")
    assert caught.value.info.code is ErrorCode.STORAGE_FAILED
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.json"]

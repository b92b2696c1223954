"""SHA-256 of files with progress and cancel, and what others published beside them."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from pathlib import Path

import pytest

from app.core.cancel import Cancelled, CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.model.importing import hashing
from app.model.importing.hashing import BLOCK_BYTES, hash_file, hash_files, published_hashes
from tests.helpers.acting_token import ActingToken

ONE, TWO = "1a" * 32, "2B" * 32
posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes and links")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def refused(path: Path, cancel: CancelToken | None = None) -> ErrorCode:
    with pytest.raises(WorldError) as caught:
        hash_file(path, lambda _: None, cancel or CancelToken())
    assert caught.value.info.params["path"] == str(path)
    return caught.value.info.code


@pytest.mark.parametrize("size", [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES + 7])
def test_the_hash_is_that_of_all_bytes(tmp_path: Path, size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    path = tmp_path / "模型🍵.bin"
    path.write_bytes(data[:size])
    told: list[int] = []
    assert hash_file(path, told.append, CancelToken()) == sha256(data[:size])
    assert sum(told) == size
    assert max(told, default=0) <= BLOCK_BYTES


def test_files_are_told_with_their_names(tmp_path: Path) -> None:
    files = []
    for name, size in (("a", 2 * BLOCK_BYTES), ("sub/b", 0), ("c", 5)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"t" * size)
        files.append((path, name))
    told: list[TaskProgress] = []
    hashes = hash_files(files, told.append, CancelToken())
    assert hashes == {"a": sha256(b"t" * 2 * BLOCK_BYTES), "sub/b": sha256(b""), "c": sha256(b"ttttt")}
    total = 2 * BLOCK_BYTES + 5
    assert told[0] == TaskProgress(0, total)
    assert told[-1] == TaskProgress(total, total, "c")
    assert [step.done for step in told] == sorted(step.done for step in told)


def test_a_cancel_is_noticed_at_the_next_block(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(5 * BLOCK_BYTES))
    told: list[int] = []
    with pytest.raises(Cancelled):
        hash_file(path, told.append, ActingToken(3))
    assert len(told) == 2


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "gone") is ErrorCode.MODEL_UNREADABLE


@posix
def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, Path("/dev/zero")):
        assert refused(path) is ErrorCode.MODEL_UNREADABLE


@posix
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "folder").symlink_to(".")
    (tmp_path / "loop").symlink_to("loop")
    for path in (tmp_path / "link", tmp_path / "folder" / "file", tmp_path / "loop"):
        assert refused(path) is ErrorCode.MODEL_CHANGED


def test_a_disk_that_cannot_say_where_its_files_really_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Disks in memory and of some networks on Windows: asked strictly, it refuses."""
    path = tmp_path / "file"
    path.write_bytes(b"x")
    usual = os.path.realpath

    def answer(asked: Path, *, strict: bool = False) -> str:
        if strict:
            raise OSError(errno.EINVAL, "Incorrect function")
        return usual(asked)

    monkeypatch.setattr(os.path, "realpath", answer)
    monkeypatch.setattr(hashing, "_IS_STRICT", False)  # as it is there
    assert hash_file(path, lambda _: None, CancelToken()) == hashlib.sha256(b"x").hexdigest()


@pytest.mark.skipif(sys.platform != "win32", reason="large and small letters are one to Windows alone")
def test_a_folder_whose_letters_became_large_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    path = tmp_path / "models" / "file"
    path.write_bytes(b"x")
    (tmp_path / "models").rename(tmp_path / "Models")
    assert hash_file(path, lambda _: None, CancelToken()) == hashlib.sha256(b"x").hexdigest()


@posix
@pytest.mark.parametrize("swapped", ["link", "pipe"])
def test_what_takes_the_files_place_after_the_look_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swapped: str
) -> None:
    """Between looking and opening: what opens the file itself has to refuse, and not to wait."""
    path, other = tmp_path / "file", tmp_path / "secret"
    for file in (path, other):
        file.write_bytes(b"x")
        os.utime(file, ns=(1, 1))
    usual = hashing._ensure_no_link

    def swap(looked_at: Path) -> None:
        usual(looked_at)
        path.unlink()
        if swapped == "link":
            path.symlink_to(other)
        else:
            os.mkfifo(path)

    mark = hashing.mark_of(path)
    monkeypatch.setattr(hashing, "_ensure_no_link", swap)
    with pytest.raises(WorldError) as caught:
        list(hashing.read_blocks(path, mark, CancelToken()))
    expected = ErrorCode.MODEL_CHANGED if swapped == "link" else ErrorCode.MODEL_UNREADABLE
    assert caught.value.info.code is expected


@pytest.mark.parametrize("change", ["cut", "grown", "touched"])
def test_a_file_that_changes_while_it_is_hashed(tmp_path: Path, change: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(3 * BLOCK_BYTES))

    def act() -> None:
        if change == "touched":
            os.utime(path, ns=(1, 1))
        else:
            os.truncate(path, (2 if change == "cut" else 4) * BLOCK_BYTES)

    assert refused(path, ActingToken(2, act)) is ErrorCode.MODEL_CHANGED


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a file of the kernel's that says EIO")
def test_a_disk_that_stops_reading() -> None:
    assert refused(Path(f"/proc/{os.getpid()}/mem")) is ErrorCode.MODEL_UNREADABLE


# --- published hashes


def test_lists_of_hashes_as_people_write_them(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_text(
        f"# made by hand\n{ONE}  a.bin\n{TWO} *./sub/b.bin\n\nnot a line\n{ONE[:-1]}  short.bin\n", "utf-8"
    )
    (tmp_path / "c.bin.sha256").write_text(TWO + "\n", "utf-8")
    (tmp_path / "bsd.sha256").write_text(f"SHA256 (茶 (1).bin) = {ONE}\r\n", "utf-8")
    names = ["a.bin", "sub/b.bin", "c.bin", "茶 (1).bin", "short.bin", "other.bin"]
    assert published_hashes(tmp_path, names) == {
        "a.bin": ONE,
        "sub/b.bin": TWO.lower(),
        "c.bin": TWO.lower(),
        "茶 (1).bin": ONE,
    }


def test_a_file_that_two_lists_call_differently_has_no_published_hash(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_text(f"{ONE}  a\n{ONE}  b\n", "utf-8")
    (tmp_path / "a.sha256").write_text(TWO, "utf-8")
    assert published_hashes(tmp_path, ["a", "b"]) == {"b": ONE}


@posix
def test_a_hub_cache_names_its_large_files_by_their_hash(tmp_path: Path) -> None:
    model = tmp_path / "models--THUDM--chatglm3-6b"
    folder = model / "snapshots" / "c0ffee"
    (model / "blobs").mkdir(parents=True)
    (folder / "sub").mkdir(parents=True)
    for blob in (ONE, TWO.lower(), "3c" * 20):
        (model / "blobs" / blob).write_bytes(b"x")
    (tmp_path / ONE).write_bytes(b"x")
    (folder / "a.bin").symlink_to(f"../../blobs/{ONE}")
    (folder / "sub" / "b.bin").symlink_to(f"../../../blobs/{TWO.lower()}")
    (folder / "config.json").symlink_to(f"../../blobs/{'3c' * 20}")  # git's hash of a small file
    (folder / "outside.bin").symlink_to(f"../../../{ONE}")
    (folder / "broken.bin").symlink_to(f"../../blobs/{'4d' * 32}")
    names = ["a.bin", "sub/b.bin", "config.json", "outside.bin", "broken.bin", "absent"]
    assert published_hashes(folder, names) == {"a.bin": ONE, "sub/b.bin": TWO.lower()}
    moved = tmp_path / "mine"
    folder.rename(moved)
    assert published_hashes(moved, names) == {}


def test_what_a_download_wrote_down(tmp_path: Path) -> None:
    notes = tmp_path / ".cache" / "huggingface" / "download"
    (notes / "sub").mkdir(parents=True)
    (notes / "a.bin.metadata").write_text(f"{'c0' * 20}\n{TWO}\n1712656091.123\n", "utf-8")
    (notes / "sub" / "b.bin.metadata").write_bytes(f"{'c0' * 20}\r\n{ONE}\r\n1.0\r\n".encode())
    (notes / "config.json.metadata").write_text(f"{'c0' * 20}\n{'3c' * 20}\n1.0\n", "utf-8")
    (notes / "cut.metadata").write_text("c0", "utf-8")
    (notes / "noise.metadata").write_bytes(bytes(range(256)))
    (tmp_path / "a.bin.sha256").write_text(ONE, "utf-8")  # the hub's own note is believed before a list
    names = ["a.bin", "sub/b.bin", "config.json", "cut", "noise", "absent"]
    assert published_hashes(tmp_path, names) == {"a.bin": TWO.lower(), "sub/b.bin": ONE}


def test_lists_that_want_to_do_harm(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    outside = tmp_path / "secret.metadata"
    outside.write_text(f"x\n{ONE}\n", "utf-8")
    (folder / ".cache" / "huggingface" / "download").mkdir(parents=True)
    up = "../../../../secret"
    lines = [f"{ONE}  {up}", f"{ONE}  /etc/passwd", f"{ONE}  a\0b", "x" * 100_000, f"{ONE}  good"]
    (folder / "SHA256SUMS").write_text("\n".join(lines), "utf-8")
    (folder / "binary.sha256").write_bytes(bytes(range(256)) * 100)
    (folder / "endless.sha256").write_text(f"{TWO}  good\n" * 20_000, "utf-8")  # more than a list ever has
    names = [up, "/etc/passwd", "a\0b", "a\\b", "..", "", "good"]
    assert published_hashes(folder, names) == {"good": ONE}
    assert published_hashes(tmp_path / "absent", names) == {}


@posix
def test_lists_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.sha256")
    (tmp_path / "folder.sha256").mkdir()
    (tmp_path / "zero.sha256").symlink_to("/dev/zero")
    (tmp_path / "list").write_text(f"{ONE}  a", "utf-8")
    (tmp_path / "SHA256SUMS").symlink_to("list")
    for number in range(hashing.MAX_SUMS_FILES * 2):
        (tmp_path / f"{number}.sha256").write_text("", "utf-8")
    assert len(hashing._lists(tmp_path)) == hashing.MAX_SUMS_FILES
    assert published_hashes(tmp_path, ["a"]) == {}

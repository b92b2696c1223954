"""The list of places: nothing in it is lost, however damaged it is and whoever else writes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.core.cancel import Cancelled, CancelToken
from app.core.engine import EngineKind
from app.core.errors import ErrorCode, WorldError
from app.model.importing import places
from app.model.importing.locking import locked
from app.model.importing.places import FILE_NAME, Place

HASH = "ab" * 32


def test_what_was_written_is_read(tmp_path: Path) -> None:
    models = tmp_path / "茶" / "models"
    assert places.read(models) == ()
    elsewhere = Place(str(tmp_path / "别处 🍵"), "glm", "GLM", EngineKind.GLM_TORCH, "chatglm3", {"a": HASH})
    odd = Place("odd \udcff name/模型", engine=EngineKind.LLAMA_CPP, hashes={"\udcfe.gguf": HASH})
    assert places.add(models, elsewhere) == elsewhere
    places.add(models, odd)
    assert places.read(models) == (elsewhere, odd)
    assert [place.is_elsewhere for place in places.read(models)] == [True, False]
    assert places.find(places.read(models), tmp_path / "别处 🍵", models) == elsewhere
    assert places.remove(models, models / odd.path)
    assert not places.remove(models, models / odd.path)
    assert places.read(models) == (elsewhere,)
    assert {path.name for path in models.iterdir()} == {FILE_NAME, ".models.lock"}


def test_a_place_is_listed_once_and_keeps_its_id(tmp_path: Path) -> None:
    folder = tmp_path / "glm"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    first = places.add(tmp_path, Place(str(folder), "glm", "GLM"), taken={"glm"})
    assert first.id == "glm 2"
    again = places.add(
        tmp_path, Place(str(tmp_path / "link"), "other", family="chatglm2", hashes={"a": HASH})
    )
    assert again == Place(str(folder), "glm 2", "GLM", family="chatglm2", hashes={"a": HASH})
    later = places.add(tmp_path, Place(str(folder), "glm", family="chatglm3", hashes={"b": HASH}))
    assert (later.family, later.hashes) == ("chatglm3", {"a": HASH, "b": HASH})
    assert places.read(tmp_path) == (later,)
    assert places.add(tmp_path, Place(str(tmp_path / "b"), "glm 2")).id == "glm 2 2"


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff\xfe", b"[]", b"{}", b'{"models": {}}', b"[" * 100_000, b"\0" * 100, b'{"models": "a"}'],
)
def test_a_damaged_list_is_put_aside_and_not_lost(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    assert places.read(tmp_path) == ()
    (kept,) = tmp_path.glob(f"{FILE_NAME}.damaged-*")
    assert kept.read_bytes() == content
    (tmp_path / FILE_NAME).write_bytes(content)
    added = places.add(tmp_path, Place("a", family="chatglm3"))
    assert places.read(tmp_path) == (added,)
    assert len([*tmp_path.glob(f"{FILE_NAME}.damaged-*")]) == 2


def test_entries_that_make_no_sense_are_left_out(tmp_path: Path) -> None:
    entries = [
        {"path": "good", "family": "chatglm3", "new": [1]}, {"path": ""}, {"path": 3}, 7, None, [],
        {"path": "a", "hashes": [1]}, {"path": "a", "hashes": {"b": 1}}, {"path": "a", "engine": "later"},
        {"path": "a", "engine": []},
    ]  # fmt: skip
    (tmp_path / FILE_NAME).write_text(json.dumps({"models": entries}), encoding="utf-8")
    assert places.read(tmp_path) == (Place("good", family="chatglm3"),)


def test_something_else_in_place_of_the_list(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    assert places.read(tmp_path) == ()
    assert [
        path.name.startswith(f"{FILE_NAME}.damaged-") for path in tmp_path.iterdir() if path.is_dir()
    ] == [True]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / FILE_NAME)
        assert places.read(tmp_path) == ()


def test_a_disk_that_refuses_is_the_worlds_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WorldError) as caught:
        places.add(tmp_path / "file", Place("a"))
    assert caught.value.info.code is ErrorCode.STORAGE_FAILED
    assert places.read(tmp_path / "file") == ()


def test_programs_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from app.model.importing import places\n"
        "from app.model.importing.places import Place\n"
        "for number in range(12):\n"
        "    places.add(pathlib.Path(sys.argv[1]), Place(f'{sys.argv[2]} {number}', family='chatglm3'))\n"
        "    places.add(pathlib.Path(sys.argv[1]), Place('/the same', 'same'))\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name], stderr=subprocess.PIPE, text=True)
        for name in ("one", "two", "three")
    ]
    errors = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], errors
    found = places.read(tmp_path)
    assert sorted(place.path for place in found) == sorted(
        ["/the same", *(f"{name} {number}" for name in ("one", "two", "three") for number in range(12))]
    )
    assert [place.id for place in found if place.path == "/the same"] == ["same"]


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from app.model.importing.locking import locked\n"
        "with locked(pathlib.Path(sys.argv[1]), patience_s=None): print('held', flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "lock")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WorldError) as caught, locked(tmp_path / "lock", patience_s=0):
            pass
        assert caught.value.info.code is ErrorCode.STORAGE_FAILED
        cancel = CancelToken()
        cancel.cancel()
        with pytest.raises(Cancelled), locked(tmp_path / "lock", patience_s=None, cancel=cancel):
            pass
        holder.kill()
    with locked(tmp_path / "lock", patience_s=0):
        pass


def test_a_lock_holds_between_threads_too(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with locked(tmp_path / "lock", patience_s=None):
            order.append("second")

    with locked(tmp_path / "lock", patience_s=None):
        thread = threading.Thread(target=second)
        thread.start()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]

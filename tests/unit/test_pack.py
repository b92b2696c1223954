"""A model goes into one file and comes out of it on another computer, byte for byte, or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from app.core.cancel import Cancelled, CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.model import hardware, library, pack
from app.model.glm.family import Family
from app.model.importing import importer, places
from app.model.importing.inspection import inspect
from app.model.pack_format import SUFFIX, looks_like_pack, read_pack
from tests.helpers.gguf_files import GgufFile
from tests.helpers.glm_folder import make_folder
from tests.helpers.glm_models import Options, Sizes
from tests.helpers.packs import content, looked_at, nothing, packed, unpacked
from tests.helpers.sticks import said_where_large_files_are_refused, stick_at


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that may be of the second or the third generation, with what publishers put beside."""
    place = tmp_path_factory.mktemp("originals")
    options = Options(sizes=Sizes(vocab=640), config={"_name_or_path": None})
    folder = make_folder(place, Family.CHATGLM2, options)
    (folder / "LICENSE").write_text("its text goes with every copy", encoding="utf-8")
    (folder / "README.md").write_text("---\nlicense: other\nlicense_name: tea\n---\nHello", encoding="utf-8")
    (folder / "modeling_chatglm.py").write_text("raise SystemExit", encoding="utf-8")
    return folder.rename(place / "茶 model")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path / "here"


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return tmp_path / "there"


def test_a_folder_goes_over_with_what_was_said_of_it(tmp_path, original, here, there) -> None:
    importer.use_in_place(looked_at(original, here), "chatglm3", here)
    told: list[TaskProgress] = []
    target = tmp_path / "usb" / f"茶 model{SUFFIX}"
    pack.write_pack(looked_at(original, here), here, target, told.append, CancelToken())
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert told[-1].done == told[-1].total
    assert [step.done for step in told] == sorted(step.done for step in told)
    shown = looked_at(target, there)
    assert (shown.is_packed, shown.known_id, shown.families, shown.model.problem) == (True, "", (), None)
    assert (shown.model.name, shown.model.architecture) == ("茶 model", "chatglm3")
    assert read_pack(target).manifest.licence == "tea"
    made = unpacked(target, there)
    (model,) = library.scan(there)
    assert (model.ref.path, model.ref.family, model.problem) == (str(made), "chatglm3", None)
    wanted = content(original)
    del wanted["modeling_chatglm.py"]
    assert content(made) == wanted
    assert shown.copy_bytes == sum(map(len, wanted.values()))
    (place,) = places.read(there)
    assert place.hashes == {name: hashlib.sha256(data).hexdigest() for name, data in wanted.items()}


def test_a_single_file_goes_over(tmp_path, here, there) -> None:
    name, portable = ("a.gguf", "a.gguf") if os.name == "nt" else ("a: b?.gguf", "a_ b_.gguf")
    source = GgufFile().write(tmp_path / name)
    made = unpacked(packed(source, tmp_path / "tiny.zip", here), there)
    assert made.name == portable
    assert made.read_bytes() == source.read_bytes()
    assert [model.problem for model in library.scan(there)] == [None]


def test_a_pack_is_known_by_its_beginning_and_by_its_name(tmp_path, here) -> None:
    source = GgufFile().write(tmp_path / "tiny.gguf")
    target = packed(source, tmp_path / "renamed.zip", here)
    assert looks_like_pack(target)
    assert [one.is_packed for one in inspect(tmp_path, here, CancelToken()).models] == [True, False]
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme", "x" * 100)
    assert not looks_like_pack(tmp_path / "other.zip")
    assert not looks_like_pack(tmp_path / "nothing")
    assert not looks_like_pack(tmp_path)
    named = (tmp_path / "other.zip").rename(tmp_path / f"other{SUFFIX}")
    problem = looked_at(named, here).model.problem
    assert problem is not None
    assert problem.code is ErrorCode.PACK_DAMAGED


def test_the_same_model_gives_the_same_pack_and_any_program_opens_it(tmp_path, original, here) -> None:
    one, two = (packed(original, tmp_path / name, here) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "by another program")
    wanted = content(original)
    del wanted["modeling_chatglm.py"]
    assert content(tmp_path / "by another program" / "model") == wanted


def test_a_pack_of_what_is_there_is_known(tmp_path, original, here) -> None:
    model_id = importer.use_in_place(looked_at(original, here), "", here)
    target = packed(original, tmp_path / "p", here)
    assert looked_at(target, here).known_id == model_id


def test_one_in_a_pack_can_only_be_copied_and_not_be_packed_again(tmp_path, original, here, there) -> None:
    shown = looked_at(packed(original, tmp_path / "p", here), there)
    with pytest.raises(ValueError, match="copied"):
        importer.use_in_place(shown, "", there)
    with pytest.raises(ValueError, match="packed already"):
        pack.write_pack(shown, there, tmp_path / "q", nothing, CancelToken())
    report = importer.check_hashes(shown, there, nothing, CancelToken())
    assert set(report.confirmed) == set(report.hashes) == {one.name for one in shown.files}


def test_two_of_one_name_stand_side_by_side(tmp_path, original, here, there) -> None:
    target = packed(original, tmp_path / "p", here)
    (there / original.name).mkdir(parents=True)
    made = unpacked(target, there)
    assert made.name == f"{original.name} 2"
    assert content(made)


def refused(source: Path, target: Path, here: Path, **options: bool) -> WorldError:
    before = sorted(target.parent.iterdir()) if target.parent.exists() else []
    with pytest.raises(WorldError) as caught:
        pack.write_pack(looked_at(source, here), here, target, nothing, CancelToken(), **options)
    assert (sorted(target.parent.iterdir()) if target.parent.exists() else []) == before
    return caught.value


def test_a_model_that_is_not_what_was_published_is_not_packed(tmp_path, original, here) -> None:
    folder = shutil.copytree(original, tmp_path / "m")
    lines = [f"{'0' * 64}  config.json"]
    (folder / "SHA256SUMS").write_text("\n".join(lines), encoding="utf-8")
    error = refused(folder, tmp_path / "out" / "p", here)
    assert (error.info.code, error.info.params["detail"]) == (ErrorCode.MODEL_CHANGED, "config.json")


def test_a_broken_model_is_not_packed(tmp_path, original, here) -> None:
    folder = shutil.copytree(original, tmp_path / "m")
    (folder / "config.json").unlink()
    with pytest.raises(WorldError):
        pack.write_pack(looked_at(folder, here), here, tmp_path / "p", nothing, CancelToken())


def test_a_pack_that_is_there_stays_unless_it_is_to_be_replaced(tmp_path, original, here) -> None:
    target = tmp_path / "p"
    target.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        packed(original, target, here)
    assert target.read_bytes() == b"mine"
    pack.write_pack(looked_at(original, here), here, target, nothing, CancelToken(), replaces=True)
    assert read_pack(target).manifest.files


def test_no_room_and_disks_that_take_no_large_files(tmp_path, original, here, monkeypatch) -> None:
    target = tmp_path / "out" / "p"
    monkeypatch.setattr(hardware, "disk_free", lambda _: 1000)
    assert refused(original, target, here).info.code is ErrorCode.DISK_FULL
    monkeypatch.setattr(hardware, "disk_free", lambda _: 1 << 40)
    mounts = stick_at(tmp_path, 1000, monkeypatch)
    assert refused(original, target, here).info.code is ErrorCode.FILE_TOO_LARGE
    mounts.pop()
    packed(original, target, here)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of files")
def test_a_disk_that_says_too_large_only_when_it_is_written(tmp_path, original, here) -> None:
    target = tmp_path / "out" / "p"
    target.parent.mkdir()
    attempt = "from tests.helpers.packs import packed\npacked(*places)"
    said = said_where_large_files_are_refused(attempt, original, target, here)
    assert said == ErrorCode.FILE_TOO_LARGE.value
    assert list(target.parent.iterdir()) == []


def test_packing_and_unpacking_can_be_cancelled_at_any_report(tmp_path, original, here, there) -> None:
    target = tmp_path / "out" / "p"
    for limit in range(4):
        cancel, seen = CancelToken(), []

        def report(progress: TaskProgress, cancel=cancel, seen=seen, limit=limit) -> None:
            seen.append(progress)
            if len(seen) > limit:
                cancel.cancel()

        try:
            pack.write_pack(looked_at(original, here), here, target, report, cancel)
        except Cancelled:
            assert list(target.parent.iterdir()) == []
        else:
            target.unlink()
    packed(original, target, here)
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        importer.copy_in(looked_at(target, there), "", there, lambda _: cancel.cancel(), cancel)
    assert library.scan(there) == []
    assert places.read(there) == ()


def test_a_pack_that_does_not_read_back_is_none(tmp_path, original, here, monkeypatch) -> None:
    """The disk kept other bytes than it was given."""
    monkeypatch.setattr(pack, "hash_file", lambda *_: "0" * 64)
    assert refused(original, tmp_path / "out" / "p", here).info.code is ErrorCode.STORAGE_FAILED


def test_files_that_change_while_they_are_packed(tmp_path, original, here) -> None:
    folder = shutil.copytree(original, tmp_path / "m")
    weights = max(folder.iterdir(), key=lambda path: path.stat().st_size)
    looked = looked_at(folder, here)
    weights.write_bytes(weights.read_bytes() + b"x")
    with pytest.raises(WorldError) as caught:
        pack.write_pack(looked, here, tmp_path / "out" / "p", nothing, CancelToken())
    assert caught.value.info.code is ErrorCode.MODEL_CHANGED


@pytest.mark.parametrize("end", ["\n", "\r\n", " \r\n"])
def test_the_licence_is_named_however_its_lines_end(tmp_path, here, end) -> None:
    folder = make_folder(tmp_path, Family.CHATGLM3)
    for name, said in (("mit", "license: mit"), ("glm-4", 'license: other##license_name: "glm-4"')):
        text = f"---##{said}##---##Hello".replace("##", end)
        (folder / "README.md").write_bytes(text.encode())
        made = packed(folder, tmp_path / f"{name}{SUFFIX}", here)
        assert read_pack(made).manifest.licence == name


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes")
def test_a_pipe_or_a_link_in_place_of_the_text_about_it_is_not_read(tmp_path, here) -> None:
    folder = make_folder(tmp_path, Family.CHATGLM3)
    os.mkfifo(folder / "README.md")
    first = packed(folder, tmp_path / f"1{SUFFIX}", here)
    (folder / "README.md").unlink()
    outside = tmp_path / "diary.md"
    outside.write_text("license: of my diary", encoding="utf-8")
    (folder / "README.md").symlink_to(outside)
    second = packed(folder, tmp_path / f"2{SUFFIX}", here)
    assert [read_pack(one).manifest.licence for one in (first, second)] == ["", ""]

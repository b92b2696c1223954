"""Packs that strangers or broken sticks made: never another model than their list says, no file outside."""

from __future__ import annotations

import os
import struct
import zipfile

import pytest

from app.core.errors import ErrorCode
from app.model.pack_format import FOLDER
from tests.helpers.pack_attempts import ensure_nothing_came, ensure_refused, taken_over
from tests.helpers.pack_attempts import files as files
from tests.helpers.pack_attempts import model as model
from tests.helpers.packs import Forgery, content


def test_a_forgery_without_a_fault_is_taken(tmp_path, files) -> None:
    """Else the tests below would prove nothing."""
    _, error = taken_over(Forgery(files).write(tmp_path / "pack"), tmp_path / "models")
    assert error is None
    assert content(tmp_path / "models" / "a-model") == files


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "model/../../outside",
        "/outside",
        "model//outside",
        "model/./x",
        "C:/outside",
        "model/C:outside",
        "model\\..\\outside",
        "model/NUL",
        "model/com1.txt",
        "model/x.",
        "model/x ",
        "model/.hidden",
        "model/a/b/c/d",
        "model/" + "x" * 300,
        "model/\u202e/..",
        "outside",
        "model/",
        "model/x\n",
        "mimetype/x",
    ],
)
def test_names_that_lead_elsewhere(tmp_path, files, name) -> None:
    forgery = Forgery(files)
    forgery.entries.append((name, b"harm"))
    detail = ensure_refused(forgery, tmp_path)
    assert detail in ("a name that leads elsewhere", "a file outside of the model")


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../b", "NUL", "C:x", ""])
def test_names_in_the_list_that_lead_elsewhere(tmp_path, files, name) -> None:
    forgery = Forgery(files)
    forgery.manifest["files"].append({"name": name, "role": "other", "bytes": 4, "sha256": "0" * 64})
    ensure_refused(forgery, tmp_path)


@pytest.mark.parametrize("folder", ["..", "../x", "/x", "a/b", "", "CON", ".hidden", "x" * 200, "a\x00b", 5])
def test_a_folder_that_leads_elsewhere(tmp_path, files, folder) -> None:
    ensure_refused(Forgery(files, folder=folder), tmp_path)


@pytest.mark.parametrize("second", ["model/config.json", "model/CONFIG.json", "model/config.json/x"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_stand_there_twice(tmp_path, files, second) -> None:
    forgery = Forgery(files)
    forgery.entries.append((second, b"{}"))
    assert ensure_refused(forgery, tmp_path)


def test_a_file_that_is_a_folder_too(tmp_path, files) -> None:
    assert "folder" in ensure_refused(Forgery({**files, "a": b"1", "A/b": b"2"}), tmp_path)


def test_two_names_of_one_file_in_the_archive(tmp_path, files) -> None:
    """Programs differ in which of them they take."""
    pack = Forgery(files).write(tmp_path / "pack")
    data = pack.read_bytes()
    pack.write_bytes(data.replace(b"model/config.json", b"model/../../x.png", 1))
    assert "two names" in ensure_refused(pack, tmp_path)


def test_something_hidden_before_the_directory(tmp_path, files) -> None:
    pack = Forgery(files).write(tmp_path / "pack")
    data = bytearray(pack.read_bytes())
    (start,) = struct.unpack("<I", data[-6:-2])
    data[-6:-2] = struct.pack("<I", start + 4)
    data[start:start] = b"harm"
    pack.write_bytes(data)
    assert "behind the last" in ensure_refused(pack, tmp_path)


def test_one_that_does_not_begin_with_what_it_is(tmp_path, files, monkeypatch) -> None:
    pack = Forgery(files).write(tmp_path / "pack")
    data = pack.read_bytes()
    pack.write_bytes(data.replace(b"application/x-teahouse-model", b"application/x-another-models", 1))
    _, error = taken_over(pack.rename(tmp_path / "pack.teahousemodel"), tmp_path / "models")
    assert error is not None
    assert error.info.params["detail"] == "it begins otherwise"


def test_two_spellings_of_one_name(tmp_path, files) -> None:
    forgery = Forgery(files)
    forgery.entries += [("model/caf\u00e9", b"1"), ("model/cafe\u0301", b"2")]
    assert "twice" in ensure_refused(forgery, tmp_path)


def test_links(tmp_path, files) -> None:
    forgery = Forgery(files)
    forgery.links.add(f"{FOLDER}config.json")
    assert "link" in ensure_refused(forgery, tmp_path)


def test_bombs_and_other_compressed_members(tmp_path, files) -> None:
    """A gigabyte of zeros in a megabyte: it is refused before any of it is unpacked."""
    forgery = Forgery({**files, "bomb": bytes(64 << 20)})
    forgery.compression = zipfile.ZIP_DEFLATED
    assert "compressed" in ensure_refused(forgery, tmp_path)


def test_encrypted_members(tmp_path, files) -> None:
    pack = Forgery(files).write(tmp_path / "pack")
    data = bytearray(pack.read_bytes())
    (start,) = struct.unpack("<I", data[-6:-2])
    at = data.index(b"PK\x01\x02", start + 1)  # of the first file of the model
    data[at + 8] |= 1
    pack.write_bytes(data)
    assert "encrypted" in ensure_refused(pack, tmp_path)


@pytest.mark.parametrize("size", [0, 3, 1 << 61, -1, True, "4", 1.5, 1 << 70])
def test_sizes_that_are_no_sizes(tmp_path, files, size) -> None:
    forgery = Forgery(files)
    forgery.manifest["files"][0]["bytes"] = size
    ensure_refused(forgery, tmp_path)


def test_members_that_lie_over_each_other(tmp_path, files) -> None:
    """The directory may point twice at the same bytes: a bomb without compression."""
    pack = Forgery(files).write(tmp_path / "pack")
    data = bytearray(pack.read_bytes())
    entries = [at for at in range(len(data)) if data[at : at + 4] == b"PK\x01\x02"]
    data[entries[2] + 42 : entries[2] + 46] = data[entries[1] + 42 : entries[1] + 46]
    pack.write_bytes(data)
    ensure_refused(pack, tmp_path)


@pytest.mark.parametrize("sha256", ["0" * 64, "", "Z" * 64, "0" * 63, None])
def test_bytes_that_are_not_those_of_the_list(tmp_path, files, sha256) -> None:
    forgery = Forgery(files)
    forgery.manifest["files"][0]["sha256"] = sha256
    ensure_refused(forgery, tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "another"},
        {"version": 0.5},
        {"engine": "scripted"},
        {"engine": "llama_cpp"},
        {"engine": ["glm_torch"]},
        {"files": []},
        {"files": {}},
        {"files": None},
        {"files": [[]]},
        {"name": "x" * 1000},
        {"family": 3},
        {"parameters": -1},
        {"architecture": "glm4-9b"},
    ],
    ids=str,
)
def test_lists_that_make_no_sense_or_tell_of_another_model(tmp_path, files, change) -> None:
    ensure_refused(Forgery(files, **change), tmp_path)


@pytest.mark.parametrize("way", ["one missing", "one more"])
def test_other_files_than_the_list_says(tmp_path, files, way) -> None:
    forgery = Forgery(files)
    if way == "one more":
        forgery.entries.append((f"{FOLDER}modeling.py", b"harm"))
    else:
        forgery.entries.pop()
    ensure_refused(forgery, tmp_path)


@pytest.mark.parametrize("text", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"null", b'{"format": NaN}'])
def test_a_list_that_is_none(tmp_path, files, text, monkeypatch) -> None:
    monkeypatch.setattr("tests.helpers.packs.json.dumps", lambda _: text)
    ensure_refused(Forgery(files), tmp_path)


def test_a_list_that_is_too_long(tmp_path, files, monkeypatch) -> None:
    monkeypatch.setattr("app.model.pack_format.MAX_MANIFEST_BYTES", 100)
    ensure_refused(Forgery(files), tmp_path)


def test_one_of_a_newer_teahouse(tmp_path, files) -> None:
    ensure_refused(Forgery(files, version=2, files="whatever"), tmp_path, ErrorCode.PACK_NEWER)


def test_a_model_that_runs_a_program_is_refused_as_such(tmp_path, model) -> None:
    """The list is honest, and what it lists is looked at as any model that is brought."""
    import pickle

    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return os.system, ("touch /tmp/harm",)

    files = {name: data for name, data in content(model).items() if not name.endswith(".safetensors")}
    files = {name: data for name, data in files.items() if not name.endswith(".index.json")}
    files["pytorch_model.bin"] = b""
    path = tmp_path / "evil.bin"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Evil(), protocol=2))
    files["pytorch_model.bin"] = path.read_bytes()
    path.unlink()
    pack = Forgery(files).write(tmp_path / "pack")
    _, error = taken_over(pack, tmp_path / "models")
    assert error is not None
    assert error.info.code in (ErrorCode.MODEL_UNSAFE, ErrorCode.MODEL_TRUNCATED, ErrorCode.MODEL_MIXED)
    ensure_nothing_came(tmp_path, tmp_path / "models")


def test_a_model_that_is_not_whole_is_refused_as_such(tmp_path, files) -> None:
    del files["config.json"]
    _, error = taken_over(Forgery(files).write(tmp_path / "pack"), tmp_path / "models")
    assert error is not None
    ensure_nothing_came(tmp_path, tmp_path / "models")


def test_a_pack_with_a_huge_directory_is_not_read_into_memory(tmp_path, files) -> None:
    pack = Forgery(files).write(tmp_path / "pack")
    data = bytearray(pack.read_bytes())
    data[-10:-6] = struct.pack("<I", 500 << 20)
    pack.write_bytes(data)
    assert "directory" in ensure_refused(pack, tmp_path)


def test_things_behind_and_before_the_archive(tmp_path, files) -> None:
    pack = Forgery(files).write(tmp_path / "pack")
    data = pack.read_bytes()
    for other in (data + b"x", b"x" + data, data + data, data[:50] + data):
        pack.write_bytes(other)
        _, error = taken_over(pack.rename(tmp_path / "pack.teahousemodel"), tmp_path / "models")
        assert error is not None
        pack = (tmp_path / "pack.teahousemodel").rename(tmp_path / "pack")
        ensure_nothing_came(tmp_path, tmp_path / "models")

"""Packs that strangers or broken sticks made: never another model than their list says, no file outside."""

from __future__ import annotations

import os
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import InspectedModel
from app.model.glm.family import Family
from app.model.importing import importer, places
from app.model.importing.inspection import inspect
from app.model.pack_format import FOLDER, MANIFEST_NAME, read_pack
from tests.helpers.gguf_files import GgufFile
from tests.helpers.glm_folder import make_folder
from tests.helpers.packs import Forgery, content, nothing, packed

ROUNDS = int(os.environ.get("TEAHOUSE_PACK_ROUNDS", "600"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("model"), Family.CHATGLM3)


@pytest.fixture
def files(model: Path) -> dict[str, bytes]:
    return content(model)


def taken_over(pack: Path, models: Path) -> tuple[InspectedModel, WorldError | None]:
    """What the card shows, and why the model was not taken over; None where it was."""
    (shown,) = inspect(pack, models, CancelToken()).models
    try:
        importer.copy_in(shown, "", models, nothing, CancelToken())
    except WorldError as error:
        return shown, error
    return shown, None


def ensure_nothing_came(place: Path, models: Path) -> None:
    """No file but the pack and our own lists, in the models folder or beside it."""
    left = {path.name for path in models.iterdir()} if models.exists() else set()
    assert left <= {places.FILE_NAME, places.LOCK_NAME, ".copying.lock"}
    assert places.read(models) == ()
    assert {path.name for path in place.iterdir()} <= {"pack", models.name}


def ensure_refused(forgery: Forgery | Path, place: Path, code: ErrorCode = ErrorCode.PACK_DAMAGED) -> str:
    """It is told on the card or when it is copied, and leaves nothing; gives the detail."""
    pack = forgery if isinstance(forgery, Path) else forgery.write(place / "pack")
    models = place / "models"
    _, error = taken_over(pack, models)
    assert error is not None
    assert error.info.code is code, error
    assert error.info.params["path"] == str(pack)
    ensure_nothing_came(place, models)
    return error.info.params.get("detail", "")


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


# Damage by chance


def _flip(data: bytearray, dice: random.Random) -> None:
    for _ in range(dice.choice((1, 1, 1, 2, 8))):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _flip_in_the_end(data: bytearray, dice: random.Random) -> None:
    data[dice.randrange(max(0, len(data) - 4000), len(data))] ^= 1 << dice.randrange(8)


def _cut(data: bytearray, dice: random.Random) -> None:
    del data[dice.randrange(len(data)) :]


def _take_out(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    del data[start : start + dice.choice((1, 100, 5000))]


def _put_in(data: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(data))
    data[at:at] = dice.randbytes(dice.choice((1, 100, 5000)))


def _overwrite(data: bytearray, dice: random.Random) -> None:
    at, count = dice.randrange(len(data)), dice.choice((4, 512, 4096))
    count = min(count, len(data) - at)
    data[at : at + count] = dice.choice((bytes(count), dice.randbytes(count)))


def _number(data: bytearray, dice: random.Random) -> None:
    """Another number in a head: sizes, places, lengths of names."""
    heads = [at for magic in (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06") if (at := data.find(magic)) >= 0]
    at = dice.choice(heads) + 4 + dice.randrange(40)
    data[at : at + 4] = struct.pack("<I", dice.choice((0, 1, 0xFFFFFFFF, dice.randrange(1 << 32))))[
        : len(data) - at
    ]


def _swap(data: bytearray, dice: random.Random) -> None:
    """Two pieces of one length change places."""
    count = dice.choice((16, 46, 512))
    one, two = (dice.randrange(len(data) - count) for _ in range(2))
    if abs(one - two) >= count:
        data[one : one + count], data[two : two + count] = data[two : two + count], data[one : one + count]


DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip, _flip_in_the_end, _cut, _take_out, _put_in, _overwrite, _number, _swap,
)  # fmt: skip


def test_damaged_by_chance_it_gives_the_model_or_nothing(tmp_path, record_property) -> None:
    """A single file, which is small, so that the heads are hit often; every round by its own seed."""
    source = GgufFile().write(tmp_path / "tiny.gguf")
    whole = packed(source, tmp_path / "whole", tmp_path / "here").read_bytes()
    _rounds(tmp_path, whole, content(source), record_property, ROUNDS)


def test_a_damaged_folder_gives_the_model_or_nothing(tmp_path, model, record_property) -> None:
    whole = packed(model, tmp_path / "whole", tmp_path / "here").read_bytes()
    _rounds(tmp_path, whole, content(model), record_property, ROUNDS // 3)


def test_members_that_changed_places_are_noticed(tmp_path, model) -> None:
    """All heads right, but the bytes of two files of one length swapped."""
    files = content(model)
    files |= {"LICENSE": b"a" * 100, "NOTICE": b"b" * 100}
    forgery = Forgery(files)
    names = [name for name, _ in forgery.entries]
    one, two = names.index(f"{FOLDER}LICENSE"), names.index(f"{FOLDER}NOTICE")
    forgery.entries[one], forgery.entries[two] = (names[one], b"b" * 100), (names[two], b"a" * 100)
    assert ensure_refused(forgery, tmp_path) == "LICENSE"


def _rounds(
    tmp_path: Path,
    whole: bytes,
    wanted: dict[str, bytes],
    record_property: Callable[[str, object], None],
    count: int,
) -> None:
    refused = unharmed = 0
    for seed in range(count):
        dice = random.Random(seed)
        data = bytearray(whole)
        dice.choice(DAMAGES)(data, dice)
        place = tmp_path / f"round {seed}"
        place.mkdir()
        pack = place / "pack"
        pack.write_bytes(data)
        models = place / "models"
        shown = inspect(pack, models, CancelToken()).models
        if not shown:  # nothing in it says any more that it was a pack
            refused += 1
            ensure_nothing_came(place, models)
            continue
        _, error = taken_over(pack, models)
        if error is not None:
            refused += 1
            assert error.info.code in (ErrorCode.PACK_DAMAGED, ErrorCode.PACK_NEWER), (seed, error)
            ensure_nothing_came(place, models)
            continue
        unharmed += 1
        manifest = read_pack(pack).manifest
        name = manifest.folder + (".gguf" if manifest.engine.value == "llama_cpp" else "")
        assert content(models / name) == wanted, seed
        assert {path.name for path in place.iterdir()} == {"pack", "models"}, seed
    record_property("refused", refused)
    record_property("damage where nothing is read", unharmed)
    assert refused > unharmed
    assert MANIFEST_NAME.encode() in whole

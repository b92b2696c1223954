"""Prepared files: found again, made again when anything changed or broke, whole or absent, no secrets."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import torch
from torch import Tensor

from app.core.cancel import Cancelled
from app.core.engine import Precision
from app.core.errors import ErrorCode, WorldError
from app.model import hardware
from app.model.glm import prepared
from app.model.glm.config import read_config
from app.model.glm.decoder import Decoder
from app.model.glm.family import Family
from app.model.glm.loading import LoadRequest, load_network
from app.model.glm.prepared import MANIFEST, WEIGHTS, Entry, PreparedWriter, find, key_of, sampled_digest
from tests.helpers.glm_models import Options, Sizes, make_model

SIZES = Sizes(layers=1, hidden=64, ffn=128, heads=4, groups=2, head=16, vocab=256)
ENTRIES = {
    "matrix": Entry(torch.uint8, (64, 33)),
    "scales": Entry(torch.float32, (64,)),
    "halves": Entry(torch.bfloat16, (3, 5)),
    "integers": Entry(torch.int8, (70_000, 4)),
}
SETTINGS = {"precision": "int4", "group": "32", "layout": "rows64"}
KEY = "0123456789abcdef" * 4
NAMES = ["chatglm3-6b", "模型 茶🍵", "with space.and.dots", "-int4", "x" * 120, "模" * 85]


def tensors() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return {
        "matrix": torch.randint(0, 256, (64, 33), dtype=torch.uint8, generator=generator),
        "scales": torch.randn(64, generator=generator),
        "halves": torch.randn(3, 5, generator=generator).bfloat16(),
        "integers": torch.randint(-128, 128, (70_000, 4), dtype=torch.int8, generator=generator),
    }


def write(cache: Path, name: str = "model-int4", key: str = KEY) -> prepared.PreparedFile:
    with PreparedWriter(cache, name, key, ENTRIES, SETTINGS) as writer:
        for tensor in tensors().values():
            rows = tensor.shape[0] // 2  # in slices, as a matrix is quantized
            writer.write(tensor[:rows])
            writer.write(tensor[rows:])
        return writer.finish()


def only_folder(cache: Path) -> Path:
    (folder,) = cache.iterdir()
    return folder


# The file


@pytest.mark.parametrize("name", NAMES)
def test_what_was_written_is_read(tmp_path: Path, name: str) -> None:
    cache = tmp_path / "缓存 cache 🍵"
    made = write(cache, name)
    found = find(cache, KEY)
    assert found is not None
    assert found.folder == made.folder == only_folder(cache)
    assert found.names == set(ENTRIES)
    assert found.settings == SETTINGS
    for wanted in tensors().items():
        assert torch.equal(found.read(wanted[0]), wanted[1])


def test_the_tensors_are_mapped_and_aligned(tmp_path: Path) -> None:
    write(tmp_path)
    found = find(tmp_path, KEY)
    assert found is not None
    assert found.read("matrix").data_ptr() % 64 == 0
    held = [entry.path for entry in psutil.Process().memory_maps()]
    assert any(path.endswith(WEIGHTS) for path in held) or os.name != "posix"


def test_another_key_is_not_found(tmp_path: Path) -> None:
    write(tmp_path)
    assert find(tmp_path, KEY[:16] + "f" * 48) is None, "the name is the same, the manifest is not"


def test_no_folder_no_file(tmp_path: Path) -> None:
    assert find(tmp_path / "nothing", KEY) is None
    (tmp_path / "file").write_text("x")
    assert find(tmp_path / "file", KEY) is None


def test_too_few_bytes_are_never_finished(tmp_path: Path) -> None:
    with PreparedWriter(tmp_path, "model", KEY, ENTRIES, SETTINGS) as writer:
        writer.write(tensors()["matrix"])
        with pytest.raises(ValueError, match="missing"):
            writer.finish()
    assert list(tmp_path.iterdir()) == []


def flip_a_byte(folder: Path) -> None:
    data = bytearray((folder / WEIGHTS).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / WEIGHTS).write_bytes(data)


def cut(folder: Path) -> None:
    os.truncate(folder / WEIGHTS, (folder / WEIGHTS).stat().st_size - 1)


def spoil(text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / MANIFEST).write_text(text, encoding="utf-8") and None


def change(name: str, value: object) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        (folder / MANIFEST).write_text(json.dumps(manifest | {name: value}), encoding="utf-8")

    return damage


def lie_about_the_header(folder: Path) -> None:
    """A file that its own manifest vouches for and that is none all the same."""
    (folder / WEIGHTS).write_bytes(b"\xff" * 4096)
    change("bytes", 4096)(folder)
    change("sampled_sha256", sampled_digest(folder / WEIGHTS))(folder)
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    change("seal", prepared._seal(manifest))(folder)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a byte is another": flip_a_byte,
    "cut": cut,
    "weights gone": lambda folder: (folder / WEIGHTS).unlink(),
    "manifest gone": lambda folder: (folder / MANIFEST).unlink(),
    "manifest empty": spoil(""),
    "manifest is no JSON": spoil("{"),
    "manifest is no object": spoil("[1, 2]"),
    "manifest is nested": spoil("[" * 100_000),
    "manifest is null": spoil("null"),
    "manifest is no text": lambda folder: (folder / MANIFEST).write_bytes(b"\xff\xfe\x00") and None,
    "settings gone": change("settings", None),
    "settings are text": change("settings", "int4"),
    "layout is another": change("settings", {**SETTINGS, "layout": "pairs32"}),
    "layout unknown": change("settings", SETTINGS | {"layout": "rows7"}),
    "another version": change("version", 999),
    "another size": change("bytes", 7),
    "no safetensors": lie_about_the_header,
}


# A model's


def model(place: Path, seed: int = 0) -> Path:
    return make_model(place / "model 模型 🍵", Family.CHATGLM3, Options(sizes=SIZES, seed=seed))


def request(folder: Path, cache: Path, **changes: object) -> LoadRequest:
    base = LoadRequest(folder, read_config(folder), Precision.INT4, cache)
    return replace(base, **changes)  # type: ignore[arg-type]


class Progress:
    """How often a load was told of: a prepared file needs one report, preparing many."""

    def __init__(self) -> None:
        self.told: list[float] = []

    @property
    def prepared(self) -> bool:
        return len(self.told) > 2


def scores(asked: LoadRequest) -> tuple[Tensor, bool]:
    """Scores after a few tokens, and whether the load had to prepare."""
    progress = Progress()
    loaded = load_network(asked, progress.told.append, lambda: None)
    decoder = Decoder(loaded.network, loaded.interrupt, 16)
    list(decoder.read([5, 6, 7], lambda: None))
    return decoder.logits, progress.prepared


@pytest.mark.parametrize("precision", [Precision.INT4, Precision.INT8])
def test_the_second_load_prepares_nothing(tmp_path: Path, precision: Precision) -> None:
    asked = request(model(tmp_path), tmp_path / "prepared", precision=precision)
    first, prepared_first = scores(asked)
    second, prepared_second = scores(asked)
    assert prepared_first
    assert not prepared_second
    assert torch.equal(first, second)
    without, _ = scores(replace(asked, cache_dir=None))
    assert torch.equal(first, without)


def test_the_name_is_the_models_and_a_moved_model_is_found(tmp_path: Path) -> None:
    folder, cache = model(tmp_path), tmp_path / "prepared"
    scores(request(folder, cache))
    assert only_folder(cache).name.startswith("model 模型 🍵-int4-")
    moved = tmp_path / "elsewhere"
    shutil.move(folder, moved)
    assert scores(request(moved, cache))[1] is False


def test_another_setting_or_content_is_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, cache = model(tmp_path), tmp_path / "prepared"
    before, _ = scores(request(folder, cache))
    assert scores(request(folder, cache, group_size=64))[1]
    assert scores(request(folder, cache, precision=Precision.INT8))[1]
    assert len(list(cache.iterdir())) == 3
    model(tmp_path, seed=1)  # the same names, sizes and settings
    after, was_prepared = scores(request(folder, cache))
    assert was_prepared
    assert not torch.equal(before, after)
    assert len(list(cache.iterdir())) == 4
    monkeypatch.setattr(prepared, "VERSION", prepared.VERSION + 1)
    assert scores(request(folder, cache))[1]


def test_the_key_is_of_content_and_settings_alone(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"content" * 1000)
    two.write_bytes(b"content" * 1000)
    assert key_of([one], SETTINGS) == key_of([two], dict(reversed(SETTINGS.items())))
    two.write_bytes(b"content" * 1000 + b"x")
    assert key_of([one], SETTINGS) != key_of([two], SETTINGS)
    assert key_of([one], SETTINGS) != key_of([one], SETTINGS | {"group": "64"})
    assert key_of([one, two], SETTINGS) != key_of([two, one], SETTINGS)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_removed_and_made_again(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    asked = request(model(tmp_path), tmp_path / "prepared")
    wanted, _ = scores(asked)
    folder = only_folder(tmp_path / "prepared")
    damage(folder)
    found, was_prepared = scores(asked)
    assert was_prepared
    assert torch.equal(found, wanted)
    assert only_folder(tmp_path / "prepared") == folder
    assert scores(asked)[1] is False


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    """Not ours, so not removed; and the model is there all the same."""
    asked = request(model(tmp_path), tmp_path / "prepared")
    wanted, _ = scores(asked)
    folder = only_folder(tmp_path / "prepared")
    shutil.rmtree(folder)
    folder.write_text("mine", encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        scores(asked)
    assert caught.value.info.code is ErrorCode.STORAGE_FAILED
    assert folder.read_text("utf-8") == "mine"
    folder.unlink()
    assert torch.equal(scores(asked)[0], wanted)


# Half-made


def give_up_after(calls: int) -> Callable[[], None]:
    left = calls

    def check() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Cancelled

    return check


@pytest.mark.parametrize("calls", [0, 1, 5, 9])
def test_preparing_that_is_given_up_leaves_nothing(tmp_path: Path, calls: int) -> None:
    asked = request(model(tmp_path), tmp_path / "prepared")
    with pytest.raises(Cancelled):
        load_network(asked, lambda _: None, give_up_after(calls))
    assert list((tmp_path / "prepared").iterdir()) == []
    assert scores(asked)[1]


def test_a_partial_folder_is_never_used_and_goes_with_its_process(tmp_path: Path) -> None:
    asked = request(model(tmp_path), tmp_path / "prepared")
    scores(asked)
    whole = only_folder(tmp_path / "prepared")
    gone = next(pid for pid in range(4_000_000, 5_000_000) if not psutil.pid_exists(pid))
    abandoned = whole.with_name(f"{whole.name}.{gone}.partial")
    busy = whole.with_name(f"{whole.name}.{os.getppid()}.partial")
    foreign = whole.with_name("notes.txt")
    whole.rename(abandoned)  # complete to the eye, and under that name not to be trusted
    shutil.copytree(abandoned, busy)
    foreign.write_text("mine", encoding="utf-8")
    assert scores(asked)[1]
    assert sorted((tmp_path / "prepared").iterdir()) == sorted([whole, busy, foreign])


def test_our_own_remains_do_not_stand_in_the_way(tmp_path: Path) -> None:
    """A process id comes again: what lies under ours from an earlier life is removed too."""
    asked = request(model(tmp_path), tmp_path / "prepared")
    scores(asked)
    whole = only_folder(tmp_path / "prepared")
    whole.rename(whole.with_name(f"{whole.name}.{os.getpid()}.partial"))
    assert scores(asked)[1]
    assert only_folder(tmp_path / "prepared") == whole


def test_of_two_writers_the_second_uses_what_the_first_made(tmp_path: Path) -> None:
    with PreparedWriter(tmp_path, "model", KEY, ENTRIES, SETTINGS) as slow:
        for tensor in tensors().values():
            slow.write(tensor)
        partial = only_folder(tmp_path)
        other = partial.with_name(partial.name.replace(str(os.getpid()), str(os.getppid())))
        partial.rename(other)  # another process' by its name
        fast = write(tmp_path, "model")
        other.rename(partial)
        found = slow.finish()
    assert found.folder == fast.folder == only_folder(tmp_path)
    for name, wanted in tensors().items():
        assert torch.equal(found.read(name), wanted)


# The disk


def test_too_little_room_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "disk_free", lambda _path: 64 << 20)
    with pytest.raises(WorldError) as caught:
        scores(request(model(tmp_path), tmp_path / "prepared"))
    assert caught.value.info.code is ErrorCode.DISK_FULL
    assert list((tmp_path / "prepared").iterdir()) == []


def test_an_unknown_amount_of_room_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "disk_free", lambda _path: None)
    assert scores(request(model(tmp_path), tmp_path / "prepared"))[1]


def test_nothing_in_it_says_where_or_who(tmp_path: Path) -> None:
    """No address of this machine, no path, no name but the model's folder's."""
    import getpass
    import socket

    scores(request(model(tmp_path), tmp_path / "prepared"))
    folder = only_folder(tmp_path / "prepared")
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    assert set(manifest) == {"version", "key", "settings", "bytes", "sampled_sha256", "sha256", "seal"}
    assert set(manifest["settings"]) == {"precision", "group", "layout"}
    header = (folder / WEIGHTS).read_bytes()[:20_000]
    told = header + (folder / MANIFEST).read_bytes()
    for private in secrets([str(tmp_path), str(Path.home()), socket.gethostname(), getpass.getuser()]):
        assert private not in told


def secrets(words: Sequence[str]) -> list[bytes]:
    return [word.encode() for word in words if len(word) > 4]

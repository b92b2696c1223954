"""Packs that were damaged by chance: refused, or whole."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode
from app.model.importing.inspection import inspect
from app.model.pack_format import FOLDER, MANIFEST_NAME, read_pack
from tests.helpers.gguf_files import GgufFile
from tests.helpers.pack_attempts import ROUNDS, ensure_nothing_came, ensure_refused, taken_over
from tests.helpers.pack_attempts import files as files
from tests.helpers.pack_attempts import model as model
from tests.helpers.packs import Forgery, content, packed

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

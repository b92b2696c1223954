"""Headers of GGUF files: sound ones are read, hostile ones are refused without cost."""

from __future__ import annotations

import random
import struct
import tracemalloc
from pathlib import Path

import pytest

from app.core.errors import ErrorCode, WorldError
from app.model import gguf, starter
from tests.helpers.gguf_files import GgufFile, text, with_values
from tests.helpers.starter import starter_path

MEMORY_LIMIT = 8 << 20
REFUSALS = {
    ErrorCode.MODEL_NOT_A_MODEL,
    ErrorCode.MODEL_TRUNCATED,
    ErrorCode.MODEL_UNSUPPORTED,
}


def refused(path: Path) -> WorldError:
    with pytest.raises(WorldError) as caught:
        gguf.read_header(path)
    return caught.value


def code_of(tmp_path: Path, data: bytes) -> ErrorCode:
    path = tmp_path / "model.gguf"
    path.write_bytes(data)
    return refused(path).info.code


def test_a_header_is_read(tmp_path: Path) -> None:
    path = GgufFile().write(tmp_path / "tiny.gguf")
    header = gguf.read_header(path)
    assert (header.name, header.architecture, header.precision_label) == ("Tiny Tea", "llama", "Q4_1")
    assert (header.trained_context, header.block_count, header.embedding_length) == (2048, 2, 64)
    assert (header.head_count, header.head_count_kv) == (4, 2)
    assert header.parameter_count == 64 * 3
    assert header.chat_template == "{{ messages }}"
    assert header.part_count == 1
    assert header.expected_bytes == header.file_bytes == path.stat().st_size


def test_the_starters_header() -> None:
    header = gguf.read_header(starter_path())
    assert header.architecture == "llama"
    assert header.precision_label == "Q4_1"
    assert header.trained_context == 8192
    assert header.parameter_count == 134_515_008
    assert header.expected_bytes == header.file_bytes == starter.FILE_BYTES


def test_the_vocabulary_is_read(tmp_path: Path) -> None:
    vocabulary = gguf.read_vocabulary(GgufFile().write(tmp_path / "tiny.gguf"))
    assert vocabulary == gguf.GgufVocabulary("gpt2", (b"<|end|>", b"a", b"b"), (3, 1, 1))


def test_a_vocabulary_without_types_is_empty(tmp_path: Path) -> None:
    path = with_values(tokenizer__ggml__token_type=None).write(tmp_path / "tiny.gguf")
    assert gguf.read_vocabulary(path).tokens == ()


def test_head_counts_that_differ_by_layer(tmp_path: Path) -> None:
    path = with_values(llama__attention__head_count_kv=[1, 8, 1]).write(tmp_path / "tiny.gguf")
    assert gguf.read_header(path).head_count_kv == 8


def test_without_a_file_type_the_weights_tell(tmp_path: Path) -> None:
    path = with_values(general__file_type=None).write(tmp_path / "tiny.gguf")
    assert gguf.read_header(path).precision_label == "F32"


def test_a_longer_file_is_sound(tmp_path: Path) -> None:
    path = GgufFile().write(tmp_path / "tiny.gguf")
    path.write_bytes(path.read_bytes() + bytes(100))
    assert gguf.read_header(path).file_bytes == path.stat().st_size


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    missing = refused(tmp_path / "no.gguf")
    assert missing.info.code is ErrorCode.MODEL_MISSING
    assert missing.info.params["path"] == str(tmp_path / "no.gguf")
    assert refused(tmp_path).info.code in {ErrorCode.MODEL_UNREADABLE, ErrorCode.MODEL_MISSING}


def test_a_file_cut_in_its_weights_tells_both_lengths(tmp_path: Path) -> None:
    content = GgufFile().content()
    path = tmp_path / "cut.gguf"
    path.write_bytes(content[:-100])
    error = refused(path)
    assert error.info.code is ErrorCode.MODEL_TRUNCATED
    assert error.info.params["expected"] == str(len(content))
    assert error.info.params["actual"] == str(len(content) - 100)


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    content = GgufFile().content()
    for length in range(len(content)):
        assert code_of(tmp_path, content[:length]) in {
            ErrorCode.MODEL_TRUNCATED,
            ErrorCode.MODEL_NOT_A_MODEL,
        }


@pytest.mark.parametrize(
    "data", [b"", b"G", b"version https://git-lfs", b"\x00" * 64, b"PK\x03\x04" + bytes(99)]
)
def test_other_files_are_no_models(tmp_path: Path, data: bytes) -> None:
    assert code_of(tmp_path, data) is ErrorCode.MODEL_NOT_A_MODEL


@pytest.mark.parametrize("version", [0, 1, 4, 3 << 24])
def test_other_versions_are_not_supported(tmp_path: Path, version: int) -> None:
    assert code_of(tmp_path, GgufFile(version=version).content()) is ErrorCode.MODEL_UNSUPPORTED


NO_TENSORS = b"GGUF" + struct.pack("<IQ", 3, 0)
ONE_KEY = NO_TENSORS + struct.pack("<Q", 1) + text("k")
HOSTILE = {
    "tensors without end": b"GGUF" + struct.pack("<IQQ", 3, 2**63, 0),
    "keys without end": NO_TENSORS + struct.pack("<Q", 2**63),
    "a key without end": NO_TENSORS + struct.pack("<QQ", 1, 2**62),
    "a text without end": ONE_KEY + struct.pack("<IQ", 8, 2**40),
    "texts without end": ONE_KEY + struct.pack("<IIQ", 9, 8, 2**61),
    "numbers without end": ONE_KEY + struct.pack("<IIQ", 9, 4, 2**62),
    "arrays in arrays": ONE_KEY + struct.pack("<IIQ", 9, 9, 2**20),
    "an unknown type": ONE_KEY + struct.pack("<I", 77),
    "a tensor of all dimensions": GgufFile(tensors={"t": (2**40, 2**40)}).head(),
    "many dimensions": GgufFile(tensors={"t": (1,) * 500}).head(),
    "no architecture": with_values(general__architecture="").content(),
    "a wild alignment": with_values(general__alignment=2**31).content(),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_headers_cost_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "hostile.gguf"
    path.write_bytes(data + bytes(1000))
    tracemalloc.start()
    try:
        code = refused(path).info.code
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert code in REFUSALS
    assert peak < MEMORY_LIMIT


def test_random_damage_never_gives_another_error(tmp_path: Path) -> None:
    """A damaged file is read as something, or refused; nothing else ever happens."""
    content = GgufFile().content()
    path = tmp_path / "damaged.gguf"
    for seed in range(1500):
        rng = random.Random(seed)
        data = bytearray(content)
        for _ in range(rng.choice((1, 2, 8, 64))):
            data[rng.randrange(len(data))] = rng.choice((0, 1, 0x7F, 0xFF, rng.randrange(256)))
        path.write_bytes(data)
        try:
            gguf.read_vocabulary(path)
        except WorldError as error:
            assert error.info.code in REFUSALS  # noqa: PT017 - both ways are right


@pytest.mark.parametrize(
    ("file", "detail"),
    [
        (with_values(split__count=3), "one of 3 parts"),
        (with_values(general__type="mmproj"), "mmproj"),
        (with_values(general__architecture="bert"), "bert"),
        (GgufFile(tensors={}), "no weights"),
    ],
)
def test_sound_files_that_cannot_talk(tmp_path: Path, file: GgufFile, detail: str) -> None:
    path = file.write(tmp_path / "part.gguf")
    with pytest.raises(WorldError) as caught:
        gguf.ensure_chat_model(path, gguf.read_header(path))
    assert caught.value.info.code is ErrorCode.MODEL_UNSUPPORTED
    assert caught.value.info.params["detail"] == detail

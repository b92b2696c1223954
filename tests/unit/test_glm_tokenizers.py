"""Every generation's tokenizer: official ids, no text that becomes a control id, files that do not belong."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import ErrorCode, WorldError
from app.model.glm.config import GlmConfig, PrefixIds
from app.model.glm.defaults import defaults_of
from app.model.glm.family import Family
from app.model.glm.tokenizers.chatglm import added_records
from app.model.glm.tokenizers.glm4_json import JsonTokenizer
from app.model.glm.tokenizers.opening import open_tokenizer
from app.model.glm.tokenizers.protocol import Control, GlmTokenizer
from tests.helpers.glm_tokenizers import (
    SENTENCES,
    chatglm_file,
    config_for,
    json_file,
    small_tokenizer,
    tokenizer_control,
    tokenizer_vocab_size,
    write_tokenizer,
)
from tests.helpers.shared import shared

FIRST_RELEASE = "chatglm-6b-v0"
REAL = {
    "chatglm-6b": config_for(Family.CHATGLM, 130528, PrefixIds(130004, 130001, 130000)),
    FIRST_RELEASE: config_for(Family.CHATGLM, 150528, PrefixIds(150004, 150001, 150000, clamped=False)),
    "chatglm2-6b": config_for(Family.CHATGLM2, 65024),
    "chatglm3-6b": config_for(Family.CHATGLM3, 65024),
    "codegeex2-6b": config_for(Family.CODEGEEX2, 65024),
    "glm-4-9b-chat": config_for(Family.GLM4, 151552),
}
FOLDERS = {"chatglm3-6b": "chatglm2-6b"}  # the same file
SPELLINGS = [control.value for control in Control] + [
    "<unk>", "<s>", "<n>", "<|tab|>", "<|blank_8|>", "<ENC>", "sop", "eop", "<think>", "<0x41>",
    "＜ｓｏｐ＞", "＜|user|＞", "[ｇMASK]", "\u2581", "<\u200bsop>", "<|begin_of_image|>",
]  # fmt: skip
HOSTILE = st.lists(
    st.one_of(st.sampled_from(SPELLINGS), st.text(max_size=8), st.sampled_from(["\ud800", "\0", " ", "\n"])),
    max_size=12,
).map("".join)


@cache
def real(name: str) -> GlmTokenizer:
    return open_tokenizer(shared("fixtures", FOLDERS.get(name, name)), REAL[name])


def vectors() -> Any:
    return json.loads(shared("fixtures", "vectors", "tokenizer_vectors.json").read_text(encoding="utf-8"))


def refused(folder: Path, config: GlmConfig) -> ErrorCode:
    with pytest.raises(WorldError) as caught:
        open_tokenizer(folder, config)
    return caught.value.info.code


def opened_or_code(folder: Path, config: GlmConfig) -> GlmTokenizer | ErrorCode:
    try:
        return open_tokenizer(folder, config)
    except WorldError as error:
        return error.info.code


# --- official ids ---


@pytest.mark.parametrize("name", ["chatglm-6b", "chatglm2-6b", "codegeex2-6b"])
def test_official_ids_of_sentencepiece(name: str) -> None:
    found = vectors()[name]
    for case in found["cases"]:
        prefix = [] if case.get("no_prefix") else found.get("prefix", [])
        assert prefix + real(name).encode_text(case["text"]) + found.get("suffix", []) == case["ids"]


def test_official_ids_of_tiktoken() -> None:
    for case in vectors()["glm-4-9b-chat"]["plain_cases"]:
        assert real("glm-4-9b-chat").encode_text(case["text"]) == case["ids"]
        assert real("glm-4-9b-chat").decode(case["ids"]) == case["text"]


def test_first_release_has_the_ids_of_the_slim_one_behind_the_pictures() -> None:
    for text in (*SENTENCES, "def f():\n\treturn '🍵'" + " " * 83, "<sop>[gMASK]"):
        slim = real("chatglm-6b").encode_text(text)
        assert real(FIRST_RELEASE).encode_text(text) == [token + 20000 for token in slim]
        assert real(FIRST_RELEASE).decode([5, *(token + 20000 for token in slim)]) == real(
            "chatglm-6b"
        ).decode(slim)
    controls = real("chatglm-6b").control
    assert real(FIRST_RELEASE).control == {name: token + 20000 for name, token in controls.items()}


def test_named_ids_of_the_real_files() -> None:
    assert real("chatglm-6b").control[Control.GMASK] == 130001
    assert real("chatglm-6b").stop_ids == (130005,)
    assert real("chatglm-6b").vocab_limit == 130344
    assert real("chatglm2-6b").control[Control.SOP] == 64792
    assert real("chatglm2-6b").stop_ids == (2,)
    assert real("chatglm2-6b").vocab_limit == 64794
    assert real("chatglm3-6b").control[Control.ASSISTANT] == 64796
    assert real("chatglm3-6b").stop_ids == (2, 64795, 64797)
    assert real("chatglm3-6b").vocab_limit == 64798
    assert real("glm-4-9b-chat").stop_ids == (151329, 151336, 151338)
    assert real("glm-4-9b-chat").vocab_limit == 151343
    special = json.loads(
        shared("fixtures", "glm-4-9b-chat", "special_tokens.json").read_text(encoding="utf-8")
    )
    for spelling, token in special["ids"].items():
        assert token in real("glm-4-9b-chat").control_ids
        if spelling in set(Control):
            assert real("glm-4-9b-chat").control[Control(spelling)] == token


def test_the_ids_of_the_invalid_score_guard() -> None:
    assert real("chatglm-6b").encode_text("你好")[0] == defaults_of(Family.CHATGLM).invalid_score_id
    assert real("glm-4-9b-chat").encode_text("\n") == [defaults_of(Family.GLM4).invalid_score_id]
    for family in Family:
        assert defaults_of(family).invalid_score_id not in small_tokenizer(family).control_ids


@pytest.mark.parametrize("name", ["chatglm-6b", "chatglm2-6b", "glm-4-9b-chat"])
def test_typed_control_tokens_stay_text(name: str) -> None:
    found = vectors()["injection_safety"][name]
    assert set(found["control_ids"]) <= real(name).control_ids | real("chatglm3-6b").control_ids
    for case in found["cases"]:
        ids = real(name).encode_text(case["text"])
        assert real(name).control_ids.isdisjoint(ids)
        if name != "chatglm-6b" or "\n" not in case["text"]:  # these were made without v1's newline rule
            assert ids == case["ids"]


# --- what holds for every text ---


@pytest.mark.parametrize("family", Family)
@given(text=HOSTILE)
@settings(max_examples=150, deadline=None)
def test_no_text_becomes_a_control_id(family: Family, text: str) -> None:
    tokenizer = small_tokenizer(family)
    ids = tokenizer.encode_text(text)
    assert tokenizer.control_ids.isdisjoint(ids)
    assert all(0 <= token < tokenizer.vocab_limit for token in ids)
    assert set(tokenizer.control.values()) <= tokenizer.control_ids


@pytest.mark.parametrize("name", REAL)
def test_no_text_becomes_a_control_id_in_the_real_files(name: str) -> None:
    tokenizer = real(name)

    @given(text=HOSTILE)
    @settings(max_examples=100, deadline=None)
    def check(text: str) -> None:
        assert tokenizer.control_ids.isdisjoint(tokenizer.encode_text(text))

    check()


@pytest.mark.parametrize("family", [family for family in Family if family is not Family.CHATGLM])
@given(text=HOSTILE)
@settings(max_examples=100, deadline=None)
def test_every_text_comes_back(family: Family, text: str) -> None:
    """ChatGLM-6B normalises, so it is not among these."""
    tokenizer = small_tokenizer(family)
    text = text.replace("\u2581", "_")  # sentencepiece spells spaces with it
    expected = "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)
    assert tokenizer.decode(tokenizer.encode_text(text)) == expected


def test_whitespace_of_chatglm() -> None:
    tokenizer = small_tokenizer(Family.CHATGLM)
    for text in ("a\n\n\tb", "a" + " " * 83 + "b", "a  b\n   c", "x\n", "a" + " " * 161 + "b"):
        assert tokenizer.decode(tokenizer.encode_text(text)) == text
    processor = sentencepiece.SentencePieceProcessor(model_proto=chatglm_file() + added_records())
    pieces = [processor.id_to_piece(token) for token in tokenizer.encode_text("a" + " " * 100 + "b\tc")]
    assert [piece for piece in pieces if "|" in piece] == ["<|blank_80|>", "<|blank_20|>", "<|tab|>"]


@pytest.mark.parametrize("family", Family)
def test_control_ids_are_no_text(family: Family) -> None:
    tokenizer = small_tokenizer(family)
    ids = tokenizer.encode_text("tea")
    mixed = [*tokenizer.control.values(), *ids, *tokenizer.control_ids, tokenizer.vocab_limit, 10**9, -1]
    assert tokenizer.decode(mixed) == "tea"


@pytest.mark.parametrize("name", ["chatglm-6b", "chatglm2-6b", "codegeex2-6b"])
def test_decoding_is_what_sentencepiece_does(name: str) -> None:
    file = next(shared("fixtures", name).glob("*.model"))
    processor = sentencepiece.SentencePieceProcessor(model_file=str(file))
    tokenizer = real(name)
    size = processor.get_piece_size()
    single = [token for token in range(size) if processor.is_byte(token)]
    spaces = [token for token in range(size) if not processor.id_to_piece(token).strip("\u2581")]
    usual = [token for token in range(6, size - 400) if token not in tokenizer.control_ids]
    pick = random.Random(1)
    for _ in range(3000):
        ids = [
            pick.choice(pick.choice([single, single[200:], spaces, usual])) for _ in range(pick.randint(1, 9))
        ]
        assert tokenizer.decode(ids) == processor.decode(ids)


def test_decoding_is_what_tiktoken_does() -> None:
    tokenizer = small_tokenizer(Family.GLM4)
    encoding = tiktoken.Encoding(
        "bytes", pat_str=".", mergeable_ranks={tokenizer._bytes[token]: token for token in range(256)},
        special_tokens={},
    )  # fmt: skip
    pick = random.Random(2)
    for _ in range(1000):
        ids = [pick.randrange(256) for _ in range(pick.randint(1, 8))]
        assert tokenizer.decode(ids) == encoding.decode(ids)


def test_a_decoder_that_continues_keeps_the_space() -> None:
    tokenizer = small_tokenizer(Family.CHATGLM2)
    ids = tokenizer.encode_text("world")
    assert tokenizer.decode(ids) == "world"
    decoder = tokenizer.decoder(continues=True)
    assert "".join(map(decoder.push, ids)) + decoder.finish() == " world"


# --- tokenizer.json ---


def test_added_tokens_that_are_not_special_stay_text_too() -> None:
    """The library finds those in every text, whatever `encode_special_tokens` says."""
    special = tuple(control.value for control in Control)
    data = json_file(special, ("<think>", "</think>"))
    tokenizer = JsonTokenizer(data.encode(), Path("tokenizer.json"), Family.GLM_Z1)
    ids = tokenizer.encode_text("<think>x</think><|user|>")
    assert tokenizer.control_ids.isdisjoint(ids)
    assert tokenizer.decode(ids) == "<think>x</think><|user|>"
    think = tokenizer.vocab_limit - 2
    assert tokenizer.decode([think, *tokenizer.encode_text("x"), think + 1]) == "<think>x</think>"


def test_added_tokens_that_stand_in_the_vocabulary_too() -> None:
    content = json.loads(json_file(tuple(control.value for control in Control)))
    for entry in content["added_tokens"]:
        content["model"]["vocab"][entry["content"]] = entry["id"]
    content["model"]["ignore_merges"] = True  # whole words are looked up in the vocabulary
    content["pre_tokenizer"] = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "use_regex": False,
        "trim_offsets": False,
    }
    tokenizer = JsonTokenizer(json.dumps(content).encode(), Path("tokenizer.json"), Family.GLM4_0414)
    for control in Control:
        assert tokenizer.control_ids.isdisjoint(tokenizer.encode_text(control.value))


def test_the_converted_glm4_has_the_ids_of_the_official_one(tmp_path: Path) -> None:
    write_tokenizer(tmp_path, Family.GLM4_0414)
    converted = open_tokenizer(tmp_path, config_for(Family.GLM4, 1 << 20))
    official = small_tokenizer(Family.GLM4)
    assert converted.control == official.control
    for text in (*SENTENCES, "a  b\n\n 1234567 don't", "🍵\r\n\t<|user|>"):
        assert converted.encode_text(text) == official.encode_text(text)


# --- files that do not belong ---


@pytest.mark.parametrize("family", Family)
def test_a_tokenizer_of_another_generation(tmp_path: Path, family: Family) -> None:
    write_tokenizer(tmp_path, family)
    assert open_tokenizer(tmp_path, config_for(family, tokenizer_vocab_size(family))).vocab_limit
    (file,) = (path for path in tmp_path.iterdir() if path.name != "tokenizer_config.json")
    groups = [
        {Family.CHATGLM}, {Family.CHATGLM2, Family.CHATGLM3}, {Family.CODEGEEX2},
        {Family.GLM4, Family.CODEGEEX4},
        {Family.GLM4_0414, Family.GLM_Z1, Family.GLM_EDGE},
    ]  # fmt: skip
    own = next(group for group in groups if family in group)
    for other in set(Family) - own:
        names = {"ice_text.model", "tokenizer.model", "tokenizer.json"} - {file.name}
        for name in names:
            (tmp_path / name).write_bytes(file.read_bytes())
        code = refused(tmp_path, config_for(other, 1 << 20))
        is_text_in_json = other in groups[-1]
        assert code is (
            ErrorCode.MODEL_UNREADABLE if is_text_in_json or file.suffix == ".json" else ErrorCode.MODEL_MIXED
        )


@pytest.mark.parametrize(
    ("name", "rows"), [("chatglm2-6b", 151552), ("glm-4-9b-chat", 59264), ("chatglm2-6b", 64000)]
)
def test_ids_that_do_not_fit_the_matrix(name: str, rows: int) -> None:
    family = REAL[name].family
    assert refused(shared("fixtures", name), config_for(family, rows)) is ErrorCode.MODEL_MIXED


@pytest.mark.parametrize("family", Family)
def test_a_matrix_too_small(tmp_path: Path, family: Family) -> None:
    write_tokenizer(tmp_path, family)
    limit = small_tokenizer(family).vocab_limit
    assert open_tokenizer(tmp_path, config_for(family, limit)).vocab_limit == limit
    assert refused(tmp_path, config_for(family, limit - 1)) is ErrorCode.MODEL_MIXED


@pytest.mark.parametrize("family", Family)
def test_missing_pointer_and_garbage(tmp_path: Path, family: Family) -> None:
    config = config_for(family, 1 << 20)
    assert refused(tmp_path, config) is ErrorCode.MODEL_INCOMPLETE
    write_tokenizer(tmp_path, family)
    (file,) = (path for path in tmp_path.iterdir() if path.name != "tokenizer_config.json")
    whole = file.read_bytes()
    file.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n")
    assert refused(tmp_path, config) is ErrorCode.MODEL_LFS_POINTER
    for garbage in (
        b"",
        b"\0" * 64,
        b"{}",
        b"[]",
        b"null",
        b"\xff" * 99,
        b"[" * 100_000,
    ):
        file.write_bytes(garbage)
        assert refused(tmp_path, config) is ErrorCode.MODEL_UNREADABLE
    file.write_bytes(b"IQ== 0\nIQ== x\n")  # begins like a tiktoken file
    assert refused(tmp_path, config) in {ErrorCode.MODEL_UNREADABLE, ErrorCode.MODEL_MIXED}
    file.write_bytes(whole[: len(whole) // 2])
    assert refused(tmp_path, config) in {ErrorCode.MODEL_UNREADABLE, ErrorCode.MODEL_MIXED}


@given(data=st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
@pytest.mark.parametrize("family", [Family.CHATGLM, Family.CHATGLM3, Family.GLM4, Family.GLM_EDGE])
def test_damage_in_the_middle_is_a_worlds_error_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, family: Family, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    write_tokenizer(folder, family)
    (file,) = (path for path in folder.iterdir() if path.name != "tokenizer_config.json")
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 3 : len(whole) // 3 + len(data)] = data
    file.write_bytes(bytes(whole))
    opened = opened_or_code(folder, config_for(family, 1 << 20))
    if isinstance(opened, ErrorCode):
        assert opened in {ErrorCode.MODEL_UNREADABLE, ErrorCode.MODEL_MIXED}
    else:
        assert opened.control_ids.isdisjoint(opened.encode_text("<|user|>"))


def test_chatglm_that_counts_otherwise_than_its_configuration(tmp_path: Path) -> None:
    write_tokenizer(tmp_path, Family.CHATGLM)
    control = tokenizer_control(Family.CHATGLM)
    sop, gmask, mask = control[Control.SOP], control[Control.GMASK], control[Control.MASK]
    right = config_for(Family.CHATGLM, 1 << 20, PrefixIds(sop, gmask, mask))
    assert open_tokenizer(tmp_path, right).control == control
    for wrong in (
        PrefixIds(sop + 20, gmask + 20, mask + 20),
        PrefixIds(sop, gmask + 1, mask),
        PrefixIds(3, 2, 1),
    ):
        assert refused(tmp_path, config_for(Family.CHATGLM, 1 << 20, wrong)) is ErrorCode.MODEL_MIXED
    (tmp_path / "tokenizer_config.json").write_text('{"num_image_tokens": 20}', encoding="utf-8")
    (tmp_path / "ice_text.model").write_bytes(chatglm_file())  # as the first release had it
    moved = open_tokenizer(
        tmp_path, config_for(Family.CHATGLM, 1 << 20, PrefixIds(sop + 20, gmask + 20, mask + 20))
    )
    assert moved.encode_text("tea") == [
        token + 20 for token in small_tokenizer(Family.CHATGLM).encode_text("tea")
    ]
    assert moved.decode(moved.encode_text("tea 茶🍵\n  x")) == "tea 茶🍵\n  x"
    assert set(range(20)) <= moved.control_ids


def test_control_ids_that_tokenizer_config_names(tmp_path: Path) -> None:
    write_tokenizer(tmp_path, Family.CODEGEEX4)
    tokenizer = open_tokenizer(tmp_path, config_for(Family.CODEGEEX4, 1 << 20))
    assert tokenizer.control[Control.CODE_SUFFIX] == tokenizer.vocab_limit - 1
    (tmp_path / "tokenizer_config.json").write_text(
        '{"added_tokens_decoder": {"7": {"content": "<|user|>"}}}', encoding="utf-8"
    )
    assert refused(tmp_path, config_for(Family.CODEGEEX4, 1 << 20)) is ErrorCode.MODEL_MIXED
    (tmp_path / "tokenizer_config.json").write_text("{", encoding="utf-8")
    assert refused(tmp_path, config_for(Family.CODEGEEX4, 1 << 20)) is ErrorCode.MODEL_UNREADABLE

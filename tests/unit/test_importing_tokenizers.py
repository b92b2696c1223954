"""What is said of a tokenizer without its library agrees with what its library says."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import ErrorCode, WorldError
from app.core.imports import FileState
from app.model.glm.config import GlmConfig, PrefixIds
from app.model.glm.family import Family
from app.model.glm.tokenizers import chatglm, chatglm2, glm4
from app.model.glm.tokenizers.opening import FILE_NAMES, open_tokenizer
from app.model.glm.tokenizers.protocol import Control
from app.model.importing import tokenizer_check
from app.model.importing.tokenizer_check import TokenizerFile, find_tokenizer
from tests.helpers.glm_tokenizers import config_for, tokenizer_control, tokenizer_vocab_size, write_tokenizer
from tests.helpers.shared import shared

REAL = {
    Family.CHATGLM: ("chatglm-6b", 130528),
    Family.CHATGLM2: ("chatglm2-6b", 65024),
    Family.CHATGLM3: ("chatglm2-6b", 65024),
    Family.CODEGEEX2: ("codegeex2-6b", 65024),
    Family.GLM4: ("glm-4-9b-chat", 151552),
}
_PREFIX = PrefixIds(sop=130004, gmask=130001, mask=130000)
_FIRST_RELEASE = PrefixIds(sop=150004, gmask=150001, mask=150000, clamped=False)


def config_of(family: Family, rows: int) -> GlmConfig:
    config = config_for(family, rows)
    return replace(config, prefix_ids=_PREFIX) if family is Family.CHATGLM else config


def small(folder: Path, family: Family) -> GlmConfig:
    """A folder with the small tokenizer of a generation; gives the configuration that fits it."""
    write_tokenizer(folder, family)
    config = config_for(family, tokenizer_vocab_size(family))
    if family is not Family.CHATGLM:
        return config
    ids = tokenizer_control(family)
    prefix = PrefixIds(sop=ids[Control.SOP], gmask=ids[Control.GMASK], mask=ids[Control.MASK])
    return replace(config, prefix_ids=prefix)


def state_of(folder: Path, config: GlmConfig) -> FileState:
    return TokenizerFile(find_tokenizer(folder, config.family)).state(config)


def code_of_library(folder: Path, config: GlmConfig) -> ErrorCode | None:
    try:
        open_tokenizer(folder, config)
    except WorldError as error:
        return error.info.code
    return None


@pytest.mark.parametrize("family", list(REAL))
def test_the_real_files_of_each_generation(family: Family) -> None:
    name, rows = REAL[family]
    assert state_of(shared("fixtures", name), config_of(family, rows)) is FileState.GOOD


def test_the_first_release_of_chatglm() -> None:
    config = replace(config_of(Family.CHATGLM, 150528), prefix_ids=_FIRST_RELEASE)
    folder = shared("fixtures", "chatglm-6b-v0")
    assert (state_of(folder, config), code_of_library(folder, config)) == (FileState.GOOD, None)
    moved = replace(config, prefix_ids=replace(_FIRST_RELEASE, gmask=150000))
    assert state_of(folder, moved) is FileState.FOREIGN


@pytest.mark.parametrize("family", list(REAL))
@pytest.mark.parametrize("other", list(REAL))
def test_the_real_file_of_another_generation(tmp_path: Path, family: Family, other: Family) -> None:
    """Whatever this calls foreign, the library refuses; whatever the library takes, this takes."""
    config = config_of(family, REAL[family][1])
    source = shared("fixtures", REAL[other][0])
    shutil.copy(find_tokenizer(source, other), tmp_path / FILE_NAMES[family][0])
    state, code = state_of(tmp_path, config), code_of_library(tmp_path, config)
    assert (state is FileState.GOOD) == (code is None)
    assert state in (FileState.GOOD, FileState.FOREIGN)


@pytest.mark.parametrize("family", list(Family))
def test_small_files_of_every_generation(tmp_path: Path, family: Family) -> None:
    config = small(tmp_path, family)
    assert (state_of(tmp_path, config), code_of_library(tmp_path, config)) == (FileState.GOOD, None)
    too_few = replace(config, vocab_size=200)
    assert state_of(tmp_path, too_few) is FileState.FOREIGN
    assert code_of_library(tmp_path, too_few) is ErrorCode.MODEL_MIXED


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("left", [0, 1, 100, -1000, -30])
def test_files_that_were_cut(tmp_path: Path, family: Family, left: int) -> None:
    config = small(tmp_path, family)
    path = find_tokenizer(tmp_path, family)
    path.write_bytes(path.read_bytes()[:left])
    is_whole = code_of_library(tmp_path, config) is None  # ranks cut behind a line are fewer ranks
    assert is_whole == (state_of(tmp_path, config) is FileState.GOOD)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[" * 100_000, b"{" * 100_000, b"hello", b"\xff" * 500, b"\n\x05a"]
)
@pytest.mark.parametrize("family", [Family.CHATGLM, Family.CHATGLM3, Family.GLM4, Family.GLM_Z1])
def test_rubbish_is_unreadable_or_short(tmp_path: Path, family: Family, content: bytes) -> None:
    config = small(tmp_path, family)
    find_tokenizer(tmp_path, family).write_bytes(content)
    assert state_of(tmp_path, config) in (FileState.UNREADABLE, FileState.SHORT, FileState.FOREIGN)
    assert code_of_library(tmp_path, config) is not None


def test_control_ids_that_the_rules_count() -> None:
    assert len(glm4.SPECIAL) == tokenizer_check.RANK_CONTROLS
    assert len(chatglm2._APPENDED) == tokenizer_check.PIECE_CONTROLS
    assert len(chatglm2._ROLES) == tokenizer_check.ROLE_CONTROLS
    added = len(chatglm.CONTROL_PIECES) + 1 + (chatglm.LONGEST_BLANK - 1) + 256
    assert added == tokenizer_check.FIRST_RELEASE_PIECES

"""Finds a folder's tokenizer, checks that it is of the model's generation, and opens it.

Knows files and the generations; the libraries are imported only when a tokenizer of theirs is opened.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from app.core.errors import ErrorCode, WorldError
from app.model.glm.config import GlmConfig
from app.model.glm.family import Family
from app.model.glm.tokenizers.protocol import GlmTokenizer

MAX_BYTES = 256 << 20  # of a tokenizer file; the largest published one has 20 MB
MAX_PADDING = 512  # rows of a published matrix behind the last id; the largest has 230
LONGEST_ID = 9  # digits
PUBLISHED_ROWS = frozenset({65024, 130528, 150528, 151552, 59264})
CONFIG_NAME = "tokenizer_config.json"
JSON_NAME = "tokenizer.json"
FILE_NAMES = {
    Family.CHATGLM: ("ice_text.model",),
    Family.CHATGLM2: ("tokenizer.model",),
    Family.CHATGLM3: ("tokenizer.model",),
    Family.CODEGEEX2: ("tokenizer.model",),
    Family.GLM4: ("tokenizer.model", JSON_NAME),
    Family.CODEGEEX4: ("tokenizer.model", JSON_NAME),
    Family.GLM4_0414: (JSON_NAME,),
    Family.GLM_Z1: (JSON_NAME,),
    Family.GLM_EDGE: (JSON_NAME,),
}
"""The tokenizer files of each generation; the first that is there counts."""

_POINTER = b"version https://git-lfs.github.com/spec/"
_RANK_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2} \d+\r?\n")
_BYTE_LEVEL = frozenset({Family.GLM4, Family.CODEGEEX4, Family.GLM4_0414, Family.GLM_Z1, Family.GLM_EDGE})


def open_tokenizer(folder: Path, config: GlmConfig) -> GlmTokenizer:
    """The tokenizer of the model in `folder`.

    Raises MODEL_INCOMPLETE (no file), MODEL_LFS_POINTER, MODEL_UNREADABLE (no tokenizer) and MODEL_MIXED (a
    tokenizer of another generation, or one whose ids do not fit the matrix).
    """
    path = _file_of(folder, config.family)
    data = _read(path)
    if data.startswith(_POINTER):
        raise WorldError(ErrorCode.MODEL_LFS_POINTER, path=path)
    tokenizer = _open(data, path, config)
    padding = config.vocab_size - tokenizer.vocab_limit
    # Sizes that were never published have no known padding.
    if padding < 0 or (config.vocab_size in PUBLISHED_ROWS and padding > MAX_PADDING):
        detail = f"{tokenizer.vocab_limit} ids for {config.vocab_size} rows"
        raise WorldError(ErrorCode.MODEL_MIXED, path=path, detail=detail)
    return tokenizer


def _open(data: bytes, path: Path, config: GlmConfig) -> GlmTokenizer:
    family = config.family
    if path.name == JSON_NAME:
        from app.model.glm.tokenizers.glm4_json import JsonTokenizer

        return JsonTokenizer(data, path, family)
    if (_RANK_LINE.match(data) is not None) is not (family in _BYTE_LEVEL):
        _refuse_other_kind(data, path)
    if family in _BYTE_LEVEL:
        from app.model.glm.tokenizers.glm4 import TiktokenTokenizer, read_ranks

        ranks = read_ranks(data, path)
        return TiktokenTokenizer(ranks, _added_tokens(path, len(ranks)), family)
    from app.model.glm.tokenizers import chatglm, chatglm2

    if family is Family.CHATGLM:
        declared = _tokenizer_config(path).get("num_image_tokens")
        count = declared if isinstance(declared, int) else None
        return chatglm.open_chatglm(data, path, config.prefix_ids, count)
    return chatglm2.ChatGlm2Tokenizer(chatglm2.open_pieces(data, path, family), family)


def _refuse_other_kind(data: bytes, path: Path) -> None:
    """Raise for a file of the other kind: MODEL_MIXED when it is a tokenizer, else MODEL_UNREADABLE."""
    from app.model.glm.tokenizers import sentencepiece_files

    if _RANK_LINE.match(data):
        raise WorldError(ErrorCode.MODEL_MIXED, path=path, detail="tokenizer is a tiktoken file")
    sentencepiece_files.load(data, path)
    raise WorldError(ErrorCode.MODEL_MIXED, path=path, detail="tokenizer is a sentencepiece model")


def _added_tokens(path: Path, ranks: int) -> dict[str, int]:
    """Control ids that a tokenizer_config.json beside the file names; CodeGeeX4 has some of its own."""
    added: dict[str, int] = {}
    entries = _tokenizer_config(path).get("added_tokens_decoder")
    for key, entry in entries.items() if isinstance(entries, dict) else ():
        spelling = entry.get("content") if isinstance(entry, dict) else None
        if not isinstance(spelling, str) or not key.isdecimal() or len(key) > LONGEST_ID:
            continue
        if int(key) < ranks:
            raise WorldError(ErrorCode.MODEL_MIXED, path=path, detail=f"{spelling[:40]} is {int(key)}")
        added[spelling] = int(key)
    return added


def _tokenizer_config(path: Path) -> dict[str, object]:
    """The object in the tokenizer_config.json beside a tokenizer file; empty where there is none."""
    beside = path.with_name(CONFIG_NAME)
    try:
        value = json.loads(_read(beside)) if beside.is_file() else {}
    except (ValueError, RecursionError) as error:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=beside, detail="no JSON") from error
    return value if isinstance(value, dict) else {}


def _file_of(folder: Path, family: Family) -> Path:
    names = FILE_NAMES[family]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise WorldError(ErrorCode.MODEL_INCOMPLETE, path=folder, detail=" / ".join(names))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail="too large")
        return path.read_bytes()
    except OSError as error:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail=error.strerror) from error

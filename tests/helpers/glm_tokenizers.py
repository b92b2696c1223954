"""Small tokenizers of every generation in their true structure, trained on the spot.

For tests where the real files are not at hand, and for small models whose vocabulary must stay small.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import sentencepiece
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from app.model.glm.config import Architecture, GlmConfig, Layout, PrefixIds, Rope
from app.model.glm.family import Family
from app.model.glm.tokenizers.chatglm import added_records
from app.model.glm.tokenizers.glm4 import PATTERN, SPECIAL
from app.model.glm.tokenizers.glm4_json import _byte_letters
from app.model.glm.tokenizers.opening import open_tokenizer
from app.model.glm.tokenizers.protocol import Control, GlmTokenizer

SENTENCES = (
    "你好！我是人工智能助手，很高兴见到你，欢迎问我任何问题。",
    "晚上睡不着应该怎么办？可以喝一杯热茶，听一点音乐。",
    "[Round 0] 问：你好 答：你好",
    "[Round 12] 问：茶是怎么做的？ 答：先烧水，再放茶叶。",
    "The quick brown fox jumps over the lazy dog, and the tea is ready: who wants some?",
    "def main(): print('hello world') # greeting",
    "Answer the following questions as best as you can. You have access to the following tools:",
    '{"name": "get_weather", "parameters": {"city": "Beijing", "days": 3456789}}',
    "import os; return [value for value in range(10) if value]",
    "<think> tool_call python json system user assistant observation",
)
ROW_MULTIPLE = 16
LAST_SPECIAL_OF_EDGE = 10  # it has no ids for pictures
_SENTENCEPIECE = frozenset({Family.CHATGLM, Family.CHATGLM2, Family.CHATGLM3, Family.CODEGEEX2})
_TIKTOKEN = frozenset({Family.GLM4, Family.CODEGEEX4})
_CODE = ("<|code_prefix|>", "<|code_middle|>", "<|code_suffix|>")
_QUIET = 2


def write_tokenizer(folder: Path, family: Family) -> None:
    """Write the tokenizer files of a generation as they are published, with a vocabulary of a few hundred."""
    folder.mkdir(parents=True, exist_ok=True)
    if family is Family.CHATGLM:
        (folder / "ice_text.model").write_bytes(chatglm_file() + added_records())
        (folder / "tokenizer_config.json").write_text(json.dumps({"num_image_tokens": 0}), encoding="utf-8")
    elif family in _SENTENCEPIECE:
        (folder / "tokenizer.model").write_bytes(chatglm2_file(dummy_prefix=family is not Family.CODEGEEX2))
    elif family in _TIKTOKEN:
        lines = [base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks().items()]
        (folder / "tokenizer.model").write_bytes(b"".join(lines))
        if family is Family.CODEGEEX4:
            first = len(lines) + len(SPECIAL)
            added = {str(first + at): {"content": text, "special": True} for at, text in enumerate(_CODE)}
            text = json.dumps({"added_tokens_decoder": added})
            (folder / "tokenizer_config.json").write_text(text, encoding="utf-8")
    else:
        special = SPECIAL[:LAST_SPECIAL_OF_EDGE] if family is Family.GLM_EDGE else SPECIAL
        (folder / "tokenizer.json").write_text(json_file(special), encoding="utf-8")


def tokenizer_vocab_size(family: Family) -> int:
    """Rows of an embedding for the tokenizer that `write_tokenizer` writes: its ids and a little padding."""
    return (small_tokenizer(family).vocab_limit // ROW_MULTIPLE + 1) * ROW_MULTIPLE


def tokenizer_control(family: Family) -> Mapping[Control, int]:
    """The control ids of that tokenizer, as a config.json has to name them."""
    return small_tokenizer(family).control


@cache
def small_tokenizer(family: Family) -> GlmTokenizer:
    """That tokenizer, opened."""
    with TemporaryDirectory() as folder:
        write_tokenizer(Path(folder), family)
        return open_tokenizer(Path(folder), config_for(family, 1 << 20))


def config_for(family: Family, vocab_size: int, prefix_ids: PrefixIds | None = None) -> GlmConfig:
    """A configuration for tests that care about family and vocabulary alone."""
    return GlmConfig(
        family=family,
        network=Architecture.GLM,
        layout=Layout.OFFICIAL,
        layers=1,
        hidden_size=8,
        ffn_size=8,
        heads=1,
        groups=1,
        head_size=8,
        vocab_size=vocab_size,
        context_length=64,
        norm_eps=1e-5,
        attention_bias=True,
        tied_embeddings=False,
        rope=Rope(theta=10000.0, rotary_size=4),
        stored_dtype="float16",
        pad_id=0,
        eos_ids=(),
        prefix_ids=prefix_ids,
    )


@cache
def chatglm_file() -> bytes:
    """ChatGLM-6B's file as the first release had it: without control, whitespace and byte pieces."""
    return _train(
        model_type="unigram",
        vocab_size=300,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        pad_id=3,
        user_defined_symbols=["<n>"],
        byte_fallback=False,
    )


@cache
def chatglm2_file(*, dummy_prefix: bool) -> bytes:
    """The file of ChatGLM2 and ChatGLM3 (with the dummy prefix) or of CodeGeeX2 (without)."""
    return _train(
        model_type="bpe",
        vocab_size=600,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True,
        add_dummy_prefix=dummy_prefix,
        byte_fallback=True,
    )


@cache
def ranks() -> Mapping[bytes, int]:
    """The tokens of GLM-4's tiktoken file: the bytes, then what was merged from them."""
    byte_of = _byte_letters()
    vocabulary = json.loads(_trained_json())["model"]["vocab"]
    spelled = {bytes([byte_of[letter] for letter in token]): rank for token, rank in vocabulary.items()}
    return dict(sorted(spelled.items(), key=lambda item: item[1]))


def json_file(special: tuple[str, ...], plain: tuple[str, ...] = ()) -> str:
    """A tokenizer.json with added tokens behind its vocabulary: special ones, then others."""
    content = json.loads(_trained_json())
    first = len(content["model"]["vocab"])
    content["added_tokens"] = [
        {
            "id": first + at,
            "content": text,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": text in special,
        }
        for at, text in enumerate((*special, *plain))
    ]
    return json.dumps(content, ensure_ascii=False)


def _train(**options: object) -> bytes:
    sentencepiece.set_min_log_level(_QUIET)
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 3),
        model_writer=written,
        character_coverage=1.0,
        minloglevel=_QUIET,
        num_threads=1,
        **options,
    )
    return written.getvalue()


@cache
def _trained_json() -> str:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return tokenizer.to_str()

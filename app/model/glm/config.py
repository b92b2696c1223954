"""What a model is, read from its config.json: sizes, rope rule, family, layout of the files.

Three layouts are known: ChatGLM-6B's, that of ChatGLM2 and everything official up to GLM-4-9B, and
transformers' own. Whatever cannot be run faithfully is refused with the reason. Knows no tensors; standard
library only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from app.core.errors import ErrorCode, WorldError
from app.model.glm.config_fields import Fields, read_object
from app.model.glm.family import Family

CONFIG_NAME = "config.json"
LONG_FAMILIES = frozenset({Family.GLM4_0414, Family.GLM_Z1})
MAX_PARAMETERS = 1 << 40  # far beyond every model of the lineage; larger is a damaged file
YARN_FACTOR, YARN_ORIGINAL, YARN_CONTEXT = 4.0, 32768, 131072  # reference section 5.1


class Architecture(StrEnum):
    """The network that runs it."""

    CHATGLM = "chatglm"  # our own module
    GLM = "glm"  # transformers' GlmForCausalLM
    GLM4 = "glm4"  # transformers' Glm4ForCausalLM


class Layout(StrEnum):
    """How keys are named and tensors are cut in the files."""

    OFFICIAL_V1 = "official-v1"
    OFFICIAL = "official"
    HF = "hf"


class Note(StrEnum):
    """Something about a model that its reader decided and a person may want to know."""

    ROPE_THETA_CORRECTED = (
        "rope_theta_corrected"  # the file's base contradicts the weights (reference section 0)
    )
    PREFIX_ENCODER_IGNORED = "prefix_encoder_ignored"  # the file brings a P-Tuning prefix; it is not used
    HEAD_NOT_TIED = "head_not_tied"  # the configuration says tied, the files hold another matrix


@dataclass(frozen=True, slots=True)
class Rope:
    """The rotation of queries and keys: `rotary_size` dimensions of each head, in pairs.

    Position p turns pair j by (p / position_divisor) * theta^(-2j / rotary_size). With `yarn_factor` the
    frequencies are YaRN's for contexts `yarn_factor` times longer than the `yarn_original` tokens trained on.
    """

    theta: float
    rotary_size: int
    position_divisor: float = 1.0
    yarn_factor: float | None = None
    yarn_original: int = YARN_ORIGINAL


@dataclass(frozen=True, slots=True)
class PrefixIds:
    """The control ids that ChatGLM-6B's positions are counted from (reference section 2.5).

    `clamped` is false for the first release, whose <sop> keeps its own position behind a [gMASK].
    """

    sop: int
    gmask: int
    mask: int
    clamped: bool = True


@dataclass(frozen=True, slots=True)
class GlmConfig:
    """A model's measures. Sizes are counts of values, `context_length` of tokens.

    `vocab_size` is the number of rows of the embedding, padding included; `groups` the number of heads of
    keys and values. `quantization_bits` is 4 or 8 for the official quantized editions, else 0.
    `family_is_certain` is false where `family` is only the likely one.
    """

    family: Family
    network: Architecture
    layout: Layout
    layers: int
    hidden_size: int
    ffn_size: int
    heads: int
    groups: int
    head_size: int
    vocab_size: int
    context_length: int
    norm_eps: float
    attention_bias: bool
    tied_embeddings: bool
    rope: Rope
    stored_dtype: str  # "float16", "bfloat16" or "float32"
    pad_id: int
    eos_ids: tuple[int, ...]
    quantization_bits: int = 0
    quantized_embeddings: bool = False
    prefix_ids: PrefixIds | None = None  # ChatGLM-6B only
    family_is_certain: bool = True
    notes: tuple[Note, ...] = ()

    @property
    def longest_context(self) -> int:
        """Tokens that `for_context` can be asked for."""
        return max(self.context_length, YARN_CONTEXT) if self._may_stretch else self.context_length

    @property
    def parameter_count(self) -> int:
        """Weights of the network; a tied head is counted once."""
        hidden, ffn, head = self.hidden_size, self.ffn_size, self.head_size
        embeddings = self.vocab_size * hidden * (1 if self.tied_embeddings else 2)
        if self.network is Architecture.CHATGLM:
            attention = hidden * (3 * hidden + 3) + hidden * (hidden + 1)
            layer = attention + ffn * (hidden + 1) + hidden * (ffn + 1) + 4 * hidden
            return embeddings + self.layers * layer + 2 * hidden
        columns = hidden + (1 if self.attention_bias else 0)
        attention = (self.heads + 2 * self.groups) * head * columns + self.heads * head * hidden
        norms = (4 if self.network is Architecture.GLM4 else 2) * hidden
        return embeddings + self.layers * (attention + 3 * ffn * hidden + norms) + hidden

    def kv_bytes_per_token(self, bytes_per_value: int) -> int:
        """Bytes of keys and values that one token takes in all layers."""
        return 2 * self.layers * self.groups * self.head_size * bytes_per_value

    def for_context(self, tokens: int) -> GlmConfig:
        """The configuration for contexts of `tokens`: YaRN is switched on where the training was shorter.

        Only 0414 and Z1 have that rule; it costs a little quality on short inputs, so it stays off as long as
        it can (reference section 5.1).
        """
        if tokens <= self.context_length or not self._may_stretch:
            return self
        rope = replace(self.rope, yarn_factor=YARN_FACTOR, yarn_original=YARN_ORIGINAL)
        return replace(self, rope=rope, context_length=YARN_CONTEXT)

    @property
    def _may_stretch(self) -> bool:
        trained = self.context_length == YARN_ORIGINAL and self.rope.yarn_factor is None
        return trained and self.family in LONG_FAMILIES


def read_config(folder: Path, family: Family | None = None) -> GlmConfig:
    """The configuration of the model in a folder; `family` overrides what its files suggest.

    Raises MODEL_MISSING (no such folder), MODEL_NOT_A_MODEL (no config.json that is JSON), MODEL_UNREADABLE
    and MODEL_UNSUPPORTED (with the reason in `detail`).
    """
    from app.model.glm import config_hf, config_official

    if not folder.is_dir():
        raise WorldError(ErrorCode.MODEL_MISSING, path=folder)
    path = folder / CONFIG_NAME
    fields = Fields(read_object(path), path)
    kind = fields.text("model_type")
    if fields.has("quantization_config"):
        raise fields.refuse("quantization_config")
    if kind in {"glm", "glm4"}:
        config = config_hf.read(fields, Architecture(kind), folder, family)
    elif kind != "chatglm":
        raise fields.refuse(f"model_type {kind[:40] or 'missing'}")
    elif fields.has("padded_vocab_size") or fields.has("multi_query_attention"):
        config = config_official.read(fields, folder, family)
    else:
        config = config_official.read_v1(fields, family)
    if config.parameter_count > MAX_PARAMETERS:
        raise fields.refuse(f"{config.parameter_count} parameters")
    return config

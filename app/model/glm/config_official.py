"""The configurations with model_type `chatglm`: ChatGLM-6B, and ChatGLM2 to GLM-4-9B and CodeGeeX4.

Sources: reference sections 1, 2.1, 2.2, 3.1, 3.4 and 4.1. Standard library only.
"""

from __future__ import annotations

from pathlib import Path

from app.model.glm import config_common as common
from app.model.glm.config import Architecture, GlmConfig, Layout, Note, PrefixIds, Rope
from app.model.glm.config_common import Choice
from app.model.glm.config_fields import Fields
from app.model.glm.family import Family

FIRST_RELEASE_VOCAB = 150528
_NAMES = {
    r"codegeex-?2": Family.CODEGEEX2,
    r"codegeex-?4": Family.CODEGEEX4,
    r"chatglm-?2": Family.CHATGLM2,
    r"chatglm-?3": Family.CHATGLM3,
    r"glm-?4": Family.GLM4,
}
_SMALL = frozenset({Family.CHATGLM2, Family.CHATGLM3, Family.CODEGEEX2})
_BIG = frozenset({Family.GLM4, Family.CODEGEEX4})
_BY_VOCAB = {65024: _SMALL, 151552: _BIG}  # reference section 1
# What the mapping to GlmForCausalLM takes for granted (reference section 3.4), with the official defaults.
_MUST_BE = {
    "add_bias_linear": False,
    "apply_residual_connection_post_layernorm": False,
    "fp32_residual_connection": False,
    "interleaved_qkv": False,
    "tie_word_embeddings": False,
    "rmsnorm": True,
    "post_layer_norm": True,
    "original_rope": True,
    "multi_query_attention": True,
}
_BITS = (0, 4, 8)


def read_v1(fields: Fields, family: Family | None) -> GlmConfig:
    """ChatGLM-6B in any edition."""
    choice = common.chosen(
        fields, family, Choice(Family.CHATGLM, is_certain=True), frozenset({Family.CHATGLM})
    )
    if not fields.flag("position_encoding_2d", default=False):
        raise fields.refuse("position_encoding_2d")
    hidden = fields.integer("hidden_size", 1, common.MAX_HIDDEN)
    heads = fields.integer("num_attention_heads", 1, common.MAX_HEADS)
    if hidden % (4 * heads):  # two halves of whole pairs in each head
        raise fields.refuse(f"hidden_size {hidden} for {heads} heads")
    vocab = fields.integer("vocab_size", 1, common.MAX_VOCAB)
    ids = _prefix_ids(fields, vocab)
    bits = _quantization_bits(fields)
    return GlmConfig(
        family=choice.family,
        network=Architecture.CHATGLM,
        layout=Layout.OFFICIAL_V1,
        layers=fields.integer("num_layers", 1, common.MAX_LAYERS),
        hidden_size=hidden,
        ffn_size=fields.integer("inner_hidden_size", 1, common.MAX_FFN),
        heads=heads,
        groups=heads,
        head_size=hidden // heads,
        vocab_size=vocab,
        context_length=fields.integer("max_sequence_length", 1, common.MAX_CONTEXT),
        norm_eps=fields.number("layernorm_epsilon", 1e-12, 1e-2),
        attention_bias=True,
        tied_embeddings=True,
        rope=Rope(theta=10000.0, rotary_size=hidden // heads),
        stored_dtype=common.stored_dtype(fields, "float16"),
        pad_id=common.pad_id(fields, vocab, 3),
        eos_ids=fields.ids("eos_token_id", vocab) or (ids.sop + 1,),
        quantization_bits=bits,
        quantized_embeddings=bits > 0 and fields.flag("quantization_embeddings", default=False),
        prefix_ids=ids,
        notes=_prefix_notes(fields),
    )


def read(fields: Fields, folder: Path, family: Family | None) -> GlmConfig:
    """ChatGLM2-6B, ChatGLM3-6B, CodeGeeX2-6B, GLM-4-9B and CodeGeeX4 in their official layout."""
    for name, wanted in _MUST_BE.items():
        if fields.flag(name, default=wanted) is not wanted:
            raise fields.refuse(name)
    if fields.number("rotary_percent", 0, 1, 0.5) != 0.5:
        raise fields.refuse("rotary_percent")
    vocab = fields.integer("padded_vocab_size", 1, common.MAX_VOCAB)
    possible = _BY_VOCAB.get(vocab, _SMALL | _BIG)
    choice = common.chosen(fields, family, _likely(fields, folder, possible), possible)
    heads = fields.integer("num_attention_heads", 1, common.MAX_HEADS)
    groups = fields.integer("multi_query_group_num", 1, heads)
    head = fields.integer("kv_channels", 4, common.MAX_HEAD)
    if heads % groups or head % 4:
        raise fields.refuse(f"{heads} heads of {head} in {groups} groups")
    return GlmConfig(
        family=choice.family,
        network=Architecture.GLM,
        layout=Layout.OFFICIAL,
        layers=fields.integer("num_layers", 1, common.MAX_LAYERS),
        hidden_size=fields.integer("hidden_size", 1, common.MAX_HIDDEN),
        ffn_size=fields.integer("ffn_hidden_size", 1, common.MAX_FFN),
        heads=heads,
        groups=groups,
        head_size=head,
        vocab_size=vocab,
        context_length=fields.integer("seq_length", 1, common.MAX_CONTEXT),
        norm_eps=fields.number("layernorm_epsilon", 1e-12, 1e-2),
        attention_bias=fields.flag("add_qkv_bias", default=False),
        tied_embeddings=False,
        rope=_rope(fields, choice.family, head // 2),
        stored_dtype=common.stored_dtype(fields, "float16"),
        pad_id=common.pad_id(fields, vocab, 0),
        eos_ids=fields.ids("eos_token_id", vocab),
        quantization_bits=_quantization_bits(fields),
        family_is_certain=choice.is_certain,
        notes=_prefix_notes(fields),
    )


def _prefix_ids(fields: Fields, vocab: int) -> PrefixIds:
    """The control ids; the first release's config.json names only some, so they are counted from <sop>."""
    base = 150000 if vocab == FIRST_RELEASE_VOCAB else 130000
    sop = fields.integer("bos_token_id", 0, vocab - 1, base + 4)
    mask = fields.integer("mask_token_id", 0, vocab - 1, max(sop - 4, 0))
    gmask = fields.integer("gmask_token_id", 0, vocab - 1, max(sop - 3, 0))
    if sop + 1 >= vocab:
        raise fields.refuse(f"bos_token_id {sop} for {vocab} rows")
    return PrefixIds(sop=sop, gmask=gmask, mask=mask, clamped=vocab != FIRST_RELEASE_VOCAB)


def _likely(fields: Fields, folder: Path, possible: frozenset[Family]) -> Choice:
    """v2 and v3 have the same keys: names first, then what v3's files happened to bring (section 1)."""
    patterns = {pattern: family for pattern, family in _NAMES.items() if family in possible}
    if named := common.named_family(fields, folder, patterns):
        return named
    if not possible & _SMALL:
        return Choice(Family.GLM4, is_certain=False)
    if fields.mentions("rotary_percent") or fields.mentions("interleaved_qkv"):
        return Choice(Family.CODEGEEX2, is_certain=True)
    ratio = fields.number("rope_ratio", 0, common.MAX_THETA, 1.0)
    if ratio != 1.0:
        return Choice(Family.CHATGLM2 if ratio == 16 else Family.CHATGLM3, is_certain=False)
    newer = fields.below("auto_map").has("AutoModelForSequenceClassification")
    return Choice(Family.CHATGLM3 if newer else Family.CHATGLM2, is_certain=False)


def _rope(fields: Fields, family: Family, size: int) -> Rope:
    """Both meanings of `rope_ratio`: v2 divides the positions by it, later ones multiply the base by it."""
    ratio = fields.number("rope_ratio", 1e-3, 1e6, 1.0)
    if family is Family.CHATGLM2:
        return Rope(theta=10000.0, rotary_size=size, position_divisor=ratio)
    if family is Family.CODEGEEX2 and ratio != 1.0:
        raise fields.refuse("rope_ratio")  # never published: nobody knows which of the two it would mean
    return Rope(theta=10000.0 * ratio, rotary_size=size)


def _quantization_bits(fields: Fields) -> int:
    bits = fields.integer("quantization_bit", 0, 8, 0)
    if bits not in _BITS:
        raise fields.refuse(f"quantization_bit {bits}")
    return bits


def _prefix_notes(fields: Fields) -> tuple[Note, ...]:
    length = fields.integer("pre_seq_len", 0, common.MAX_CONTEXT, 0)
    return (Note.PREFIX_ENCODER_IGNORED,) if length else ()

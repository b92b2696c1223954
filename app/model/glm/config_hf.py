"""The configurations in transformers' own layout: GLM-4-9B-hf, GLM-Edge (`glm`), GLM-4-0414 and Z1 (`glm4`).

Sources: reference sections 0 (decision 3), 4.1, 5.1 and 6. Standard library only.
"""

from __future__ import annotations

from pathlib import Path

from app.model.glm import config_common as common
from app.model.glm.config import YARN_ORIGINAL, Architecture, GlmConfig, Layout, Note, Rope
from app.model.glm.config_common import Choice
from app.model.glm.config_fields import Fields
from app.model.glm.family import Family

EDGE_VOCAB = 59264
# The converted GLM-4-9B files say base 10000 where the official ones multiply it by 500 and by 10000.
_TRUE_THETA = {131072: 5e6, 1048576: 1e8}
_TEMPLATE_LIMIT = 4 << 20  # bytes read of a file that may hold the chat template
_GLM4_NAMES = {r"(^|[^a-z0-9])z1": Family.GLM_Z1, r"0414|glm-?4": Family.GLM4_0414}
_GLM_NAMES = {r"glm-?edge": Family.GLM_EDGE, r"codegeex-?4": Family.CODEGEEX4, r"glm-?4": Family.GLM4}
_POSSIBLE = {
    Architecture.GLM: frozenset({Family.GLM4, Family.CODEGEEX4, Family.GLM_EDGE}),
    Architecture.GLM4: frozenset({Family.GLM4_0414, Family.GLM_Z1}),
}
_YARN_DEFAULTS = {"beta_fast": 32.0, "beta_slow": 1.0}


def read(fields: Fields, network: Architecture, folder: Path, family: Family | None) -> GlmConfig:
    """A model that transformers has a class for."""
    if fields.text("hidden_act", "silu") not in {"silu", "swish"}:
        raise fields.refuse("hidden_act")
    if fields.has("num_experts") or fields.has("n_routed_experts"):
        raise fields.refuse("experts")
    vocab = fields.integer("vocab_size", 1, common.MAX_VOCAB)
    heads = fields.integer("num_attention_heads", 1, common.MAX_HEADS)
    groups = fields.integer("num_key_value_heads", 1, heads)
    head = fields.integer("head_dim", 2, common.MAX_HEAD, 128)
    if heads % groups:
        raise fields.refuse(f"{heads} heads in {groups} groups")
    context = fields.integer("max_position_embeddings", 1, common.MAX_CONTEXT)
    rope = _rope(fields, head)
    if rope.yarn_factor is not None:
        context = max(context, int(rope.yarn_factor * rope.yarn_original))
    choice = common.chosen(
        fields, family, _likely(fields, network, folder, vocab, rope, head), _POSSIBLE[network]
    )
    rope, notes = _corrected(rope, choice.family, context)
    return GlmConfig(
        family=choice.family,
        network=network,
        layout=Layout.HF,
        layers=fields.integer("num_hidden_layers", 1, common.MAX_LAYERS),
        hidden_size=fields.integer("hidden_size", 1, common.MAX_HIDDEN),
        ffn_size=fields.integer("intermediate_size", 1, common.MAX_FFN),
        heads=heads,
        groups=groups,
        head_size=head,
        vocab_size=vocab,
        context_length=context,
        norm_eps=fields.number("rms_norm_eps", 1e-12, 1e-2),
        attention_bias=fields.flag("attention_bias", default=True),
        tied_embeddings=fields.flag("tie_word_embeddings", default=False),
        rope=rope,
        stored_dtype=common.stored_dtype(fields, "bfloat16"),
        pad_id=common.pad_id(fields, vocab, 0),
        eos_ids=fields.ids("eos_token_id", vocab),
        family_is_certain=choice.is_certain,
        notes=notes,
    )


def _likely(fields: Fields, network: Architecture, folder: Path, vocab: int, rope: Rope, head: int) -> Choice:
    if network is Architecture.GLM4:
        if named := common.named_family(fields, folder, _GLM4_NAMES):
            return named
        return Choice(Family.GLM_Z1 if _template_thinks(folder) else Family.GLM4_0414, is_certain=False)
    if vocab == EDGE_VOCAB or rope.rotary_size == head:
        return Choice(Family.GLM_EDGE, is_certain=True)
    return common.named_family(fields, folder, _GLM_NAMES) or Choice(Family.GLM4, is_certain=False)


def _template_thinks(folder: Path) -> bool:
    """Whether the chat template opens a thought, as Z1's does and 0414's does not."""
    for name in ("chat_template.jinja", "tokenizer_config.json"):
        path = folder / name
        try:
            if not path.is_file():
                continue
            with path.open("rb") as file:
                if b"<think>" in file.read(_TEMPLATE_LIMIT):
                    return True
        except OSError:
            continue
    return False


def _rope(fields: Fields, head: int) -> Rope:
    """The rule in its old spelling (keys at the top, `rope_scaling`) or its new one (`rope_parameters`)."""
    new = fields.below("rope_parameters")
    scaling = new if fields.has("rope_parameters") else fields.below("rope_scaling")
    theta = new.number(
        "rope_theta", 1, common.MAX_THETA, fields.number("rope_theta", 1, common.MAX_THETA, 10000.0)
    )
    # Absent it is a half for both classes: transformers' default, right for GLM-4 (reference section 6).
    part = new.number("partial_rotary_factor", 0, 1, fields.number("partial_rotary_factor", 0, 1, 0.5))
    size = int(head * part)
    if size < 2 or size % 2:
        raise fields.refuse(f"partial_rotary_factor {part}")
    kind = scaling.text("rope_type") or scaling.text("type", "default")
    if kind == "default":
        return Rope(theta, size)
    factor = scaling.number("factor", 1, 1e4)
    if kind == "linear":
        return Rope(theta, size, position_divisor=factor)
    if kind != "yarn":
        raise fields.refuse(f"rope_type {kind[:40]}")
    for name in ("attention_factor", "mscale", "mscale_all_dim"):
        if scaling.has(name):
            raise fields.refuse(name)
    for name, value in _YARN_DEFAULTS.items():
        if scaling.number(name, 0, 1e4, value) != value:
            raise fields.refuse(name)
    if not scaling.flag("truncate", default=True):
        raise fields.refuse("truncate")
    original = scaling.integer("original_max_position_embeddings", 1, common.MAX_CONTEXT, YARN_ORIGINAL)
    return Rope(theta, size, yarn_factor=factor, yarn_original=original)


def _corrected(rope: Rope, family: Family, context: int) -> tuple[Rope, tuple[Note, ...]]:
    """The base that the converted weights were trained with, where the file is known to be wrong."""
    wrong = family is Family.GLM4 and rope == Rope(10000.0, rope.rotary_size) and context in _TRUE_THETA
    if not wrong:
        return rope, ()
    return Rope(_TRUE_THETA[context], rope.rotary_size), (Note.ROPE_THETA_CORRECTED,)

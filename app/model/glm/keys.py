"""Which tensors of a checkpoint become which parameters of a network, for each layout of the files.

Sources: reference sections 2.6, 3.3, 3.4, 5.1 and 8. Knows names and shapes, no files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from math import prod

from app.model.glm.config import Architecture, GlmConfig, Layout

_SCALE = "_scale"
_HF_LAYER = re.compile(r"model\.layers\.(\d+)\.")


class Kind(Enum):
    """What a parameter is to the editions that quantize some of them."""

    EMBEDDING = auto()
    LINEAR = auto()  # a large matrix of a layer
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """A parameter of the network and where it lies: rows `start` to `stop` of the tensor `key`.

    `shape` is the parameter's; `stored_rows` the number of rows of the whole tensor in the file.
    """

    name: str
    key: str
    shape: tuple[int, ...]
    kind: Kind
    start: int
    stored_rows: int

    @property
    def stop(self) -> int:
        return self.start + self.shape[0]

    @property
    def stored_shape(self) -> tuple[int, ...]:
        return (self.stored_rows, *self.shape[1:])

    @property
    def scale_key(self) -> str:
        """The tensor beside a quantized one."""
        return self.key + _SCALE


def parts(config: GlmConfig) -> dict[str, Part]:
    """Every parameter of the network by name, in the order in which they are used."""
    rows = _v1(config) if config.layout is Layout.OFFICIAL_V1 else _glm(config)
    return {part.name: part for part in rows}


def is_ignored(config: GlmConfig, key: str) -> bool:
    """Whether a tensor that no parameter asks for belongs to the layout all the same."""
    if key.endswith("rotary_emb.inv_freq") or key == "transformer.rotary_pos_emb.inv_freq":
        return True  # computed, never read
    if config.layout is Layout.HF:
        layer = _HF_LAYER.match(
            key
        )  # layers behind the last one predict further tokens (reference section 7)
        if layer is not None and int(layer.group(1)) >= config.layers:
            return True
    elif key.startswith("transformer.prefix_encoder."):
        return True  # a P-Tuning prefix (reference section 9.1)
    return config.tied_embeddings and key in {"lm_head.weight", "lm_head.weight" + _SCALE}


def _plain(name: str, key: str, *shape: int, kind: Kind = Kind.OTHER) -> Part:
    return Part(name, key, shape, kind, 0, shape[0])


def _v1(config: GlmConfig) -> list[Part]:
    hidden, ffn, vocab = config.hidden_size, config.ffn_size, config.vocab_size
    linears = {
        "attention.query_key_value": (3 * hidden, hidden),
        "attention.dense": (hidden, hidden),
        "mlp.dense_h_to_4h": (ffn, hidden),
        "mlp.dense_4h_to_h": (hidden, ffn),
    }

    def named(name: str, *shape: int, kind: Kind = Kind.OTHER) -> Part:
        return _plain(name, f"transformer.{name}", *shape, kind=kind)

    found = [named("word_embeddings.weight", vocab, hidden, kind=Kind.EMBEDDING)]
    for index in range(config.layers):
        layer = f"layers.{index}"
        for norm in ("input_layernorm", "post_attention_layernorm"):
            found += [named(f"{layer}.{norm}.{leaf}", hidden) for leaf in ("weight", "bias")]
        for linear, (out, columns) in linears.items():
            found.append(named(f"{layer}.{linear}.weight", out, columns, kind=Kind.LINEAR))
            found.append(named(f"{layer}.{linear}.bias", out))
    found += [named(f"final_layernorm.{leaf}", hidden) for leaf in ("weight", "bias")]
    if not config.tied_embeddings:
        found.append(_plain("lm_head.weight", "lm_head.weight", vocab, hidden))
    return found


def _glm(config: GlmConfig) -> list[Part]:
    official = config.layout is Layout.OFFICIAL
    vocab, hidden = config.vocab_size, config.hidden_size
    embedding, norm, head = "model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"
    if official:
        embedding = "transformer.embedding.word_embeddings.weight"
        norm, head = "transformer.encoder.final_layernorm.weight", "transformer.output_layer.weight"
    found = [_plain("model.embed_tokens.weight", embedding, vocab, hidden, kind=Kind.EMBEDDING)]
    for index in range(config.layers):
        found += _official_layer(config, index) if official else _hf_layer(config, index)
    found.append(_plain("model.norm.weight", norm, hidden))
    if not config.tied_embeddings:
        found.append(_plain("lm_head.weight", head, vocab, hidden))
    return found


def _projections(config: GlmConfig) -> dict[str, int]:
    """Rows of the three projections, in the order of the official fused tensor."""
    groups = config.groups * config.head_size
    return {"q_proj": config.heads * config.head_size, "k_proj": groups, "v_proj": groups}


def _official_layer(config: GlmConfig, index: int) -> list[Part]:
    ours, theirs = f"model.layers.{index}", f"transformer.encoder.layers.{index}"
    hidden, ffn = config.hidden_size, config.ffn_size
    projections = _projections(config)
    fused, total = f"{theirs}.self_attention.query_key_value", sum(projections.values())
    found = [_plain(f"{ours}.input_layernorm.weight", f"{theirs}.input_layernorm.weight", hidden)]
    start = 0
    for name, rows in projections.items():
        path = f"{ours}.self_attn.{name}"
        found.append(Part(f"{path}.weight", f"{fused}.weight", (rows, hidden), Kind.LINEAR, start, total))
        if config.attention_bias:
            found.append(Part(f"{path}.bias", f"{fused}.bias", (rows,), Kind.OTHER, start, total))
        start += rows
    for name, key, out, columns in (
        ("self_attn.o_proj", "self_attention.dense", hidden, config.heads * config.head_size),
        ("mlp.gate_up_proj", "mlp.dense_h_to_4h", 2 * ffn, hidden),
        ("mlp.down_proj", "mlp.dense_4h_to_h", hidden, ffn),
    ):
        found.append(
            _plain(f"{ours}.{name}.weight", f"{theirs}.{key}.weight", out, columns, kind=Kind.LINEAR)
        )
    norm = "post_attention_layernorm.weight"
    return [*found, _plain(f"{ours}.{norm}", f"{theirs}.{norm}", hidden)]


def _hf_layer(config: GlmConfig, index: int) -> list[Part]:
    """The names of transformers are the network's own."""
    hidden, ffn = config.hidden_size, config.ffn_size
    norms = ["input_layernorm", "post_attention_layernorm"]
    if config.network is Architecture.GLM4:
        norms += ["post_self_attn_layernorm", "post_mlp_layernorm"]
    shapes = {f"{norm}.weight": (hidden,) for norm in norms} | {
        f"self_attn.{name}.bias": (rows,)
        for name, rows in _projections(config).items()
        if config.attention_bias
    }
    linears = {f"self_attn.{name}": (rows, hidden) for name, rows in _projections(config).items()} | {
        "self_attn.o_proj": (hidden, config.heads * config.head_size),
        "mlp.gate_up_proj": (2 * ffn, hidden),
        "mlp.down_proj": (hidden, ffn),
    }
    path = f"model.layers.{index}"
    return [
        *(_plain(f"{path}.{name}", f"{path}.{name}", *shape) for name, shape in shapes.items()),
        *(
            _plain(f"{path}.{name}.weight", f"{path}.{name}.weight", *shape, kind=Kind.LINEAR)
            for name, shape in linears.items()
        ),
    ]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A tensor that the files have to hold: its shape there, and whether it holds integers of an edition."""

    shape: tuple[int, ...]
    is_integer: bool


def is_quantized(config: GlmConfig, part: Part) -> bool:
    """Whether an official quantized edition holds the parameter as integers with a scale for each row."""
    if not config.quantization_bits:
        return False
    return part.kind is Kind.LINEAR or (part.kind is Kind.EMBEDDING and config.quantized_embeddings)


def published_shape(config: GlmConfig, part: Part) -> tuple[int, ...]:
    """The shape of the tensor in the file; an int4 edition packs two columns into one."""
    if is_quantized(config, part) and config.quantization_bits == 4:
        return (part.stored_rows, part.shape[1] // 2)
    return part.stored_shape


def wanted_tensors(config: GlmConfig) -> dict[str, Wanted]:
    """Every tensor that the model needs by its key, scales included."""
    wanted: dict[str, Wanted] = {}
    for part in parts(config).values():
        quantized = is_quantized(config, part)
        wanted[part.key] = Wanted(published_shape(config, part), quantized)
        if quantized:
            wanted[part.scale_key] = Wanted((part.stored_rows,), is_integer=False)
    return wanted


def least_bytes(config: GlmConfig, shape: tuple[int, ...]) -> int:
    """A lower bound of what a tensor takes in a file."""
    one = 1 if config.quantization_bits else 4 if config.stored_dtype == "float32" else 2
    return prod(shape) * one

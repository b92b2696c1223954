"""Small models with random weights in the true file layout of every generation.

Keys of config.json, names and cuts of tensors, file names and formats are the published ones (reference
sections 2.2, 2.6, 3.1, 3.3, 4, 5.1, 6 and 8); only the sizes are small. Knows nothing of `app` but the names
of the families, so that a mistake in its reading cannot be made here once more. Writes no tokenizer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from app.model.glm.family import Family

_REPOSITORIES = {
    Family.CHATGLM: "THUDM/chatglm-6b",
    Family.CHATGLM2: "THUDM/chatglm2-6b",
    Family.CHATGLM3: "THUDM/chatglm3-6b",
    Family.CODEGEEX2: "THUDM/codegeex2-6b",
    Family.GLM4: "THUDM/glm-4-9b-chat",
    Family.CODEGEEX4: "THUDM/codegeex4-all-9b",
    Family.GLM4_0414: "THUDM/GLM-4-9B-0414",
    Family.GLM_Z1: "THUDM/GLM-Z1-9B-0414",
    Family.GLM_EDGE: "THUDM/glm-edge-1.5b-chat",
}
_BIN = frozenset({Family.CHATGLM, Family.CHATGLM2, Family.CHATGLM3, Family.CODEGEEX2})
_OFFICIAL = frozenset({Family.CHATGLM2, Family.CHATGLM3, Family.CODEGEEX2, Family.GLM4, Family.CODEGEEX4})
_HALF = frozenset({Family.CHATGLM, Family.CHATGLM2, Family.CHATGLM3})


@dataclass(frozen=True, slots=True)
class Sizes:
    """Columns divisible by 128 and rows by 32, so that every kernel takes the matrices."""

    layers: int = 2
    hidden: int = 128
    ffn: int = 256
    heads: int = 4
    groups: int = 2
    head: int = 32
    vocab: int = 512
    context: int = 2048


@dataclass(frozen=True, slots=True)
class Options:
    """What a test may want to be different. `control` are ChatGLM-6B's ids of [MASK], [gMASK] and <sop>.

    `bits` 4 or 8 writes the official quantized edition; `hf` the converted edition of GLM-4-9B; `config`
    replaces keys of config.json (None takes one out).
    """

    sizes: Sizes = field(default_factory=Sizes)
    seed: int = 0
    dtype: torch.dtype | None = None
    bits: int = 0
    quantized_embeddings: bool = False
    shards: int = 3
    hf: bool = False
    tied: bool = False
    attention_bias: bool = True
    eos: tuple[int, ...] | None = None
    control: tuple[int, int, int] | None = None
    config: Mapping[str, object] = field(default_factory=dict)


def make_model(folder: Path, family: Family, options: Options | None = None) -> Path:
    """Write config.json and the weights into `folder`, which is made; gives it back."""
    options = options or Options()
    folder.mkdir(parents=True, exist_ok=True)
    dtype = options.dtype or (torch.float16 if family in _HALF else torch.bfloat16)
    config = _config(family, options, dtype) | options.config
    config = {key: value for key, value in config.items() if value is not None}
    (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    tensors = {name: value.to(dtype) for name, value in float_tensors(family, options).items()}
    if options.bits:
        tensors = _quantized(tensors, options)
    if family in _BIN:
        _write_bins(folder, tensors, options)
    else:
        _write_safetensors(folder, tensors, options)
    return folder


def float_tensors(family: Family, options: Options) -> dict[str, Tensor]:
    """The weights in float32 under their published names."""
    draw = _Draw(options.seed)
    if family is Family.CHATGLM:
        return _v1(options.sizes, draw)
    if family in _OFFICIAL and not options.hf:
        return _official(options.sizes, draw)
    return _hf(family, options, draw)


class _Draw:
    def __init__(self, seed: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)

    def matrix(self, rows: int, columns: int) -> Tensor:
        return torch.randn(rows, columns, generator=self._generator) / columns**0.5

    def embedding(self, rows: int, columns: int) -> Tensor:
        return torch.randn(rows, columns, generator=self._generator)

    def bias(self, size: int) -> Tensor:
        return torch.randn(size, generator=self._generator) * 0.1

    def norm(self, size: int) -> Tensor:
        return 1 + torch.randn(size, generator=self._generator) * 0.1


def _config(family: Family, options: Options, dtype: torch.dtype) -> dict[str, object]:
    sizes = options.sizes
    common: dict[str, object] = {
        "_name_or_path": _REPOSITORIES[family],
        "hidden_size": sizes.hidden,
        "num_attention_heads": sizes.heads,
        "torch_dtype": str(dtype).removeprefix("torch."),
        "use_cache": True,
    }
    if family is Family.CHATGLM:
        return common | _v1_config(options)
    if family in _OFFICIAL and not options.hf:
        return common | _official_config(family, options)
    return common | _hf_config(family, options)


def control_ids(options: Options) -> tuple[int, int, int]:
    """ChatGLM-6B's [MASK], [gMASK] and <sop>: as far from the end of the vocabulary as in the real one."""
    last = {130528: 130000, 150528: 150000}.get(options.sizes.vocab, options.sizes.vocab - 16)
    return options.control or (last, last + 1, last + 4)


def _v1_config(options: Options) -> dict[str, object]:
    sizes = options.sizes
    mask, gmask, sop = control_ids(options)
    config: dict[str, object] = {
        "architectures": ["ChatGLMModel"],
        "auto_map": {"AutoModel": "modeling_chatglm.ChatGLMForConditionalGeneration"},
        "bos_token_id": sop,
        "eos_token_id": options.eos[0] if options.eos else sop + 1,
        "mask_token_id": mask,
        "gmask_token_id": gmask,
        "pad_token_id": 3,
        "inner_hidden_size": sizes.ffn,
        "layernorm_epsilon": 1e-05,
        "max_sequence_length": sizes.context,
        "model_type": "chatglm",
        "num_layers": sizes.layers,
        "position_encoding_2d": True,
        "transformers_version": "4.23.1",
        "vocab_size": sizes.vocab,
    }
    if options.bits:
        config |= {
            "quantization_bit": options.bits,
            "quantization_embeddings": options.quantized_embeddings,
            "pre_seq_len": None,
            "prefix_projection": False,
        }
    return config


def _official_config(family: Family, options: Options) -> dict[str, object]:
    sizes = options.sizes
    auto_map = {"AutoModel": "modeling_chatglm.ChatGLMForConditionalGeneration"}
    if family not in {Family.CHATGLM2, Family.CODEGEEX2}:
        auto_map["AutoModelForSequenceClassification"] = "modeling_chatglm.ChatGLMForSequenceClassification"
    config: dict[str, object] = {
        "model_type": "chatglm",
        "architectures": ["ChatGLMModel"],
        "auto_map": auto_map,
        "add_bias_linear": False,
        "add_qkv_bias": True,
        "apply_query_key_layer_scaling": True,
        "apply_residual_connection_post_layernorm": False,
        "attention_softmax_in_fp32": True,
        "ffn_hidden_size": sizes.ffn,
        "fp32_residual_connection": False,
        "kv_channels": sizes.head,
        "layernorm_epsilon": 1.5625e-07 if family in {Family.GLM4, Family.CODEGEEX4} else 1e-05,
        "multi_query_attention": True,
        "multi_query_group_num": sizes.groups,
        "num_layers": sizes.layers,
        "original_rope": True,
        "padded_vocab_size": sizes.vocab,
        "post_layer_norm": True,
        "rmsnorm": True,
        "seq_length": sizes.context,
        "tie_word_embeddings": False,
    }
    if family in {Family.GLM4, Family.CODEGEEX4}:
        eos = list(options.eos or (151329, 151336, 151338))
        config |= {
            "num_hidden_layers": sizes.layers,
            "rope_ratio": 500,
            "eos_token_id": eos,
            "pad_token_id": eos[0],
        }
    elif family is Family.CODEGEEX2:
        config |= {"interleaved_qkv": False, "rotary_percent": 0.5, "eos_token_id": 2}
    else:
        config |= {"eos_token_id": options.eos[0] if options.eos else 2, "pad_token_id": 0}
    return config | ({"quantization_bit": options.bits} if options.bits else {})


def _hf_config(family: Family, options: Options) -> dict[str, object]:
    sizes = options.sizes
    glm4 = family in {Family.GLM4_0414, Family.GLM_Z1}
    eos = list(
        options.eos or ((59246, 59253, 59255) if family is Family.GLM_EDGE else (151329, 151336, 151338))
    )
    return {
        "architectures": ["Glm4ForCausalLM" if glm4 else "GlmForCausalLM"],
        "attention_bias": options.attention_bias,
        "attention_dropout": 0.0,
        "eos_token_id": eos,
        "head_dim": sizes.head,
        "hidden_act": "silu",
        "initializer_range": 0.02,
        "intermediate_size": sizes.ffn,
        "max_position_embeddings": sizes.context,
        "model_type": "glm4" if glm4 else "glm",
        "num_hidden_layers": sizes.layers,
        "num_key_value_heads": sizes.groups,
        "pad_token_id": eos[0],
        "partial_rotary_factor": 1.0 if family is Family.GLM_EDGE else 0.5,
        "rms_norm_eps": 1e-05 if glm4 or family is Family.GLM_EDGE else 1.5625e-07,
        "rope_theta": 10000.0,
        "tie_word_embeddings": options.tied,
        "vocab_size": sizes.vocab,
    }


def _v1(sizes: Sizes, draw: _Draw) -> dict[str, Tensor]:
    hidden, ffn = sizes.hidden, sizes.ffn
    tensors = {"transformer.word_embeddings.weight": draw.embedding(sizes.vocab, hidden)}
    for index in range(sizes.layers):
        layer = f"transformer.layers.{index}"
        tensors[f"{layer}.attention.rotary_emb.inv_freq"] = torch.ones(max(hidden // sizes.heads // 4, 1))
        for norm in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"{layer}.{norm}.weight"] = draw.norm(hidden)
            tensors[f"{layer}.{norm}.bias"] = draw.bias(hidden)
        for name, rows, columns in (
            ("attention.query_key_value", 3 * hidden, hidden),
            ("attention.dense", hidden, hidden),
            ("mlp.dense_h_to_4h", ffn, hidden),
            ("mlp.dense_4h_to_h", hidden, ffn),
        ):
            tensors[f"{layer}.{name}.weight"] = draw.matrix(rows, columns)
            tensors[f"{layer}.{name}.bias"] = draw.bias(rows)
    tensors["transformer.final_layernorm.weight"] = draw.norm(hidden)
    tensors["transformer.final_layernorm.bias"] = draw.bias(hidden)
    tensors["lm_head.weight"] = tensors["transformer.word_embeddings.weight"]
    return tensors


def _official(sizes: Sizes, draw: _Draw) -> dict[str, Tensor]:
    hidden, rows = sizes.hidden, (sizes.heads + 2 * sizes.groups) * sizes.head
    tensors = {
        "transformer.embedding.word_embeddings.weight": draw.embedding(sizes.vocab, hidden),
        "transformer.rotary_pos_emb.inv_freq": torch.ones(sizes.head // 4),
    }
    for index in range(sizes.layers):
        layer = f"transformer.encoder.layers.{index}"
        tensors |= {
            f"{layer}.input_layernorm.weight": draw.norm(hidden),
            f"{layer}.self_attention.query_key_value.weight": draw.matrix(rows, hidden),
            f"{layer}.self_attention.query_key_value.bias": draw.bias(rows),
            f"{layer}.self_attention.dense.weight": draw.matrix(hidden, sizes.heads * sizes.head),
            f"{layer}.post_attention_layernorm.weight": draw.norm(hidden),
            f"{layer}.mlp.dense_h_to_4h.weight": draw.matrix(2 * sizes.ffn, hidden),
            f"{layer}.mlp.dense_4h_to_h.weight": draw.matrix(hidden, sizes.ffn),
        }
    tensors["transformer.encoder.final_layernorm.weight"] = draw.norm(hidden)
    tensors["transformer.output_layer.weight"] = draw.matrix(sizes.vocab, hidden)
    return tensors


def _hf(family: Family, options: Options, draw: _Draw) -> dict[str, Tensor]:
    sizes = options.sizes
    hidden, ffn, groups = sizes.hidden, sizes.ffn, sizes.groups * sizes.head
    glm4 = family in {Family.GLM4_0414, Family.GLM_Z1}
    tensors = {"model.embed_tokens.weight": draw.embedding(sizes.vocab, hidden)}
    for index in range(sizes.layers):
        layer = f"model.layers.{index}"
        for name, rows in (("q_proj", sizes.heads * sizes.head), ("k_proj", groups), ("v_proj", groups)):
            tensors[f"{layer}.self_attn.{name}.weight"] = draw.matrix(rows, hidden)
            if options.attention_bias:
                tensors[f"{layer}.self_attn.{name}.bias"] = draw.bias(rows)
        tensors[f"{layer}.self_attn.o_proj.weight"] = draw.matrix(hidden, sizes.heads * sizes.head)
        tensors[f"{layer}.mlp.gate_up_proj.weight"] = draw.matrix(2 * ffn, hidden)
        tensors[f"{layer}.mlp.down_proj.weight"] = draw.matrix(hidden, ffn)
        norms = ["input_layernorm", "post_attention_layernorm"]
        norms += ["post_self_attn_layernorm", "post_mlp_layernorm"] if glm4 else []
        tensors |= {f"{layer}.{norm}.weight": draw.norm(hidden) for norm in norms}
    tensors["model.norm.weight"] = draw.norm(hidden)
    if not options.tied:
        tensors["lm_head.weight"] = draw.matrix(sizes.vocab, hidden)
    return tensors


def quantize_official(weight: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """(weight int8, scale fp16) of an official edition: one scale a row, even column in the high nibble.

    Reference section 8: scale = max |row| / 127 or / 7, cast to fp16 first; q = round(w / scale).
    """
    scale = (weight.float().abs().amax(dim=1) / (127 if bits == 8 else 7)).half()
    integers = (weight.float() / scale.float()[:, None]).round().to(torch.int8)
    if bits == 8:
        return integers, scale
    return (integers[:, 0::2] << 4) | (integers[:, 1::2] & 15), scale


def _quantized(tensors: Mapping[str, Tensor], options: Options) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for name, value in tensors.items():
        linear = ".layers." in name and value.dim() == 2
        embedding = "word_embeddings" in name and options.quantized_embeddings
        if name == "lm_head.weight":
            continue  # one storage for both in these files: what is read is the embedding
        if linear or embedding:
            found[name], found[f"{name}_scale"] = quantize_official(value, options.bits)
        else:
            found[name] = value
    return found


def _cut(tensors: Mapping[str, Tensor], shards: int) -> list[dict[str, Tensor]]:
    names = list(tensors)
    size = -(-len(names) // shards)
    return [{name: tensors[name] for name in names[at : at + size]} for at in range(0, len(names), size)]


def _write_bins(folder: Path, tensors: Mapping[str, Tensor], options: Options) -> None:
    if options.bits or options.shards == 1:  # official quantized editions are one file
        torch.save(dict(tensors), folder / "pytorch_model.bin")
        return
    cut = _cut(tensors, options.shards)
    names = [f"pytorch_model-{i:05}-of-{len(cut):05}.bin" for i in range(1, len(cut) + 1)]
    for name, part in zip(names, cut, strict=True):
        torch.save(part, folder / name)
    _write_index(folder / "pytorch_model.bin.index.json", cut, names)


def _write_safetensors(folder: Path, tensors: Mapping[str, Tensor], options: Options) -> None:
    if options.shards == 1:
        save_file(dict(tensors), folder / "model.safetensors", metadata={"format": "pt"})
        return
    cut = _cut(tensors, options.shards)
    names = [f"model-{i:05}-of-{len(cut):05}.safetensors" for i in range(1, len(cut) + 1)]
    for name, part in zip(names, cut, strict=True):
        save_file(part, folder / name, metadata={"format": "pt"})
    _write_index(folder / "model.safetensors.index.json", cut, names)


def _write_index(path: Path, cut: list[dict[str, Tensor]], names: list[str]) -> None:
    weights = {key: name for name, part in zip(names, cut, strict=True) for key in part}
    total = sum(value.nbytes for part in cut for value in part.values())
    path.write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": weights}), encoding="utf-8")

"""Models of the published shapes with random weights, for measuring speed and memory where no weights may be.

Writes a GGUF file (for the llama.cpp wheel beside us) and checkpoints in their published layouts (reference
sections 2.6, 3.3, 4.2), both as streams: gigabytes go to the disk, never into memory at once. Their answers
mean nothing; their sizes, types and names are the real ones. Knows nothing of `app`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import gguf
import numpy as np
import torch

_CHUNK_BYTES = 32 << 20
_HEAD_V1 = "lm_head.weight"
_POOL = (1 << 23) + 9  # not a multiple of any width, so that no two rows are the same


class Layout(StrEnum):
    """The published layouts."""

    CHATGLM = "chatglm"  # ChatGLM-6B
    CHATGLM2 = "chatglm2"  # ChatGLM2, ChatGLM3 and, with other numbers, GLM-4-9B


class Quant(StrEnum):
    """The types of the matrices in a GGUF file, as llama.cpp's own quantizer would choose them."""

    Q4_0 = "Q4_0"  # the output matrix in Q6_K
    Q8_0 = "Q8_0"


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers of a model; `shards` files hold the checkpoint."""

    name: str
    layout: Layout
    layers: int
    hidden: int
    inner: int
    heads: int
    groups: int
    vocab: int
    context: int
    shards: int
    dtype: torch.dtype = torch.float16
    is_safetensors: bool = False
    epsilon: float = 1e-5
    rope_ratio: int = 1
    pad_id: int = 0
    eos_ids: tuple[int, ...] = (2,)

    @property
    def head(self) -> int:
        return self.hidden // self.heads


CHATGLM_6B = Shape(
    *("chatglm-6b", Layout.CHATGLM, 28, 4096, 16384, 32, 32, 130528, 2048, 8), pad_id=3, eos_ids=(130005,)
)
CHATGLM3_6B = Shape("chatglm3-6b", Layout.CHATGLM2, 28, 4096, 13696, 32, 2, 65024, 8192, 7)
GLM4_9B = Shape(
    *("glm-4-9b-chat", Layout.CHATGLM2, 40, 4096, 13696, 32, 2, 151552, 131072, 10, torch.bfloat16, True),
    epsilon=1.5625e-07,
    rope_ratio=500,
    pad_id=151329,
    eos_ids=(151329, 151336, 151338),
)


def small(shape: Shape) -> Shape:
    """The same layout with two layers and 256 columns: megabytes, for tests of this file."""
    return replace(shape, layers=2, hidden=256, inner=512, heads=2, groups=min(shape.groups, 2), shards=2)


# --- checkpoints


def random_checkpoint(folder: Path, shape: Shape) -> Path:
    """Write the checkpoint of `shape` into `folder`: shards, index and config.json, but no tokenizer.

    Bytes of the real ones: 13.42e9 ChatGLM-6B, 12.49e9 ChatGLM3-6B, 18.80e9 GLM-4-9B. One shard at a time is
    in memory.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config(shape), indent=2), encoding="utf-8")
    plan = _sharded(list(checkpoint_tensors(shape)), shape.shards)
    pool = _Pool(shape.dtype)
    stem, ending = ("model", "safetensors") if shape.is_safetensors else ("pytorch_model", "bin")
    weight_map: dict[str, str] = {}
    total = 0
    for number, entries in enumerate(plan, 1):
        name = f"{stem}-{number:05}-of-{len(plan):05}.{ending}"
        tensors = {}
        for key, size in entries:
            if shape.layout is Layout.CHATGLM and key == _HEAD_V1:
                pool.rewind()  # the published head is the embedding once more, the first that was drawn
            tensors[key] = pool.tensor(key, size)
        total += sum(tensor.nbytes for tensor in tensors.values())
        _save(folder / name, tensors)
        weight_map |= dict.fromkeys(tensors, name)
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    path = folder / f"{stem}.{ending}.index.json"
    path.write_text(json.dumps(index, indent=2), encoding="utf-8")
    return folder


def checkpoint_tensors(shape: Shape) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and sizes in the order of the published files."""
    yield from _tensors_v1(shape) if shape.layout is Layout.CHATGLM else _tensors_v2(shape)


def _tensors_v1(shape: Shape) -> Iterator[tuple[str, tuple[int, ...]]]:
    wide, inner = shape.hidden, shape.inner
    yield "transformer.word_embeddings.weight", (shape.vocab, wide)
    linears = {
        "attention.query_key_value": (3 * wide, wide),
        "attention.dense": (wide, wide),
        "mlp.dense_h_to_4h": (inner, wide),
        "mlp.dense_4h_to_h": (wide, inner),
    }
    for layer in range(shape.layers):
        prefix = f"transformer.layers.{layer}"
        yield f"{prefix}.attention.rotary_emb.inv_freq", (shape.head // 4,)
        for norm in ("input_layernorm", "post_attention_layernorm"):
            yield f"{prefix}.{norm}.weight", (wide,)
            yield f"{prefix}.{norm}.bias", (wide,)
        for name, size in linears.items():
            yield f"{prefix}.{name}.weight", size
            yield f"{prefix}.{name}.bias", size[:1]
    yield "transformer.final_layernorm.weight", (wide,)
    yield "transformer.final_layernorm.bias", (wide,)
    yield _HEAD_V1, (shape.vocab, wide)


def _tensors_v2(shape: Shape) -> Iterator[tuple[str, tuple[int, ...]]]:
    wide = shape.hidden
    rows = wide + 2 * shape.groups * shape.head
    yield "transformer.embedding.word_embeddings.weight", (shape.vocab, wide)
    yield "transformer.rotary_pos_emb.inv_freq", (shape.head // 4,)
    for layer in range(shape.layers):
        prefix = f"transformer.encoder.layers.{layer}"
        yield f"{prefix}.input_layernorm.weight", (wide,)
        yield f"{prefix}.self_attention.query_key_value.weight", (rows, wide)
        yield f"{prefix}.self_attention.query_key_value.bias", (rows,)
        yield f"{prefix}.self_attention.dense.weight", (wide, wide)
        yield f"{prefix}.post_attention_layernorm.weight", (wide,)
        yield f"{prefix}.mlp.dense_h_to_4h.weight", (2 * shape.inner, wide)
        yield f"{prefix}.mlp.dense_4h_to_h.weight", (wide, shape.inner)
    yield "transformer.encoder.final_layernorm.weight", (wide,)
    yield "transformer.output_layer.weight", (shape.vocab, wide)


def config(shape: Shape) -> dict[str, object]:
    """config.json as it is published (reference sections 2.2, 3.1, 4.1)."""
    common: dict[str, object] = {
        "_name_or_path": f"THUDM/{shape.name}",
        "model_type": "chatglm",
        "architectures": ["ChatGLMModel"],
        "hidden_size": shape.hidden,
        "layernorm_epsilon": shape.epsilon,
        "num_attention_heads": shape.heads,
        "num_layers": shape.layers,
        "torch_dtype": str(shape.dtype).removeprefix("torch."),
        "use_cache": True,
        "pad_token_id": shape.pad_id,
        "eos_token_id": shape.eos_ids[0] if len(shape.eos_ids) == 1 else list(shape.eos_ids),
    }
    if shape.layout is Layout.CHATGLM:
        return common | {
            "vocab_size": shape.vocab,
            "inner_hidden_size": shape.inner,
            "max_sequence_length": shape.context,
            "position_encoding_2d": True,
            "bos_token_id": 130004,
            "mask_token_id": 130000,
            "gmask_token_id": 130001,
        }
    classifier = {"AutoModelForSequenceClassification": "modeling_chatglm.ChatGLMForSequenceClassification"}
    ratio = {"rope_ratio": shape.rope_ratio} if shape.rope_ratio != 1 else {}
    return (
        common
        | ratio
        | {
            "auto_map": classifier,
            "padded_vocab_size": shape.vocab,
            "ffn_hidden_size": shape.inner,
            "kv_channels": shape.head,
            "seq_length": shape.context,
            "multi_query_attention": True,
            "multi_query_group_num": shape.groups,
            "add_bias_linear": False,
            "add_qkv_bias": True,
            "apply_query_key_layer_scaling": True,
            "apply_residual_connection_post_layernorm": False,
            "attention_softmax_in_fp32": True,
            "fp32_residual_connection": False,
            "original_rope": True,
            "post_layer_norm": True,
            "rmsnorm": True,
            "tie_word_embeddings": False,
        }
    )


_Entry = tuple[str, tuple[int, ...]]


def _sharded(entries: list[_Entry], count: int) -> list[list[_Entry]]:
    """The tensors in their order, in `count` parts of about the same size."""
    sizes = [int(np.prod(size)) for _, size in entries]
    parts: list[list[_Entry]] = [[] for _ in range(count)]
    before = 0
    for entry, size in zip(entries, sizes, strict=True):
        parts[min((before + size // 2) * count // sum(sizes), count - 1)].append(entry)
        before += size
    return [part for part in parts if part]


class _Pool:
    """Normal numbers drawn once; tensors take them from ever other places: far faster than drawing."""

    def __init__(self, dtype: torch.dtype) -> None:
        self._numbers = torch.randn(_POOL, generator=torch.Generator().manual_seed(0)).to(dtype)
        self._at = 0

    def rewind(self) -> None:
        """Begin with the first numbers again."""
        self._at = 0

    def tensor(self, name: str, size: tuple[int, ...]) -> torch.Tensor:
        """A weight whose outputs are about as large as its inputs; norms are near 1, biases near 0."""
        count = int(np.prod(size))
        found = torch.empty(count, dtype=self._numbers.dtype)
        done = 0
        while done < count:
            part = self._numbers[self._at : self._at + count - done]
            found[done : done + len(part)] = part
            done += len(part)
            self._at = (self._at + len(part)) % _POOL
        if len(size) == 2:
            return found.mul_(size[1] ** -0.5).view(size)
        found.mul_(0.02)
        return found.add_(1) if "norm" in name and name.endswith("weight") else found


def _save(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    if path.suffix == ".bin":
        torch.save(tensors, path)
    else:
        from safetensors.torch import save_file

        save_file(tensors, path, metadata={"format": "pt"})


# --- GGUF


def random_gguf(path: Path, shape: Shape, quant: Quant) -> Path:
    """Write a GGUF file of `shape` (a layout of ChatGLM2 and later) as llama.cpp reads it.

    Quantized blocks are random bytes with sane scales. ChatGLM3-6B: 3.5e9 bytes in Q4_0, 6.6e9 in Q8_0. The
    vocabulary is made up; give the model ids, not text.
    """
    if shape.layout is not Layout.CHATGLM2:
        raise ValueError(f"llama.cpp has no network for {shape.layout}")
    random = np.random.Generator(np.random.SFC64(0))
    tensors = list(_gguf_tensors(shape, quant))
    _write_header(path, shape, quant, tensors)
    with path.open("ab") as file:
        for _, size, kind in tensors:
            file.write(bytes(-file.tell() % gguf.GGUF_DEFAULT_ALIGNMENT))
            rows = max(1, _CHUNK_BYTES // _row_bytes(size, kind))
            for start in range(0, size[0], rows) if len(size) == 2 else (0,):
                file.write(_random_rows(random, size, kind, min(rows, size[0] - start)))
        file.write(bytes(-file.tell() % gguf.GGUF_DEFAULT_ALIGNMENT))
    return path


_GgufTensor = tuple[str, tuple[int, ...], gguf.GGMLQuantizationType]


def _gguf_tensors(shape: Shape, quant: Quant) -> Iterator[_GgufTensor]:
    kinds = gguf.GGMLQuantizationType
    main = kinds[quant.value]
    wide = shape.hidden
    rows = wide + 2 * shape.groups * shape.head
    yield "token_embd.weight", (shape.vocab, wide), main
    for layer in range(shape.layers):
        block = f"blk.{layer}"
        yield f"{block}.attn_norm.weight", (wide,), kinds.F32
        yield f"{block}.attn_qkv.weight", (rows, wide), main
        yield f"{block}.attn_qkv.bias", (rows,), kinds.F32
        yield f"{block}.attn_output.weight", (wide, wide), main
        yield f"{block}.ffn_norm.weight", (wide,), kinds.F32
        yield f"{block}.ffn_up.weight", (2 * shape.inner, wide), main
        yield f"{block}.ffn_down.weight", (wide, shape.inner), main
    yield "output_norm.weight", (wide,), kinds.F32
    yield "output.weight", (shape.vocab, wide), kinds.Q6_K if quant is Quant.Q4_0 else main


def _write_header(path: Path, shape: Shape, quant: Quant, tensors: list[_GgufTensor]) -> None:
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[gguf.MODEL_ARCH.CHATGLM])
    writer.add_name(f"{shape.name} random")
    writer.add_file_type(gguf.LlamaFileType[f"MOSTLY_{quant.value}"])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.groups)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.head // 2)
    writer.add_rope_freq_base(10000.0 * shape.rope_ratio)
    _add_vocabulary(writer, shape.vocab)
    for name, size, kind in tensors:
        count = int(np.prod(size[:-1], initial=1)) * _row_bytes(size, kind)
        writer.add_tensor_info(name, size, np.dtype(np.float32), count, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()


def _add_vocabulary(writer: gguf.GGUFWriter, size: int) -> None:
    """A sentencepiece vocabulary: the three first tokens, the bytes, and made-up words."""
    kinds = gguf.TokenType
    heads = [("<unk>", kinds.UNKNOWN), ("<s>", kinds.CONTROL), ("</s>", kinds.CONTROL)]
    heads += [(f"<0x{byte:02X}>", kinds.BYTE) for byte in range(256)]
    heads += [(f"\u2581w{number}", kinds.NORMAL) for number in range(size - len(heads))]
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([text for text, _ in heads])
    writer.add_token_scores([-float(number) for number in range(size)])
    writer.add_token_types([kind for _, kind in heads])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)


def _row_bytes(size: tuple[int, ...], kind: gguf.GGMLQuantizationType) -> int:
    values, octets = gguf.GGML_QUANT_SIZES[kind]
    return size[-1] // values * octets


_BLOCKS = {
    # where the fp16 scale stands in a block, and the spread of random bytes under a scale of 1
    gguf.GGMLQuantizationType.Q4_0: (0, 4.6),
    gguf.GGMLQuantizationType.Q8_0: (0, 73.9),
    gguf.GGMLQuantizationType.Q6_K: (208, 18.5 * 73.9),
}


def _random_rows(
    random: np.random.Generator, size: tuple[int, ...], kind: gguf.GGMLQuantizationType, rows: int
) -> bytes:
    """Bytes of `rows` rows of a matrix; of the whole vector where `size` is one number."""
    if kind is gguf.GGMLQuantizationType.F32:
        return (1 + 0.02 * random.standard_normal(size, dtype=np.float32)).tobytes()
    octets = gguf.GGML_QUANT_SIZES[kind][1]
    at, spread = _BLOCKS[kind]
    blocks = np.frombuffer(bytearray(random.bytes(rows * _row_bytes(size, kind))), np.uint8).reshape(
        -1, octets
    )
    scale = np.array([size[-1] ** -0.5 / spread], np.float16).view(np.uint8)
    blocks[:, at : at + 2] = scale
    return blocks.tobytes()

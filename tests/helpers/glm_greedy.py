"""What an answer has to be, worked out without `app`: prompts by hand, weights mapped by hand, transformers.

The formats are those of reference sections 2.8, 3.6, 3.7, 4.4, 5.2 and 6, the mapping that of 3.4, the
official quantization that of 8. ChatGLM-6B, which transformers has no class for, runs in `glm_reference`.
Of `app` only the names of the families are known here.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sentencepiece
import tiktoken
import torch
from safetensors.torch import load, load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor

from app.model.glm.family import Family
from tests.helpers.glm_reference import V1Sizes, v1_logits

GLM4_PATTERN = (  # 4.3
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
NEWER = frozenset({Family.GLM4_0414, Family.GLM_Z1, Family.GLM_EDGE})
"""Their folders hold tokenizer.json, and config.json is one that transformers reads itself."""


@dataclass(frozen=True)
class Dialogue:
    """A system prompt, a question with its answer, and the question that is to be answered."""

    system: str
    first: str
    answer: str
    second: str


@dataclass(frozen=True)
class Ids:
    """A tokenizer as plainly as possible. `limit` is the first id that no token has."""

    encode: Callable[[str], list[int]]
    gmask: int
    sop: int
    stops: tuple[int, ...]
    limit: int
    roles: Mapping[str, int]


def ids_of(folder: Path, family: Family) -> Ids:
    """The tokenizer in a folder, by the libraries alone."""
    if family is Family.CHATGLM:
        return _v1_ids(folder)
    if family in {Family.CHATGLM2, Family.CHATGLM3, Family.CODEGEEX2}:
        processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
        n = processor.get_piece_size()  # 3.5: [MASK], [gMASK], [sMASK], sop, eop and v3's roles follow
        if family is not Family.CHATGLM3:
            return Ids(processor.encode, n + 1, n + 3, (2,), n + 5, {})
        roles = {"system": n + 5, "user": n + 6, "assistant": n + 7, "observation": n + 8}
        return Ids(processor.encode, n + 1, n + 3, (2, n + 6, n + 8), n + 9, roles)
    if family in NEWER:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.encode_special_tokens = True  # as text, wherever a person types them
        n = json.loads((folder / "tokenizer.json").read_text("utf-8"))["added_tokens"][0]["id"]
        limit = tokenizer.get_vocab_size()

        def encode(text: str) -> list[int]:
            return list(tokenizer.encode(text, add_special_tokens=False).ids)
    else:
        lines = (folder / "tokenizer.model").read_bytes().splitlines()
        ranks = {base64.b64decode(line.split()[0]): int(line.split()[1]) for line in lines if line}
        encode = tiktoken.Encoding(
            "plain", pat_str=GLM4_PATTERN, mergeable_ranks=ranks, special_tokens={}
        ).encode_ordinary
        n = len(ranks)
        limit = n + 14  # 4.3: <|endoftext|> to <|end_of_video|>
        if (folder / "tokenizer_config.json").exists():  # the small CodeGeeX4 of the tests has three more
            limit += 3
    roles = {"system": n + 6, "user": n + 7, "assistant": n + 8, "observation": n + 9}  # 4.3
    return Ids(encode, n + 2, n + 4, (n, n + 7, n + 9), limit, roles)


def _v1_ids(folder: Path) -> Ids:
    """2.7; in the first release every id of the later file is 20000 higher (2.1)."""
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "ice_text.model"))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    sop = config["bos_token_id"]
    shift = 20000 if config["vocab_size"] == 150528 else 0

    def encode(text: str) -> list[int]:
        text = text.replace("\n", "<n>").replace("\t", "<|tab|>")
        text = re.sub(" {2,80}", lambda run: f"<|blank_{len(run[0])}|>", text)
        return [token + shift for token in processor.encode(text)]

    return Ids(encode, sop - 3, sop, (sop + 1,), processor.get_piece_size() + shift, {})


def prompt(family: Family, ids: Ids, talk: Dialogue) -> list[int]:
    """The prompt for the answer to `talk.second`."""
    enc, begin = ids.encode, [ids.gmask, ids.sop]
    if family is Family.CHATGLM:  # 2.8; it has no system role, so that text stands before the rounds
        rounds = f"[Round 0]\n问：{talk.first}\n答：{talk.answer}\n[Round 1]\n问：{talk.second}\n答："
        return enc(f"{talk.system}\n{rounds}") + begin
    if family is Family.CHATGLM2:  # 3.6
        rounds = f"[Round 1]\n\n问：{talk.first}\n\n答：{talk.answer}"
        rounds += f"\n\n[Round 2]\n\n问：{talk.second}\n\n答："
        return begin + enc(f"{talk.system}\n\n{rounds}")
    if family is Family.CODEGEEX2:  # 3.6: it writes on; every message but an answer begins a line
        return begin + enc(f"{talk.system}\n{talk.first}{talk.answer}\n{talk.second}")
    if family is Family.GLM_EDGE:  # 6
        begin = []
    found = list(begin)
    said = [("system", talk.system), ("user", talk.first), ("assistant", talk.answer), ("user", talk.second)]
    for role, text in said:  # 3.7 and 4.4: the first line and the text are encoded apart
        found += [ids.roles[role], *enc("\n"), *enc(text)]
    opening = {Family.CODEGEEX4: "\n", Family.GLM_Z1: "\n<think>"}.get(family, "")  # 4.4, 5.2
    return [*found, ids.roles["assistant"], *(enc(opening) if opening else [])]


def stored(folder: Path) -> dict[str, Tensor]:
    """Every tensor in the files of a folder, in float32 but for whole numbers."""
    found: dict[str, Tensor] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix == ".bin":
            found |= torch.load(path, weights_only=True)
        elif path.suffix == ".safetensors":
            found |= load_file(path)
    return {name: value.float() if value.is_floating_point() else value for name, value in found.items()}


def dequantized(tensors: Mapping[str, Tensor], bits: int) -> dict[str, Tensor]:
    """An official int4 or int8 edition in float32: w = q * scale[row], even columns in high nibbles (8)."""
    found: dict[str, Tensor] = {}
    for name, value in tensors.items():
        if name.endswith("_scale"):
            continue
        scale = tensors.get(f"{name}_scale")
        if scale is None:
            found[name] = value
            continue
        if bits == 4:
            value = torch.stack((value >> 4, (value << 4) >> 4), dim=2).flatten(1)  # noqa: PLW2901
        found[name] = value.float() * scale[:, None]
    if "transformer.word_embeddings.weight" in found:
        found.setdefault("lm_head.weight", found["transformer.word_embeddings.weight"])
    return found


def less_alike(folder: Path) -> Path:
    """A head that is the embedding makes random models repeat themselves: random signs before it do not.

    ChatGLM-6B's layers are made louder too, for its residuals drown small ones.
    """
    signs = torch.randint(0, 2, (4096,), generator=torch.Generator().manual_seed(1)) * 2.0 - 1
    for path in (*folder.glob("*.bin"), *folder.glob("*.safetensors")):
        is_bin = path.suffix == ".bin"
        tensors = torch.load(path, weights_only=True) if is_bin else load(path.read_bytes())
        for name, value in tensors.items():
            scale = f"{name}_scale"
            if name.startswith("transformer.layers.") and name.endswith(("dense.weight", "4h_to_h.weight")):
                tensors[scale if scale in tensors else name] *= 12
            elif name in {"transformer.final_layernorm.weight", "model.norm.weight"}:
                tensors[name] = value * signs[: len(value)].to(value.dtype)
        if is_bin:
            torch.save(tensors, path)
        else:
            save_file(tensors, path, metadata={"format": "pt"})
    return folder


class Reference:
    """The greedy answers of the model in a folder, in float32."""

    def __init__(self, folder: Path, family: Family, bits: int = 0) -> None:
        self._config = json.loads((folder / "config.json").read_text("utf-8"))
        self._ids = ids_of(folder, family)
        weights = dequantized(stored(folder), bits)
        if family is Family.CHATGLM:
            self._generate = self._v1(weights)
        else:
            self._generate = self._transformers(folder, family, weights)

    def answer(self, prompt_ids: Sequence[int], count: int) -> list[int]:
        """The ids after `prompt_ids`, without the one that ends the answer."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        with torch.inference_mode():
            found = self._generate(list(prompt_ids), count)
        torch.set_num_threads(threads)
        return found[:-1] if found and found[-1] in self._ids.stops else found

    def _v1(self, weights: Mapping[str, Tensor]) -> Callable[[list[int], int], list[int]]:
        config, ids = self._config, self._ids
        sizes = V1Sizes(
            config["num_layers"],
            config["num_attention_heads"],
            config["layernorm_epsilon"],
            ids.sop - 4,
            ids.gmask,
            ids.sop,
            first_release=config["vocab_size"] == 150528,
        )

        def generate(prompt_ids: list[int], count: int) -> list[int]:
            sequence = list(prompt_ids)
            while len(sequence) < len(prompt_ids) + count and sequence[-1] not in ids.stops:
                scores = v1_logits(weights, sizes, sequence)[-1]
                sequence.append(int(scores[: ids.limit].argmax()))
            return sequence[len(prompt_ids) :]

        return generate

    def _transformers(
        self, folder: Path, family: Family, weights: Mapping[str, Tensor]
    ) -> Callable[[list[int], int], list[int]]:
        from transformers import Glm4ForCausalLM, GlmForCausalLM

        ids, rows = self._ids, weights[next(name for name in weights if "embed" in name)].shape[0]
        kind: Any = Glm4ForCausalLM if self._config["model_type"] == "glm4" else GlmForCausalLM
        if "padded_vocab_size" in self._config:
            model = kind(official_config(self._config, family)).eval()
            model.load_state_dict(renamed(weights, self._config), strict=True)
        else:
            config = kind.config_class.from_pretrained(folder)
            model = kind(config).eval()
            model.load_state_dict(weights, strict=not config.tie_word_embeddings)

        def generate(prompt_ids: list[int], count: int) -> list[int]:
            given = torch.tensor([prompt_ids])
            answer = model.generate(
                given,
                attention_mask=torch.ones_like(given),
                do_sample=False,
                max_new_tokens=count,
                eos_token_id=list(ids.stops),
                pad_token_id=0,
                suppress_tokens=list(range(ids.limit, rows)) or None,
            )
            return list(answer[0, len(prompt_ids) :].tolist())

        return generate


def official_config(config: Mapping[str, Any], family: Family) -> Any:
    """Their configuration for an official one, by the table of 3.4."""
    from transformers import GlmConfig

    ratio = config.get("rope_ratio", 1)
    if family is Family.CHATGLM2:  # decision 4 of section 0: it divides positions there, else the base grows
        rope = {"rope_type": "linear", "factor": float(ratio), "rope_theta": 10000.0}
    else:
        rope = {"rope_type": "default", "rope_theta": 10000.0 * ratio}
    return GlmConfig(
        vocab_size=config["padded_vocab_size"],
        hidden_size=config["hidden_size"],
        intermediate_size=config["ffn_hidden_size"],
        num_hidden_layers=config["num_layers"],
        num_attention_heads=config["num_attention_heads"],
        num_key_value_heads=config["multi_query_group_num"],
        head_dim=config["kv_channels"],
        max_position_embeddings=config["seq_length"],
        rms_norm_eps=config["layernorm_epsilon"],
        attention_bias=config["add_qkv_bias"],
        rope_parameters=rope | {"partial_rotary_factor": 0.5},
        hidden_act="silu",
        tie_word_embeddings=False,
        eos_token_id=2,
        pad_token_id=0,
    )


def renamed(weights: Mapping[str, Tensor], config: Mapping[str, Any]) -> dict[str, Tensor]:
    """Official weights under their names, the fused matrix cut by rows (3.4)."""
    names = {
        "transformer.embedding.word_embeddings": "model.embed_tokens",
        "transformer.encoder.final_layernorm": "model.norm",
        "transformer.output_layer": "lm_head",
        "transformer.encoder.layers": "model.layers",
        "self_attention.dense": "self_attn.o_proj",
        "mlp.dense_h_to_4h": "mlp.gate_up_proj",
        "mlp.dense_4h_to_h": "mlp.down_proj",
    }
    queries = config["num_attention_heads"] * config["kv_channels"]
    others = config["multi_query_group_num"] * config["kv_channels"]
    found: dict[str, Tensor] = {}
    for name, value in weights.items():
        if name.endswith("inv_freq"):
            continue
        for official, theirs in names.items():
            name = name.replace(official, theirs)  # noqa: PLW2901
        if "query_key_value" in name:
            for letter, rows in zip("qkv", value.split([queries, others, others]), strict=True):
                found[name.replace("self_attention.query_key_value", f"self_attn.{letter}_proj")] = rows
        else:
            found[name] = value
    return found

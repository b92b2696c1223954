"""ChatGLM-6B's forward pass written a second time, as plainly as possible, for tests alone.

Imports nothing of `app`. No cache, no blocks, no complex numbers: the whole sequence at once in float32, each
line beside the section of the reference that it is taken from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

MASKED = -10000.0  # 2.3


@dataclass(frozen=True, slots=True)
class V1Sizes:
    layers: int
    heads: int
    eps: float
    mask_id: int
    gmask_id: int
    sop_id: int
    first_release: bool = False


def positions(ids: Sequence[int], sizes: V1Sizes) -> tuple[list[int], list[int], int]:
    """(position ids, block position ids, c) of 2.5."""
    c = list(ids).index(sizes.sop_id)  # 2.5: c = index of the first <sop>
    has_gmask = sizes.gmask_id in ids
    g = list(ids).index(sizes.gmask_id if has_gmask else sizes.mask_id)  # 2.5: gMASK wins
    position = [at if at < c else g for at in range(len(ids))]  # 2.5, first row of the table
    block = [0 if at < c else at - c + 1 for at in range(len(ids))]  # 2.5, second row
    if sizes.first_release and has_gmask:
        position[c] = c  # 2.5: not clamped for <sop>
    return position, block, c


def rotated(x: Tensor, ids: Sequence[int]) -> Tensor:
    """NeoX rotary over all dimensions of x [rows, heads, size]: dimension j pairs with j + size / 2 (2.4)."""
    half = x.shape[-1] // 2
    frequency = 10000.0 ** (-2 * torch.arange(half, dtype=torch.float32) / (2 * half))  # 2.4
    angle = torch.tensor(ids, dtype=torch.float32)[:, None, None] * frequency
    first, second = x[..., :half], x[..., half:]
    return torch.cat(
        (first * angle.cos() - second * angle.sin(), second * angle.cos() + first * angle.sin()), dim=-1
    )


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    centred = x - x.mean(dim=-1, keepdim=True)
    return centred / (centred.square().mean(dim=-1, keepdim=True) + eps).sqrt() * weight + bias  # 2.2


def gelu_tanh(x: Tensor) -> Tensor:
    return 0.5 * x * (1 + torch.tanh(0.7978845608028654 * (x + 0.044715 * x**3)))  # 2.2: the tanh form


def v1_logits(weights: Mapping[str, Tensor], sizes: V1Sizes, ids: Sequence[int]) -> Tensor:
    """Scores [tokens, vocab] in float32; `weights` under the official names of 2.6."""
    w = {name.removeprefix("transformer."): value.float() for name, value in weights.items()}
    position, block, c = positions(ids, sizes)
    rows = torch.arange(len(ids))
    hidden_from = (rows[None, :] > rows[:, None]) & (rows[None, :] >= c)  # 2.5: columns < c are seen by all
    alpha = (2 * 28) ** 0.5  # 2.3: for every number of layers
    x = w["word_embeddings.weight"][torch.tensor(ids)]
    for i in range(sizes.layers):

        def part(name: str, layer: int = i) -> Tensor:
            return w[f"layers.{layer}.{name}"]

        a = layer_norm(x, part("input_layernorm.weight"), part("input_layernorm.bias"), sizes.eps)
        qkv = a @ part("attention.query_key_value.weight").T + part("attention.query_key_value.bias")
        qkv = qkv.view(len(ids), sizes.heads, -1)  # 2.3: [.., heads, 3 * head]
        size = qkv.shape[-1] // 3
        q, k, v = (
            qkv[..., :size],
            qkv[..., size : 2 * size],
            qkv[..., 2 * size :],
        )  # 2.3: q | k | v in each head
        half = size // 2
        q = torch.cat((rotated(q[..., :half], position), rotated(q[..., half:], block)), dim=-1)  # 2.4
        k = torch.cat((rotated(k[..., :half], position), rotated(k[..., half:], block)), dim=-1)  # 2.4
        s = torch.einsum("rhd,chd->hrc", q / (size**0.5 * (i + 1)), k)  # 2.3
        s = s.masked_fill(hidden_from, MASKED)
        p = torch.softmax(s * (i + 1), dim=-1)  # 2.3
        answer = torch.einsum("hrc,chd->rhd", p, v).reshape(len(ids), -1)
        h = alpha * a + answer @ part("attention.dense.weight").T + part("attention.dense.bias")  # 2.3
        m = layer_norm(
            h, part("post_attention_layernorm.weight"), part("post_attention_layernorm.bias"), sizes.eps
        )
        inner = gelu_tanh(m @ part("mlp.dense_h_to_4h.weight").T + part("mlp.dense_h_to_4h.bias"))
        x = alpha * m + inner @ part("mlp.dense_4h_to_h.weight").T + part("mlp.dense_4h_to_h.bias")  # 2.3
    x = layer_norm(x, w["final_layernorm.weight"], w["final_layernorm.bias"], sizes.eps)
    return x @ w["word_embeddings.weight"].T  # 2.3: logits = E x

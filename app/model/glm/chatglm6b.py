"""ChatGLM-6B, which no library has a class for: 2-D rotary, bidirectional prefix, alpha residual.

Written from reference sections 2.3 to 2.6. Parameter names are the official ones without "transformer.".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import torch
from accelerate import init_empty_weights
from torch import Tensor, nn
from torch.nn.functional import gelu

from app.model.glm.attention import attend
from app.model.glm.cache import KvCache
from app.model.glm.config import GlmConfig, PrefixIds
from app.model.glm.network import Network, Step, common_prefix
from app.model.glm.rotary import RotaryTable

ALPHA = sqrt(2 * 28)  # of the residuals, for every number of layers (reference section 0, decision 5)
_BLOCK = 512  # rows between two checks: a prefix goes through a layer as a whole and may be long
_LINEARS = ("attention.query_key_value", "attention.dense", "mlp.dense_h_to_4h", "mlp.dense_4h_to_h")


class _Attention(nn.Module):
    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.query_key_value = nn.Linear(hidden, 3 * hidden)
        self.dense = nn.Linear(hidden, hidden)


class _Mlp(nn.Module):
    def __init__(self, hidden: int, ffn: int) -> None:
        super().__init__()
        self.dense_h_to_4h = nn.Linear(hidden, ffn)
        self.dense_4h_to_h = nn.Linear(ffn, hidden)


class _Layer(nn.Module):
    def __init__(self, config: GlmConfig) -> None:
        super().__init__()
        self.input_layernorm = nn.LayerNorm(config.hidden_size, eps=config.norm_eps)
        self.attention = _Attention(config.hidden_size)
        self.post_attention_layernorm = nn.LayerNorm(config.hidden_size, eps=config.norm_eps)
        self.mlp = _Mlp(config.hidden_size, config.ffn_size)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a sequence has its control tokens (section 2.5).

    `prefix` tokens of text lie before the first <sop>; `answered` is the index of the [gMASK] or [MASK];
    `sop_position` the position id of <sop>, which the first release did not clamp.
    """

    prefix: int
    answered: int
    sop_position: int


class Chatglm6bNetwork(Network):
    """The first generation, both vocabularies."""

    embedding_name = "word_embeddings"
    layers_name = "layers"

    def __init__(self, config: GlmConfig) -> None:
        super().__init__(config)
        if config.prefix_ids is None:
            raise ValueError("ChatGLM-6B counts positions from control ids")
        self._ids: PrefixIds = config.prefix_ids
        with init_empty_weights(include_buffers=False):
            self.word_embeddings = nn.Embedding(config.vocab_size, config.hidden_size)
            self.layers = nn.ModuleList(_Layer(config) for _ in range(config.layers))
            self.final_layernorm = nn.LayerNorm(config.hidden_size, eps=config.norm_eps)
            self.lm_head: nn.Module = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        pairs = config.head_size // 4  # of each of the two halves of a head
        exponents = torch.arange(pairs, dtype=torch.float32) / pairs
        self._turns = RotaryTable(config.rope.theta**-exponents, pairs, config.context_length + 1)
        self._scale = config.head_size**-0.5

    def start(self, ids: Tensor, start: int, sequence: Sequence[int]) -> Step:
        rows = ids.shape[1]
        places = self._places(sequence)
        prefix = places.prefix
        if start < prefix and (start > 0 or rows < prefix):
            raise ValueError(f"rows {start} to {start + rows} cut a prefix of {prefix}")
        hidden = self.word_embeddings(ids).to(self.compute_dtype)
        return Step(hidden, self._rotations(start, rows, places, hidden.device), prefix)

    def run_layer(self, index: int, step: Step, cache: KvCache, check: Callable[[], None]) -> None:
        layer = self.layers[index]
        assert isinstance(layer, _Layer)
        check()
        normed = layer.input_layernorm(step.hidden)
        answer = self._attention(layer.attention, normed, index, step, cache, check)
        hidden = answer.add_(normed, alpha=ALPHA)  # the residual carries what was normalised (section 2.3)
        check()
        normed = layer.post_attention_layernorm(hidden)
        blocks = []
        for rows in torch.split(normed, _BLOCK, dim=1):
            check()
            blocks.append(layer.mlp.dense_4h_to_h(gelu(layer.mlp.dense_h_to_4h(rows), approximate="tanh")))
        step.hidden = _joined(blocks).add_(normed, alpha=ALPHA)

    def logits(self, hidden: Tensor) -> Tensor:
        scores: Tensor = self.lm_head(self.final_layernorm(hidden))
        return scores[0].float()

    def reusable(self, cached: Sequence[int], wanted: Sequence[int]) -> int:
        """The common beginning if the whole text before the first <sop> is the same, else nothing.

        Every token of that text sees all of it, what comes later too, so one more word of it makes each key
        and value another. A new turn is more text, and has to be read anew from its start; only an answer
        that is continued, or asked for again, finds its columns.
        """
        sop = self._ids.sop
        if sop not in cached or sop not in wanted:
            return 0
        prefix = wanted.index(sop)
        common = common_prefix(cached, wanted)
        return common if cached.index(sop) == prefix and common >= prefix else 0

    def least_rows(self, start: int, sequence: Sequence[int]) -> int:
        """At the start the whole bidirectional prefix."""
        return self._places(sequence).prefix if start == 0 else 1

    def linears(self) -> Iterator[tuple[str, nn.Module]]:
        for index in range(self.layer_count):
            for name in _LINEARS:
                path = f"layers.{index}.{name}"
                yield path, self.get_submodule(path)

    def _places(self, sequence: Sequence[int]) -> _Places:
        ids = self._ids
        prefix = sequence.index(ids.sop)
        if ids.gmask in sequence:
            answered = sequence.index(ids.gmask)
            return _Places(prefix, answered, answered if ids.clamped else prefix)
        if ids.mask in sequence:
            answered = sequence.index(ids.mask)
            return _Places(prefix, answered, answered)
        raise ValueError("a sequence without [gMASK] and [MASK]")

    def _rotations(self, start: int, rows: int, places: _Places, device: torch.device) -> Tensor:
        """Turns [rows, 1, head / 2]: position ids in the first half of each head, block ids in the second."""
        at = torch.arange(start, start + rows)
        prefix = places.prefix
        position = torch.where(at < prefix, at, places.answered)
        position = torch.where(at == prefix, places.sop_position, position)
        block = (at - prefix + 1).clamp_(min=0)
        table = self._turns.upto(start + rows + 1, device)
        return torch.cat((table[position.to(device)], table[block.to(device)]), dim=-1)

    def _attention(
        self,
        part: _Attention,
        hidden: Tensor,
        index: int,
        step: Step,
        cache: KvCache,
        check: Callable[[], None],
    ) -> Tensor:
        config = self.config
        projected = []
        for rows in torch.split(hidden, _BLOCK, dim=1):
            check()
            projected.append(part.query_key_value(rows))
        heads = _joined(projected).view(1, step.rows, config.heads, 3, config.head_size)
        turned = _rotate_halves(heads[..., :2, :], step.turns)  # q | k | v inside each head (section 2.3)
        query, key = turned.transpose(1, 2).unbind(3)
        keys, values = cache.update(key, heads[..., 2, :].transpose(1, 2), index)
        answer = attend(query, keys, values, scale=self._scale, check=check, prefix=step.prefix)
        return _joined([part.dense(rows) for rows in torch.split(answer, _BLOCK, dim=1)])


def _joined(blocks: Sequence[Tensor]) -> Tensor:
    return blocks[0] if len(blocks) == 1 else torch.cat(tuple(blocks), dim=1)


def _rotate_halves(heads: Tensor, turns: Tensor) -> Tensor:
    """2-D rotary (section 2.4): each half of a head by ids of its own, dimension j with j + half / 2.

    `heads` [1, rows, heads, 2, size], `turns` complex64 [rows, 1, size / 2], the halves one after another.
    """
    quarter = heads.shape[-1] // 4
    first, second = heads.float().reshape(*heads.shape[:-1], 2, 2, quarter).unbind(-2)
    turned = torch.complex(first, second) * turns.view(-1, 1, 1, 2, quarter)
    return torch.stack((turned.real, turned.imag), dim=-2).flatten(-3).to(heads.dtype)

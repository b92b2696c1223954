"""ChatGLM2 to Z1: the modules of transformers' GlmForCausalLM and Glm4ForCausalLM under our own layer loop.

The classes give the modules, their names and the rope frequencies; the arithmetic between the modules is
written out here, because a token through transformers' own forward costs more time in Python than its INT4
weights take to read, and because a cancel has to be seen inside a layer. Tests hold both equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from accelerate import init_empty_weights
from torch import Tensor, nn
from torch.nn.functional import rms_norm, silu

from app.model.glm.attention import attend
from app.model.glm.cache import KvCache
from app.model.glm.config import Architecture, GlmConfig
from app.model.glm.network import Network, Step, common_prefix
from app.model.glm.rotary import RotaryTable, rotate

_LINEARS = (
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "mlp.gate_up_proj",
    "mlp.down_proj",
)


def transformers_config(config: GlmConfig) -> Any:
    """Our configuration as transformers' GlmConfig or Glm4Config.

    eos and pad are always given: the classes' own defaults lie outside small embeddings, and building the
    model fails then (reference section 3.4).
    """
    from transformers import Glm4Config as TheirGlm4Config
    from transformers import GlmConfig as TheirGlmConfig

    kind = TheirGlmConfig if config.network is Architecture.GLM else TheirGlm4Config
    rope = config.rope
    parameters: dict[str, object] = {
        "rope_type": "default",
        "rope_theta": rope.theta,
        "partial_rotary_factor": rope.rotary_size / config.head_size,
    }
    if rope.yarn_factor is not None:
        parameters |= {
            "rope_type": "yarn",
            "factor": rope.yarn_factor,
            "original_max_position_embeddings": rope.yarn_original,
        }
    elif rope.position_divisor != 1.0:
        parameters |= {"rope_type": "linear", "factor": rope.position_divisor}
    return kind(
        vocab_size=config.vocab_size,
        hidden_size=config.hidden_size,
        intermediate_size=config.ffn_size,
        num_hidden_layers=config.layers,
        num_attention_heads=config.heads,
        num_key_value_heads=config.groups,
        head_dim=config.head_size,
        max_position_embeddings=config.context_length,
        rms_norm_eps=config.norm_eps,
        rope_parameters=parameters,
        pad_token_id=config.pad_id,
        eos_token_id=list(config.eos_ids) or [config.pad_id],
        attention_bias=config.attention_bias,
        tie_word_embeddings=config.tied_embeddings,
    )


class GlmNetwork(Network):
    """The network of every generation but the first. Parameter names are transformers' own."""

    embedding_name = "model.embed_tokens"
    layers_name = "model.layers"

    def __init__(self, config: GlmConfig) -> None:
        super().__init__(config)
        from transformers import Glm4ForCausalLM, GlmForCausalLM

        kind = GlmForCausalLM if config.network is Architecture.GLM else Glm4ForCausalLM
        # Buffers stay real: no file holds the rope frequencies, and on the meta device they would be lost.
        with init_empty_weights(include_buffers=False):
            causal = kind(transformers_config(config))
        self.model: Any = causal.model
        self.lm_head: nn.Module = causal.lm_head
        rotary = self.model.rotary_emb
        self._turns = RotaryTable(
            rotary.inv_freq, config.head_size // 2, config.context_length, rotary.attention_scaling
        )
        self._scale = config.head_size**-0.5
        self._norms_outputs = config.network is Architecture.GLM4

    def start(self, ids: Tensor, start: int, sequence: Sequence[int]) -> Step:
        del sequence  # positions are plain
        hidden = self.model.embed_tokens(ids).to(self.compute_dtype)
        return Step(hidden, self._turns.rows(start, start + ids.shape[1], hidden.device))

    def run_layer(self, index: int, step: Step, cache: KvCache, check: Callable[[], None]) -> None:
        layer = self.model.layers[index]
        check()
        normed = self._norm(layer.input_layernorm, step.hidden)
        answer = self._attention(layer.self_attn, normed, index, step, cache, check)
        if self._norms_outputs:  # reference section 5.1
            answer = self._norm(layer.post_self_attn_layernorm, answer)
        step.hidden = step.hidden + answer
        check()
        mlp = layer.mlp
        gate, up = mlp.gate_up_proj(self._norm(layer.post_attention_layernorm, step.hidden)).chunk(2, dim=-1)
        answer = mlp.down_proj(silu(gate).mul_(up))
        if self._norms_outputs:
            answer = self._norm(layer.post_mlp_layernorm, answer)
        step.hidden = step.hidden + answer

    def logits(self, hidden: Tensor) -> Tensor:
        scores: Tensor = self.lm_head(self._norm(self.model.norm, hidden))
        return scores[0].float()

    def reusable(self, cached: Sequence[int], wanted: Sequence[int]) -> int:
        """The longest common beginning: a causal column depends on nothing behind it."""
        return common_prefix(cached, wanted)

    def linears(self) -> Iterator[tuple[str, nn.Module]]:
        for index in range(self.layer_count):
            for name in _LINEARS:
                path = f"model.layers.{index}.{name}"
                yield path, self.get_submodule(path)

    def _attention(
        self,
        part: Any,
        hidden: Tensor,
        index: int,
        step: Step,
        cache: KvCache,
        check: Callable[[], None],
    ) -> Tensor:
        config = self.config
        both = torch.cat((part.q_proj(hidden), part.k_proj(hidden)), dim=-1)
        heads = rotate(both.view(1, step.rows, -1, config.head_size), step.turns).transpose(1, 2)
        query, key = heads[:, : config.heads], heads[:, config.heads :]
        value = part.v_proj(hidden).view(1, step.rows, -1, config.head_size).transpose(1, 2)
        keys, values = cache.update(key, value, index)
        answer: Tensor = part.o_proj(attend(query, keys, values, scale=self._scale, check=check))
        return answer

    def _norm(self, norm: Any, hidden: Tensor) -> Tensor:
        return rms_norm(hidden, (self.config.hidden_size,), norm.weight, self.config.norm_eps)

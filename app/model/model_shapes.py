"""A model's measures for the memory planner, from its configuration or its header, never from its name.

Reads no file: the recognisers have read them. Knows how many tokens each engine takes through a layer
together, because that is what work buffers grow with. Knows no library that computes.
"""

from __future__ import annotations

from app.core.engine import EngineKind
from app.core.memory import ModelShape
from app.model import hardware
from app.model.gguf import GgufHeader
from app.model.glm.config import Architecture, GlmConfig

CHUNK = 1024
"""Tokens of a prompt that the torch engine takes together (`glm/decoder.MAX_CHUNK`)."""

OPERATIONS_PER_CORE_S = 40e9
BATCH_S = 0.3
"""llama.cpp reads a prompt in batches of about this long, by a cautious guess: Stop waits for one."""
MIN_BATCH, MAX_BATCH = 16, 512
_LONGEST_UNKNOWN = 131072
"""The longest context offered for a file that does not say what it was made for."""


def shape_of_config(config: GlmConfig, weight_bytes: int) -> ModelShape:
    """The measures of a checkpoint of the lineage, whose weights take `weight_bytes` in its files."""
    hidden, ffn, layers = config.hidden_size, config.ffn_size, config.layers
    embedding = config.vocab_size * hidden
    if config.network is Architecture.CHATGLM:
        linear = layers * (4 * hidden * hidden + 2 * hidden * ffn)
    else:
        projections = 2 * (config.heads + config.groups) * config.head_size * hidden
        linear = layers * (projections + 3 * hidden * ffn)
    stored = embedding * (1 if config.tied_embeddings else 2)
    # The first generation reads the text before an answer as one piece: each token of it sees all others.
    reads_at_once = config.network is Architecture.CHATGLM
    return ModelShape(
        engine=EngineKind.GLM_TORCH,
        layers=layers,
        hidden_size=hidden,
        ffn_size=ffn,
        heads=config.heads,
        groups=config.groups,
        head_size=config.head_size,
        vocab_size=config.vocab_size,
        linear_weights=linear,
        embedding_weights=embedding,
        head_weights=embedding,
        other_weights=config.parameter_count - linear - stored,
        is_tied=config.tied_embeddings,
        quantization_bits=config.quantization_bits,
        weight_bytes=weight_bytes,
        longest_context=config.longest_context,
        rows_at_once=config.longest_context if reads_at_once else CHUNK,
    )


def shape_of_gguf(header: GgufHeader) -> ModelShape | None:
    """The measures of a GGUF file; None where its header does not tell what a conversation takes.

    An architecture whose layers differ (windows, states in place of keys) takes less than this says.
    """
    heads, hidden = header.head_count, header.embedding_length
    if not (heads and hidden and header.block_count and header.parameter_count):
        return None
    keys = header.key_length or hidden // heads
    values = header.value_length or keys
    output = header.output_weights or header.embedding_weights
    matrices = header.embedding_weights + header.output_weights
    return ModelShape(
        engine=EngineKind.LLAMA_CPP,
        layers=header.block_count,
        hidden_size=hidden,
        ffn_size=header.feed_forward_length,
        heads=heads,
        groups=header.head_count_kv or heads,
        head_size=(keys + values + 1) // 2,
        vocab_size=output // hidden,
        linear_weights=max(header.parameter_count - matrices, 0),
        embedding_weights=header.embedding_weights,
        head_weights=output,
        other_weights=0,
        is_tied=not header.output_weights,
        quantization_bits=0,
        weight_bytes=header.expected_bytes,
        longest_context=header.trained_context or _LONGEST_UNKNOWN,
        rows_at_once=MAX_BATCH if hardware.has_unified_memory() else batch_size(header.parameter_count),
    )


def batch_size(parameters: int) -> int:
    """Tokens that llama.cpp is given at once on this processor for so many weights; a power of two."""
    tokens = OPERATIONS_PER_CORE_S * hardware.physical_cores() * BATCH_S / (2 * max(parameters, 1))
    batch = MIN_BATCH
    while batch * 2 <= min(tokens, MAX_BATCH):
        batch *= 2
    return batch

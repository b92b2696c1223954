"""The measures of a model that exists only as figures: for pictures, and for tests of what fits where."""

from __future__ import annotations

from app.core.engine import EngineKind
from app.core.memory import ModelShape

CHATGLM3_6B_32K = ModelShape(
    engine=EngineKind.GLM_TORCH,
    layers=28,
    hidden_size=4096,
    ffn_size=13696,
    heads=32,
    groups=2,
    head_size=128,
    vocab_size=65024,
    linear_weights=5_710_544_896,
    embedding_weights=266_338_304,
    head_weights=266_338_304,
    other_weights=362_496,
    is_tied=False,
    quantization_bits=0,
    weight_bytes=12_487_168_064,
    longest_context=32_768,
)
"""ChatGLM3-6B in its edition with the longer context."""

"""Models and computers that exist only as figures: for tests of what fits where."""

from __future__ import annotations

from dataclasses import replace

from app.cli.demo_shape import CHATGLM3_6B_32K
from app.core import memory_plan
from app.core.engine import EngineKind, ModelRef, Precision
from app.core.memory import GraphicsCard, MachineMemory, MemoryChoice, ModelShape
from app.core.models import FoundModel

GIB = 1 << 30
FP16, INT8, INT4 = Precision.FP16, Precision.INT8, Precision.INT4

SIX_B = CHATGLM3_6B_32K
GGUF = replace(
    SIX_B, engine=EngineKind.LLAMA_CPP, weight_bytes=100_000_000, linear_weights=80_000_000, layers=12
)


def found(shape: ModelShape | None = SIX_B, model_id: str = "six", **facts: object) -> FoundModel:
    """A model of the library with this shape."""
    engine = shape.engine if shape is not None else EngineKind.SCRIPTED
    base = FoundModel(ModelRef(model_id, engine, f"/models/{model_id}"), model_id.title(), shape=shape)
    return replace(base, file_bytes=12_500_000_000, **facts)


def needs(precision: Precision, context: int, shape: ModelShape = SIX_B) -> int:
    """Bytes that a choice is estimated to take."""
    return memory_plan.estimate(shape, MemoryChoice(precision, context)).total


def computer(available: int, *, ours: int = 0, card: GraphicsCard | None = None) -> MachineMemory:
    """A computer with 16 GiB, of which `available` bytes are free."""
    return MachineMemory(total=16 * GIB, available=available, ours=ours, card=card)


def roomy(needed: int) -> MachineMemory:
    """A computer that takes `needed` bytes and keeps its reserve, and not much more."""
    return computer(needed + memory_plan.reserve(computer(0)) + 1024)


def barely(needed: int) -> MachineMemory:
    """A computer that takes `needed` bytes, with nothing to spare."""
    return computer(needed)

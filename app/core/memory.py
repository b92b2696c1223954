"""What a model takes of a computer's memory, and whether that fits: values.

Values only; `core.memory_plan` has the rules. Sizes in bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.engine import EngineKind, Precision


@dataclass(frozen=True, slots=True)
class ModelShape:
    """A model's measures as its files tell them, never its name. Counts of values, unless said otherwise.

    `linear_weights` are those of the layers' matrices, which a precision shrinks; `head_weights` those of the
    output matrix (also where it is tied to the embedding), `embedding_weights` those of the embedding, and
    `other_weights` the norms and biases. `quantization_bits` is 4 or 8 for an official edition that brings
    its integers, else 0. `weight_bytes` are the bytes of all weights as the files hold them.
    """

    engine: EngineKind
    layers: int
    hidden_size: int
    ffn_size: int
    heads: int
    groups: int
    head_size: int
    vocab_size: int
    linear_weights: int
    embedding_weights: int
    head_weights: int
    other_weights: int
    is_tied: bool
    quantization_bits: int
    weight_bytes: int
    longest_context: int
    rows_at_once: int = 1024  # most tokens of a prompt that go through a layer together


@dataclass(frozen=True, slots=True)
class GraphicsCard:
    """An accelerator with memory of its own."""

    name: str
    total: int
    free: int


@dataclass(frozen=True, slots=True)
class MachineMemory:
    """A computer's memory at one moment.

    `ours` is what Teahouse's engine takes of it now: loading another model gives that back first.
    """

    total: int
    available: int
    ours: int = 0
    card: GraphicsCard | None = None
    is_unified: bool = False  # the accelerator computes in the computer's own memory (Apple)
    int4_is_slower: bool = False  # than INT8, as the torch engine measured its kernels here

    @property
    def others(self) -> int:
        """What the system and other programs take."""
        return max(0, self.total - self.available - self.ours)

    @property
    def usable(self) -> int:
        """What a model could take if the present one were gone."""
        return min(self.total, self.available + self.ours)


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """What a load takes, part by part. `total` is held against the measured peak of the engine child.

    `movable` is what of it a graphics card with memory of its own can take over.
    """

    model: int  # weights
    conversation: int  # keys and values of the whole context
    work: int  # what computing takes for a moment
    program: int  # libraries, before any model
    movable: int = 0

    @property
    def total(self) -> int:
        return self.model + self.conversation + self.work + self.program


class Fit(StrEnum):
    """Whether a load fits into the memory that is free."""

    FITS = "fits"
    TIGHT = "tight"  # fits, but leaves less than the reserve for the rest of the computer
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class MemoryChoice:
    """What can be chosen for a model. `precision` NATIVE where a file leaves no choice."""

    precision: Precision
    context_length: int


class StepKind(StrEnum):
    """What was changed so that a load fits, in the order in which it is tried."""

    SHORTER_CONTEXT = "shorter_context"
    INT8 = "int8"
    INT4 = "int4"
    PARTLY_ON_PROCESSOR = "partly_on_processor"
    OTHER_MODEL = "other_model"


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """How a model is to be loaded on this computer, and why.

    `wanted` is what was asked for, `chosen` what fits (equal where nothing had to change). `steps` say what
    was changed. `fit` is TOO_LARGE where not even the last step helps; then `chosen` is the smallest.
    """

    wanted: MemoryChoice
    chosen: MemoryChoice
    estimate: MemoryEstimate
    fit: Fit
    steps: tuple[StepKind, ...] = ()

"""The engine protocol: what every engine is given and what it gives back.

Plain frozen values in and out. `wire` carries them between the engine worker and the engine child. An engine
is accepted when it passes `tests/contract/test_engine.py`; adding one is one file in `model/engines/` plus
one line in its registry.

The rules that the contract suite checks:
- every `generate` yields exactly one terminal event, `Finished`, as its last; or it raises `WorldError`,
  which the child turns into the terminal event `Failed`; also when cancelled;
- `generate` gets turns that already fit: the engine child runs `context_window.fit` with the engine's own
  `count_tokens` and tells `PromptReady` itself, so an engine never leaves a turn out and never yields it;
- `PromptProgress` comes before the first delta;
- once `cancel` is set, the next event is `Finished(CANCELLED)`, without another delta;
- the joined `TextDelta.text` never holds half a character and never a control tag;
- all `ids` together are exactly the generated ids without the stop id; a delta may carry ids without text
  (a character still incomplete) but never text that is later taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.core.cancel import CancelToken
from app.core.chat import FinishReason, Timings, Turn, Usage
from app.core.errors import ErrorInfo


class EngineKind(StrEnum):
    """The engines by name; the value stands in `ModelRef` and on the wire."""

    SCRIPTED = "scripted"
    LLAMA_CPP = "llama_cpp"
    GLM_TORCH = "glm_torch"


class Precision(StrEnum):
    """What the person chooses. `NATIVE` leaves it to the engine (the only choice of a GGUF file)."""

    NATIVE = "native"
    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"
    INT4 = "int4"


class DeviceWish(StrEnum):
    """What is to compute. AUTOMATIC is the graphics card as far as there is one, and the processor else."""

    AUTOMATIC = "auto"
    PROCESSOR = "processor"
    GRAPHICS_CARD = "graphics_card"


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model on this machine: which engine hosts it and where its file or folder lies.

    `id` is stable across machines (it stands in the database with each answer); `path` is absolute.
    `family` names the generation where the files leave it open and a person said it; "" else.
    """

    id: str
    engine: EngineKind
    path: str
    family: str = ""


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How a model is to be loaded. `context_length` in tokens; 0 threads are one for each physical core.

    `cache_dir` is the absolute folder for files that the engine makes from the model to load it faster the
    next time; "" keeps none.
    """

    context_length: int = 8192
    precision: Precision = Precision.NATIVE
    threads: int = 0
    cache_dir: str = ""
    device: DeviceWish = DeviceWish.AUTOMATIC


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Cheap facts about an engine; reading them imports nothing heavy."""

    kind: EngineKind
    precisions: tuple[Precision, ...]


class LoadNote(StrEnum):
    """Something about a load that is no error and that a person may want to know."""

    ACCELERATOR_FAILED = "accelerator_failed"  # it computes something else, or nothing: not used
    ACCELERATOR_MISSING = "accelerator_missing"  # wished for by name, and there is none that can be used
    ACCELERATOR_TOO_SMALL = "accelerator_too_small"  # not one layer fits into its free memory
    PARTLY_ON_PROCESSOR = "partly_on_processor"  # told before it happens
    ROPE_CORRECTED = "rope_corrected"  # the file's rope base contradicts the weights
    PREFIX_IGNORED = "prefix_ignored"  # the file brings a P-Tuning prefix
    HEAD_NOT_TIED = "head_not_tied"  # the configuration says tied, the files hold another matrix


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What was really loaded.

    `context_length` is what this load can hold (tokens), `trained_context` what the model was made for.
    `device` is the accelerator's own name, "" for the processor.
    """

    name: str
    architecture: str
    precision_label: str  # as published: "Q4_1", "INT4", "BF16"
    context_length: int
    trained_context: int
    parameter_count: int
    file_bytes: int
    device: str = ""
    notes: tuple[LoadNote, ...] = ()


@dataclass(frozen=True, slots=True)
class GenerationParams:
    """How one answer is to be generated. `temperature` 0 is the plain arg-max, no penalty.

    `max_tokens` 0 means as much as the context holds. `seed` None draws one. `top_k` (0: no limit) and
    `repetition_penalty` None are the model's own; an engine without them ignores them. No stop id is chosen
    before there are `min_tokens`.
    """

    max_tokens: int = 1024
    temperature: float = 0.7
    top_p: float = 0.9
    seed: int | None = None
    top_k: int | None = None
    repetition_penalty: float | None = None
    min_tokens: int = 0


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """Loading has come this far; `fraction` in 0..1. `notes` are all that is known so far."""

    fraction: float
    notes: tuple[LoadNote, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptReady:
    """The prompt that the model will see; told by the engine child before it calls `generate`.

    `first_message_id` is the oldest message that still fits (None: a turn without an id, or all of them);
    `dropped_turns` says how many older turns were left out.
    """

    first_message_id: int | None
    prompt_tokens: int
    context_length: int
    dropped_turns: int = 0


@dataclass(frozen=True, slots=True)
class PromptProgress:
    """The prompt is being read; counts in tokens, `done` includes cached ones."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    """New text of the answer with the token ids generated since the last delta."""

    text: str
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """New text of the model's thinking, kept apart from the answer."""

    text: str
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """Terminal: the answer ended as it should, or was cancelled."""

    reason: FinishReason
    usage: Usage = Usage()
    timings: Timings = Timings()


@dataclass(frozen=True, slots=True)
class Failed:
    """Terminal: the answer ended by a world's error; the text so far stays."""

    error: ErrorInfo


EngineEvent = PromptProgress | TextDelta | ReasoningDelta | Finished
RequestEvent = PromptReady | EngineEvent | Failed
ProgressReport = Callable[[LoadProgress], None]


class Engine(Protocol):
    """One loaded model at a time. Called from one thread; `cancel` is set from another."""

    @property
    def info(self) -> EngineInfo: ...

    def load(self, ref: ModelRef, plan: LoadPlan, report: ProgressReport, cancel: CancelToken) -> ModelInfo:
        """Load `ref`; raises `WorldError`, or `Cancelled` where the engine can stop half way."""
        ...

    def count_tokens(self, turns: Sequence[Turn]) -> int:
        """Length in tokens of the prompt for `turns`, with everything the family adds."""
        ...

    def generate(
        self, turns: Sequence[Turn], params: GenerationParams, cancel: CancelToken
    ) -> Iterator[EngineEvent]:
        """Answer `turns`, which fit (the first may be the system prompt); see the module for the rules."""
        ...

    def unload(self) -> None:
        """Give the memory back as far as the library can; ending the child gives back the rest."""
        ...

"""What a model takes of the memory, whether that fits on this computer, and what to change where it does not.

Pure functions of a model's shape, a choice and the machine; they take microseconds and ask nobody. Sizes in
bytes. Knows how the engines keep a model, as far as that takes memory; no file, no library, no text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp

from app.core.engine import EngineKind, Precision
from app.core.memory import (
    Fit,
    MachineMemory,
    MemoryChoice,
    MemoryEstimate,
    MemoryPlan,
    ModelShape,
    StepKind,
)

_MIB, _GIB = 1 << 20, 1 << 30

SHORTEST_CONTEXT = 2048
"""No plan goes below it: a shorter conversation is none. A model that was made for less keeps what it has."""
RECOMMENDED_CONTEXT = 8192
"""Room for some dozens of turns; a longer prompt is read for minutes on a processor."""
READ_FOR_A_TOKEN = 4 * _GIB
"""Weights that a processor may have to read for each token, for a precision to be recommended.

A computer with two channels of memory reads 20 to 40 GB a second, so this is about the pace of reading aloud;
a 6B at INT8 is above it, and at INT4 below.
"""
CARD_RESERVE = 1 * _GIB
"""Of a graphics card's free memory, what the engine leaves (`device_loading.RESERVED_BYTES`)."""
WORTH_A_STEP = 0.1
"""After a load that failed, a step has to take at least this share less, else it is not worth the wait."""

# Measured on Linux, x86-64 without bf16 instructions, torch 2.13, xllamacpp 2026.10, with models of 2 layers
# and GGUF files; docs/benchmarks.md (memory_plan) has how far the sums are from the peaks of whole models.
_TORCH = 350 * _MIB  # engine child with torch, transformers and a network's modules, before any weight
_TORCH_TOKEN = 400  # of a tokenizer's tables, for each token (GLM-4: 61 MiB for 151,552)
_WORK_OF_HIDDEN = 44  # for each row and hidden value: ChatGLM-6B at FP16, 2,028 and 8,172 rows
_WORK_OF_FFN = 13  # for each row and value of the wide part: what a chunk of ChatGLM3-6B takes besides
_CHUNK = 1024  # rows that go through the wide part together at most
_RUN = 256 << 10
"""Linux maps the page that is met with its neighbours: measured were 100 KiB of a file that lay on the disk,
and 1 MiB of one that was just written."""
_LLAMA = 68 * _MIB  # engine child with llama.cpp, before any weight
_LLAMA_TOKEN = 170  # the starter's engine beside its bare server
_WORK_OF_LLAMA = 12  # for each row and value: batches of 16 and 512 rows, ChatGLM3-6B and the starter

_FLOATS = (Precision.FP32, Precision.FP16)
_FINEST_FIRST = (Precision.FP16, Precision.INT8, Precision.INT4)
_STEPS = {Precision.INT8: StepKind.INT8, Precision.INT4: StepKind.INT4}


def precisions(shape: ModelShape) -> tuple[Precision, ...]:
    """What can be chosen for a model, the finest first; one where its files leave no choice."""
    if shape.engine is not EngineKind.GLM_TORCH:
        return (Precision.NATIVE,)
    if shape.quantization_bits:
        return (Precision.INT4 if shape.quantization_bits == 4 else Precision.INT8,)
    return _FINEST_FIRST


def contexts(shape: ModelShape) -> tuple[int, ...]:
    """The context lengths to choose from, rising: powers of two from 2,048 on, and the longest there is."""
    steps = []
    step = SHORTEST_CONTEXT
    while step < shape.longest_context:
        steps.append(step)
        step *= 2
    return (*steps, shape.longest_context)


# What it takes


def estimate(shape: ModelShape, choice: MemoryChoice) -> MemoryEstimate:
    """What the engine child takes at its peak, with the whole context in use, computing on the processor.

    A choice that the model does not have (a finer precision than its files, a longer context) counts as what
    the engine makes of it. Held against measurements by `tests/bench/memory_plan_bench.py`.
    """
    choice = _possible(shape, choice)
    if shape.engine is EngineKind.GLM_TORCH:
        return _estimate_torch(shape, choice)
    return _estimate_gguf(shape, choice.context_length)


def _estimate_torch(shape: ModelShape, choice: MemoryChoice) -> MemoryEstimate:
    """As `model/glm` does it. Preparing INT8 and INT4 needs no figure of its own: what runs afterwards takes
    more (ChatGLM-6B at INT4, the closest: 4.7 GiB and then 5.5).
    """
    context, precision = choice.context_length, choice.precision
    a_value = 4 if precision is Precision.FP32 else 2
    embedding = shape.embedding_weights * a_value
    if precision not in _FLOATS:
        embedding = _touched(embedding, shape, context)
    read = weights_read(shape, precision)
    other = shape.other_weights * a_value
    model = read + other + (0 if shape.is_tied and precision in _FLOATS else embedding)
    conversation = 2 * shape.layers * shape.groups * shape.head_size * context * a_value
    rows = min(shape.rows_at_once, context)
    work = rows * shape.hidden_size * _WORK_OF_HIDDEN + min(rows, _CHUNK) * shape.ffn_size * _WORK_OF_FFN
    return MemoryEstimate(
        model=model,
        conversation=conversation,
        work=work * a_value // 2,
        program=_TORCH + shape.vocab_size * _TORCH_TOKEN,
        movable=read + other + conversation,
    )


def weights_read(shape: ModelShape, precision: Precision) -> int:
    """Bytes of the matrices that are read for each token, as the torch engine keeps them."""
    linear, head = shape.linear_weights, shape.head_weights
    scales = 6 * (linear + head) // shape.hidden_size  # INT8: one a row, in float32 and bf16
    match precision:
        case Precision.INT8:
            return linear + head + scales
        case Precision.INT4 if shape.quantization_bits:  # of an official edition, laid out for 128 columns
            return linear // 2 + linear * 4 // 128 + head
        case Precision.INT4:  # scale and zero for 32 columns; the head stays at 8 bits
            return linear // 2 + linear * 4 // 32 + head
    return (linear + head) * (4 if precision is Precision.FP32 else 2)


def _touched(embedding: int, shape: ModelShape, context: int) -> int:
    """Of a mapped embedding only the pages in which there are rows of tokens that were met are in memory.

    A text of some thousand tokens has about a quarter as many different ones.
    """
    different = context // 4
    rows_of_a_run = _RUN / (2 * shape.hidden_size)
    return int(embedding * (1 - exp(-different * rows_of_a_run / shape.vocab_size)))


def _estimate_gguf(shape: ModelShape, context: int) -> MemoryEstimate:
    """As llama.cpp does it: the file mapped as a whole, keys and values as fp16 for the whole context."""
    return MemoryEstimate(
        model=shape.weight_bytes,
        conversation=2 * shape.layers * shape.groups * shape.head_size * context * 2,
        work=min(shape.rows_at_once, context) * (shape.ffn_size + shape.hidden_size) * _WORK_OF_LLAMA,
        program=_LLAMA + shape.vocab_size * _LLAMA_TOKEN,
    )


# Whether it fits


def reserve(machine: MachineMemory) -> int:
    """What is to be left to the rest of the computer: at least 1 GiB, 8 % of a large memory."""
    return max(_GIB, machine.total * 8 // 100)


def fit(estimate: MemoryEstimate, machine: MachineMemory) -> Fit:
    """Whether a load fits; what a graphics card takes of it need not fit into the computer's memory."""
    needed = estimate.total - on_the_card(estimate, machine)
    if needed > machine.usable:
        return Fit.TOO_LARGE
    return Fit.FITS if needed <= machine.usable - reserve(machine) else Fit.TIGHT


def on_the_card(estimate: MemoryEstimate, machine: MachineMemory) -> int:
    """Bytes of a load that lie on the graphics card; 0 where there is none with memory of its own."""
    if machine.card is None or machine.is_unified:
        return 0
    return min(estimate.movable, max(0, machine.card.free - CARD_RESERVE))


def _is_wholly_on_the_card(estimate: MemoryEstimate, machine: MachineMemory) -> bool:
    return 0 < estimate.movable == on_the_card(estimate, machine)


# What to choose


def recommended(shape: ModelShape, machine: MachineMemory) -> MemoryChoice:
    """The finest precision that fits with the reserve and writes at a pace that can be read along.

    Pace matters on the processor only, which reads all weights for each token: there a precision is passed
    over when that is more than `READ_FOR_A_TOKEN`, unless nothing coarser fits. INT4 is passed over where it
    was measured to be slower than INT8. The context is `RECOMMENDED_CONTEXT`, or as long as fits.
    """
    offered = precisions(shape)
    length = min(RECOMMENDED_CONTEXT, shape.longest_context)
    choices = [MemoryChoice(precision, length) for precision in offered]
    fitting = [choice for choice in choices if fit(estimate(shape, choice), machine) is Fit.FITS]
    swift = [choice for choice in fitting if keeps_pace(shape, choice, machine)]
    if swift or fitting:
        return swift[0] if swift else _coarsest(fitting, machine)
    for context in _shorter(shape, length):
        choice = MemoryChoice(offered[-1], context)
        if fit(estimate(shape, choice), machine) is Fit.FITS:
            return choice
    return plan(shape, MemoryChoice(offered[-1], length), machine).chosen


def keeps_pace(shape: ModelShape, choice: MemoryChoice, machine: MachineMemory) -> bool:
    """Whether answers are written about as fast as they are read aloud (see `READ_FOR_A_TOKEN`)."""
    if choice.precision is Precision.NATIVE or machine.is_unified:
        return True
    needed = estimate(shape, choice)
    if _is_wholly_on_the_card(needed, machine):
        return True
    if choice.precision is Precision.INT4 and machine.int4_is_slower:
        return False
    return weights_read(shape, choice.precision) <= READ_FOR_A_TOKEN


def _coarsest(fitting: Sequence[MemoryChoice], machine: MachineMemory) -> MemoryChoice:
    """The one that is written fastest where all are slow."""
    quick = [
        choice for choice in fitting if not (choice.precision is Precision.INT4 and machine.int4_is_slower)
    ]
    return (quick or fitting)[-1]


def plan(shape: ModelShape, wanted: MemoryChoice, machine: MachineMemory) -> MemoryPlan:
    """How to load a model for which `wanted` was asked.

    The first of the ladder that fits: `wanted`, then shorter contexts, then INT8 and INT4, each with the
    context that was wanted and then with shorter ones. With a graphics card first what lies wholly on it,
    then the same ladder partly on the processor. `wanted.precision` NATIVE is what is recommended.
    """
    if wanted.precision is Precision.NATIVE and len(precisions(shape)) > 1:
        wanted = MemoryChoice(recommended(shape, machine).precision, wanted.context_length)
    wanted = _possible(shape, wanted)
    ladder = [_Rung(choice, estimate(shape, choice)) for choice in _ladder(shape, wanted)]
    fitting = [rung for rung in ladder if fit(rung.estimate, machine) is not Fit.TOO_LARGE]
    more: tuple[StepKind, ...] = ()
    if any(on_the_card(rung.estimate, machine) for rung in fitting):
        whole = [rung for rung in fitting if _is_wholly_on_the_card(rung.estimate, machine)]
        more = () if whole or not fitting else (StepKind.PARTLY_ON_PROCESSOR,)
        fitting = whole or fitting
    rung = fitting[0] if fitting else min(ladder, key=lambda rung: rung.estimate.total)
    return MemoryPlan(
        wanted=wanted,
        chosen=rung.choice,
        estimate=rung.estimate,
        fit=fit(rung.estimate, machine),
        steps=(*_steps(wanted, rung.choice), *more),
    )


@dataclass(frozen=True, slots=True)
class _Rung:
    choice: MemoryChoice
    estimate: MemoryEstimate


def next_step(
    shape: ModelShape, choice: MemoryChoice, machine: MachineMemory
) -> tuple[MemoryChoice, StepKind] | None:
    """One step down from what was too large although it should have fitted; None where there is none.

    A shorter context if that takes noticeably less, else the next precision, else whatever takes less at
    all. Of those the first that fits by its estimate, or just the first.
    """
    choice = _possible(shape, choice)
    now = estimate(shape, choice).total
    below: list[tuple[MemoryChoice, StepKind]] = [
        (MemoryChoice(choice.precision, context), StepKind.SHORTER_CONTEXT)
        for context in _shorter(shape, choice.context_length)
    ]
    noticeable = [step for step in below if estimate(shape, step[0]).total <= now * (1 - WORTH_A_STEP)]
    coarser = [
        (MemoryChoice(precision, choice.context_length), _STEPS[precision])
        for precision in _coarser(shape, choice.precision)
    ]
    steps = [*noticeable, *coarser] or below[-1:]
    fitting = [step for step in steps if fit(estimate(shape, step[0]), machine) is not Fit.TOO_LARGE]
    return next(iter(fitting or steps), None)


def _possible(shape: ModelShape, choice: MemoryChoice) -> MemoryChoice:
    """What the engine makes of a choice."""
    offered = precisions(shape)
    precision = choice.precision
    if len(offered) == 1 and precision is not Precision.FP32:
        precision = offered[0]
    elif precision is Precision.NATIVE:
        precision = Precision.INT4  # `glm/loading.effective_precision`
    return MemoryChoice(precision, max(1, min(choice.context_length, shape.longest_context)))


def _ladder(shape: ModelShape, wanted: MemoryChoice) -> Iterator[MemoryChoice]:
    for precision in (wanted.precision, *_coarser(shape, wanted.precision)):
        for context in (wanted.context_length, *_shorter(shape, wanted.context_length)):
            yield MemoryChoice(precision, context)


def _shorter(shape: ModelShape, context: int) -> list[int]:
    """The context lengths below `context`, falling."""
    return [length for length in reversed(contexts(shape)) if length < context]


def _coarser(shape: ModelShape, precision: Precision) -> tuple[Precision, ...]:
    offered = precisions(shape)
    if len(offered) == 1:
        return ()
    at = offered.index(precision) + 1 if precision in offered else 0
    return offered[at:]


def _steps(wanted: MemoryChoice, chosen: MemoryChoice) -> Iterator[StepKind]:
    if chosen.context_length < wanted.context_length:
        yield StepKind.SHORTER_CONTEXT
    if chosen.precision is not wanted.precision:
        yield _STEPS.get(chosen.precision, StepKind.INT8)

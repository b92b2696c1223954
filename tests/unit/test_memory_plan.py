"""The planner of memory: what holds for every model and every computer, and some computers one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.demo_shape import CHATGLM3_6B_32K
from app.core import memory_plan
from app.core.engine import EngineKind, Precision
from app.core.memory import Fit, GraphicsCard, MachineMemory, MemoryChoice, ModelShape, StepKind
from app.core.memory_plan import contexts, estimate, fit, next_step, plan, precisions, recommended

GIB = 1 << 30
MIB = 1 << 20

CHATGLM3_6B = replace(CHATGLM3_6B_32K, longest_context=8192)
CHATGLM_6B = replace(
    CHATGLM3_6B,
    ffn_size=16384,
    groups=32,
    vocab_size=130528,
    linear_weights=5_637_144_576,
    embedding_weights=534_642_688,
    head_weights=534_642_688,
    is_tied=True,
    longest_context=2048,
    rows_at_once=2048,
)
GLM4_9B = replace(
    CHATGLM3_6B,
    layers=40,
    vocab_size=151552,
    linear_weights=8_157_921_280,
    embedding_weights=620_756_992,
    head_weights=620_756_992,
    longest_context=131072,
)
OFFICIAL_INT4 = replace(CHATGLM_6B, quantization_bits=4)
STARTER = ModelShape(
    engine=EngineKind.LLAMA_CPP,
    layers=30,
    hidden_size=576,
    ffn_size=1536,
    heads=9,
    groups=3,
    head_size=64,
    vocab_size=49152,
    linear_weights=106_203_456,
    embedding_weights=28_311_552,
    head_weights=28_311_552,
    other_weights=0,
    is_tied=True,
    quantization_bits=0,
    weight_bytes=98_362_432,
    longest_context=8192,
    rows_at_once=64,
)
SHAPES = {
    "chatglm-6b": CHATGLM_6B,
    "chatglm3-6b": CHATGLM3_6B,
    "glm-4-9b": GLM4_9B,
    "official int4": OFFICIAL_INT4,
    "starter": STARTER,
}
NATIVE = Precision.NATIVE
OF_TORCH = (Precision.FP16, Precision.INT8, Precision.INT4)

shapes = st.sampled_from(list(SHAPES.values()))
lengths = st.sampled_from([512, 2048, 3000, 4096, 8192, 20000, 32768, 131072, 200000])
choices = st.builds(MemoryChoice, st.sampled_from([NATIVE, *OF_TORCH]), lengths)
cards = st.none() | st.integers(0, 48).map(lambda size: GraphicsCard("card", 48 * GIB, size * GIB))


@st.composite
def machines(draw: st.DrawFn) -> MachineMemory:
    total = draw(st.integers(2, 64)) * GIB
    available = draw(st.integers(0, total))
    ours = draw(st.integers(0, total - available))
    unified = draw(st.booleans())
    return MachineMemory(
        total, available, ours, None if unified else draw(cards), unified, draw(st.booleans())
    )


def place_on_the_ladder(shape: ModelShape, choice: MemoryChoice) -> tuple[int, int]:
    """Greater is further down."""
    return precisions(shape).index(choice.precision), -choice.context_length


# What holds for all


@given(shapes, st.sampled_from(OF_TORCH), lengths, lengths)
def test_a_longer_conversation_never_takes_less(
    shape: ModelShape, precision: Precision, one: int, other: int
) -> None:
    shorter, longer = sorted((one, other))
    before = estimate(shape, MemoryChoice(precision, shorter))
    after = estimate(shape, MemoryChoice(precision, longer))
    assert before.total <= after.total
    if shorter < longer <= shape.longest_context:
        assert before.conversation < after.conversation


@given(shapes, lengths)
def test_a_finer_precision_never_takes_less(shape: ModelShape, length: int) -> None:
    finest_first = (Precision.FP32, *OF_TORCH)
    sizes = [estimate(shape, MemoryChoice(precision, length)).total for precision in finest_first]
    assert sizes == sorted(sizes, reverse=True)


@given(shapes, choices, machines())
def test_what_is_chosen_fits_or_nothing_does(
    shape: ModelShape, wanted: MemoryChoice, machine: MachineMemory
) -> None:
    found = plan(shape, wanted, machine)
    assert found.estimate == estimate(shape, found.chosen)
    assert found.fit is fit(found.estimate, machine)
    assert found.chosen.precision in precisions(shape)
    assert found.chosen.context_length <= shape.longest_context
    if found.fit is Fit.TOO_LARGE:
        least = MemoryChoice(precisions(shape)[-1], min(2048, shape.longest_context, wanted.context_length))
        assert found.chosen == least


@given(shapes, choices, machines())
def test_the_steps_are_the_difference(
    shape: ModelShape, wanted: MemoryChoice, machine: MachineMemory
) -> None:
    found = plan(shape, wanted, machine)
    steps = set(found.steps)
    assert len(steps) == len(found.steps)
    is_shorter = found.chosen.context_length < found.wanted.context_length
    assert (StepKind.SHORTER_CONTEXT in steps) == is_shorter
    assert found.chosen.context_length <= found.wanted.context_length
    for precision, step in ((Precision.INT8, StepKind.INT8), (Precision.INT4, StepKind.INT4)):
        is_coarser = found.chosen.precision is precision is not found.wanted.precision
        assert (step in steps) == is_coarser
    assert StepKind.OTHER_MODEL not in steps


@given(shapes, choices, machines())
def test_what_was_chosen_is_kept_when_it_is_wanted(
    shape: ModelShape, wanted: MemoryChoice, machine: MachineMemory
) -> None:
    found = plan(shape, wanted, machine)
    again = plan(shape, found.chosen, machine)
    assert again.chosen == again.wanted == found.chosen
    assert set(again.steps) <= {StepKind.PARTLY_ON_PROCESSOR}


@given(shapes, choices, machines(), st.integers(0, 16 * GIB))
def test_more_free_memory_never_takes_a_step_down(
    shape: ModelShape, wanted: MemoryChoice, machine: MachineMemory, more: int
) -> None:
    roomier = replace(machine, total=machine.total + more, available=machine.available + more)
    wanted = plan(shape, wanted, machine).wanted  # what NATIVE means may change with the memory
    one, other = plan(shape, wanted, machine), plan(shape, wanted, roomier)
    if one.fit is not Fit.TOO_LARGE:
        assert other.fit is not Fit.TOO_LARGE
        assert place_on_the_ladder(shape, other.chosen) <= place_on_the_ladder(shape, one.chosen)


@given(shapes, choices, machines())
def test_the_way_down_has_an_end_and_each_step_takes_less(
    shape: ModelShape, wanted: MemoryChoice, machine: MachineMemory
) -> None:
    choice = plan(shape, wanted, machine).chosen
    for _ in range(50):
        step = next_step(shape, choice, machine)
        if step is None:
            break
        now, kind = step
        assert estimate(shape, now).total < estimate(shape, choice).total
        assert (kind is StepKind.SHORTER_CONTEXT) == (now.context_length < choice.context_length)
        assert now.context_length >= min(2048, choice.context_length)
        choice = now
    else:
        pytest.fail("no end")
    assert choice.precision is precisions(shape)[-1]


@given(shapes, machines())
def test_what_is_recommended_leaves_the_reserve_if_anything_does(
    shape: ModelShape, machine: MachineMemory
) -> None:
    advice = recommended(shape, machine)
    least = MemoryChoice(precisions(shape)[-1], contexts(shape)[0])
    assert advice.precision in precisions(shape)
    if fit(estimate(shape, least), machine) is Fit.FITS:
        assert fit(estimate(shape, advice), machine) is Fit.FITS
    assert plan(
        shape, MemoryChoice(NATIVE, advice.context_length), machine
    ).chosen.precision is not NATIVE or (precisions(shape) == (NATIVE,))


# What can be chosen


def test_choices_are_what_the_files_leave_open() -> None:
    assert precisions(CHATGLM3_6B) == OF_TORCH
    assert precisions(OFFICIAL_INT4) == (Precision.INT4,)
    assert precisions(replace(OFFICIAL_INT4, quantization_bits=8)) == (Precision.INT8,)
    assert precisions(STARTER) == (NATIVE,)
    assert contexts(CHATGLM_6B) == (2048,)
    assert contexts(CHATGLM3_6B) == (2048, 4096, 8192)
    assert contexts(GLM4_9B)[-2:] == (65536, 131072)
    assert contexts(replace(GLM4_9B, longest_context=100_000))[-2:] == (65536, 100_000)
    assert contexts(replace(GLM4_9B, longest_context=1024)) == (1024,)


def test_a_choice_that_is_not_there_counts_as_what_the_engine_makes_of_it() -> None:
    fine = estimate(OFFICIAL_INT4, MemoryChoice(Precision.FP16, 99_999))
    assert fine == estimate(OFFICIAL_INT4, MemoryChoice(Precision.INT4, 2048))
    automatic = estimate(CHATGLM3_6B, MemoryChoice(NATIVE, 2048))
    assert automatic == estimate(CHATGLM3_6B, MemoryChoice(Precision.INT4, 2048))


def test_the_conversation_of_each_generation_has_its_own_price() -> None:
    """KiB for each token: the published differences of sixteen times (architecture.md, section 7)."""
    a_token = {
        name: estimate(shape, MemoryChoice(Precision.INT4, 2048)).conversation / 2048 / 1024
        for name, shape in SHAPES.items()
    }
    assert a_token["chatglm-6b"] == 448
    assert a_token["chatglm3-6b"] == 28
    assert a_token["glm-4-9b"] == 40
    assert a_token["starter"] == 22.5


# Single computers


def machine_of(gib: float, used: float = 2, **more: object) -> MachineMemory:
    return replace(MachineMemory(int(gib * GIB), int((gib - used) * GIB)), **more)  # type: ignore[arg-type]


def test_a_laptop_of_16_gib_writes_a_6b_at_int4() -> None:
    """INT8 would fit, and is passed over because it is slow."""
    machine = machine_of(16, used=4)
    assert recommended(CHATGLM3_6B, machine) == MemoryChoice(Precision.INT4, 8192)
    found = plan(CHATGLM3_6B, MemoryChoice(Precision.INT8, 8192), machine)
    assert (found.chosen.precision, found.fit, found.steps) == (Precision.INT8, Fit.FITS, ())


def test_where_int4_is_slower_int8_is_recommended() -> None:
    machine = replace(machine_of(16), int4_is_slower=True)
    assert recommended(CHATGLM3_6B, machine).precision is Precision.INT8
    tight = replace(machine_of(8), int4_is_slower=True)
    assert recommended(CHATGLM3_6B, tight).precision is Precision.INT4


def test_a_small_model_is_recommended_as_fine_as_it_is() -> None:
    small = replace(CHATGLM3_6B, linear_weights=1_000_000_000, layers=6)
    assert recommended(small, machine_of(16)).precision is Precision.FP16


def test_the_ladder_shortens_first_where_that_is_enough() -> None:
    """A 9B at INT4 with 128 Ki tokens: 5 GiB of conversation."""
    found = plan(GLM4_9B, MemoryChoice(Precision.INT4, 131072), machine_of(12))
    assert found.steps == (StepKind.SHORTER_CONTEXT,)
    assert 8192 <= found.chosen.context_length < 131072


def test_the_ladder_goes_to_int8_and_int4_with_the_wanted_context() -> None:
    wanted = MemoryChoice(Precision.FP16, 8192)
    found = plan(CHATGLM3_6B, wanted, machine_of(12))
    assert (found.chosen, found.steps) == (MemoryChoice(Precision.INT8, 8192), (StepKind.INT8,))
    found = plan(CHATGLM3_6B, wanted, machine_of(8))
    assert (found.chosen, found.steps) == (MemoryChoice(Precision.INT4, 8192), (StepKind.INT4,))
    found = plan(CHATGLM3_6B, wanted, machine_of(4))
    assert found.fit is Fit.TOO_LARGE
    assert found.chosen == MemoryChoice(Precision.INT4, 2048)


def test_what_the_present_model_takes_is_free_for_the_next() -> None:
    busy = MachineMemory(16 * GIB, 3 * GIB, ours=10 * GIB)
    assert (busy.usable, busy.others) == (13 * GIB, 3 * GIB)
    assert plan(CHATGLM3_6B, MemoryChoice(Precision.INT8, 8192), busy).fit is Fit.FITS


def test_between_fitting_and_not_is_the_reserve() -> None:
    needed = estimate(CHATGLM3_6B, MemoryChoice(Precision.INT4, 8192))
    machine = MachineMemory(16 * GIB, needed.total)
    reserve = memory_plan.reserve(machine)
    assert GIB <= reserve < 2 * GIB
    assert fit(needed, machine) is Fit.TIGHT
    assert fit(needed, replace(machine, available=needed.total + reserve)) is Fit.FITS
    assert fit(needed, replace(machine, available=needed.total - 1)) is Fit.TOO_LARGE


def card(free: float) -> GraphicsCard:
    return GraphicsCard("NVIDIA", int(free * GIB), int(free * GIB))


def test_a_large_card_takes_the_finest_precision() -> None:
    machine = machine_of(16, card=card(24))
    assert recommended(CHATGLM3_6B, machine).precision is Precision.FP16
    found = plan(CHATGLM3_6B, MemoryChoice(Precision.FP16, 8192), machine)
    assert (found.fit, found.steps) == (Fit.FITS, ())


def test_a_middling_card_takes_what_lies_wholly_on_it() -> None:
    machine = machine_of(32, card=card(8))
    assert recommended(CHATGLM3_6B, machine).precision is Precision.INT8
    found = plan(CHATGLM3_6B, MemoryChoice(Precision.FP16, 8192), machine)
    assert (found.chosen.precision, found.steps) == (Precision.INT8, (StepKind.INT8,))


def test_a_small_card_leaves_a_part_to_the_processor() -> None:
    machine = machine_of(16, card=card(3))
    found = plan(CHATGLM3_6B, MemoryChoice(Precision.INT8, 8192), machine)
    assert found.chosen == MemoryChoice(Precision.INT8, 8192)
    assert found.steps == (StepKind.PARTLY_ON_PROCESSOR,)
    assert memory_plan.on_the_card(found.estimate, machine) == 2 * GIB


def test_a_card_helps_where_the_computers_memory_does_not_suffice() -> None:
    wanted = MemoryChoice(Precision.INT4, 2048)
    assert plan(CHATGLM3_6B, wanted, machine_of(5)).fit is Fit.TOO_LARGE
    assert plan(CHATGLM3_6B, wanted, machine_of(5, card=card(4))).fit is not Fit.TOO_LARGE


def test_llama_cpp_computes_on_the_processor_whatever_card_there_is() -> None:
    needed = estimate(STARTER, MemoryChoice(NATIVE, 8192))
    assert memory_plan.on_the_card(needed, machine_of(16, card=card(24))) == 0
    assert plan(STARTER, MemoryChoice(NATIVE, 8192), machine_of(16, card=card(24))).steps == ()


def test_an_accelerator_in_the_computers_memory_makes_no_second_memory() -> None:
    machine = machine_of(16, used=4, is_unified=True)
    assert recommended(CHATGLM3_6B, machine).precision is Precision.INT8
    needed = estimate(CHATGLM3_6B, MemoryChoice(Precision.INT8, 8192))
    assert memory_plan.on_the_card(needed, machine) == 0


def test_after_a_failure_the_context_is_only_shortened_where_that_helps() -> None:
    """28 KiB a token are not worth a second load; 448 are."""
    machine = machine_of(32)
    step = next_step(CHATGLM3_6B, MemoryChoice(Precision.INT8, 8192), machine)
    assert step == (MemoryChoice(Precision.INT4, 8192), StepKind.INT4)
    longer = replace(CHATGLM_6B, longest_context=8192)
    step = next_step(longer, MemoryChoice(Precision.INT4, 8192), machine)
    assert step is not None
    assert step[1] is StepKind.SHORTER_CONTEXT
    assert next_step(CHATGLM_6B, MemoryChoice(Precision.INT4, 2048), machine) is None

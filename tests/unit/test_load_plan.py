"""How a model is loaded: what a person chose, what fits, what a command line orders, what is said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import choice as cli_choice
from app.cli.arguments import make_parser
from app.cli.choice import planned_load
from app.core import memory_plan
from app.core import settings as declared
from app.core.engine import EngineKind, LoadPlan, ModelRef, Precision
from app.core.errors import ErrorCode, WorldError
from app.core.load_plan import (
    LoadAdjustment,
    adjustment_of,
    after_failure,
    filled_in,
    other_that_fits,
    plan_for,
    plan_wish,
    too_large_error,
)
from app.core.memory import Fit, GraphicsCard, MachineMemory, MemoryChoice
from app.core.model_records import ModelRecord, with_record
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.core.settings import Settings
from tests.helpers.memory_cases import (
    FP16,
    GGUF,
    GIB,
    INT4,
    INT8,
    SIX_B,
    barely,
    computer,
    found,
    needs,
    roomy,
)

PATHS = AppPaths(Path("/data"), Path("/models"))
HUGE = MachineMemory(total=256 * GIB, available=200 * GIB)
TORCH = FoundModel(ModelRef("glm", EngineKind.GLM_TORCH, "/models/glm"), "GLM")
SCRIPT = found(None)


def chosen(precision: Precision, context: int) -> Settings:
    record = ModelRecord(precision=precision, context_length=context)
    return Settings().changed(declared.MODEL_RECORDS, with_record(Settings(), "six", record))


# The window


def test_without_a_choice_it_is_what_is_recommended() -> None:
    for machine in (HUGE, roomy(needs(INT4, 8192)), barely(needs(INT4, 2048))):
        planned = plan_for(found(), Settings(), PATHS, machine)
        advice = memory_plan.recommended(SIX_B, machine)
        assert planned.memory is not None
        assert planned.memory.wanted == planned.memory.chosen == advice
        assert (planned.load.precision, planned.load.context_length) == (
            advice.precision,
            advice.context_length,
        )


@pytest.mark.parametrize("precision", [FP16, INT8, INT4])
def test_what_was_chosen_for_the_model_is_loaded_where_it_fits(precision: Precision) -> None:
    planned = plan_for(found(), chosen(precision, 16384), PATHS, HUGE)
    assert (planned.load.precision, planned.load.context_length) == (precision, 16384)
    assert planned.memory is not None
    assert planned.memory.fit is Fit.FITS
    assert adjustment_of(planned, planned, HUGE) is None


def test_what_an_older_teahouse_kept_for_all_models_still_counts() -> None:
    old = Settings.from_mapping({"precision": "int8", "context_length": 4096})
    planned = plan_for(found(), old, PATHS, HUGE)
    assert (planned.load.precision, planned.load.context_length) == (INT8, 4096)


def test_a_precision_that_was_meant_for_other_models_refuses_no_file() -> None:
    old = Settings.from_mapping({"precision": "int8"})
    for model in (found(GGUF), SCRIPT, replace(SCRIPT, ref=replace(SCRIPT.ref, engine=EngineKind.LLAMA_CPP))):
        assert plan_for(model, old, PATHS, HUGE).load.precision is Precision.NATIVE
    official = found(replace(SIX_B, quantization_bits=4))
    assert plan_for(official, old, PATHS, HUGE).load.precision is INT4


def test_a_context_that_was_chosen_is_worth_a_coarser_precision() -> None:
    shape = replace(SIX_B, linear_weights=3_000_000_000, groups=32)
    machine = roomy(needs(INT8, 8192, shape))
    assert memory_plan.recommended(shape, machine).precision is INT8
    assert needs(INT8, 12288, shape) > machine.usable >= needs(INT4, 12288, shape)
    assert filled_in(shape, MemoryChoice(Precision.NATIVE, 12288), machine) == MemoryChoice(INT4, 12288)


def test_a_precision_that_was_chosen_is_worth_a_shorter_context() -> None:
    machine = barely(needs(INT8, 4096))
    assert filled_in(SIX_B, MemoryChoice(INT8, 0), machine) == MemoryChoice(INT8, 4096)


def test_a_context_beyond_the_model_is_its_longest() -> None:
    planned = plan_for(found(), chosen(INT4, 131072), PATHS, HUGE)
    assert planned.load.context_length == SIX_B.longest_context


def test_what_does_not_fit_is_made_smaller_and_said_with_figures() -> None:
    machine = barely(needs(INT4, 8192))
    planned = plan_for(found(), chosen(FP16, 8192), PATHS, machine)
    assert not planned.is_too_large
    assert planned.load.precision is INT4
    said = adjustment_of(planned, planned, machine)
    assert said is not None
    assert said.wanted == MemoryChoice(FP16, 8192)
    assert said.chosen == MemoryChoice(INT4, planned.load.context_length)
    assert (said.needed, said.usable) == (needs(FP16, 8192), machine.usable)
    assert said.takes == needs(INT4, planned.load.context_length)


def test_behind_each_load_stands_the_rest_of_the_ladder() -> None:
    planned = plan_for(found(), chosen(FP16, 8192), PATHS, HUGE)
    sizes = [needs(plan.precision, plan.context_length) for plan in (planned.load, *planned.smaller)]
    assert sizes == sorted(sizes, reverse=True)
    assert len({*sizes}) == len(sizes) > 1
    assert planned.smaller[-1].precision is INT4
    assert all(plan.cache_dir == planned.load.cache_dir for plan in planned.smaller)


def test_the_memory_that_our_own_engine_has_is_counted_as_free() -> None:
    needed = needs(INT4, 8192)
    machine = computer(needed // 2, ours=needed)
    assert not plan_for(found(), chosen(INT4, 8192), PATHS, machine).memory.steps


def test_an_order_is_obeyed_and_has_no_smaller_plan() -> None:
    machine = computer(GIB)
    planned = plan_wish(found(), MemoryChoice(FP16, 32768), PATHS, machine, is_order=True)
    assert (planned.load.precision, planned.load.context_length) == (FP16, 32768)
    assert planned.is_too_large
    assert planned.smaller == ()


def test_of_a_model_that_tells_nothing_the_choice_is_taken_as_it_is() -> None:
    planned = plan_for(SCRIPT, Settings(), PATHS, computer(0))
    assert planned.memory is None
    assert not planned.is_too_large
    assert planned.load.context_length == 8192
    assert plan_wish(TORCH, MemoryChoice(INT8, 4096), PATHS, HUGE).load.precision is INT8
    assert adjustment_of(planned, planned, HUGE) is None


def test_prepared_files_lie_in_the_models_folder() -> None:
    plan = plan_for(found(), Settings(), PATHS, HUGE).load
    assert Path(plan.cache_dir) == PATHS.prepared_dir == PATHS.models_dir / "prepared"
    assert LoadPlan().cache_dir == ""


# Another model


def too_large(machine: MachineMemory):
    planned = plan_for(found(), Settings(), PATHS, machine)
    assert planned.is_too_large
    return planned


def test_the_largest_model_that_fits_takes_the_place_of_one_that_does_not() -> None:
    machine = computer(GIB)
    starter = found(GGUF, "starter", is_starter=True, parameter_count=9_000_000_000)
    small, larger = found(GGUF, "small", parameter_count=100), found(GGUF, "larger", parameter_count=200)
    broken = replace(
        found(GGUF, "broken", parameter_count=999), problem=too_large_error(too_large(machine), machine)
    )
    untold = found(None, "untold", parameter_count=999)
    asked = too_large(machine)
    everything = [asked.model, broken, untold, starter, small, larger]
    other = other_that_fits(asked, everything, Settings(), PATHS, machine)
    assert other is not None
    assert other.model == larger
    only_starter = other_that_fits(asked, [asked.model, starter], Settings(), PATHS, machine)
    assert only_starter is not None
    assert only_starter.model == starter
    assert other_that_fits(asked, [asked.model, broken, untold], Settings(), PATHS, machine) is None
    said = adjustment_of(asked, other, machine)
    assert said == LoadAdjustment(
        asked=asked.model,
        loaded=larger,
        wanted=asked.memory.wanted,
        chosen=other.memory.chosen,
        needed=asked.memory.estimate.total,
        takes=other.memory.estimate.total,
        usable=GIB,
    )


def test_what_cannot_be_loaded_at_all_is_told_with_what_it_needs() -> None:
    machine = computer(GIB)
    error = too_large_error(too_large(machine), machine)
    assert error.code is ErrorCode.OUT_OF_MEMORY_PREDICTED
    smallest = min(needs(INT4, length) for length in memory_plan.contexts(SIX_B))
    assert error.params == {"needed": str(smallest), "available": str(GIB)}


def test_a_graphics_card_counts_as_room() -> None:
    card = GraphicsCard("A card", 24 * GIB, 20 * GIB)
    machine = computer(4 * GIB, card=card)
    planned = plan_for(found(), chosen(FP16, 8192), PATHS, machine)
    assert planned.load.precision is FP16
    assert adjustment_of(planned, planned, machine) is None


# When it runs out of memory all the same


def test_a_load_that_failed_is_said_with_what_is_tried_next() -> None:
    planned = plan_for(found(), chosen(FP16, 8192), PATHS, HUGE)
    assert after_failure(planned, planned.load, HUGE) is None
    step = after_failure(planned, planned.smaller[-1], HUGE)
    assert step is not None
    assert step.has_failed
    assert step.wanted == MemoryChoice(FP16, 8192)
    assert step.chosen.precision is INT4
    assert step.takes < step.needed


# The command line


def on_the_command_line(
    words: list[str],
    model: FoundModel,
    machine: MachineMemory,
    monkeypatch: pytest.MonkeyPatch,
    **settings: object,
):
    monkeypatch.setattr(cli_choice.hardware, "memory_now", lambda *_: machine)
    monkeypatch.setattr(cli_choice.hardware, "find_graphics_card", lambda: None)
    options = make_parser().parse_args(["ask", *words, "Hi"])
    return planned_load(options, model, Settings.from_mapping(settings), PATHS)


@pytest.mark.parametrize("model", [found(), found(GGUF), SCRIPT], ids=["torch", "gguf", "script"])
def test_what_the_command_line_names_is_asked_for_whatever_the_engine(monkeypatch, capsys, model) -> None:
    words = ["--precision", "int4", "--context", "2048"]
    plan = on_the_command_line(words, model, HUGE, monkeypatch).load
    assert (plan.precision, plan.context_length) == (INT4, 2048)
    assert capsys.readouterr().err == ""


def test_an_order_that_does_not_fit_is_obeyed_with_a_warning(monkeypatch, capsys) -> None:
    planned = on_the_command_line(["--precision", "fp16"], found(), computer(4 * GIB), monkeypatch)
    assert planned.load.precision is FP16
    assert "4.0 GB can be had" in capsys.readouterr().err


@pytest.mark.parametrize("model", [found(), found(GGUF), SCRIPT], ids=["torch", "gguf", "script"])
def test_without_a_word_the_command_line_loads_as_the_window_does(monkeypatch, capsys, model) -> None:
    old = {"precision": "int8", "context_length": 4096}
    planned = on_the_command_line([], model, HUGE, monkeypatch, **old)
    assert planned == plan_for(model, Settings.from_mapping(old), PATHS, HUGE)
    assert planned.load.context_length == 4096
    assert capsys.readouterr().err == ""


def test_the_command_line_steps_down_and_says_so(monkeypatch, capsys) -> None:
    machine = barely(needs(INT4, 8192))
    planned = on_the_command_line([], found(), machine, monkeypatch, precision="fp16", context_length=8192)
    assert planned.load.precision is INT4
    said = capsys.readouterr().err
    assert "INT4" in said
    assert "FP16" in said


def test_a_named_model_that_does_not_fit_at_all_is_an_error(monkeypatch) -> None:
    with pytest.raises(WorldError) as caught:
        on_the_command_line(["--model", "six"], found(), computer(GIB), monkeypatch)
    assert caught.value.info.code is ErrorCode.OUT_OF_MEMORY_PREDICTED


def test_in_place_of_the_usual_model_another_one_is_taken(monkeypatch, capsys) -> None:
    monkeypatch.setattr(cli_choice.library, "scan", lambda _: [found(), found(GGUF, "small")])
    planned = on_the_command_line([], found(), computer(GIB), monkeypatch)
    assert planned.model.ref.id == "small"
    assert "Small" in capsys.readouterr().err

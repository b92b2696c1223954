"""What of this computer a model may use: how it reaches a load, its plan, and the engines."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from app.core import memory_plan
from app.core import settings as declared
from app.core.cancel import CancelToken
from app.core.computing import USUAL, Computing, computing_of, machine_for
from app.core.engine import DeviceWish, LoadNote, LoadPlan
from app.core.errors import WorldError
from app.core.load_plan import plan_for, plan_wish
from app.core.memory import GraphicsCard, StepKind
from app.core.model_records import AUTOMATIC
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.model import hardware
from app.model.engines import llama_cpp, llama_server
from app.model.engines.llama_cpp import LlamaCppEngine
from app.model.engines.llama_server import LlamaServer, LoadError
from tests.helpers.memory_cases import GIB, SIX_B, computer, found
from tests.helpers.starter import starter_ref

PATHS = AppPaths(Path("/data"), Path("/models"))
CARD = computer(15 * GIB, card=GraphicsCard("A card", 24 * GIB, 23 * GIB))


def test_the_settings_name_what_the_engines_know() -> None:
    assert {*declared.DEVICE.choices} == {wish.value for wish in DeviceWish}
    assert computing_of(Settings()) == USUAL
    chosen = Settings().changed(declared.DEVICE, "processor").changed(declared.THREADS, 3)
    assert computing_of(chosen) == Computing(DeviceWish.PROCESSOR, 3)


def test_what_was_chosen_stands_in_the_load_and_in_every_smaller_one() -> None:
    settings = Settings().changed(declared.DEVICE, "graphics_card").changed(declared.THREADS, 2)
    planned = plan_for(found(), settings, PATHS, CARD)
    assert planned.smaller
    assert {(load.device, load.threads) for load in (planned.load, *planned.smaller)} == {
        (DeviceWish.GRAPHICS_CARD, 2)
    }
    told_nothing = plan_for(found(None), settings, PATHS, CARD).load
    assert (told_nothing.device, told_nothing.threads) == (DeviceWish.GRAPHICS_CARD, 2)


def test_for_the_processor_alone_a_load_is_planned_as_if_there_were_no_card() -> None:
    alone = Computing(DeviceWish.PROCESSOR)
    for computing in (USUAL, Computing(DeviceWish.GRAPHICS_CARD)):
        planned = plan_wish(found(), AUTOMATIC, PATHS, CARD, computing)
        assert planned.memory is not None
        assert planned.memory.chosen == memory_plan.recommended(SIX_B, CARD)
    planned = plan_wish(found(), AUTOMATIC, PATHS, CARD, alone)
    assert planned.memory is not None
    assert planned.memory.chosen == memory_plan.recommended(SIX_B, replace(CARD, card=None))
    assert planned.memory.chosen != memory_plan.recommended(SIX_B, CARD)
    small = replace(CARD, card=GraphicsCard("A card", 2 * GIB, 2 * GIB))
    assert StepKind.PARTLY_ON_PROCESSOR not in plan_wish(found(), AUTOMATIC, PATHS, small, alone).memory.steps


def test_a_computer_for_the_processor_alone_has_no_accelerator_of_any_kind() -> None:
    both = replace(CARD, is_unified=True)
    assert machine_for(both, DeviceWish.PROCESSOR) == replace(both, card=None, is_unified=False)
    assert machine_for(both, DeviceWish.AUTOMATIC) == machine_for(both, DeviceWish.GRAPHICS_CARD) == both


def test_threads_are_one_for_each_core_or_what_was_chosen_as_far_as_there_are() -> None:
    assert hardware.threads_for(0) == hardware.physical_cores() <= hardware.logical_cores()
    assert hardware.threads_for(1) == 1
    assert hardware.threads_for(1000) == hardware.logical_cores()


@pytest.mark.starter
def test_for_the_processor_alone_the_library_is_not_even_asked_for_a_card(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plans: list[llama_server.ServerPlan] = []

    def no_server(plan: llama_server.ServerPlan) -> LlamaServer:
        plans.append(plan)
        raise LoadError("not started")

    monkeypatch.setattr(llama_cpp, "LlamaServer", no_server)
    monkeypatch.setattr(llama_server, "accelerator_name", lambda: pytest.fail("asked"))
    plan = LoadPlan(context_length=512, device=DeviceWish.PROCESSOR, threads=1000)
    with pytest.raises(WorldError):
        LlamaCppEngine().load(starter_ref(), plan, lambda _: None, CancelToken())
    (last,) = plans
    assert (last.processor_only, last.threads) == (True, os.cpu_count())
    params = llama_server._params(last, "key", verbosity=0)
    assert (params.n_gpu_layers, params.no_kv_offload, params.no_op_offload) == (0, True, True)
    assert llama_server._params(replace(last, processor_only=False), "key", 0).n_gpu_layers == -1


@pytest.mark.starter
def test_a_card_that_was_wished_for_and_is_not_there_is_told() -> None:
    engine = LlamaCppEngine()
    found_here = llama_server.accelerator_name()
    for wish in DeviceWish:
        plan = LoadPlan(context_length=512, device=wish)
        info = engine.load(starter_ref(), plan, lambda _: None, CancelToken())
        engine.unload()
        is_missing = wish is DeviceWish.GRAPHICS_CARD and not found_here
        assert info.notes == ((LoadNote.ACCELERATOR_MISSING,) if is_missing else ())
        assert info.device == ("" if wish is DeviceWish.PROCESSOR else found_here)

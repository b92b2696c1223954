"""Which model is loaded and how: the memory of the moment, other plans, other models, orders, reloads."""

from __future__ import annotations

from dataclasses import replace

from app.core import settings as declared
from app.core.engine import DeviceWish
from app.core.errors import ErrorCode
from app.core.memory import GraphicsCard, MemoryChoice
from app.workers.engine_status import EngineState
from tests.helpers.engine_desk import PLENTY, SIX, SMALL, Desk
from tests.helpers.engine_desk import desk as desk
from tests.helpers.memory_cases import FP16, GGUF, GIB, INT4, INT8, barely, computer, found, needs


def test_each_load_is_planned_with_the_memory_of_its_moment(desk: Desk) -> None:
    desk.choose(FP16, 8192)
    desk.start()
    assert desk.last == ("six", FP16, 8192)
    assert desk.said == [None]
    desk.controller.unload()
    desk.machine = barely(needs(INT4, 8192))
    desk.controller.prepare(lambda: None)
    assert desk.last == ("six", INT4, 8192)
    said = desk.said[-1]
    assert said is not None
    assert (said.wanted, said.chosen) == (MemoryChoice(FP16, 8192), MemoryChoice(INT4, 8192))
    assert desk.controller.adjustment == said
    assert desk.troubles == []


def test_anyway_loads_as_chosen_and_is_remembered_for_the_run(desk: Desk) -> None:
    desk.choose(FP16, 8192)
    desk.machine = barely(needs(INT4, 8192))
    desk.start()
    assert desk.last == ("six", INT4, 8192)
    desk.controller.load_anyway()
    assert desk.last == ("six", FP16, 8192)
    assert desk.engine.ladders[-1] == ()
    assert desk.said[-1] is None
    assert desk.controller.is_order(SIX)
    desk.controller.unload()
    desk.controller.prepare(lambda: None)
    assert desk.last == ("six", FP16, 8192)
    desk.choose(FP16, 4096)  # another wish is another question
    desk.controller.reload_for_settings()
    assert desk.last[1] is INT4


def test_another_model_takes_the_place_and_the_first_one_is_remembered(desk: Desk) -> None:
    desk.machine = computer(GIB)
    desk.start()
    assert desk.last[0] == "small"
    assert desk.controller.wanted == SMALL.ref
    assert desk.controller.asked == SIX
    said = desk.said[-1]
    assert said is not None
    assert (said.asked, said.loaded) == (SIX, SMALL)
    desk.engine.become(EngineState.READY)
    assert desk.used == ["six"]
    desk.controller.unload()
    desk.machine = PLENTY
    desk.controller.prepare(lambda: None)
    assert desk.last[0] == "six"
    assert desk.said[-1] is None


def test_anyway_instead_of_another_model(desk: Desk) -> None:
    desk.choose(INT8, 4096)
    desk.machine = computer(GIB)
    desk.start()
    desk.controller.load_anyway()
    assert desk.last == ("six", INT8, 4096)


def test_a_model_that_is_loaded_stays_when_the_chosen_one_does_not_fit(desk: Desk) -> None:
    larger = found(GGUF, "larger", parameter_count=900)
    desk.models = [SMALL, larger, SIX]
    desk.machine = computer(GIB)
    desk.start()
    desk.engine.become(EngineState.READY)
    first = desk.last[0]
    desk.controller.choose("six")
    assert desk.last[0] == first
    assert desk.said[-1] is not None


def test_where_nothing_fits_nothing_is_loaded_and_it_is_said(desk: Desk) -> None:
    desk.models = [SIX]
    desk.machine = computer(GIB)
    desk.start()
    assert desk.engine.loads == []
    assert [error.code for error in desk.troubles] == [ErrorCode.OUT_OF_MEMORY_PREDICTED]
    assert desk.controller.wanted == SIX.ref
    called: list[bool] = []
    desk.controller.prepare(lambda: called.append(True))
    assert called == [True]
    assert desk.engine.loads == []
    desk.controller.load_anyway()
    assert desk.last[0] == "six"


def test_it_is_loaded_when_the_person_comes_back_and_it_fits(desk: Desk) -> None:
    desk.models = [SIX]
    desk.machine = computer(GIB)
    desk.start()
    desk.controller.look_again()
    desk.settle()
    assert desk.engine.loads == []
    assert len(desk.troubles) == 1
    desk.machine = PLENTY
    desk.controller.look_again()
    desk.settle()
    assert desk.last[0] == "six"


def test_a_step_that_the_engine_took_is_said_and_taken_again(desk: Desk) -> None:
    desk.choose(FP16, 8192)
    desk.start()
    step = desk.engine.ladders[-1][0]
    desk.engine.tell(replace(desk.engine.status, plan=step))
    desk.engine.tell(replace(desk.engine.status, load_fraction=0.5))
    said = desk.said[-1]
    assert said is not None
    assert said.has_failed
    assert said.chosen == MemoryChoice(step.precision, step.context_length)
    assert len(desk.said) == 2
    desk.engine.become(EngineState.READY)
    desk.controller.unload()
    desk.controller.prepare(lambda: None)
    assert desk.engine.loads[-1] == ("six", step)
    assert desk.said[-1] == said


def test_at_the_end_of_the_ladder_the_error_stands_and_the_next_try_begins_anew(desk: Desk) -> None:
    desk.choose(FP16, 8192)
    desk.start()
    first = desk.engine.loads[-1]
    desk.engine.tell(replace(desk.engine.status, plan=desk.engine.ladders[-1][-1]))
    desk.engine.fail(ErrorCode.ENGINE_OUT_OF_MEMORY)
    assert [error.code for error in desk.troubles] == [ErrorCode.ENGINE_OUT_OF_MEMORY]
    desk.controller.prepare(lambda: None)
    assert desk.engine.loads[-1] == first


def test_another_choice_loads_again_once(desk: Desk) -> None:
    desk.controller.reload_for_settings()
    assert desk.engine.loads == []
    desk.start()
    desk.engine.become(EngineState.READY)
    before = len(desk.engine.loads)
    desk.controller.reload_for_settings()
    assert len(desk.engine.loads) == before
    desk.choose(INT8, 4096)
    desk.controller.reload_for_settings()
    desk.controller.reload_for_settings()
    assert len(desk.engine.loads) == before + 1
    assert desk.last == ("six", INT8, 4096)


def test_a_choice_for_a_model_that_is_not_loaded_waits_for_the_next_message(desk: Desk) -> None:
    desk.start()
    desk.controller.unload()
    desk.choose(INT8, 4096)
    before = len(desk.engine.loads)
    desk.controller.reload_for_settings()
    assert len(desk.engine.loads) == before
    desk.controller.prepare(lambda: None)
    assert desk.last == ("six", INT8, 4096)


def test_another_device_or_number_of_threads_loads_the_model_again(desk: Desk) -> None:
    desk.start()
    desk.engine.become(EngineState.READY)
    desk.settings = desk.settings.changed(declared.DEVICE, "processor")
    desk.controller.reload_for_settings()
    assert desk.engine.loads[-1][1].device is DeviceWish.PROCESSOR
    desk.engine.become(EngineState.READY)
    desk.settings = desk.settings.changed(declared.THREADS, 1)
    desk.controller.reload_for_settings()
    assert (desk.engine.loads[-1][1].threads, len(desk.engine.loads)) == (1, 3)
    desk.controller.reload_for_settings()
    assert len(desk.engine.loads) == 3


def test_the_card_is_named_also_where_it_is_not_used(desk: Desk) -> None:
    desk.machine = computer(15 * GIB, card=GraphicsCard("A card", 8 * GIB, 8 * GIB))
    desk.settings = desk.settings.changed(declared.DEVICE, "processor")
    assert desk.controller.machine().card is None
    assert desk.controller.accelerator == "A card"


def test_while_it_is_lent_nothing_is_loaded_remembered_or_complained_of(desk: Desk) -> None:
    desk.start()
    desk.engine.become(EngineState.READY)
    desk.used.clear()
    desk.controller.lend()
    step = desk.engine.ladders[-1][0]
    desk.engine.tell(replace(desk.engine.status, plan=step))
    desk.engine.fail(ErrorCode.ENGINE_OUT_OF_MEMORY)
    desk.choose(INT8, 4096)
    desk.controller.reload_for_settings()
    desk.controller.look_again()
    desk.settle()
    assert (desk.used, desk.troubles, desk.said, len(desk.engine.loads)) == ([], [], [None], 1)
    desk.controller.take_back(load=True)
    assert desk.last == ("six", INT8, 4096)


def test_what_a_person_wants_takes_it_back_at_once(desk: Desk) -> None:
    desk.start()
    desk.engine.become(EngineState.READY)
    reclaimed: list[bool] = []
    desk.controller.reclaimed.connect(lambda: reclaimed.append(True))
    wants = (
        lambda: desk.controller.prepare(lambda: None),
        lambda: desk.controller.choose("six"),
        desk.controller.unload,
        desk.controller.load_anyway,
    )
    for count, want in enumerate(wants, 1):
        desk.controller.lend()
        desk.engine.become(EngineState.BUSY)
        want()
        assert len(reclaimed) == count
    want()
    assert len(reclaimed) == len(wants)


def test_memory_that_was_free_before_is_left_free(desk: Desk) -> None:
    desk.start()
    desk.controller.unload()
    desk.controller.lend()
    desk.engine.become(EngineState.READY)
    desk.controller.take_back(load=False)
    assert desk.engine.status.state is EngineState.EMPTY
    assert len(desk.engine.loads) == 1


def test_an_answer_is_finished_before_the_model_is_loaded_again(desk: Desk) -> None:
    desk.start()
    desk.engine.become(EngineState.READY)
    desk.engine.become(EngineState.BUSY)
    before = len(desk.engine.loads)
    desk.choose(INT8, 4096)
    desk.controller.reload_for_settings()
    assert len(desk.engine.loads) == before
    assert desk.controller.is_reload_due
    desk.engine.become(EngineState.READY)
    assert desk.last == ("six", INT8, 4096)
    assert not desk.controller.is_reload_due


def test_a_smaller_choice_loads_what_was_refused(desk: Desk) -> None:
    desk.models = [SIX]
    desk.machine = computer(GIB)
    desk.start()
    desk.machine = barely(needs(INT4, 2048))
    desk.choose(INT4, 2048)
    desk.controller.reload_for_settings()
    assert desk.last == ("six", INT4, 2048)


def test_a_model_outside_the_library_is_loaded_without_a_plan(desk: Desk) -> None:
    desk.machine = computer(0)
    script = found(None, "script")
    desk.controller.start(script.ref)
    assert desk.engine.loads[0][0] == "script"
    desk.settle()

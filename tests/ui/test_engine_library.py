"""The library under the engine controller: what is taken away, moved, or changed while it is being read."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.model import library
from app.model.library_look import LibraryLook
from app.ui.library_reader import LibraryReader
from app.workers.engine_status import EngineState
from tests.helpers.engine_desk import SIX, SMALL, Desk
from tests.helpers.engine_desk import desk as desk
from tests.helpers.memory_cases import GIB, computer

OLD, NEW = AppPaths(Path("/d"), Path("/old")), AppPaths(Path("/d"), Path("/new"))


def test_a_model_that_is_being_taken_away_is_not_loaded_again(desk: Desk) -> None:
    desk.start()
    assert desk.last[0] == "six"
    desk.controller.forget("six")
    desk.controller.prepare(lambda: None)
    desk.settle()
    assert desk.last[0] == "small"
    desk.controller.unload()
    desk.controller.forget("small")
    desk.controller.keep("six")  # it could not be removed
    desk.controller.prepare(lambda: None)
    desk.settle()
    assert desk.last[0] == "six"


def test_an_answer_goes_on_when_the_model_in_whose_place_it_is_written_is_removed(desk: Desk) -> None:
    third = replace(SMALL, ref=replace(SMALL.ref, id="third", path="/third"), architecture="chatglm")
    desk.models = [SIX, SMALL, third]
    desk.machine = computer(GIB)
    desk.start()
    loaded = desk.last[0]
    assert loaded != "six"
    desk.engine.become(EngineState.BUSY)
    count = len(desk.engine.loads)
    desk.controller.forget("six")
    desk.models = [SMALL, third]
    desk.controller.look_again()
    desk.settle()
    assert len(desk.engine.loads) == count
    assert desk.controller.asked == desk.controller.current
    assert desk.said[-1] is None
    desk.controller.unload()
    desk.controller.prepare(lambda: None)
    assert desk.last[0] == loaded


def test_the_model_that_a_person_chose_comes_back_after_a_move_also_where_none_is_loaded(desk: Desk) -> None:
    desk.start()
    desk.controller.choose("small")
    desk.controller.unload()
    moved = [replace(one, ref=replace(one.ref, path=f"/new/{one.ref.id}")) for one in (SIX, SMALL)]
    desk.models = moved
    desk.controller.move_to(NEW)
    desk.settle()
    assert desk.engine.status.state is EngineState.EMPTY
    desk.controller.prepare(lambda: None)
    desk.settle()
    assert desk.last[0] == "small"
    assert desk.controller.wanted == moved[1].ref


def test_a_model_in_its_own_place_leaves_what_was_prepared_in_the_folder_that_was_left(desk: Desk) -> None:
    desk.start()
    desk.engine.become(EngineState.READY)
    loads = len(desk.engine.loads)
    desk.controller.move_to(NEW)
    desk.settle()
    assert len(desk.engine.loads) == loads + 1
    assert desk.last[0] == "six"
    assert desk.engine.loads[-1][1].cache_dir == str(NEW.prepared_dir)
    desk.controller.choose("small")
    desk.engine.become(EngineState.READY)
    desk.controller.move_to(AppPaths(NEW.data_dir, Path("/newer")))  # llama.cpp prepares nothing
    desk.settle()
    assert len(desk.engine.loads) == loads + 2


def test_who_asks_for_a_look_during_one_gets_another(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.start()
    began, gate, looks = threading.Event(), threading.Event(), []

    def scan(_: Path) -> list[FoundModel]:
        models = list(desk.models)
        looks.append(models)
        began.set()
        gate.wait()
        return models

    monkeypatch.setattr(library, "scan", scan)
    desk.controller.look_again()
    desk.loop.run_until_complete(desk.loop.run_in_executor(None, began.wait))
    desk.models = [SMALL]  # by now the first look has seen what is not there any more
    desk.controller.look_again()
    gate.set()
    desk.settle()
    assert desk.controller.models == (SMALL,)
    assert len(looks) == 2


# The reader itself


class Disk:
    """Looks at it wait until their folder is let go."""

    def __init__(self) -> None:
        self.gates = {OLD: threading.Event(), NEW: threading.Event()}

    def look(self, paths: AppPaths) -> LibraryLook:
        self.gates[paths].wait()
        return LibraryLook((SIX,) if paths == OLD else (SMALL,))


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def test_a_look_that_ends_late_does_not_bring_back_what_was(loop: asyncio.AbstractEventLoop) -> None:
    disk = Disk()
    reader = LibraryReader(loop, disk.look)
    old, new = loop.create_task(reader.read(OLD)), loop.create_task(reader.read(NEW))
    disk.gates[NEW].set()
    loop.run_until_complete(new)
    assert reader.models == (SMALL,)
    assert reader.is_reading
    disk.gates[OLD].set()
    loop.run_until_complete(old)
    assert reader.models == (SMALL,)
    assert not reader.is_reading

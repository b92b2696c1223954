"""An engine controller between an engine that only notes, a library and a computer that a test decides on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal

from app.core import settings as declared
from app.core.engine import LoadPlan, ModelRef, Precision
from app.core.errors import ErrorCode, ErrorInfo
from app.core.load_plan import LoadAdjustment
from app.core.memory import MachineMemory
from app.core.model_records import ModelRecord, with_record
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.model import hardware, library
from app.ui.engine_controller import EngineController
from app.workers.engine_status import EngineState, EngineStatus
from tests.helpers.memory_cases import GGUF, GIB, computer, found

SIX, SMALL = found(), found(GGUF, "small", parameter_count=100)
PLENTY = computer(15 * GIB)


class NotingEngine(QObject):
    """Keeps what it is asked for, and is in whatever state a test says."""

    status_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.status = EngineStatus()
        self.loads: list[tuple[str, LoadPlan]] = []
        self.ladders: list[tuple[LoadPlan, ...]] = []

    def load(self, ref: ModelRef, plan: LoadPlan, smaller: tuple[LoadPlan, ...] = ()) -> None:
        self.loads.append((ref.id, plan))
        self.ladders.append(smaller)
        self.tell(EngineStatus(EngineState.LOADING, ref, plan))

    def refuse(self, ref: ModelRef, plan: LoadPlan, error: ErrorInfo) -> None:
        self.tell(EngineStatus(EngineState.FAILED, ref, plan, error=error))

    def unload(self) -> None:
        self.tell(EngineStatus())

    def tell(self, status: EngineStatus) -> None:
        self.status = status
        self.status_changed.emit(status)

    def become(self, state: EngineState) -> None:
        self.tell(replace(self.status, state=state))

    def fail(self, code: ErrorCode) -> None:
        self.tell(replace(self.status, state=EngineState.FAILED, error=ErrorInfo(code)))


class Desk:
    """A controller between a noting engine, a library and a computer that a test decides on."""

    def __init__(self, paths: AppPaths, models: list[FoundModel]) -> None:
        self.engine = NotingEngine()
        self.models = models
        self.machine: MachineMemory = PLENTY
        self.settings = Settings()
        self.loop = asyncio.new_event_loop()
        self.looks = 0
        self.controller = EngineController(
            self.engine, paths, lambda: self.settings, self.loop, self.engine, probe=self._probe
        )
        self.said: list[LoadAdjustment | None] = []
        self.troubles: list[ErrorInfo] = []
        self.used: list[str] = []
        self.controller.adjusted.connect(self.said.append)
        self.controller.trouble.connect(self.troubles.append)
        self.controller.model_used.connect(self.used.append)

    def _probe(self, _pid: int | None) -> MachineMemory:
        self.looks += 1
        return self.machine

    def settle(self) -> None:
        """Let everything that was begun on the loop end."""
        self.loop.run_until_complete(asyncio.sleep(0))
        while self.controller._tasks:
            self.loop.run_until_complete(asyncio.gather(*self.controller._tasks))

    def start(self) -> None:
        self.controller.start()
        self.settle()

    def choose(self, precision: Precision, context: int, model_id: str = "six") -> None:
        record = ModelRecord(precision=precision, context_length=context)
        text = with_record(self.settings, model_id, record)
        self.settings = self.settings.changed(declared.MODEL_RECORDS, text)

    @property
    def last(self) -> tuple[str, Precision, int]:
        model_id, plan = self.engine.loads[-1]
        return model_id, plan.precision, plan.context_length


@pytest.fixture
def desk(qapp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(AppPaths(tmp_path / "d", tmp_path / "m"), [SIX, SMALL])
    monkeypatch.setattr(library, "scan", lambda _: desk.models)
    monkeypatch.setattr(hardware, "find_graphics_card", lambda *_: None)
    yield desk
    desk.controller.cancel_background()
    desk.loop.run_until_complete(desk.loop.shutdown_default_executor())
    desk.loop.close()
    desk.engine.deleteLater()  # with its timers, in this thread: a later collection may run in another

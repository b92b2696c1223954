"""What tests of the engine host share: scripts as models, and a recorder of everything a client tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from PySide6.QtCore import QElapsedTimer, QObject, Slot
from pytestqt.qtbot import QtBot

from app.core.chat import FinishReason, Role, Turn
from app.core.engine import (
    EngineKind,
    Failed,
    Finished,
    GenerationParams,
    LoadPlan,
    ModelRef,
    ReasoningDelta,
    RequestEvent,
    TextDelta,
)
from app.model.engines.script import Script, dump_script
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineState, EngineStatus

PARAMS = GenerationParams(max_tokens=0)
PLAN = LoadPlan(context_length=131_072)
WAIT_MS = 20_000


def script_ref(folder: Path, script: Script, name: str = "script") -> ModelRef:
    """A model that does what `script` says."""
    path = folder / f"{name}.json"
    path.write_text(dump_script(script), encoding="utf-8")
    return ModelRef(name, EngineKind.SCRIPTED, str(path))


def ask(text: str = "Hello") -> tuple[Turn, ...]:
    """A conversation of one question."""
    return (Turn(Role.USER, text, 1),)


class EngineRecorder(QObject):
    """Keeps all events and statuses of a client, with the milliseconds at which they came."""

    def __init__(self, client: EngineClient, qtbot: QtBot) -> None:
        super().__init__()
        self.client = client
        self.statuses: list[EngineStatus] = []
        self.events: list[tuple[int, RequestEvent]] = []
        self.times_ms: list[float] = []
        self._qtbot = qtbot
        self._clock = QElapsedTimer()
        self._clock.start()
        client.status_changed.connect(self._on_status)
        client.event_received.connect(self._on_event)

    @property
    def now_ms(self) -> float:
        return self._clock.nsecsElapsed() / 1e6

    @property
    def states(self) -> list[EngineState]:
        """The states passed through, without repetitions."""
        states = [status.state for status in self.statuses]
        return [state for at, state in enumerate(states) if at == 0 or states[at - 1] is not state]

    def of(self, request_id: int) -> list[RequestEvent]:
        return [event for owner, event in self.events if owner == request_id]

    def text(self, request_id: int) -> str:
        return "".join(event.text for event in self.of(request_id) if isinstance(event, TextDelta))

    def ids(self, request_id: int) -> list[int]:
        deltas = [event for event in self.of(request_id) if isinstance(event, TextDelta | ReasoningDelta)]
        return [token for delta in deltas for token in delta.ids]

    def ends(self, request_id: int) -> list[Finished | Failed]:
        return [event for event in self.of(request_id) if isinstance(event, Finished | Failed)]

    def end_ms(self, request_id: int) -> float:
        """When the terminal event came."""
        pairs = zip(self.events, self.times_ms, strict=True)
        return next(ms for (owner, event), ms in pairs if owner == request_id and is_end(event))

    def wait(self, condition: Callable[[], bool], timeout_ms: int = WAIT_MS) -> None:
        self._qtbot.waitUntil(condition, timeout=timeout_ms)

    def wait_end(self, request_id: int) -> Finished | Failed:
        """The terminal event of a request, when it has come."""
        self.wait(lambda: bool(self.ends(request_id)))
        return self.ends(request_id)[0]

    def wait_text(self, request_id: int) -> None:
        self.wait(lambda: bool(self.text(request_id)))

    def wait_state(self, state: EngineState) -> None:
        self.wait(lambda: self.client.status.state is state)

    def load(self, ref: ModelRef, plan: LoadPlan = PLAN) -> None:
        """Load and wait until it is ready."""
        self.client.load(ref, plan)
        self.wait(lambda: self.client.status.state is EngineState.READY and self.client.status.ref == ref)

    def ask(self, text: str = "Hello", params: GenerationParams = PARAMS) -> int:
        return self.client.generate(ask(text), params)

    def answered(self, turns: Sequence[Turn], params: GenerationParams = PARAMS) -> int:
        """Ask, wait for a good end, give the request's id."""
        request_id = self.client.generate(turns, params)
        end = self.wait_end(request_id)
        assert isinstance(end, Finished)
        assert end.reason is not FinishReason.CANCELLED
        return request_id

    def child(self) -> psutil.Process:
        """The engine child."""
        return psutil.Process(self.client.status.child_pid)

    def settle(self, ms: int = 50) -> None:
        """Let everything that is still on its way arrive."""
        self._qtbot.wait(ms)

    def assert_one_end_each(self) -> None:
        """Every request that was begun has exactly one terminal event, and nothing after it."""
        for request_id in {owner for owner, _ in self.events}:
            events = self.of(request_id)
            assert len(self.ends(request_id)) == 1, (request_id, events[-3:])
            assert is_end(events[-1]), (request_id, events[-3:])

    @Slot(object)
    def _on_status(self, status: EngineStatus) -> None:
        self.statuses.append(status)

    @Slot(int, object)
    def _on_event(self, request_id: int, event: RequestEvent) -> None:
        self.events.append((request_id, event))
        self.times_ms.append(self.now_ms)


def is_end(event: RequestEvent) -> bool:
    return isinstance(event, Finished | Failed)

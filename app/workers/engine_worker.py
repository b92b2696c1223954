"""The engine worker: hosts the model for the app, on the thread "engine".

It drives one engine child by events only, so its thread is never blocked. It keeps the promises that the
window builds on: every request ends with exactly one terminal event whatever happens to the child; Stop ends
an answer at once; a child that died is started again with the same model. Knows processes and the wire, no
widget, no storage. Everything here runs in the worker's thread; the one thing shared is the cancel token.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from app.core.chat import FinishReason, Turn
from app.core.engine import (
    Failed,
    Finished,
    LoadPlan,
    LoadProgress,
    ModelInfo,
    ModelRef,
    RequestEvent,
)
from app.core.errors import ErrorCode, ErrorInfo
from app.core.wire import (
    Cancel,
    CountTokens,
    Generate,
    Hello,
    Load,
    Loaded,
    LoadFailed,
    Reply,
    RequestReply,
    TokenCount,
    WireError,
)
from app.workers.child_log import close_child_log, open_child_log
from app.workers.engine_process import ChildCommand, ChildEnd, EngineProcess
from app.workers.engine_request import EngineRequest, Terminal
from app.workers.engine_status import EngineState, EngineStatus
from app.workers.engine_teller import EngineTeller

STOP_ANSWER_MS = 120
"""After Stop, how long the child may take to end the answer itself; then the worker ends it."""
STOP_KILL_MS = 1500
"""After Stop, how long the child may go on working; then it is killed and the model loaded again."""
MAX_CRASHES_IN_A_ROW = 3
LOAD_FRACTION_STEP = 0.01


class _Phase(Enum):
    """Where the one child is. A second one is never started before the first is gone."""

    NONE = auto()
    STARTING = auto()
    LOADING = auto()
    LOADED = auto()
    ENDING = auto()


@dataclass(frozen=True, slots=True)
class _Target:
    """The model that the person wants loaded. `smaller` are tried in turn when memory runs out."""

    ref: ModelRef
    plan: LoadPlan
    smaller: tuple[LoadPlan, ...] = ()


class EngineWorker(QObject):
    """Owns the engine child; used through `EngineClient`.

    Signals:
        status_changed: an `EngineStatus`.
        event_received: (request id, `RequestEvent`).
        tokens_counted: (request id, tokens).
    """

    status_changed = Signal(object)
    event_received = Signal(int, object)
    tokens_counted = Signal(int, int)

    def __init__(self, command: ChildCommand, log_dir: Path | None) -> None:
        super().__init__()
        self._command = command
        self._log_dir = log_dir
        self._log: logging.Logger | None = None
        self._status = EngineStatus()
        self._idle = EngineStatus()  # what is told while there is no target
        self._target: _Target | None = None
        self._child: EngineProcess | None = None
        self._phase = _Phase.NONE
        self._wants_child = False
        self._crashes = 0
        self._load_started = 0.0
        self._queue: deque[EngineRequest] = deque()
        self._child_works_on: int | None = None  # outlives the teller's request when a stopped child is slow
        self._teller = EngineTeller(self)
        self._teller.told.connect(self.event_received)
        self._answer_timer = self._single_shot(STOP_ANSWER_MS, self._on_stop_unanswered)
        self._kill_timer = self._single_shot(STOP_KILL_MS, self._on_stop_ignored)

    @Slot(object, object, object)
    def load(self, ref: ModelRef, plan: LoadPlan, smaller: tuple[LoadPlan, ...] = ()) -> None:
        """Have this model loaded, instead of another; what waits in the queue is answered by it.

        A load that runs out of memory goes on with the next of `smaller`; the status tells the plan in use.
        """
        old, self._target = self._target, _Target(ref, plan, smaller)
        is_same = old is not None and (old.ref, old.plan) == (ref, plan)
        if not is_same or self._status.state is EngineState.FAILED:
            self.restart()

    @Slot()
    def restart(self) -> None:
        """Load the same model again in a new child; an answer that runs is cancelled."""
        if self._target is None:
            return
        self._crashes = 0
        self._teller.cancel()
        self._begin_load()

    @Slot()
    def unload(self) -> None:
        """Give the memory back; what runs, loads or waits is cancelled."""
        self._let_go(EngineStatus(), Finished(FinishReason.CANCELLED))

    @Slot(object, object, object)
    def refuse(self, ref: ModelRef, plan: LoadPlan, error: ErrorInfo) -> None:
        """Load nothing, and answer what is asked with `error` until there is another load."""
        self._let_go(EngineStatus(EngineState.FAILED, ref, plan, error=error), Failed(error))

    @Slot(object)
    def generate(self, request: EngineRequest) -> None:
        """Answer `request` after those before it; waits for a model that loads."""
        if self._target is None:
            self.event_received.emit(request.id, Failed(self._idle.error or ErrorInfo(ErrorCode.NO_MODEL)))
            return
        self._queue.append(request)
        if self._status.state is EngineState.FAILED:
            self._crashes = 0
            self._begin_load()
        self._answer_next()

    @Slot(int)
    def stop(self, request_id: int) -> None:
        """The person pressed Stop; the cancel token of the request is set already."""
        running = self._teller.request
        if running is not None and running.id == request_id and self._child is not None:
            self._child.send(Cancel(request_id))
            self._answer_timer.start()
            self._kill_timer.start()
            return
        for request in [request for request in self._queue if request.id == request_id]:
            self._queue.remove(request)
            self.event_received.emit(request_id, Finished(FinishReason.CANCELLED))

    @Slot(int, object)
    def count_tokens(self, request_id: int, turns: tuple[Turn, ...]) -> None:
        """Answered by `tokens_counted`, and by nothing while no model is loaded."""
        if self._child is not None and self._phase is _Phase.LOADED:
            with contextlib.suppress(WireError):  # too long to be sent is too long to be answered
                self._child.send(CountTokens(request_id, turns))

    @Slot()
    def shutdown(self) -> None:
        """End the child and this thread; the client gives the terminal events that are owed."""
        self._wants_child = False
        self._answer_timer.stop()
        self._kill_timer.stop()
        if self._child is not None:
            self._child.end_and_wait()
            self._child.deleteLater()
            self._child = None
        if self._log is not None:
            close_child_log(self._log)
        QThread.currentThread().quit()

    # The child

    def _begin_load(self) -> None:
        """Start a child for the target, once the present one is gone."""
        if self._target is None:
            return
        self._wants_child = True
        self._load_started = time.monotonic()
        self._set_status(EngineStatus(EngineState.LOADING, self._target.ref, self._target.plan))
        if self._child is None:
            self._start_child()
        else:
            self._end_child()

    def _start_child(self) -> None:
        if self._target is None:
            return
        self._wants_child = False
        self._phase = _Phase.STARTING
        if self._log is None:  # made here because the folder is made: not in the GUI thread
            self._log = open_child_log(self._log_dir)
        child = EngineProcess(self._target.ref.engine, self._command, self._log, self)
        self._child = child
        child.replied.connect(self._on_reply)
        child.died.connect(self._on_died)
        child.gone.connect(self._on_gone)
        child.start()

    def _end_child(self) -> None:
        self._answer_timer.stop()
        self._kill_timer.stop()
        self._child_works_on = None
        if self._child is not None and self._phase is not _Phase.ENDING:
            self._phase = _Phase.ENDING
            self._child.end()

    @Slot()
    def _on_gone(self) -> None:
        if self._child is not None:
            self._child.deleteLater()
            self._child = None
        self._phase = _Phase.NONE
        if self._wants_child:
            self._start_child()
        elif self._target is None:
            self._set_status(self._idle)

    @Slot(object)
    def _on_died(self, end: ChildEnd) -> None:
        was_loaded = self._phase is _Phase.LOADED
        self._phase = _Phase.ENDING
        self._answer_timer.stop()
        self._kill_timer.stop()
        self._child_works_on = None
        self._crashes += 1
        self._teller.finish(Failed(end.error))
        # A model that does not fit into memory would only be killed again while it loads.
        hopeless = not was_loaded and end.error.code is ErrorCode.ENGINE_OUT_OF_MEMORY
        if hopeless and self._step_down():
            return
        if end.may_recover and not hopeless and self._crashes < MAX_CRASHES_IN_A_ROW:
            self._begin_load()
        else:
            self._give_up(end.error)

    def _step_down(self) -> bool:
        """Go on with the next smaller plan; False where there is none. What waits goes on waiting."""
        if self._target is None or not self._target.smaller:
            return False
        plan, *rest = self._target.smaller
        self._target = _Target(self._target.ref, plan, tuple(rest))
        self._crashes = 0
        self._begin_load()
        return True

    def _let_go(self, idle: EngineStatus, terminal: Terminal) -> None:
        """End the child and all requests; `idle` is told once the memory is free."""
        self._idle = idle
        self._target = None
        self._wants_child = False
        self._teller.cancel()
        self._end_queue(terminal)
        self._end_child()
        if self._child is None:
            self._set_status(idle)

    def _give_up(self, error: ErrorInfo) -> None:
        """No model until the person acts; a new request or load tries again."""
        self._wants_child = False
        if self._target is not None:
            self._set_status(
                EngineStatus(EngineState.FAILED, self._target.ref, self._target.plan, error=error)
            )
        self._end_queue(Failed(error))

    # Replies

    @Slot(object)
    def _on_reply(self, reply: Reply) -> None:
        match reply:
            case RequestReply(request_id, event):
                self._on_event(request_id, event)
            case LoadProgress():
                self._on_load_progress(reply)
            case Hello(_, pid):
                self._on_hello(pid)
            case Loaded(model):
                self._on_loaded(model)
            case LoadFailed(error):
                self._end_child()
                if error.code is not ErrorCode.ENGINE_OUT_OF_MEMORY or not self._step_down():
                    self._give_up(error)
            case TokenCount(request_id, tokens):
                self.tokens_counted.emit(request_id, tokens)

    def _on_hello(self, pid: int) -> None:
        """By its own number: what was started in a virtual environment of Windows only starts the child."""
        if self._target is not None and self._child is not None:
            self._phase = _Phase.LOADING
            self._set_status(replace(self._status, child_pid=pid))
            self._child.send(Load(self._target.ref, self._target.plan))

    def _on_load_progress(self, progress: LoadProgress) -> None:
        status = self._status
        is_news = progress.fraction - status.load_fraction >= LOAD_FRACTION_STEP
        if self._phase is _Phase.LOADING and (is_news or progress.notes != status.notes):
            fraction = max(progress.fraction, status.load_fraction)
            self._set_status(replace(status, load_fraction=fraction, notes=progress.notes))

    def _on_loaded(self, model: ModelInfo) -> None:
        self._phase = _Phase.LOADED
        load_s = time.monotonic() - self._load_started
        ready = replace(self._status, state=EngineState.READY, model=model, load_fraction=1.0, load_s=load_s)
        self._set_status(replace(ready, notes=model.notes))
        self._answer_next()

    def _on_event(self, request_id: int, event: RequestEvent) -> None:
        if request_id != self._child_works_on:
            return
        self._teller.tell(event)
        if isinstance(event, Finished | Failed):
            self._answer_timer.stop()
            self._kill_timer.stop()
            self._child_works_on = None
            self._crashes = 0
            self._answer_next()

    # Requests

    def _answer_next(self) -> None:
        """Give the child the next request, when it is idle."""
        if self._phase is not _Phase.LOADED or self._child is None or self._child_works_on is not None:
            return
        while self._queue and self._child_works_on is None:
            request = self._queue.popleft()
            self._teller.begin(request)
            if request.cancel.is_cancelled:
                self._teller.cancel()
                continue
            try:
                self._child.send(Generate(request.id, request.turns, request.params))
                self._child_works_on = request.id
            except WireError as error:
                self._teller.finish(Failed(ErrorInfo(ErrorCode.ENGINE_PROTOCOL, {"detail": str(error)})))
        state = EngineState.READY if self._child_works_on is None else EngineState.BUSY
        if state is not self._status.state:
            self._set_status(replace(self._status, state=state))

    def _end_queue(self, terminal: Terminal) -> None:
        """End everything that waits."""
        waiting = list(self._queue)
        self._queue.clear()
        for request in waiting:
            self._teller.begin(request)
            self._teller.finish(terminal)

    @Slot()
    def _on_stop_unanswered(self) -> None:
        self._teller.cancel()

    @Slot()
    def _on_stop_ignored(self) -> None:
        """The child did not become idle: get rid of it, and of nothing else."""
        if self._child_works_on is not None:
            self._teller.cancel()
            self._begin_load()

    # Small helpers

    def _set_status(self, status: EngineStatus) -> None:
        self._status = status
        self.status_changed.emit(status)

    def _single_shot(self, interval_ms: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

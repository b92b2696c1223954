"""The engine as the GUI thread sees it: methods that return at once, and two signals.

Owns the thread "engine" and the worker on it. Lives in the GUI thread. Knows no widget.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal, Slot

from app.core.cancel import CancelToken
from app.core.chat import FinishReason, Turn, Usage
from app.core.engine import Failed, Finished, GenerationParams, LoadPlan, ModelRef, RequestEvent
from app.core.errors import ErrorInfo
from app.workers.engine_process import ChildCommand, child_command
from app.workers.engine_request import EngineRequest, as_cancelled
from app.workers.engine_status import EngineStatus
from app.workers.engine_worker import EngineWorker

JOIN_MS = 5000


class EngineClient(QObject):
    """Loads models and has conversations answered, one after the other.

    Every `generate` is followed by exactly one `Finished` or `Failed`, also when it was stopped, the model
    changed, the child died, or the app goes away. After `stop` no text of that request comes any more.

    Signals:
        status_changed: an `EngineStatus`.
        event_received: (request id, `RequestEvent`); text that comes fast is merged to one event a frame.
        tokens_counted: (request id, tokens) for `count_tokens`.
    """

    status_changed = Signal(object)
    event_received = Signal(int, object)
    tokens_counted = Signal(int, int)
    _load_wanted = Signal(object, object, object)
    _refuse_wanted = Signal(object, object, object)
    _generate_wanted = Signal(object)
    _stop_wanted = Signal(int)
    _count_wanted = Signal(int, object)
    _unload_wanted = Signal()
    _restart_wanted = Signal()
    _shutdown_wanted = Signal()

    def __init__(
        self,
        log_dir: Path | None = None,
        command: ChildCommand = child_command,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._status = EngineStatus()
        self._ids = itertools.count(1)
        self._owed: dict[int, CancelToken] = {}  # requests whose terminal event has not come yet
        self._worker = EngineWorker(command, log_dir)
        self._thread = QThread(self)
        self._thread.setObjectName("engine")
        self._worker.moveToThread(self._thread)
        self._connect(self._worker)
        self._thread.start()

    @property
    def status(self) -> EngineStatus:
        """The engine as last heard of."""
        return self._status

    @property
    def is_asked(self) -> bool:
        """Whether the end of an answer is still to come; known before the status tells it."""
        return bool(self._owed)

    def load(self, ref: ModelRef, plan: LoadPlan, smaller: tuple[LoadPlan, ...] = ()) -> None:
        """Have `ref` loaded, instead of what is loaded now; an answer that runs is cancelled.

        Where it runs out of memory it is loaded by the next of the `smaller` plans; the status tells which.
        """
        self._load_wanted.emit(ref, plan, smaller)

    def refuse(self, ref: ModelRef, plan: LoadPlan, error: ErrorInfo) -> None:
        """Have nothing loaded in place of `ref`; what is asked fails with `error` until another load."""
        self._refuse_wanted.emit(ref, plan, error)

    def generate(self, turns: Sequence[Turn], params: GenerationParams) -> int:
        """Have `turns` answered, after the requests before it; gives the request's id."""
        if not self._thread.isRunning():
            raise RuntimeError("asked after the engine was shut down")
        request = EngineRequest(next(self._ids), tuple(turns), params, CancelToken())
        self._owed[request.id] = request.cancel
        self._generate_wanted.emit(request)
        return request.id

    def stop(self, request_id: int) -> None:
        """Stop a request; `Finished(CANCELLED)` follows. Nothing happens when it has ended."""
        cancel = self._owed.get(request_id)
        if cancel is not None and not cancel.is_cancelled:
            cancel.cancel()
            self._stop_wanted.emit(request_id)

    def count_tokens(self, turns: Sequence[Turn]) -> int:
        """Have the prompt of `turns` counted; `tokens_counted` answers, if a model is loaded."""
        request_id = next(self._ids)
        self._count_wanted.emit(request_id, tuple(turns))
        return request_id

    def unload(self) -> None:
        """Give the model's memory back, or give up loading it."""
        self._unload_wanted.emit()

    def restart(self) -> None:
        """Load the same model again in a fresh process."""
        self._restart_wanted.emit()

    def shutdown(self) -> None:
        """End the child, join the thread, and end what is still owed as cancelled. May be called twice."""
        if not self._thread.isRunning():
            return
        self._shutdown_wanted.emit()
        if not self._thread.wait(JOIN_MS):
            raise RuntimeError("the engine thread did not end")
        self._status = EngineStatus()
        for request_id in list(self._owed):
            self._on_event(request_id, Finished(FinishReason.CANCELLED))

    @Slot(object)
    def _on_status(self, status: EngineStatus) -> None:
        if self._thread.isRunning():
            self._status = status
            self.status_changed.emit(status)

    @Slot(int, object)
    def _on_event(self, request_id: int, event: RequestEvent) -> None:
        """Pass on what is still wanted: text may have been on its way here when Stop was pressed."""
        cancel = self._owed.get(request_id)
        if cancel is None:
            return
        if isinstance(event, Finished | Failed):
            del self._owed[request_id]
            event = as_cancelled(event, Usage()) if cancel.is_cancelled else event
        elif cancel.is_cancelled:
            return
        self.event_received.emit(request_id, event)

    def _connect(self, worker: EngineWorker) -> None:
        """Only bound methods of QObjects: anything else would run in the sender's thread."""
        self._load_wanted.connect(worker.load)
        self._refuse_wanted.connect(worker.refuse)
        self._generate_wanted.connect(worker.generate)
        self._stop_wanted.connect(worker.stop)
        self._count_wanted.connect(worker.count_tokens)
        self._unload_wanted.connect(worker.unload)
        self._restart_wanted.connect(worker.restart)
        self._shutdown_wanted.connect(worker.shutdown)
        worker.status_changed.connect(self._on_status)
        worker.event_received.connect(self._on_event)
        worker.tokens_counted.connect(self.tokens_counted)
        self._thread.finished.connect(worker.deleteLater)

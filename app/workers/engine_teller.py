"""Tells the events of the request that is being answered: merged when they come fast, ended exactly once.

Lives in the engine worker's thread. Knows no child and no queue.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.core.chat import FinishReason, Usage
from app.core.engine import Failed, Finished, PromptReady, ReasoningDelta, RequestEvent, TextDelta
from app.workers.engine_request import Delta, DeltaBuffer, EngineRequest, Terminal, as_cancelled

TELL_EVERY_MS = 16
"""Text is told at most this often; the first text of an answer, and slow text, at once."""


class EngineTeller(QObject):
    """From `begin` to the terminal event of one request at a time.

    Signals:
        told: (request id, `RequestEvent`); nothing but the terminal event once the request is cancelled.
    """

    told = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._request: EngineRequest | None = None
        self._prompt_tokens = 0
        self._output_tokens = 0
        self._deltas = DeltaBuffer()
        self._told_at = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tell_deltas)

    @property
    def request(self) -> EngineRequest | None:
        """The request whose terminal event is still owed."""
        return self._request

    def begin(self, request: EngineRequest) -> None:
        """The events that follow belong to `request`."""
        self._request = request
        self._prompt_tokens = self._output_tokens = 0

    def tell(self, event: RequestEvent) -> None:
        """Pass an event of the child on; what comes after the terminal event is dropped."""
        request = self._request
        if request is None:
            return
        match event:
            case Finished() | Failed():
                self.finish(event)
            case _ if request.cancel.is_cancelled:
                pass
            case TextDelta() | ReasoningDelta():
                self._tell_soon(event)
            case _:
                if isinstance(event, PromptReady):
                    self._prompt_tokens = event.prompt_tokens
                self._tell_deltas()
                self.told.emit(request.id, event)

    def finish(self, terminal: Terminal) -> None:
        """End the request, if one is owed its end; a cancelled one ends as cancelled whatever happened."""
        if self._request is None:
            return
        self._tell_deltas()
        request, self._request = self._request, None
        if request.cancel.is_cancelled:
            terminal = as_cancelled(terminal, Usage(self._prompt_tokens, 0, self._output_tokens))
        self.told.emit(request.id, terminal)

    def cancel(self) -> None:
        """End the request as cancelled, with the usage that was seen."""
        usage = Usage(self._prompt_tokens, 0, self._output_tokens + self._deltas.token_count)
        self.finish(Finished(FinishReason.CANCELLED, usage))

    def _tell_soon(self, delta: Delta) -> None:
        self._deltas.add(delta)
        if self._timer.isActive():
            return
        wait_ms = TELL_EVERY_MS - (time.monotonic() - self._told_at) * 1000
        if wait_ms <= 0:
            self._tell_deltas()
        else:
            self._timer.start(int(wait_ms) + 1)

    @Slot()
    def _tell_deltas(self) -> None:
        self._timer.stop()
        deltas = self._deltas.take()
        if self._request is None or self._request.cancel.is_cancelled:
            return
        for delta in deltas:
            self._told_at = time.monotonic()
            self._output_tokens += len(delta.ids)
            self.told.emit(self._request.id, delta)

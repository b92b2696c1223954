"""Runs answers: asks the engine, keeps what it says, saves it while it streams, stores how it ended.

The one path from a stored question to a stored answer, used by the window and by `ask`. Lives in the thread
of its clients (the GUI thread). Knows no widget. What a person may lose when the machine dies is at most the
last second of an answer; what they wrote is stored before anything here begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core.chat import FinishReason, MessageStatus, Turn
from app.core.engine import (
    Failed,
    Finished,
    GenerationParams,
    ReasoningDelta,
    RequestEvent,
    TextDelta,
)
from app.core.errors import ErrorInfo
from app.core.records import AnswerFigures, MessageRecord, ReplyOutcome
from app.workers.engine_client import EngineClient
from app.workers.storage_client import StorageClient

SAVE_EVERY_MS = 1000
STORE_AGAIN_MS = 5000  # a disk that is full now may not be in a few seconds


@dataclass(slots=True)
class _Running:
    """One reply in the making. `text` starts with what a continued reply already had."""

    reply: MessageRecord
    request_id: int
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    changed: bool = False
    output_tokens: int = 0
    outcome: ReplyOutcome | None = None  # how it ended
    was_refused: bool = False  # the outcome could not be stored yet

    @property
    def whole_text(self) -> str:
        if len(self.text) > 1:
            self.text = ["".join(self.text)]
        return self.text[0] if self.text else ""

    @property
    def whole_reasoning(self) -> str:
        if len(self.reasoning) > 1:
            self.reasoning = ["".join(self.reasoning)]
        return self.reasoning[0] if self.reasoning else ""


class ExchangeRunner(QObject):
    """Any number of replies at a time; the engine works on them one after the other.

    A reply runs until it is stored: while the disk refuses it, its text is kept here and offered again.

    Signals:
        event_received: (reply id, RequestEvent) as the engine gives them.
        stored: the MessageRecord of a reply that ended, as it now stands in the database.
        save_failed: ErrorInfo; the text is still here and is stored as soon as that can be done.
        running_changed: a reply began or ended.
    """

    event_received = Signal(int, object)
    stored = Signal(object)
    save_failed = Signal(object)
    running_changed = Signal()

    def __init__(self, engine: EngineClient, storage: StorageClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._storage = storage
        self._by_request: dict[int, _Running] = {}
        self._by_reply: dict[int, _Running] = {}
        self._save_timer = QTimer(self)
        self._save_timer.setInterval(SAVE_EVERY_MS)
        self._save_timer.timeout.connect(self._save_running)
        self._again_timer = QTimer(self)
        self._again_timer.setSingleShot(True)
        self._again_timer.setInterval(STORE_AGAIN_MS)
        self._again_timer.timeout.connect(self.store_again)
        engine.event_received.connect(self._on_engine_event)

    @property
    def running_replies(self) -> tuple[int, ...]:
        """Ids of the replies that have not ended or are not stored yet, oldest first."""
        return tuple(self._by_reply)

    def is_running(self, reply_id: int) -> bool:
        """Whether the reply has not ended or is not stored yet."""
        return reply_id in self._by_reply

    def text_so_far(self, reply_id: int) -> tuple[str, str]:
        """Text and reasoning of a running reply, newer than what the database holds."""
        running = self._by_reply[reply_id]
        return running.whole_text, running.whole_reasoning

    def conversation_of(self, reply_id: int) -> int:
        """The conversation a running reply belongs to."""
        return self._by_reply[reply_id].reply.conversation_id

    def run(self, reply: MessageRecord, turns: Sequence[Turn], params: GenerationParams) -> int:
        """Have `turns` answered into the stored row `reply` (a continued one keeps its text).

        Gives the engine's request id.
        """
        request_id = self._engine.generate(turns, params)
        running = _Running(reply, request_id)
        if reply.text:
            running.text.append(reply.text)
        if reply.reasoning:
            running.reasoning.append(reply.reasoning)
        self._by_request[request_id] = running
        self._by_reply[reply.id] = running
        if not self._save_timer.isActive():
            self._save_timer.start()
        self.running_changed.emit()
        return request_id

    def stop(self, reply_id: int) -> None:
        """Stop a reply; what was written is kept. Nothing happens when it has ended."""
        running = self._by_reply.get(reply_id)
        if running is not None:
            self._engine.stop(running.request_id)

    def interrupt_all(self) -> None:
        """The app goes away: store every running reply as interrupted, to be continued at the next start."""
        self.store_again()
        for running in list(self._by_request.values()):
            self._engine.stop(running.request_id)
            self._end(running, MessageStatus.INTERRUPTED, None, None, AnswerFigures())

    @Slot()
    def store_again(self) -> None:
        """Offer to the database what it could not take before."""
        if self._storage.is_closed:
            return
        for running in [running for running in self._by_reply.values() if running.was_refused]:
            self._store(running)

    def _on_engine_event(self, request_id: int, event: RequestEvent) -> None:
        running = self._by_request.get(request_id)
        if running is None:
            return
        match event:
            case TextDelta():
                running.text.append(event.text)
                running.output_tokens += len(event.ids)
                running.changed = True
            case ReasoningDelta():
                running.reasoning.append(event.text)
                running.output_tokens += len(event.ids)
                running.changed = True
            case _:
                pass
        self.event_received.emit(running.reply.id, event)
        if isinstance(event, Finished):
            stopped = event.reason is FinishReason.CANCELLED
            status = MessageStatus.STOPPED if stopped else MessageStatus.COMPLETE
            self._end(running, status, event.reason, None, _figures(event))
        elif isinstance(event, Failed):
            self._end(running, MessageStatus.FAILED, None, event.error, AnswerFigures())

    def _end(
        self,
        running: _Running,
        status: MessageStatus,
        reason: FinishReason | None,
        error: ErrorInfo | None,
        figures: AnswerFigures,
    ) -> None:
        del self._by_request[running.request_id]
        if not self._by_request:
            self._save_timer.stop()
        running.outcome = ReplyOutcome(
            text=running.whole_text,
            status=status,
            reasoning=running.whole_reasoning,
            finish_reason=reason,
            figures=figures,
            error=error,
        )
        self._store(running)
        self.running_changed.emit()

    def _store(self, running: _Running) -> None:
        outcome = running.outcome
        if outcome is None:
            return
        running.was_refused = False
        self._storage.run(
            lambda store: store.finish_reply(running.reply.id, outcome),
            self._on_stored,
            partial(self._on_refused, running),
        )

    def _on_stored(self, record: MessageRecord) -> None:
        del self._by_reply[record.id]
        self.stored.emit(record)
        self.running_changed.emit()

    def _on_refused(self, running: _Running, error: ErrorInfo) -> None:
        running.was_refused = True
        self._again_timer.start()
        self.save_failed.emit(error)

    def _save_running(self) -> None:
        for running in self._by_request.values():
            if running.changed:
                running.changed = False
                self._save(running.reply.id, running.whole_text, running.whole_reasoning)

    def _save(self, reply_id: int, text: str, reasoning: str) -> None:
        self._storage.run(
            lambda store: store.save_partial(reply_id, text, reasoning), None, self.save_failed.emit
        )


def _figures(event: Finished) -> AnswerFigures:
    return AnswerFigures(
        prompt_tokens=event.usage.prompt_tokens,
        output_tokens=event.usage.output_tokens,
        first_token_ms=round(event.timings.first_token_ms),
        duration_ms=round(event.timings.decode_ms),
    )

"""Shows a reply while it is made: waiting lines, text as it comes, the context meter, the unseen line.

Reads `ChatState` to know whether a reply is on the screen; changes nothing in the database.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Signal

from app.core.chat_state import ChatState
from app.core.engine import (
    Finished,
    PromptProgress,
    PromptReady,
    ReasoningDelta,
    RequestEvent,
    TextDelta,
)
from app.ui.texts.waiting import ReadingEstimate, waiting_text
from app.ui.transcript.view import TranscriptView
from app.workers.engine_status import EngineState, EngineStatus
from app.workers.exchange_runner import ExchangeRunner


class ReplyPresenter(QObject):
    """One for the window.

    Signals:
        usage_changed: (tokens the model sees, context length in tokens).
    """

    usage_changed = Signal(int, int)

    def __init__(
        self,
        state: ChatState,
        runner: ExchangeRunner,
        transcript: TranscriptView,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._runner = runner
        self._transcript = transcript
        self._engine_status = EngineStatus()
        self._estimates: dict[int, ReadingEstimate] = {}
        self._begun: set[int] = set()  # replies whose first text has come
        self._used = self._total = 0
        runner.event_received.connect(self._on_event)

    def show_engine_status(self, status: EngineStatus) -> None:
        """The engine loads, is ready, failed: replies that wait say so."""
        self._engine_status = status
        self.show_waiting()

    def show_waiting(self) -> None:
        """Give the shown reply its waiting line, if it still waits."""
        reply = self._state.streaming_reply
        if reply is None or reply.id in self._begun:
            return
        if not self._runner.is_running(reply.id):  # stored, and a model is still being looked for
            looking = EngineStatus(EngineState.LOADING)
            self._transcript.set_waiting(reply.id, waiting_text(looking, is_next=True))
            return
        if reply.id in self._estimates and self._engine_status.state is EngineState.BUSY:
            return  # the prompt is being read: progress has the word
        is_next = self._runner.running_replies[0] == reply.id
        self._transcript.set_waiting(reply.id, waiting_text(self._engine_status, is_next))

    def catch_up(self) -> None:
        """After opening a conversation whose reply is being made: show what the runner already has."""
        reply = self._state.streaming_reply
        if reply is not None and self._runner.is_running(reply.id):
            text, reasoning = self._runner.text_so_far(reply.id)
            self._state.with_text(reply.id, text, reasoning)

    def forget(self, reply_id: int) -> None:
        """The reply ended."""
        self._estimates.pop(reply_id, None)
        self._begun.discard(reply_id)

    def _on_event(self, reply_id: int, event: RequestEvent) -> None:
        shown = self._state.find(reply_id) is not None
        match event:
            case PromptReady():
                self._estimates[reply_id] = ReadingEstimate()
                if shown:
                    self._show_prompt(event)
            case PromptProgress() if shown:
                estimate = self._estimates.setdefault(reply_id, ReadingEstimate())
                text = estimate.text(event, time.monotonic())
                if text is not None:
                    self._transcript.set_waiting(reply_id, text)
            case TextDelta() | ReasoningDelta():
                self._show_delta(reply_id, event, shown)
            case Finished() if shown:
                self._used = event.usage.prompt_tokens + event.usage.output_tokens
                self.usage_changed.emit(self._used, self._total)
            case _:
                pass

    def _show_prompt(self, event: PromptReady) -> None:
        self._transcript.set_unseen_above(event.first_message_id)
        self._used, self._total = event.prompt_tokens, event.context_length
        self.usage_changed.emit(self._used, self._total)

    def _show_delta(self, reply_id: int, event: TextDelta | ReasoningDelta, shown: bool) -> None:
        is_first = reply_id not in self._begun
        self._begun.add(reply_id)
        if not shown:
            return
        if is_first:
            self._transcript.set_waiting(reply_id, None)
        if isinstance(event, TextDelta):
            self._transcript.append_text(reply_id, event.text)
        else:
            self._transcript.append_reasoning(reply_id, event.text)
        self._used += len(event.ids)
        self.usage_changed.emit(self._used, self._total)

"""Messages that wait for the running answer: in the database, in the strip above the composer.

A waiting message becomes a message in the transaction that takes it out of the queue: never in neither place.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.core.chat_state import ChatState
from app.core.records import ExchangeStarted, QueuedMessage
from app.storage.store import Store
from app.ui.answer_wish import AnswerWish
from app.ui.queue_strip import QueueStrip
from app.workers.storage_client import StorageClient


class QueueController(QObject):
    """The queue of the shown conversation, and sending from any.

    Signals:
        added: QueuedMessage that is stored now.
        not_added: (conversation id, text, ErrorInfo); the text was not taken.
        taken_back: text that a person wants to edit again.
        sent: ExchangeStarted of a message that waited.
        trouble: ErrorInfo.
    """

    added = Signal(object)
    not_added = Signal(int, str, object)
    taken_back = Signal(str)
    sent = Signal(object)
    trouble = Signal(object)

    def __init__(
        self,
        storage: StorageClient,
        state: ChatState,
        strip: QueueStrip,
        wish: Callable[[], AnswerWish],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._storage = storage
        self._state = state
        self._strip = strip
        self._wish = wish
        strip.remove_requested.connect(self._remove)
        strip.edit_requested.connect(self._take_back)
        strip.clear_requested.connect(self._clear)

    def show(self) -> None:
        """Let the strip show what the state holds."""
        self._strip.set_items(self._state.queue)

    def add(self, text: str, conversation_id: int) -> None:
        """Let `text` wait."""
        self._storage.run(
            lambda store: store.enqueue(conversation_id, text),
            self._on_added,
            lambda error: self.not_added.emit(conversation_id, text, error),
        )

    def send_next(self, conversation_id: int) -> None:
        """Send the oldest waiting message of a conversation, if there is one."""
        wish = self._wish()

        def job(store: Store) -> ExchangeStarted | None:
            waiting = store.queue(conversation_id)
            if not waiting:
                return None
            return store.begin_exchange(
                conversation_id,
                waiting[0].text,
                model_ref=wish.model_ref,
                params=wish.params,
                system_prompt=wish.system_prompt,
                queued_id=waiting[0].id,
            )

        self._storage.run(job, self._on_sent, self.trouble.emit)

    def _on_added(self, item: QueuedMessage) -> None:
        if self._state.conversation_id == item.conversation_id:
            self._state.queue.append(item)
            self.show()
        self.added.emit(item)

    def _on_sent(self, exchange: ExchangeStarted | None) -> None:
        if exchange is None:
            return
        if self._state.conversation_id == exchange.conversation.id and self._state.queue:
            del self._state.queue[0]
            self.show()
        self.sent.emit(exchange)

    def _remove(self, queued_id: int) -> None:
        self._take(queued_id, wanted_back=False)

    def _take_back(self, queued_id: int) -> None:
        self._take(queued_id, wanted_back=True)

    def _clear(self) -> None:
        for item in tuple(self._state.queue):
            self._remove(item.id)

    def _take(self, queued_id: int, *, wanted_back: bool) -> None:
        def done(item: QueuedMessage | None) -> None:
            self._state.queue = [waiting for waiting in self._state.queue if waiting.id != queued_id]
            self.show()
            if item is not None and wanted_back:
                self.taken_back.emit(item.text)

        self._storage.run(lambda store: store.dequeue(queued_id), done, self.trouble.emit)

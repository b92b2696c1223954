"""The conversation on the screen: what a person does becomes rows and answers.

Knows the transcript, the composer and the queue strip by their verbs and signals; the state is in
`core.chat_state`, rows are written by the storage worker, answers are made by the exchange runner and shown
by the reply presenter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.core.chat import MessageStatus
from app.core.chat_state import ChatState, turns_for_reply
from app.core.errors import ErrorInfo
from app.core.records import ExchangeStarted, MessageRecord, OpenConversation, QueuedMessage
from app.storage.exchanges import ParentChoice
from app.storage.store import TIP, Store
from app.ui.answer_wish import AnswerWish
from app.ui.attempts import Attempts
from app.ui.composer import Composer
from app.ui.drafts import Drafts
from app.ui.message_actions import MessageActions
from app.ui.path_view import PathView
from app.ui.queue_controller import QueueController
from app.ui.queue_strip import QueueStrip
from app.ui.reply_presenter import ReplyPresenter
from app.ui.transcript.view import TranscriptView
from app.workers.exchange_runner import ExchangeRunner
from app.workers.storage_client import StorageClient


@dataclass(frozen=True, slots=True)
class ChatWidgets:
    """The three widgets that a conversation needs."""

    transcript: TranscriptView
    composer: Composer
    queue_strip: QueueStrip


class ChatController(QObject):
    """Verbs of one chat window.

    Signals:
        opened: the conversation now shown (its id), or None for the new chat.
        list_changed: a title, an order or a conversation changed.
        title_changed: what the header shows.
        trouble: ErrorInfo that has no message to stand on; `try_again` may help.
        saved: something was stored: what could not be stored before can be now.
        answered: MessageRecord of an answer that ended.
        begun: a reply of the shown conversation is being made.
    """

    opened = Signal(object)
    list_changed = Signal()
    title_changed = Signal(str)
    trouble = Signal(object)
    saved = Signal()
    answered = Signal(object)
    begun = Signal()

    def __init__(
        self,
        storage: StorageClient,
        runner: ExchangeRunner,
        widgets: ChatWidgets,
        wish: Callable[[], AnswerWish],
        prepare: Callable[[Callable[[], None]], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._storage = storage
        self._runner = runner
        self._transcript = widgets.transcript
        self._composer = widgets.composer
        self._wish = wish
        self._prepare = prepare  # has a model found and loaded, then calls what it was given
        self._state = ChatState()
        self._path = PathView(self._state, self._transcript)
        self._in_flight = ""  # a message on its way into the database
        self._unsent = ""  # a text in the composer that could not be stored
        self._queue = QueueController(storage, self._state, widgets.queue_strip, wish, self)
        self.presenter = ReplyPresenter(self._state, runner, self._transcript, self)
        self.attempts = Attempts(storage, self)
        self._drafts = Drafts(storage, self)
        self.actions = MessageActions(
            self.attempts, self._state, widgets.transcript, widgets.composer, wish, self
        )
        self._connect()

    @property
    def state(self) -> ChatState:
        """What is shown; to be read, changed only through the verbs."""
        return self._state

    # What is open

    def open_conversation(self, conversation_id: int, then: Callable[[], None] | None = None) -> None:
        """Show a stored conversation, then call `then`."""
        self._leave()
        busy = self._is_busy(conversation_id)

        def job(store: Store) -> tuple[OpenConversation, tuple[QueuedMessage, ...]]:
            if not busy:  # left over from a former run: nothing would ever send them
                store.queue_into_draft(conversation_id)
            return store.open_conversation(conversation_id), tuple(store.queue(conversation_id))

        def done(found: tuple[OpenConversation, tuple[QueuedMessage, ...]]) -> None:
            self._show(*found)
            if then is not None:
                then()

        self.attempts.run(job, done)

    def open_message(self, conversation_id: int, message_id: int) -> None:
        """Show a message that was searched for, also when another version of it is on the path now."""
        if conversation_id == self._state.conversation_id:
            self._reveal(message_id)
        else:
            self.open_conversation(conversation_id, partial(self._reveal, message_id))

    def open_new(self) -> None:
        """Show the empty new chat, with what was last written there."""
        self._leave()
        self._composer.clear()
        self.open_first()

    def open_first(self) -> None:
        """At the start: as `open_new`, but what was typed before the database was open stays."""
        self._state.open_new()
        self._transcript.set_messages([])
        self._after_opening()
        self._show_new_draft("")  # what only the window has, also where the database cannot be asked
        self.attempts.run(lambda store: store.draft(None), self._show_new_draft)

    # What a person does

    def submit(self, text: str) -> None:
        """Send: stored first, shown then. The composer keeps the text until it is stored."""
        if not text.strip() or self._in_flight:
            self._composer.submission_failed()  # it stays there, to be sent again
            return
        state = self._state
        if state.editing_id is not None:
            self._resend(text, state.editing_id)
        elif state.streaming_reply is not None and state.conversation_id is not None:
            self._in_flight = text
            self._queue.add(text, state.conversation_id)
        else:
            self._begin(text, TIP, None)

    def stop(self) -> None:
        """Stop the answer on the screen; what was written stays."""
        reply = self._state.streaming_reply
        if reply is not None:
            self._runner.stop(reply.id)

    def rename(self, title: str) -> None:
        """Give the shown conversation another title."""
        conversation_id = self._state.conversation_id
        if conversation_id is not None and title.strip():
            self.attempts.run(
                lambda store: store.rename(conversation_id, title.strip()),
                lambda _summary: self.list_changed.emit(),
            )

    def set_read_only(self, read_only: bool) -> None:
        """Whether the database takes nothing at all; what is typed stays in the window then."""
        self._drafts.set_read_only(read_only)

    def try_again(self) -> None:
        """Once more what could not be stored: a click, an answer, the message still in the composer."""
        self.attempts.try_again()
        self._runner.store_again()
        self._drafts.flush()
        if self._unsent and self._unsent == self._composer.text():
            self._composer.submit()

    def retranslate(self) -> None:
        """The language changed: errors under the answers say the same in it."""
        self._path.show_errors()

    def close(self) -> None:
        """The app closes: the draft is stored, and what still ends begins nothing new."""
        self._composer.flush_draft()
        self._runner.stored.disconnect(self._on_stored)

    def conversation_gone(self, conversation_id: int) -> None:
        """A conversation went to the recycle bin: stop its answer, leave it if it is shown."""
        for reply_id in self._runner.running_replies:
            if self._runner.conversation_of(reply_id) == conversation_id:
                self._runner.stop(reply_id)
        if self._state.conversation_id == conversation_id:
            self.open_new()

    # Opening

    def _show(self, conversation: OpenConversation, queue: tuple[QueuedMessage, ...]) -> None:
        self._leave()  # a slow disk gives time to write on
        self._state.open(conversation)
        self._state.queue = list(queue)
        self.presenter.catch_up()
        self._path.show_all()
        self._composer.set_text(self._drafts.newest(conversation.summary.id, conversation.draft))
        self._after_opening()

    def _reveal(self, message_id: int) -> None:
        conversation_id = self._state.conversation_id
        if self._state.find(message_id) is not None:
            self._transcript.scroll_to_message(message_id)
        elif conversation_id is not None and self._state.streaming_reply is None:

            def done(conversation: OpenConversation) -> None:
                self._path.change_to(conversation)
                self._transcript.scroll_to_message(message_id)

            self.attempts.run(lambda store: store.select_version(conversation_id, message_id), done)

    def _show_new_draft(self, draft: str) -> None:
        draft = self._drafts.newest(None, draft)
        if self._state.conversation_id is not None or not draft:
            return
        typed = self._composer.text()
        if typed.startswith(draft):  # it was there already, and the person wrote on
            return
        if typed:  # faster than the database: both are kept
            draft = f"{draft}\n{typed}"
            self._save_draft(draft)
        self._composer.set_text(draft)

    def _after_opening(self) -> None:
        self._queue.show()
        self._show_busy()
        self.presenter.show_waiting()
        self.title_changed.emit(self._state.title)
        self.opened.emit(self._state.conversation_id)

    # Sending

    def _begin(self, text: str, parent: ParentChoice, replaced_id: int | None) -> None:
        wish = self._wish()
        conversation_id = self._state.conversation_id
        self._in_flight = text
        self._storage.run(
            lambda store: store.begin_exchange(
                conversation_id,
                text,
                parent_id=parent,
                model_ref=wish.model_ref,
                params=wish.params,
                system_prompt=wish.system_prompt,
            ),
            lambda exchange: self._sent(conversation_id, exchange, replaced_id),
            lambda error: self._not_sent(conversation_id, text, error),
        )

    def _resend(self, text: str, edited_id: int) -> None:
        edited = self._state.find(edited_id)
        if edited is not None:
            self._begin(text, edited.parent_id, edited_id)

    def _sent(self, conversation_id: int | None, exchange: ExchangeStarted, replaced_id: int | None) -> None:
        self._state.editing_id = None
        self._taken(conversation_id)
        if replaced_id is not None:  # what was written before the edit is the draft again
            self._save_draft(self._composer.text())
        self._begun(exchange, replaced_id)

    def _taken(self, conversation_id: int | None) -> None:
        """The text of the composer is stored."""
        self._in_flight = self._unsent = ""
        if self._state.conversation_id == conversation_id:  # else another text is in the composer by now
            self._composer.clear()
        self._drafts.forget(conversation_id)
        self.saved.emit()

    def _not_sent(self, conversation_id: int | None, text: str, error: ErrorInfo) -> None:
        """The text stays in the composer; say why."""
        self._in_flight, self._unsent = "", text
        self._composer.submission_failed()
        if text not in self._composer.text():  # the person is elsewhere by now: it waits for them there
            later = self._drafts.newest(conversation_id, "")
            self._drafts.save(conversation_id, f"{text}\n{later}" if later else text)
        self.trouble.emit(error)

    def _begun(self, exchange: ExchangeStarted, replaced_id: int | None) -> None:
        """The rows are stored: show them and have the reply made."""
        state = self._state
        conversation = exchange.conversation
        if state.conversation_id is None and exchange.user is not None and not state.messages:
            state.conversation_id, state.title = conversation.id, conversation.title
            self.title_changed.emit(state.title)
            self.opened.emit(conversation.id)
        self.list_changed.emit()
        if state.conversation_id != conversation.id:
            self._run_elsewhere(exchange)
            return
        if replaced_id is not None:
            self._path.cut_from(replaced_id)
        if exchange.user is not None:
            self._path.put(exchange.user)
        self._path.put(exchange.reply)
        self._run(exchange.reply, tuple(state.messages))
        self._transcript.jump_to_end()
        self.begun.emit()

    def _run_elsewhere(self, exchange: ExchangeStarted) -> None:
        self.attempts.run(
            lambda store: store.open_conversation(exchange.conversation.id),
            lambda conversation: self._run(exchange.reply, conversation.messages),
        )

    def _run(self, reply: MessageRecord, path: tuple[MessageRecord, ...]) -> None:
        def ask() -> None:
            wish = self._wish()
            self._runner.run(reply, turns_for_reply(path, reply.id, wish.system_prompt), wish.params)
            self._show_busy()
            self.presenter.show_waiting()

        self._show_busy()
        self.presenter.show_waiting()
        self._prepare(ask)

    def _queued(self, item: QueuedMessage) -> None:
        self._taken(item.conversation_id)
        if not self._is_busy(item.conversation_id):  # the answer ended meanwhile
            self._queue.send_next(item.conversation_id)

    def _queued_sent(self, exchange: ExchangeStarted) -> None:
        self._begun(exchange, None)

    def _take_back(self, text: str) -> None:
        written = self._composer.text()
        self._composer.set_text(f"{written}\n{text}" if written.strip() else text)

    # Answers

    def _on_stored(self, record: MessageRecord) -> None:
        self.presenter.forget(record.id)
        if self._state.find(record.id) is not None:
            self._path.put(record)
            self._transcript.set_waiting(record.id, None)
        self._show_busy()
        self.presenter.show_waiting()
        self.saved.emit()
        self.answered.emit(record)
        self.list_changed.emit()
        if record.status is not MessageStatus.FAILED and not self._is_busy(record.conversation_id):
            self._queue.send_next(record.conversation_id)

    def _show_busy(self) -> None:
        busy = self._state.streaming_reply is not None
        self._composer.set_busy(busy)
        self._transcript.set_busy(busy)

    def _is_busy(self, conversation_id: int) -> bool:
        return any(self._runner.conversation_of(r) == conversation_id for r in self._runner.running_replies)

    def _leave(self) -> None:
        """Another conversation is about to be shown: nothing written stays behind."""
        self._leave_editing()
        self._composer.flush_draft()
        rest = self._composer.text().removeprefix(self._in_flight).lstrip("\n")
        if self._in_flight and rest:  # written after a message that is not stored yet
            self._drafts.save(self._state.conversation_id, rest)

    # Small things

    def _connect(self) -> None:
        self._composer.submitted.connect(self.submit)
        self._composer.draft_changed.connect(self._save_draft)
        self._composer.stop_requested.connect(self.stop)
        self._composer.editing_cancelled.connect(self._leave_editing)
        self.actions.begun.connect(self._begun)
        self.actions.path_changed.connect(self._path.change_to)
        self.attempts.refused.connect(self.trouble)
        self.attempts.settled.connect(self.saved)
        self._drafts.refused.connect(self.trouble)
        self._drafts.saved.connect(self.saved)
        self._queue.added.connect(self._queued)
        self._queue.not_added.connect(self._not_sent)
        self._queue.taken_back.connect(self._take_back)
        self._queue.sent.connect(self._queued_sent)
        self._queue.trouble.connect(self.trouble)
        self._runner.stored.connect(self._on_stored)
        self._runner.save_failed.connect(self.trouble)

    def _leave_editing(self) -> None:
        if self._state.editing_id is not None:
            self._state.editing_id = None
            self._composer.set_editing(None)
            self._save_draft(self._composer.text())

    def _save_draft(self, text: str) -> None:
        if self._state.editing_id is None and not self._in_flight:
            self._drafts.save(self._state.conversation_id, text)

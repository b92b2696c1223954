"""What a person does with a message that is there: again, go on, edit, another version.

Writes rows through the storage worker and tells the chat controller what came of it; shows nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.core.chat import Role
from app.core.chat_state import ChatState
from app.ui.answer_wish import AnswerWish
from app.ui.attempts import Attempts
from app.ui.composer import Composer
from app.ui.transcript.actions import MessageAction
from app.ui.transcript.view import TranscriptView


class MessageActions(QObject):
    """The verbs of the rows under the messages; none does anything while an answer streams above.

    Signals:
        begun: (ExchangeStarted, id of the reply that gives its place up, or None).
        path_changed: OpenConversation with another version chosen.
    """

    begun = Signal(object, object)
    path_changed = Signal(object)

    def __init__(
        self,
        attempts: Attempts,
        state: ChatState,
        transcript: TranscriptView,
        composer: Composer,
        wish: Callable[[], AnswerWish],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._attempts = attempts
        self._state = state
        self._composer = composer
        self._wish = wish
        transcript.action_requested.connect(self._on_action)
        composer.edit_last_requested.connect(self.edit_last)

    def regenerate(self, reply_id: int) -> None:
        """Answer once more; the older version stays."""
        wish = self._wish()
        if self._state.streaming_reply is None:
            self._attempts.run(
                lambda store: store.begin_regeneration(
                    reply_id,
                    model_ref=wish.model_ref,
                    params=wish.params,
                    system_prompt=wish.system_prompt,
                ),
                lambda exchange: self.begun.emit(exchange, reply_id),
            )

    def continue_answer(self, reply_id: int) -> None:
        """Go on from where an answer was stopped or interrupted."""
        if self._state.streaming_reply is None:
            self._attempts.run(
                lambda store: store.begin_continuation(reply_id),
                lambda exchange: self.begun.emit(exchange, None),
            )

    def edit(self, message_id: int) -> None:
        """Put a message of the person into the composer; sending it makes a new version.

        For a reply it is the message that it answers.
        """
        message = self._state.find(message_id)
        if message is not None and message.role is Role.ASSISTANT and message.parent_id is not None:
            message = self._state.find(message.parent_id)
        if message is None or message.role is not Role.USER or self._state.streaming_reply is not None:
            return
        self._state.editing_id = message.id
        self._composer.set_editing(message.text)

    def edit_last(self) -> None:
        """Edit the newest message of the person."""
        message = self._state.last_user_message
        if message is not None:
            self.edit(message.id)

    def show_version(self, message_id: int, step: int) -> None:
        """Show the version before (-1) or after (+1) the one that is shown."""
        message = self._state.find(message_id)
        if message is None or self._state.streaming_reply is not None:
            return
        at = message.version_ids.index(message_id) + step
        if 0 <= at < len(message.version_ids):
            chosen = message.version_ids[at]
            self._attempts.run(
                lambda store: store.select_version(message.conversation_id, chosen),
                self.path_changed.emit,
            )

    def _on_action(self, action: MessageAction, message_id: int) -> None:
        match action:
            case MessageAction.REGENERATE | MessageAction.TRY_AGAIN:
                self.regenerate(message_id)
            case MessageAction.CONTINUE:
                self.continue_answer(message_id)
            case MessageAction.EDIT:
                self.edit(message_id)
            case MessageAction.PREVIOUS_VERSION:
                self.show_version(message_id, -1)
            case MessageAction.NEXT_VERSION:
                self.show_version(message_id, +1)
            case _:
                pass  # the view copies by itself

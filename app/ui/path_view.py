"""The messages of the open conversation on the screen: state and transcript kept alike. Writes nothing."""

from __future__ import annotations

from app.core.chat import MessageStatus
from app.core.chat_state import ChatState
from app.core.records import MessageRecord, OpenConversation
from app.ui.texts.error_entry import ErrorAction
from app.ui.texts.errors import action_label, describe
from app.ui.transcript.actions import MessageAction
from app.ui.transcript.view import TranscriptView


class PathView:
    """Changes the path in the state and what the transcript shows of it, together."""

    def __init__(self, state: ChatState, transcript: TranscriptView) -> None:
        self._state = state
        self._transcript = transcript

    def show_all(self) -> None:
        """Show the path that the state holds from the beginning."""
        self._transcript.set_messages(self._state.messages)
        self.show_errors()

    def show_errors(self) -> None:
        """Say under each answer that failed why, in the language in use."""
        for message in self._state.messages:
            if message.status is MessageStatus.FAILED:
                self._show_error(message)

    def put(self, message: MessageRecord) -> None:
        """Show a new message, or another state of one that is shown."""
        if self._state.put(message):
            self._transcript.append(message)
        else:
            self._transcript.replace(message.id, message)
        if message.status is MessageStatus.FAILED:
            self._show_error(message)

    def cut_from(self, message_id: int) -> None:
        """Take a message and what follows away: another version comes in its place."""
        self._transcript.remove_from(message_id)
        self._state.cut_from(message_id)

    def change_to(self, conversation: OpenConversation) -> None:
        """Another version was chosen: replace what differs and leave the reader where they are."""
        if conversation.summary.id != self._state.conversation_id:
            return
        old = [message.id for message in self._state.messages]
        new = list(conversation.messages)
        same = 0
        while same < min(len(old), len(new)) and old[same] == new[same].id:
            same += 1
        if same < len(old):
            self.cut_from(old[same])
        for message in new[same:]:
            self.put(message)

    def _show_error(self, message: MessageRecord) -> None:
        if message.error is None:
            return
        text = describe(message.error)
        action, label = MessageAction.TRY_AGAIN, action_label(ErrorAction.TRY_AGAIN)
        if text.action is ErrorAction.EDIT_MESSAGE:
            action, label = MessageAction.EDIT, text.action_label
        self._transcript.set_error(message.id, text.sentence, label, action)

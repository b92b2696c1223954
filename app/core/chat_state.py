"""The open conversation as pure state: which messages are shown, what a model is asked, what may be done.

Knows no widget, no database, no engine. The controller changes it by verbs and shows the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.core.chat import MessageStatus, Role, Turn
from app.core.records import MessageRecord, OpenConversation, QueuedMessage


def turns_for_reply(
    path: Sequence[MessageRecord], reply_id: int, system_prompt: str = ""
) -> tuple[Turn, ...]:
    """What the model is given for the reply `reply_id`: everything above it on the path, oldest first.

    A reply that already has text (continue) comes last, as text to go on from. An answer that failed before
    its first word is left out: errors are never context.
    """
    turns: list[Turn] = []
    if system_prompt.strip():
        turns.append(Turn(Role.SYSTEM, system_prompt.strip()))
    for message in path:
        is_reply = message.id == reply_id
        if message.text or (message.role is Role.USER and not is_reply):
            turns.append(Turn(message.role, message.text, message.id))
        if is_reply:
            break
    return tuple(turns)


@dataclass(slots=True)
class ChatState:
    """The conversation on the screen. `conversation_id` None is the new chat that is not stored yet."""

    conversation_id: int | None = None
    title: str = ""
    messages: list[MessageRecord] = field(default_factory=list)
    queue: list[QueuedMessage] = field(default_factory=list)
    editing_id: int | None = None

    @property
    def tip(self) -> MessageRecord | None:
        """The last message shown."""
        return self.messages[-1] if self.messages else None

    @property
    def streaming_reply(self) -> MessageRecord | None:
        """The reply an engine works on, if it is in this conversation."""
        tip = self.tip
        return tip if tip is not None and tip.status is MessageStatus.STREAMING else None

    @property
    def last_user_message(self) -> MessageRecord | None:
        """The person's newest message: what Up in an empty composer edits."""
        return next((m for m in reversed(self.messages) if m.role is Role.USER), None)

    @property
    def known_tokens(self) -> int | None:
        """Tokens the model saw at the last answer, with that answer; None where nothing was measured."""
        for message in reversed(self.messages):
            figures = message.figures
            if figures.prompt_tokens is not None and figures.output_tokens is not None:
                return figures.prompt_tokens + figures.output_tokens
        return None

    def open(self, conversation: OpenConversation) -> None:
        """Show another conversation, or the same one with another version chosen."""
        self.conversation_id = conversation.summary.id
        self.title = conversation.summary.title
        self.messages = list(conversation.messages)
        self.queue = []
        self.editing_id = None

    def open_new(self) -> None:
        """Show the empty new chat."""
        self.conversation_id, self.title = None, ""
        self.messages, self.queue = [], []
        self.editing_id = None

    def find(self, message_id: int) -> MessageRecord | None:
        """The message if it is on the shown path."""
        return next((m for m in reversed(self.messages) if m.id == message_id), None)

    def cut_from(self, message_id: int) -> None:
        """Leave `message_id` and what follows out of the path (another version takes its place)."""
        for at, message in enumerate(self.messages):
            if message.id == message_id:
                del self.messages[at:]
                return

    def put(self, message: MessageRecord) -> bool:
        """Add `message`, or let it take the place of the one with its id; True when it was new."""
        for at in range(len(self.messages) - 1, -1, -1):
            if self.messages[at].id == message.id:
                self.messages[at] = message
                return False
        self.messages.append(message)
        return True

    def with_text(self, message_id: int, text: str, reasoning: str) -> None:
        """Set the text of a streaming reply (it lives in the runner until it is stored)."""
        found = self.find(message_id)
        if found is not None:
            self.put(replace(found, text=text, reasoning=reasoning))

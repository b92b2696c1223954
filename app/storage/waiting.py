"""Messages that wait for the running answer. They are in the database, so a crash cannot lose them."""

from __future__ import annotations

from app.core.errors import ErrorCode, WorldError
from app.core.records import QueuedMessage
from app.storage.conversations import draft, put_draft
from app.storage.database import Database, storable
from app.storage.files import now_ms


def enqueue(database: Database, conversation_id: int, text: str) -> QueuedMessage:
    """Put a message at the end; it is no longer the draft. Raises EMPTY_MESSAGE."""
    text = storable(text)
    if not text.strip():
        raise WorldError(ErrorCode.EMPTY_MESSAGE)
    with database.transaction():
        message_id = database.insert(
            "INSERT INTO queued_message(conversation_id, text, created_at) VALUES(?, ?, ?)",
            (conversation_id, text, now_ms()),
        )
        put_draft(database, conversation_id, "")
    return QueuedMessage(message_id, conversation_id, text)


def queue(database: Database, conversation_id: int) -> list[QueuedMessage]:
    """The waiting messages of a conversation, oldest first."""
    rows = database.rows(
        "SELECT id, conversation_id, text FROM queued_message WHERE conversation_id = ? ORDER BY id",
        (conversation_id,),
    )
    return [QueuedMessage(*row) for row in rows]


def dequeue(database: Database, message_id: int) -> QueuedMessage | None:
    """Take a message out; None when it is not there any more."""
    with database.transaction():
        row = database.row("SELECT id, conversation_id, text FROM queued_message WHERE id = ?", (message_id,))
        database.execute("DELETE FROM queued_message WHERE id = ?", (message_id,))
    return None if row is None else QueuedMessage(*row)


def queue_into_draft(database: Database, conversation_id: int) -> str:
    """Put what still waits before the draft, in order, and return the draft; one transaction.

    Where nothing waits or nothing may be written, nothing is: the conversation can be read all the same.
    """
    if database.refusal is not None or not queue(database, conversation_id):
        return draft(database, conversation_id)
    with database.transaction():
        waiting = [message.text for message in queue(database, conversation_id)]
        written = draft(database, conversation_id)
        joined = "\n\n".join([*waiting, written] if written else waiting)
        put_draft(database, conversation_id, joined)
        database.execute("DELETE FROM queued_message WHERE conversation_id = ?", (conversation_id,))
    return joined

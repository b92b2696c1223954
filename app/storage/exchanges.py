"""Writing messages: sending, editing, regenerating, continuing, saving while streaming, the end of a reply.

Nothing is overwritten but a reply by its own longer text: an edit and a regeneration add a sibling. Each
function is one transaction. `LookupError` and `ValueError` are mistakes of the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.core.chat import MessageStatus, Role
from app.core.engine import GenerationParams
from app.core.errors import ErrorCode, WorldError
from app.core.records import ExchangeStarted, MessageRecord, OpenConversation, ReplyOutcome
from app.storage import conversations, message_tree, search_index
from app.storage.database import Database, storable
from app.storage.files import now_ms
from app.storage.rows import error_params_json, params_json


class Place(Enum):
    """Where a new message goes when no parent is named."""

    TIP = "tip"  # after the last message shown


ParentChoice = int | None | Place
"""The id of a parent; None: a first message (an edited one gets a sibling); `Place.TIP`: at the end."""

_INSERT_MESSAGE = """
    INSERT INTO message(conversation_id, parent_id, role, text, status, model_ref, params_json, created_at)
    VALUES(?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Asking:
    """How the answer is to be made: kept with it."""

    model_ref: str
    params: GenerationParams
    system_prompt: str = ""

    @property
    def params_json(self) -> str:
        """As it stands in the tables."""
        return params_json(self.params, self.system_prompt)


def begin_exchange(
    database: Database,
    conversation_id: int | None,
    text: str,
    parent: ParentChoice,
    asking: Asking,
    queued_id: int | None,
) -> ExchangeStarted:
    """Store a person's message and the empty reply; raises EMPTY_MESSAGE.

    A message out of the queue leaves it in the same transaction, and the draft stays: it is another text.
    """
    text = storable(text)
    if not text.strip():
        raise WorldError(ErrorCode.EMPTY_MESSAGE)
    now = now_ms()
    with database.transaction():
        if queued_id is not None:
            database.execute("DELETE FROM queued_message WHERE id = ?", (queued_id,))
        else:
            conversations.put_draft(database, conversation_id, "")
        if conversation_id is None:
            title = conversations.automatic_title(text)
            conversation_id = conversations.create(database, title, asking.model_ref, asking.params_json, now)
        parent_id = _parent_id(database, conversation_id, parent)
        user_id = database.insert(
            _INSERT_MESSAGE,
            (conversation_id, parent_id, Role.USER, text, MessageStatus.COMPLETE, "", "{}", now),
        )
        reply_id = _insert_reply(database, conversation_id, user_id, asking, now)
        _move_tip(database, conversation_id, reply_id, asking, now)
        _index(database, conversation_id, user_id, Role.USER, "", text)
        return _started(database, conversation_id, reply_id, user_id)


def begin_regeneration(database: Database, reply_id: int, asking: Asking) -> ExchangeStarted:
    """Store an empty sibling of a reply; the old one stays as a version."""
    now = now_ms()
    with database.transaction():
        _, conversation_id, parent_id, role = message_tree.message_row(database, reply_id)[:4]
        if role != Role.ASSISTANT:
            raise ValueError(f"message {reply_id} is not a reply")
        new_id = _insert_reply(database, conversation_id, parent_id, asking, now)
        _move_tip(database, conversation_id, new_id, asking, now)
        return _started(database, conversation_id, new_id)


def begin_continuation(database: Database, reply_id: int) -> ExchangeStarted:
    """Let a reply that was cut off stream again, with the text it has."""
    now = now_ms()
    with database.transaction():
        conversation_id, role = _place_of_reply(database, reply_id)
        if role != Role.ASSISTANT:
            raise ValueError(f"message {reply_id} is not a reply")
        database.execute(
            "UPDATE message SET status = ?, finish_reason = NULL, error_code = NULL, error_params = NULL "
            "WHERE id = ?",
            (MessageStatus.STREAMING, reply_id),
        )
        database.execute(
            "UPDATE conversation SET tip_message_id = ?, updated_at = ? WHERE id = ?",
            (reply_id, now, conversation_id),
        )
        return _started(database, conversation_id, reply_id)


def save_partial(database: Database, reply_id: int, text: str, reasoning: str) -> None:
    """Keep what a reply has so far; this may be lost with the power, but not with the app."""
    with database.transaction(durable=False):
        database.execute(
            "UPDATE message SET text = ?, reasoning = ? WHERE id = ?",
            (storable(text), storable(reasoning), reply_id),
        )


def finish_reply(database: Database, reply_id: int, outcome: ReplyOutcome) -> MessageRecord:
    """Store how a reply ended, and make it findable."""
    text = storable(outcome.text)
    figures, error = outcome.figures, outcome.error
    with database.transaction():
        conversation_id, _ = _place_of_reply(database, reply_id)
        database.execute(
            "UPDATE message SET text = ?, reasoning = ?, status = ?, finish_reason = ?, prompt_tokens = ?, "
            "output_tokens = ?, first_token_ms = ?, duration_ms = ?, error_code = ?, error_params = ? "
            "WHERE id = ?",
            (
                text,
                storable(outcome.reasoning),
                outcome.status,
                outcome.finish_reason,
                figures.prompt_tokens,
                figures.output_tokens,
                figures.first_token_ms,
                figures.duration_ms,
                None if error is None else error.code,
                error_params_json(error),
                reply_id,
            ),
        )
        database.execute("UPDATE conversation SET updated_at = ? WHERE id = ?", (now_ms(), conversation_id))
        record = message_tree.message(database, reply_id)
        _index(database, conversation_id, reply_id, record.role, record.model_ref, text)
    return record


def select_version(database: Database, conversation_id: int, message_id: int) -> OpenConversation:
    """Show the path through `message_id`, as it was last continued."""
    with database.transaction():
        row = message_tree.message_row(database, message_id)
        if row[1] != conversation_id:
            raise ValueError(f"message {message_id} is not in conversation {conversation_id}")
        tip = message_tree.newest_descendant(database, message_id)
        database.execute("UPDATE conversation SET tip_message_id = ? WHERE id = ?", (tip, conversation_id))
    return message_tree.open_conversation(database, conversation_id)


def interrupt_streaming(database: Database) -> int:
    """At start: what still streams was cut off with the app. Returns how many replies that were."""
    rows = database.rows(
        "SELECT id, conversation_id, role, model_ref, text FROM message WHERE status = 'STREAMING'"
    )
    if rows:
        with database.transaction():
            database.execute(
                "UPDATE message SET status = ? WHERE status = 'STREAMING'", (MessageStatus.INTERRUPTED,)
            )
            for reply_id, conversation_id, role, model_ref, text in rows:
                _index(database, conversation_id, reply_id, Role(role), model_ref, text)
    return len(rows)


def _parent_id(database: Database, conversation_id: int, parent: ParentChoice) -> int | None:
    if isinstance(parent, Place):
        return message_tree.tip_of(database, conversation_id)
    if parent is not None and message_tree.message_row(database, parent)[1] != conversation_id:
        raise ValueError(f"message {parent} is not in conversation {conversation_id}")
    return parent


def _insert_reply(
    database: Database, conversation_id: int, parent_id: int | None, asking: Asking, now: int
) -> int:
    values = (
        conversation_id,
        parent_id,
        Role.ASSISTANT,
        "",
        MessageStatus.STREAMING,
        asking.model_ref,
        asking.params_json,
        now,
    )
    return database.insert(_INSERT_MESSAGE, values)


def _move_tip(database: Database, conversation_id: int, tip: int, asking: Asking, now: int) -> None:
    database.execute(
        "UPDATE conversation SET tip_message_id = ?, model_ref = ?, params_json = ?, updated_at = ? "
        "WHERE id = ?",
        (tip, asking.model_ref, asking.params_json, now, conversation_id),
    )


def _place_of_reply(database: Database, reply_id: int) -> tuple[int, str]:
    row = database.row("SELECT conversation_id, role FROM message WHERE id = ?", (reply_id,))
    if row is None:
        raise LookupError(f"no message {reply_id}")
    return row[0], row[1]


def _index(
    database: Database, conversation_id: int, message_id: int, role: Role, model_ref: str, text: str
) -> None:
    """Make a text findable, unless its conversation is in the recycle bin."""
    if conversations.summary(database, conversation_id).deleted_at is None:
        search_index.index_message(database, message_id, conversation_id, role, model_ref, text)


def _started(
    database: Database, conversation_id: int, reply_id: int, user_id: int | None = None
) -> ExchangeStarted:
    return ExchangeStarted(
        conversation=conversations.summary(database, conversation_id),
        reply=message_tree.message(database, reply_id),
        user=None if user_id is None else message_tree.message(database, user_id),
    )

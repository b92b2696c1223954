"""The list of conversations, the recycle bin, titles, pins and drafts."""

from __future__ import annotations

import unicodedata
import uuid

from app.core.records import ConversationSummary
from app.storage import search_index
from app.storage.database import Database, storable
from app.storage.files import now_ms
from app.storage.rows import SUMMARY_COLUMNS, summary_of

TITLE_LENGTH = 40
_NEW_CHAT_DRAFT = "draft"  # key in app_state: the chat that is not stored yet
_INDEX_REMEMBERS = "index_remembers"  # key in app_state: words of what was purged are still in the index
_ZERO_WIDTH_JOINER = "\u200d"


def automatic_title(text: str) -> str:
    """The first line with something in it, at most `TITLE_LENGTH` characters, never half an accented one."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    line = " ".join(line.split())
    if len(line) <= TITLE_LENGTH:
        return line
    end = TITLE_LENGTH - 1
    while end > 1 and _continues(line[end - 1], line[end]):
        end -= 1
    return line[:end].rstrip() + "…"


def _continues(previous: str, character: str) -> bool:
    return (
        unicodedata.category(character)[0] == "M"
        or _ZERO_WIDTH_JOINER in (previous, character)
        or 0x1F3FB <= ord(character) <= 0x1F3FF  # skin tones
    )


def all_conversations(database: Database) -> list[ConversationSummary]:
    """Those outside the recycle bin: pinned first, then by the last change, newest first."""
    rows = database.rows(
        f"SELECT {SUMMARY_COLUMNS} FROM conversation WHERE deleted_at IS NULL "  # noqa: S608 - a constant
        "ORDER BY pinned DESC, updated_at DESC, id DESC"
    )
    return [summary_of(row) for row in rows]


def deleted_conversations(database: Database) -> list[ConversationSummary]:
    """The recycle bin, last deleted first."""
    rows = database.rows(
        f"SELECT {SUMMARY_COLUMNS} FROM conversation WHERE deleted_at IS NOT NULL "  # noqa: S608 - a constant
        "ORDER BY deleted_at DESC, id DESC"
    )
    return [summary_of(row) for row in rows]


def summary(database: Database, conversation_id: int) -> ConversationSummary:
    """One conversation; raises `LookupError` when there is none with this id."""
    row = database.row(
        f"SELECT {SUMMARY_COLUMNS} FROM conversation WHERE id = ?",  # noqa: S608 - a constant
        (conversation_id,),
    )
    if row is None:
        raise LookupError(f"no conversation {conversation_id}")
    return summary_of(row)


def create(database: Database, title: str, model_ref: str, params: str, now: int) -> int:
    """A new conversation; inside a transaction of the caller."""
    return database.insert(
        "INSERT INTO conversation(uuid, title, model_ref, params_json, created_at, updated_at) "
        "VALUES(?, ?, ?, ?, ?, ?)",
        (str(uuid.uuid4()), storable(title), model_ref, params, now, now),
    )


def rename(database: Database, conversation_id: int, title: str) -> ConversationSummary:
    """Give a title; an empty one brings the automatic title back."""
    title = storable(" ".join(title.split()))
    is_auto = not title
    with database.transaction():
        if is_auto:
            title = _title_from_messages(database, conversation_id)
        database.execute(
            "UPDATE conversation SET title = ?, title_is_auto = ? WHERE id = ?",
            (title, is_auto, conversation_id),
        )
        changed = summary(database, conversation_id)
        if changed.deleted_at is None:
            search_index.index_title(database, conversation_id, title, is_auto=is_auto)
    return changed


def set_pinned(database: Database, conversation_id: int, *, pinned: bool) -> ConversationSummary:
    """Keep at the top of the list, or no longer."""
    with database.transaction():
        database.execute("UPDATE conversation SET pinned = ? WHERE id = ?", (pinned, conversation_id))
        return summary(database, conversation_id)


def delete(database: Database, conversation_id: int) -> ConversationSummary:
    """Into the recycle bin: out of the list and of the search, everything kept."""
    with database.transaction():
        database.execute(
            "UPDATE conversation SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL",
            (now_ms(), conversation_id),
        )
        search_index.remove_conversation(database, conversation_id)
        return summary(database, conversation_id)


def restore(database: Database, conversation_id: int) -> ConversationSummary:
    """Out of the recycle bin."""
    with database.transaction():
        database.execute("UPDATE conversation SET deleted_at = NULL WHERE id = ?", (conversation_id,))
        search_index.index_conversation(database, conversation_id)
        return summary(database, conversation_id)


def purge(database: Database, conversation_id: int) -> None:
    """Gone for good. Copies made before keep it until newer ones take their place."""
    with database.transaction():
        search_index.remove_conversation(database, conversation_id)
        database.execute("DELETE FROM queued_message WHERE conversation_id = ?", (conversation_id,))
        database.execute("UPDATE conversation SET tip_message_id = NULL WHERE id = ?", (conversation_id,))
        database.execute("DELETE FROM message WHERE conversation_id = ?", (conversation_id,))
        database.execute("DELETE FROM conversation WHERE id = ?", (conversation_id,))
        _put_app_state(database, _INDEX_REMEMBERS, "yes")


def forget_purged(database: Database) -> None:
    """Take the words of what is gone for good out of the file, where they still are.

    The index marks what is removed and drops it when it next writes that part anew; here it writes all.
    Takes 5 s for 100,000 messages, nothing where nothing was purged.
    """
    if app_state(database, _INDEX_REMEMBERS) is None:
        return
    with database.transaction():
        search_index.write_anew(database)
        database.execute("DELETE FROM app_state WHERE key = ?", (_INDEX_REMEMBERS,))


def draft(database: Database, conversation_id: int | None) -> str:
    """What was typed and not sent; None is the new chat."""
    if conversation_id is None:
        return app_state(database, _NEW_CHAT_DRAFT) or ""
    row = database.row("SELECT draft FROM conversation WHERE id = ?", (conversation_id,))
    return str(row[0]) if row else ""


def save_draft(database: Database, conversation_id: int | None, text: str) -> None:
    """Keep what is being typed."""
    with database.transaction():
        put_draft(database, conversation_id, text)


def put_draft(database: Database, conversation_id: int | None, text: str) -> None:
    """Keep or (empty) forget a draft; inside a transaction of the caller."""
    if conversation_id is not None:
        database.execute("UPDATE conversation SET draft = ? WHERE id = ?", (storable(text), conversation_id))
    elif text:
        _put_app_state(database, _NEW_CHAT_DRAFT, text)
    else:
        database.execute("DELETE FROM app_state WHERE key = ?", (_NEW_CHAT_DRAFT,))


def app_state(database: Database, key: str) -> str | None:
    """A value that the app remembers; None when it was never set."""
    row = database.row("SELECT value FROM app_state WHERE key = ?", (key,))
    return None if row is None else str(row[0])


def set_app_state(database: Database, key: str, value: str) -> None:
    """Remember a value."""
    with database.transaction():
        _put_app_state(database, key, value)


def _put_app_state(database: Database, key: str, value: str) -> None:
    database.execute(
        "INSERT INTO app_state(key, value) VALUES(?, ?) "
        "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        (key, storable(value)),
    )


def _title_from_messages(database: Database, conversation_id: int) -> str:
    row = database.row(
        "SELECT text FROM message WHERE conversation_id = ? AND role = 'user' ORDER BY id LIMIT 1",
        (conversation_id,),
    )
    return automatic_title(row[0]) if row else ""

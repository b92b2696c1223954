"""Reads what can still be read out of a damaged database, and adds it to a sound one.

Best effort with SQLite's own reading: rows from the front until it breaks, rows from the back until it
breaks, then one by one between the two. What is read is believed only where it makes sense (a role, a status,
a time, text). A finished message of the sound database is never replaced.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from pathlib import Path

import apsw

from app.core.chat import MessageStatus, Role
from app.storage import search_index
from app.storage.conversations import automatic_title
from app.storage.database import Database, Row, Value, connect_damaged
from app.storage.errors import DAMAGE
from app.storage.files import now_ms

_PROBED_IDS = 500_000  # how many missing ids are tried one by one, at a few microseconds each
_BEYOND_KNOWN = 1_000  # ids tried after the last one that is known
_CLOCK_SLACK_MS = 24 * 3600 * 1000
_UNREADABLE = (*DAMAGE, apsw.SQLError, apsw.IOError, apsw.TooBigError, apsw.NoMemError, UnicodeDecodeError)
_STATUSES = frozenset(status.value for status in MessageStatus)
_FINAL = frozenset((MessageStatus.COMPLETE.value,))
_ROLES = frozenset(role.value for role in Role)

# Texts come as bytes, so that one broken character does not cost the whole row.
_CONVERSATION = (
    "id, uuid, CAST(title AS BLOB), title_is_auto, CAST(draft AS BLOB), model_ref, params_json, pinned, "
    "archived_at, deleted_at, created_at, updated_at, tip_message_id"
)
_MESSAGE = (
    "id, conversation_id, parent_id, role, CAST(text AS BLOB), CAST(reasoning AS BLOB), status, pinned, "
    "finish_reason, model_ref, params_json, prompt_tokens, output_tokens, first_token_ms, duration_ms, "
    "error_code, error_params, created_at"
)
_QUEUED = "id, conversation_id, CAST(text AS BLOB), created_at"
_log = logging.getLogger(__name__)


def salvage(damaged: Path, sound: Database) -> int:
    """Add what `damaged` still holds to `sound`; returns how many messages were added or completed."""
    try:
        source = connect_damaged(damaged)
    except (*_UNREADABLE, apsw.CantOpenError) as error:
        _log.info("nothing can be read from the damaged file: %s", error)
        return 0
    try:
        with sound.transaction():
            sound.execute("PRAGMA defer_foreign_keys=ON")
            tips = _add_conversations(source.connection, sound)
            count = _add_messages(source.connection, sound)
            _add_waiting(source.connection, sound)
            _set_tips(sound, tips)
            search_index.rebuild(sound)
        return count
    finally:
        source.close()


def readable_rows(source: apsw.Connection, table: str, columns: str, known_id: int = 0) -> Iterator[Row]:
    """Every row of `table` that can be read, each once; `known_id`: ids up to here are worth a try."""
    seen = 0
    try:
        for row in source.execute(f"SELECT {columns} FROM {table} NOT INDEXED ORDER BY id"):  # noqa: S608
            yield row
            seen = max(seen, row[0])
        return
    except _UNREADABLE as error:
        _log.info("%s: unreadable after id %s: %s", table, seen, error)
    first_of_end = 0
    try:
        for row in source.execute(
            f"SELECT {columns} FROM {table} NOT INDEXED WHERE id > ? ORDER BY id DESC",  # noqa: S608
            (seen,),
        ):
            yield row
            first_of_end = row[0]
    except _UNREADABLE:
        pass
    end = first_of_end or max(known_id, seen) + _BEYOND_KNOWN
    for probed in range(seen + 1, min(end, seen + _PROBED_IDS)):
        try:
            yield from source.execute(
                f"SELECT {columns} FROM {table} NOT INDEXED WHERE id = ?",  # noqa: S608 - constants
                (probed,),
            )
        except _UNREADABLE:
            continue


def _add_conversations(source: apsw.Connection, sound: Database) -> dict[int, int]:
    """Add and bring up to date; returns the tip of each conversation as the damaged file has it."""
    tips: dict[int, int] = {}
    for row in readable_rows(source, "conversation", _CONVERSATION, _largest_id(sound, "conversation")):
        values = _sensible_conversation(row)
        if values is None:
            continue
        if isinstance(row[12], int):
            tips[row[0]] = row[12]
        taken = sound.row("SELECT 1 FROM conversation WHERE uuid = ? AND id <> ?", (values[1], values[0]))
        if taken is not None:
            values = (values[0], str(uuid.uuid4()), *values[2:])
        sound.execute(
            "INSERT INTO conversation(id, uuid, title, title_is_auto, draft, model_ref, params_json, pinned, "
            "archived_at, deleted_at, created_at, updated_at) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT(id) DO UPDATE SET title = excluded.title, title_is_auto = excluded.title_is_auto, "
            "draft = excluded.draft, model_ref = excluded.model_ref, params_json = excluded.params_json, "
            "pinned = excluded.pinned, archived_at = excluded.archived_at, deleted_at = excluded.deleted_at, "
            "updated_at = excluded.updated_at WHERE excluded.updated_at >= conversation.updated_at",
            values,
        )
    return tips


def _add_messages(source: apsw.Connection, sound: Database) -> int:
    known = {
        row[0]: (row[1], row[2]) for row in sound.rows("SELECT id, conversation_id, status FROM message")
    }
    found: list[tuple[Value, ...]] = []
    for row in readable_rows(source, "message", _MESSAGE, max(known, default=0)):
        values = _sensible_message(row)
        if values is None:
            continue
        conversation_id, status = known.get(row[0], (row[1], ""))
        if conversation_id == row[1] and status not in _FINAL and (not status or values[6] != status):
            found.append(values)
    for values in sorted(found, key=lambda values: int(str(values[0]))):
        _put_message(sound, values)
    return len(found)


def _put_message(sound: Database, values: tuple[Value, ...]) -> None:
    message_id, conversation_id, parent_id = values[:3]
    if sound.row("SELECT 1 FROM conversation WHERE id = ?", (conversation_id,)) is None:
        title, created_at = automatic_title(str(values[4])), values[17]
        sound.execute(
            "INSERT INTO conversation(id, uuid, title, created_at, updated_at) VALUES(?, ?, ?, ?, ?)",
            (conversation_id, str(uuid.uuid4()), title, created_at, created_at),
        )
    parent = (parent_id, conversation_id, message_id)
    if parent_id is not None and not sound.row(
        "SELECT 1 FROM message WHERE id = ? AND conversation_id = ? AND id < ?", parent
    ):
        # The message above is lost: hang this one below the one before, so that it stays on a path.
        before = sound.row(
            "SELECT max(id) FROM message WHERE conversation_id = ? AND id < ?", (conversation_id, message_id)
        )
        parent_id = before[0] if before else None
    sound.execute(
        "INSERT OR REPLACE INTO message(id, conversation_id, parent_id, role, text, reasoning, status, "
        "pinned, finish_reason, model_ref, params_json, prompt_tokens, output_tokens, first_token_ms, "
        "duration_ms, error_code, error_params, created_at) "
        "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (message_id, conversation_id, parent_id, *values[3:]),
    )


def _add_waiting(source: apsw.Connection, sound: Database) -> None:
    for message_id, conversation_id, text, created_at in readable_rows(source, "queued_message", _QUEUED):
        if sound.row("SELECT 1 FROM conversation WHERE id = ?", (conversation_id,)) and _is_time(created_at):
            sound.execute(
                "INSERT OR REPLACE INTO queued_message(id, conversation_id, text, created_at) "
                "VALUES(?, ?, ?, ?)",
                (message_id, conversation_id, _text(text), created_at),
            )
    try:
        for key, value in source.execute("SELECT key, value FROM app_state"):
            if isinstance(key, str) and isinstance(value, str):
                sound.execute("INSERT OR REPLACE INTO app_state(key, value) VALUES(?, ?)", (key, value))
    except _UNREADABLE as error:
        _log.info("app_state: unreadable: %s", error)


def _set_tips(sound: Database, tips: dict[int, int]) -> None:
    """The tip of the damaged file where that message is there, else the newest message."""
    for conversation_id, tip in tips.items():
        sound.execute(
            "UPDATE conversation SET tip_message_id = ?1 WHERE id = ?2 AND EXISTS("
            "SELECT 1 FROM message WHERE id = ?1 AND conversation_id = ?2)",
            (tip, conversation_id),
        )
    sound.execute(
        "UPDATE conversation SET tip_message_id = ("
        "SELECT max(id) FROM message WHERE conversation_id = conversation.id) "
        "WHERE tip_message_id IS NULL OR tip_message_id NOT IN (SELECT id FROM message)"
    )


def _sensible_conversation(row: Row) -> tuple[Value, ...] | None:
    created_at, updated_at = row[10], row[11]
    if not (isinstance(row[0], int) and row[0] > 0 and _is_time(created_at) and _is_time(updated_at)):
        return None
    return (
        row[0],
        row[1] if isinstance(row[1], str) else str(uuid.uuid4()),
        _text(row[2]),
        int(row[3] != 0),
        _text(row[4]),
        row[5] if isinstance(row[5], str) else "",
        row[6] if isinstance(row[6], str) else "{}",
        int(row[7] == 1),
        row[8] if _is_time(row[8]) else None,
        row[9] if _is_time(row[9]) else None,
        created_at,
        updated_at,
    )


def _sensible_message(row: Row) -> tuple[Value, ...] | None:
    if not all(isinstance(value, int) and value > 0 for value in row[:2]) or not _is_time(row[17]):
        return None
    if row[3] not in _ROLES or row[6] not in _STATUSES:
        return None
    figures = [value if isinstance(value, int) else None for value in row[11:15]]
    return (
        row[0],
        row[1],
        row[2] if isinstance(row[2], int) else None,
        row[3],
        _text(row[4]),
        _text(row[5]),
        row[6],
        int(row[7] == 1),
        row[8] if isinstance(row[8], str) else None,
        row[9] if isinstance(row[9], str) else "",
        row[10] if isinstance(row[10], str) else "{}",
        *figures,
        row[15] if isinstance(row[15], str) else None,
        row[16] if isinstance(row[16], str) else None,
        row[17],
    )


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _is_time(value: object) -> bool:
    return isinstance(value, int) and 0 < value < now_ms() + _CLOCK_SLACK_MS


def _largest_id(sound: Database, table: str) -> int:
    row = sound.row(f"SELECT max(id) FROM {table}")  # noqa: S608 - a constant of this module
    return int(row[0]) if row and row[0] is not None else 0

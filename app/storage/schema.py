"""The tables, as named, ordered steps. A step that was published is never changed: add the next one.

Ids are never used twice (AUTOINCREMENT): the search index and the order "newest first" rely on that.
Times are UTC milliseconds. `message.role` and `message.status` hold the values of the enums in `core.chat`.
No STRICT tables: SQLite before 3.37, which some Pythons have, cannot read a file that holds one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.storage.database import Database

APPLICATION_ID = 0x54654861
"""Stands in the file's header, so that a database of another program is not taken for ours."""

_FIRST_SCHEMA = (
    """
    CREATE TABLE conversation(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        uuid TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL DEFAULT '',
        title_is_auto INTEGER NOT NULL DEFAULT 1,
        tip_message_id INTEGER REFERENCES message(id),
        draft TEXT NOT NULL DEFAULT '',
        model_ref TEXT NOT NULL DEFAULT '',
        params_json TEXT NOT NULL DEFAULT '{}',
        pinned INTEGER NOT NULL DEFAULT 0,
        folder_id INTEGER,
        archived_at INTEGER,
        deleted_at INTEGER,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE message(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation_id INTEGER NOT NULL REFERENCES conversation(id),
        parent_id INTEGER REFERENCES message(id),
        role TEXT NOT NULL,
        text TEXT NOT NULL DEFAULT '',
        reasoning TEXT NOT NULL DEFAULT '',
        status TEXT NOT NULL,
        pinned INTEGER NOT NULL DEFAULT 0,
        finish_reason TEXT,
        model_ref TEXT NOT NULL DEFAULT '',
        params_json TEXT NOT NULL DEFAULT '{}',
        prompt_tokens INTEGER,
        output_tokens INTEGER,
        first_token_ms INTEGER,
        duration_ms INTEGER,
        error_code TEXT,
        error_params TEXT,
        created_at INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE queued_message(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation_id INTEGER NOT NULL REFERENCES conversation(id),
        text TEXT NOT NULL,
        created_at INTEGER NOT NULL
    )
    """,
    "CREATE TABLE app_state(key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE INDEX conversation_by_tip ON conversation(tip_message_id)",
    "CREATE INDEX message_by_tree ON message(conversation_id, parent_id, role)",
    "CREATE INDEX message_by_parent ON message(parent_id)",
    "CREATE INDEX message_by_time ON message(created_at)",
    "CREATE INDEX message_streaming ON message(id) WHERE status = 'STREAMING'",
    "CREATE INDEX queued_message_by_conversation ON queued_message(conversation_id)",
    # The rows hold no text of their own (contentless): what is indexed is made by `search_text.index_form`.
    """
    CREATE VIRTUAL TABLE message_search USING fts5(
        body, facets, content='', contentless_delete=1, prefix='2 3',
        tokenize='unicode61 remove_diacritics 0'
    )
    """,
    """
    CREATE VIRTUAL TABLE title_search USING fts5(
        title, content='', contentless_delete=1, prefix='2 3', tokenize='unicode61 remove_diacritics 0'
    )
    """,
    f"PRAGMA application_id = {APPLICATION_ID}",
)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step; `version` is the file's `user_version` after it."""

    version: int
    name: str
    apply: Callable[[Database], None]


def _create_first_schema(database: Database) -> None:
    for statement in _FIRST_SCHEMA:
        database.execute(statement)


MIGRATIONS: tuple[Migration, ...] = (Migration(1, "first_schema", _create_first_schema),)

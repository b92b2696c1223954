"""Whether the database out of a backup file can be trusted row by row: somebody may have made it up.

The file was checked against its manifest, but anyone can write a manifest. Reads only.
"""

from __future__ import annotations

from pathlib import Path

import apsw

from app.core.errors import ErrorCode, WorldError
from app.storage.database import connect_read_only
from app.storage.errors import DAMAGE
from app.storage.health import find_damage
from app.storage.migrations import newest_version, schema_version

_LAST_MOMENT = 253_402_300_799_999  # of the year 9999, the last that calendars show
_VALUES_OF_CONVERSATIONS = """
    SELECT id FROM conversation WHERE typeof(uuid) <> 'text' OR length(uuid) > 64
    OR typeof(title) <> 'text' OR typeof(draft) <> 'text' OR typeof(model_ref) <> 'text'
    OR typeof(params_json) <> 'text' OR title_is_auto NOT IN (0, 1) OR pinned NOT IN (0, 1)
    OR NOT ({created}) OR NOT ({updated}) OR (deleted_at IS NOT NULL AND NOT ({deleted}))
    OR (archived_at IS NOT NULL AND NOT ({archived})) LIMIT 1
"""
_VALUES_OF_MESSAGES = """
    SELECT id FROM message WHERE id <= 0 OR typeof(model_ref) <> 'text' OR typeof(params_json) <> 'text'
    OR pinned NOT IN (0, 1) OR NOT ({created}) OR typeof(finish_reason) NOT IN ('text', 'null')
    OR typeof(error_code) NOT IN ('text', 'null') OR typeof(error_params) NOT IN ('text', 'null')
    OR typeof(prompt_tokens) NOT IN ('integer', 'null') OR typeof(output_tokens) NOT IN ('integer', 'null')
    OR typeof(first_token_ms) NOT IN ('integer', 'null') OR typeof(duration_ms) NOT IN ('integer', 'null')
    LIMIT 1
"""
_VALUES_OF_WAITING = """
    SELECT id FROM queued_message WHERE typeof(text) <> 'text' OR NOT ({created}) LIMIT 1
"""
_TREE = """
    SELECT m.id FROM message m LEFT JOIN message p ON p.id = m.parent_id WHERE m.parent_id IS NOT NULL
    AND (p.id IS NULL OR p.id >= m.id OR p.conversation_id <> m.conversation_id) LIMIT 1
"""
_TIPS = """
    SELECT c.id FROM conversation c LEFT JOIN message m ON m.id = c.tip_message_id
    WHERE c.tip_message_id IS NOT NULL AND (m.id IS NULL OR m.conversation_id <> c.id) LIMIT 1
"""
_HOMES = """
    SELECT m.id FROM (SELECT id, conversation_id FROM message UNION ALL
    SELECT id, conversation_id FROM queued_message) m
    LEFT JOIN conversation c ON c.id = m.conversation_id WHERE c.id IS NULL LIMIT 1
"""
_QUESTIONS = {
    "values of a conversation": _VALUES_OF_CONVERSATIONS,
    "values of a message": _VALUES_OF_MESSAGES,
    "values of a waiting message": _VALUES_OF_WAITING,
    "a message above that comes later or is none": _TREE,
    "the last message shown": _TIPS,
    "a message without a conversation": _HOMES,
}
"""Each asks for the first row that the app cannot have written."""


def ensure_sound(path: Path, archive: Path) -> int:
    """Raise BACKUP_DAMAGED for `archive` where its database makes no sense; gives the schema's version.

    A schema that a newer app wrote is not looked into.
    """
    try:
        database = connect_read_only(path)
        try:
            version = schema_version(database)
            if version > newest_version():
                return version
            database.execute("PRAGMA trusted_schema=OFF")
            found = _what_is_wrong(database.connection)
        finally:
            database.close()
    except (*DAMAGE, apsw.Error, UnicodeDecodeError) as error:
        raise WorldError(ErrorCode.BACKUP_DAMAGED, path=archive, detail=error) from error
    except WorldError as error:
        if error.info.code is not ErrorCode.DATABASE_DAMAGED:
            raise
        raise WorldError(ErrorCode.BACKUP_DAMAGED, path=archive, detail="not a database") from error
    if found:
        raise WorldError(ErrorCode.BACKUP_DAMAGED, path=archive, detail=found)
    return version


def _what_is_wrong(connection: apsw.Connection) -> str:
    return (
        find_damage(connection, thorough=True)  # every character and the whole index, but no sense
        or find_damage(connection)
        or _made_up(connection)
    )


def _made_up(connection: apsw.Connection) -> str:
    """The first row that the app cannot have written, in words; empty where all make sense."""
    times = {
        name: f"typeof({name}_at) = 'integer' AND {name}_at BETWEEN 0 AND {_LAST_MOMENT}"
        for name in ("created", "updated", "deleted", "archived")
    }
    for name, question in _QUESTIONS.items():
        row = connection.execute(question.format(**times)).fetchone()
        if row is not None:
            return f"{name}: row {row[0]}"
    return ""

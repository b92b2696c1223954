"""Tells whether a database file is sound, and whether it is ours. Reads only.

The check covers every table that holds what a person wrote, and the storage of the search index, but not the
index's own long comparison of its contents: `PRAGMA quick_check` of a whole file of 100,000 messages takes
0.7 s, of these tables 0.1 s, and a search index can be made anew from the messages.
"""

from __future__ import annotations

import apsw

from app.storage.errors import DAMAGE
from app.storage.schema import APPLICATION_ID

REQUIRED_TABLES = frozenset(("conversation", "message", "queued_message", "app_state"))


def is_empty(connection: apsw.Connection) -> bool:
    """Whether nothing was ever created in the file; raises damage."""
    row = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return row is None or row[0] == 0


def is_ours(connection: apsw.Connection) -> bool:
    """Whether the header names this app; raises damage."""
    row = connection.execute("PRAGMA application_id").fetchone()
    return row is not None and row[0] == APPLICATION_ID


def find_damage(connection: apsw.Connection, *, thorough: bool = False) -> str:
    """What is wrong with this file, in SQLite's words; empty when it is sound.

    `thorough`: everything, with the free pages and the search index word by word (seven times as long).
    """
    try:
        if is_empty(connection):
            return "empty"
        if not is_ours(connection):
            return "not a database of this app"
        tables = _real_tables(connection)
        if not tables >= REQUIRED_TABLES:
            return f"missing: {', '.join(sorted(REQUIRED_TABLES - tables))}"
        if thorough:
            return _first_complaint(connection, "PRAGMA quick_check(1)")
        complaints = (
            _first_complaint(connection, "SELECT * FROM pragma_quick_check(?)", table)
            for table in ("sqlite_schema", *sorted(tables))
        )
        return next(filter(None, complaints), "")
    except (*DAMAGE, apsw.SQLError, UnicodeDecodeError) as error:
        return str(error) or type(error).__name__


def _first_complaint(connection: apsw.Connection, check: str, *table: str) -> str:
    row = connection.execute(check, table).fetchone()
    return "" if row is not None and row[0] == "ok" else str(row)


def _real_tables(connection: apsw.Connection) -> set[str]:
    """Tables with pages of their own; a virtual table is checked by those that it is stored in."""
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
    return {row[0] for row in connection.execute(query)}

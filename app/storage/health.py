"""Tells whether a database file is sound, and whether it is ours. Reads only.

The check covers every table that holds what a person wrote, and the storage of the search index, but not the
index's own long comparison of its contents: `PRAGMA quick_check` of a whole file of 100,000 messages takes
0.7 s, of these tables 0.1 s, and a search index can be made anew from the messages.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

import apsw

from app.core.chat import MessageStatus, Role
from app.core.errors import WorldError
from app.storage.database import Database, connect_read_only
from app.storage.errors import DAMAGE
from app.storage.schema import APPLICATION_ID, MIGRATIONS

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

    `thorough`: everything, with the free pages, every character, and the search index word by word (it takes
    seven times as long). Whether the indexes fit their tables is for `find_wrong_index`: what stands in the
    tables can be read without them.
    """
    try:
        if is_empty(connection):
            return "empty"
        if _is_cut_off(connection):
            return "cut off"
        if not is_ours(connection):
            return "not a database of this app"
        if not _known_schema(_version(connection)) <= _schema(connection):
            return "the schema is not the one that was written"
        tables = _real_tables(connection)
        if not tables >= REQUIRED_TABLES:
            return f"missing: {', '.join(sorted(REQUIRED_TABLES - tables))}"
        if thorough:
            for table in REQUIRED_TABLES:
                for _ in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - read as text: decoded
                    pass
            return _first_complaint(connection, "PRAGMA quick_check(1)")
        complaints = (
            _first_complaint(connection, "SELECT * FROM pragma_quick_check(?)", table)
            for table in ("sqlite_schema", *sorted(tables))
        )
        return next(filter(None, complaints), "") or _senseless_row(connection)
    except (*DAMAGE, apsw.SQLError, UnicodeDecodeError) as error:
        return str(error) or type(error).__name__


def find_wrong_index(connection: apsw.Connection) -> str:
    """In which index something else stands than in its table, in SQLite's words; empty where in none."""
    try:
        return _first_complaint(connection, "PRAGMA integrity_check(1)")
    except DAMAGE as error:
        return str(error) or type(error).__name__


def damage_of(path: Path) -> str | None:
    """What is wrong with the file at `path`, "" when it is sound; other programs may have it open.

    None where nobody can tell at this moment.
    """
    try:
        database = connect_read_only(path)
    except (*DAMAGE, apsw.SQLError) as error:
        return str(error) or type(error).__name__
    except (apsw.Error, WorldError, OSError):
        return None
    try:
        return find_damage(database.connection)
    except (apsw.Error, OSError):
        return None
    finally:
        database.close()


def _version(connection: apsw.Connection) -> int:
    row = connection.execute("PRAGMA user_version").fetchone()
    return 0 if row is None else int(row[0])


def _schema(connection: apsw.Connection) -> frozenset[tuple[str, str, str]]:
    """Type, name and definition (without its spaces) of everything in the file."""
    rows = connection.execute("SELECT type, name, sql FROM sqlite_schema")
    return frozenset((kind, name, "".join(str(sql or "").split())) for kind, name, sql in rows)


@functools.cache
def _known_schema(version: int) -> frozenset[tuple[str, str, str]]:
    """What our steps write up to `version`, made in memory; nothing for a version that is not ours."""
    if version > MIGRATIONS[-1].version:
        return frozenset()
    connection = apsw.Connection(":memory:")
    try:
        for step in MIGRATIONS[:version]:
            step.apply(Database(connection, Path(":memory:")))
        return _schema(connection)
    finally:
        connection.close()


def _senseless_row(connection: apsw.Connection) -> str:
    """A row that we cannot have written: a flipped bit that leaves the tree in order.

    Not a CHECK in the schema: SQLite leaves those out of its check of a file that is open for reading only.
    """
    row = connection.execute(
        "SELECT id FROM message WHERE role NOT IN (SELECT value FROM json_each(?)) "
        "OR status NOT IN (SELECT value FROM json_each(?)) OR typeof(text) <> 'text' "
        "OR typeof(reasoning) <> 'text' OR typeof(created_at) <> 'integer' LIMIT 1",
        (json.dumps(list(Role)), json.dumps(list(MessageStatus))),
    ).fetchone()
    return "" if row is None else f"message {row[0]} makes no sense"


def _is_cut_off(connection: apsw.Connection) -> bool:
    """Whether the file is shorter than its header says; a write-ahead log may still hold the rest.

    SQLite itself overlooks a last page that is there in part. The file is not opened for this look: on POSIX
    closing it would take away the locks that every connection of this process has on it.
    """
    path = Path(connection.db_filename("main"))
    pages, page_size = (int(connection.execute(f"PRAGMA {one}").get) for one in ("page_count", "page_size"))
    wal = path.with_name(f"{path.name}-wal")  # looked at last: another process may be writing
    if wal.exists() and wal.stat().st_size:
        return False
    return path.stat().st_size < pages * page_size


def _first_complaint(connection: apsw.Connection, check: str, *table: str) -> str:
    row = connection.execute(check, table).fetchone()
    return "" if row is not None and row[0] == "ok" else str(row)


def _real_tables(connection: apsw.Connection) -> set[str]:
    """Tables with pages of their own; a virtual table is checked by those that it is stored in."""
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
    return {row[0] for row in connection.execute(query)}

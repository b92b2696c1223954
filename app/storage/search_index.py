"""The full-text index over messages and titles: what goes in, what comes out, newest first.

A row of the index has the id of its message and holds two columns: the folded text, and facets (conversation,
role, model) as tokens, so that a filter cuts the work down inside the index, however frequent the word is.
Only messages of conversations outside the recycle bin are in it. Functions that write run inside a
transaction of the caller.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence

from app.core.chat import Role
from app.core.records import SearchFilter, SearchHit
from app.storage.database import Database, Row, Value
from app.storage.search_text import index_form, make_snippet, match_expression

MAX_TITLE_HITS = 10
_LARGEST_ID = (1 << 63) - 1
_INSERT = "INSERT INTO message_search(rowid, body, facets) VALUES(?, ?, ?)"
_NEWEST_FIRST = """
    SELECT m.id, m.conversation_id, c.title, m.role, m.text, m.created_at
    FROM message_search s
    CROSS JOIN message m ON m.id = s.rowid
    CROSS JOIN conversation c ON c.id = m.conversation_id
    WHERE s.message_search MATCH ? AND s.rowid BETWEEN ? AND ? AND m.created_at >= ? AND m.created_at < ?
    ORDER BY s.rowid DESC LIMIT ?
"""
_TITLES = """
    SELECT c.tip_message_id, c.id, c.title, c.updated_at
    FROM title_search s CROSS JOIN conversation c ON c.id = s.rowid
    WHERE s.title_search MATCH ? AND c.tip_message_id IS NOT NULL
    ORDER BY s.rowid DESC LIMIT ?
"""


def index_message(
    database: Database, message_id: int, conversation_id: int, role: Role, model_ref: str, text: str
) -> None:
    """Add a message, or take its new text; an empty one leaves the index."""
    database.execute("DELETE FROM message_search WHERE rowid = ?", (message_id,))
    if text:
        facets = _facets(conversation_id, role.value, model_ref)
        database.execute(_INSERT, (message_id, index_form(text), facets))


def index_title(database: Database, conversation_id: int, title: str, *, is_auto: bool) -> None:
    """Take the title that a person gave. An automatic one is the first message's beginning, found as such."""
    database.execute("DELETE FROM title_search WHERE rowid = ?", (conversation_id,))
    if title and not is_auto:
        database.execute(
            "INSERT INTO title_search(rowid, title) VALUES(?, ?)", (conversation_id, index_form(title))
        )


def index_conversation(database: Database, conversation_id: int) -> None:
    """Add everything of a conversation (it came back from the recycle bin)."""
    remove_conversation(database, conversation_id)
    _index_rows(database, "conversation_id = ?", (conversation_id,))
    row = database.row("SELECT title, title_is_auto FROM conversation WHERE id = ?", (conversation_id,))
    if row is not None:
        index_title(database, conversation_id, row[0], is_auto=bool(row[1]))


def index_conversations(
    database: Database, conversation_ids: Sequence[int], on_rows: Callable[[int], None]
) -> None:
    """Add everything of conversations that are new; `on_rows` hears how many messages were added.

    In the order of the ids: that is much quicker than one conversation after the other.
    """
    wanted = json.dumps(list(conversation_ids))
    _index_rows(database, "conversation_id IN (SELECT value FROM json_each(?))", (wanted,), on_rows)
    for conversation_id, title in database.rows(
        "SELECT id, title FROM conversation WHERE NOT title_is_auto "
        "AND id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (wanted,),
    ):
        index_title(database, conversation_id, title, is_auto=False)


def remove_conversation(database: Database, conversation_id: int) -> None:
    """Take everything of a conversation out (it goes to the recycle bin, or for good)."""
    database.execute(
        "DELETE FROM message_search WHERE rowid IN (SELECT id FROM message WHERE conversation_id = ?)",
        (conversation_id,),
    )
    database.execute("DELETE FROM title_search WHERE rowid = ?", (conversation_id,))


def write_anew(database: Database) -> None:
    """Bring the index into one piece, without what was removed; inside a transaction of the caller."""
    for table in ("message_search", "title_search"):
        database.execute(f"INSERT INTO {table}({table}) VALUES('optimize')")


def rebuild(database: Database) -> None:
    """Make the whole index anew from the messages."""
    for table in ("message_search", "title_search"):
        database.execute(f"INSERT INTO {table}({table}) VALUES('delete-all')")
    _index_rows(database, "conversation_id IN (SELECT id FROM conversation WHERE deleted_at IS NULL)", ())
    titles = database.rows(
        "SELECT id, title FROM conversation WHERE deleted_at IS NULL AND NOT title_is_auto"
    )
    for conversation_id, title in titles:
        index_title(database, conversation_id, title, is_auto=False)


def search(database: Database, query: str, limit: int, narrowed: SearchFilter) -> list[SearchHit]:
    """Titles first (only in a search that is not narrowed), then messages, newest first; at most `limit`."""
    expression = match_expression(query)
    if not expression or limit <= 0:
        return []
    hits = _title_hits(database, expression, query, limit) if narrowed == SearchFilter() else []
    bounds = _id_bounds(database, narrowed)
    if bounds is None:
        return hits
    parameters: tuple[Value, ...] = (
        _narrowed_expression(expression, narrowed),
        *bounds,
        narrowed.after if narrowed.after is not None else -_LARGEST_ID,
        narrowed.before if narrowed.before is not None else _LARGEST_ID,
        limit - len(hits),
    )
    hits.extend(_message_hit(row, query) for row in database.rows(_NEWEST_FIRST, parameters))
    return hits


def _title_hits(database: Database, expression: str, query: str, limit: int) -> list[SearchHit]:
    hits = []
    for row in database.rows(_TITLES, (expression, min(limit, MAX_TITLE_HITS))):
        tip, conversation_id, title, updated_at = row
        snippet = make_snippet(title, query)
        hits.append(
            SearchHit(
                tip, conversation_id, title, Role.USER, snippet.text, updated_at, snippet.marks, is_title=True
            )
        )
    return hits


def _message_hit(row: Row, query: str) -> SearchHit:
    message_id, conversation_id, title, role, text, created_at = row
    snippet = make_snippet(text, query)
    return SearchHit(message_id, conversation_id, title, Role(role), snippet.text, created_at, snippet.marks)


def _id_bounds(database: Database, narrowed: SearchFilter) -> tuple[int, int] | None:
    """Ids between which every message of the wanted time lies (ids grow with time, nearly always)."""
    if narrowed.after is None and narrowed.before is None:
        return -_LARGEST_ID, _LARGEST_ID
    row = database.row(
        "SELECT min(id), max(id) FROM message WHERE created_at >= ? AND created_at < ?",
        (
            narrowed.after if narrowed.after is not None else -_LARGEST_ID,
            narrowed.before if narrowed.before is not None else _LARGEST_ID,
        ),
    )
    return None if row is None or row[0] is None else (row[0], row[1])


def _narrowed_expression(expression: str, narrowed: SearchFilter) -> str:
    facets = []
    if narrowed.conversation_id is not None:
        facets.append(_conversation_facet(narrowed.conversation_id))
    if narrowed.role is not None:
        facets.append(_role_facet(narrowed.role.value))
    if narrowed.model_ref is not None:
        facets.append(_model_facet(narrowed.model_ref))
    wanted = f"body : ({expression})"
    if facets:
        wanted += " AND facets : (" + " AND ".join(f'"{facet}"' for facet in facets) + ")"
    return wanted


def _index_rows(
    database: Database,
    condition: str,
    parameters: tuple[Value, ...],
    on_rows: Callable[[int], None] = lambda _: None,
) -> None:
    """Index the messages for which `condition` (a constant of this module) holds, a thousand at a time."""
    last_id = 0
    while True:
        rows = database.rows(
            f"SELECT id, conversation_id, role, model_ref, text FROM message WHERE {condition} "  # noqa: S608
            "AND id > ? AND text <> '' AND status <> 'STREAMING' ORDER BY id LIMIT 1000",
            (*parameters, last_id),
        )
        if not rows:
            return
        database.execute_many(_INSERT, _index_values(rows))
        last_id = rows[-1][0]
        on_rows(len(rows))


def _index_values(rows: Iterable[Row]) -> Iterable[tuple[Value, ...]]:
    for message_id, conversation_id, role, model_ref, text in rows:
        yield message_id, index_form(text), _facets(conversation_id, role, model_ref)


def _facets(conversation_id: int, role: str, model_ref: str) -> str:
    facets = [_conversation_facet(conversation_id), _role_facet(role)]
    if model_ref:
        facets.append(_model_facet(model_ref))
    return " ".join(facets)


def _conversation_facet(conversation_id: int) -> str:
    return f"c{conversation_id}"


def _role_facet(role: str) -> str:
    return f"r{role}"


def _model_facet(model_ref: str) -> str:
    # A reference may hold anything; its digest is one token.
    return "m" + hashlib.blake2b(model_ref.encode("utf-8"), digest_size=8).hexdigest()

"""Reading the tree of messages: the path that is shown, the versions of each message, newest descendants."""

from __future__ import annotations

import json
from collections import defaultdict

from app.core.records import MessageRecord, OpenConversation
from app.storage.conversations import draft, summary
from app.storage.database import Database, Row
from app.storage.rows import MESSAGE_COLUMNS, message_of


def open_conversation(database: Database, conversation_id: int) -> OpenConversation:
    """The conversation with the messages from its first to its tip; raises `LookupError`."""
    tip = tip_of(database, conversation_id)
    return OpenConversation(
        summary=summary(database, conversation_id),
        messages=_path_to(database, conversation_id, tip),
        draft=draft(database, conversation_id),
    )


def tip_of(database: Database, conversation_id: int) -> int | None:
    """The last message shown; None in an empty conversation. Raises `LookupError`."""
    row = database.row("SELECT tip_message_id FROM conversation WHERE id = ?", (conversation_id,))
    if row is None:
        raise LookupError(f"no conversation {conversation_id}")
    return None if row[0] is None else int(row[0])


def message(database: Database, message_id: int) -> MessageRecord:
    """One message with its versions; raises `LookupError`."""
    row = message_row(database, message_id)
    versions = database.rows(
        "SELECT id FROM message WHERE conversation_id = ? AND parent_id IS ? AND role = ? ORDER BY id",
        (row[1], row[2], row[3]),
    )
    return message_of(row, tuple(version[0] for version in versions))


def message_row(database: Database, message_id: int) -> Row:
    """The row of `MESSAGE_COLUMNS`; raises `LookupError`."""
    row = database.row(
        f"SELECT {MESSAGE_COLUMNS} FROM message WHERE id = ?",  # noqa: S608 - a constant
        (message_id,),
    )
    if row is None:
        raise LookupError(f"no message {message_id}")
    return row


def newest_descendant(database: Database, message_id: int) -> int:
    """The message that was added last below `message_id`, or itself. It has no child: ids only grow."""
    row = database.row(
        """
        WITH RECURSIVE below(id) AS (
            VALUES(?) UNION ALL SELECT m.id FROM below JOIN message m ON m.parent_id = below.id
        )
        SELECT max(id) FROM below
        """,
        (message_id,),
    )
    return message_id if row is None else int(row[0])


def _path_to(database: Database, conversation_id: int, tip: int | None) -> tuple[MessageRecord, ...]:
    # The structure comes out of an index alone; then one look at the rows of the path. Walking up with a
    # query for each message, or a window function for the versions, is several times slower.
    parents: dict[int, int | None] = {}
    places: dict[int, tuple[int | None, str]] = {}
    versions: defaultdict[tuple[int | None, str], list[int]] = defaultdict(list)
    for message_id, parent_id, role in database.rows(
        "SELECT id, parent_id, role FROM message WHERE conversation_id = ?", (conversation_id,)
    ):
        parents[message_id] = parent_id
        places[message_id] = (parent_id, role)
        versions[parent_id, role].append(message_id)
    path: list[int] = []
    at = tip
    while at is not None and at in parents:
        path.append(at)
        at = parents.pop(at)  # taken out, so that not even a damaged tree can go round in circles
    rows = database.rows(
        f"SELECT {MESSAGE_COLUMNS} FROM message WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608
        (json.dumps(path),),
    )
    if len(rows) < len(path):  # the index names messages that are not in the table
        database.damaged()
    records = {row[0]: message_of(row, tuple(sorted(versions[places[row[0]]]))) for row in rows}
    return tuple(records[message_id] for message_id in reversed(path))

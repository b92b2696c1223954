"""Adds to the open database the conversations of another one that it lacks; changes nothing that is there.

A conversation is known by its uuid. It is there already when all of its messages are: the same words at the
same moment below the same messages; it may have gone on since. One that goes on otherwise is added beside
it, under an id made from its content, so that a second restore finds it. Functions that write run inside a
transaction of the caller.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.core.archives import RestoreReport
from app.core.cancel import CancelToken
from app.core.chat import MessageStatus, Role
from app.storage import search_index
from app.storage.database import Database, Row, storable

_ROWS_AT_ONCE = 500
_TREE = "SELECT id, parent_id, role, text, reasoning, created_at FROM message "
_CONVERSATION_COLUMNS = (
    "title, title_is_auto, draft, model_ref, params_json, pinned, archived_at, deleted_at, created_at, "
    "updated_at"
)
_MESSAGE_COLUMNS = (
    "role, text, reasoning, status, pinned, finish_reason, model_ref, params_json, prompt_tokens, "
    "output_tokens, first_token_ms, duration_ms, error_code, error_params, created_at"
)


@dataclass(frozen=True, slots=True)
class Addition:
    """A conversation to add: its id in the source, the uuid that it gets, and whether another has its own."""

    source_id: int
    uuid: str
    is_beside: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be added, and what of the source is there already."""

    additions: tuple[Addition, ...]
    messages: int
    already_there: int
    in_bin: int


def plan(source: Database, target: Database, cancel: CancelToken) -> Plan:
    """Compare the two; writes nothing."""
    here = {row[0]: (row[1], row[2]) for row in target.rows("SELECT uuid, id, deleted_at FROM conversation")}
    additions: dict[str, Addition] = {}
    there, in_bin = 0, 0
    for source_id, known_as in source.rows("SELECT id, uuid FROM conversation ORDER BY id"):
        cancel.raise_if_cancelled()
        wanted, rows = known_as, _tree(source, source_id) if known_as in here else []
        while wanted in additions or (
            wanted in here and not _is_within(rows, _tree(target, here[wanted][0]))
        ):
            rows = rows or _tree(source, source_id)
            wanted = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{wanted} {_digest(rows)}"))
        if wanted in here:
            there += 1
            in_bin += here[wanted][1] is not None
        else:
            additions[wanted] = Addition(source_id, wanted, wanted != known_as)
    ids = json.dumps([addition.source_id for addition in additions.values()])
    count = source.row(
        "SELECT count(*) FROM message WHERE conversation_id IN (SELECT value FROM json_each(?))", (ids,)
    )
    return Plan(tuple(additions.values()), 0 if count is None else int(count[0]), there, in_bin)


def carry_out(
    planned: Plan,
    source: Database,
    target: Database,
    beside_title: str,
    on_rows: Callable[[int], None],
    cancel: CancelToken,
) -> RestoreReport:
    """Add what was planned. `beside_title` holds "{title}"; `on_rows` hears of every message twice."""
    places, bins = _add_conversations(planned.additions, source, target, beside_title)
    messages = _add_messages(places, source, target, on_rows, cancel)
    _add_waiting(places, source, target)
    _set_tips(places, messages, source, target)
    shown = [place for source_id, place in places.items() if source_id not in bins]

    def indexed(count: int) -> None:
        cancel.raise_if_cancelled()
        on_rows(count)

    search_index.index_conversations(target, shown, indexed)
    return RestoreReport(
        added=len(shown),
        added_to_bin=len(bins),
        beside=sum(addition.is_beside for addition in planned.additions if addition.source_id not in bins),
        messages=len(messages),
        already_there=planned.already_there,
        in_bin=planned.in_bin,
    )


def report_of(planned: Plan) -> RestoreReport:
    """What is told where there is nothing to add."""
    return RestoreReport(already_there=planned.already_there, in_bin=planned.in_bin)


def _tree(database: Database, conversation_id: int) -> list[Row]:
    return database.rows(f"{_TREE} WHERE conversation_id = ? ORDER BY id", (conversation_id,))


def _is_within(rows: Sequence[Row], whole: Sequence[Row]) -> bool:
    """Whether every message of `rows` is in `whole`, below the same messages; answers may be longer there."""
    children: defaultdict[int | None, list[Row]] = defaultdict(list)
    for row in whole:
        children[row[1]].append(row)
    found: dict[int | None, int | None] = {None: None}
    for row in rows:
        below = children[found[row[1]]]
        alike = [other for other in below if _is_same(row, other)]
        match = min(alike, key=lambda other: len(other[3]), default=None)
        if match is None:
            return False
        below.remove(match)  # two like each other are two there as well
        found[row[0]] = match[0]
    return True


def _is_same(row: Row, other: Row) -> bool:
    _, _, role, text, reasoning, created_at = row
    if (role, created_at) != (other[2], other[5]):
        return False
    if role == Role.ASSISTANT:  # "Continue" makes an answer longer
        return bool(other[3].startswith(text) and other[4].startswith(reasoning))
    return bool((text, reasoning) == (other[3], other[4]))


def _digest(rows: Sequence[Row]) -> str:
    """Of what was said, in which tree; ids of rows are numbers from the front."""
    places: dict[int | None, int | None] = {None: None}
    for place, row in enumerate(rows):
        places[row[0]] = place
    content = [[places.get(parent), *rest] for _, parent, *rest in rows]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _add_conversations(
    additions: Sequence[Addition], source: Database, target: Database, beside_title: str
) -> tuple[dict[int, int], set[int]]:
    """Add the rows; gives their ids here by the ids in the source, and which of those are in the bin."""
    places: dict[int, int] = {}
    bins: set[int] = set()
    for addition in additions:
        row = source.row(
            f"SELECT {_CONVERSATION_COLUMNS} FROM conversation WHERE id = ?",  # noqa: S608 - a constant
            (addition.source_id,),
        )
        if row is None:
            raise LookupError(f"no conversation {addition.source_id}")
        title, is_auto, *rest = row
        if addition.is_beside:
            title, is_auto = beside_title.replace("{title}", title), 0
        if row[7] is not None:
            bins.add(addition.source_id)
        places[addition.source_id] = target.insert(
            f"INSERT INTO conversation(uuid, {_CONVERSATION_COLUMNS}) "
            "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (addition.uuid, storable(title), is_auto, *rest),
        )
    return places, bins


def _add_messages(
    places: dict[int, int],
    source: Database,
    target: Database,
    on_rows: Callable[[int], None],
    cancel: CancelToken,
) -> dict[int, int]:
    """Add all messages in the order in which they were written; gives their ids here by those there."""
    messages: dict[int, int] = {}
    for rows in _batches(source, f"id, conversation_id, parent_id, {_MESSAGE_COLUMNS}", places):
        cancel.raise_if_cancelled()
        for message_id, conversation_id, parent_id, *values in rows:
            if values[3] == MessageStatus.STREAMING:
                values[3] = MessageStatus.INTERRUPTED.value
            messages[message_id] = target.insert(
                f"INSERT INTO message(conversation_id, parent_id, {_MESSAGE_COLUMNS}) "
                "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (places[conversation_id], None if parent_id is None else messages[parent_id], *values),
            )
        on_rows(len(rows))
    return messages


def _batches(source: Database, columns: str, places: dict[int, int]) -> Iterator[list[Row]]:
    """The messages of the conversations in `places`, some hundreds at a time, oldest first."""
    ids, last_id = json.dumps(list(places)), 0
    while rows := source.rows(
        f"SELECT {columns} FROM message WHERE id > ? "  # noqa: S608 - constants of this module
        "AND conversation_id IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT ?",
        (last_id, ids, _ROWS_AT_ONCE),
    ):
        yield rows
        last_id = rows[-1][0]


def _add_waiting(places: dict[int, int], source: Database, target: Database) -> None:
    for conversation_id, text, created_at in source.rows(
        "SELECT conversation_id, text, created_at FROM queued_message ORDER BY id"
    ):
        if conversation_id in places:
            target.execute(
                "INSERT INTO queued_message(conversation_id, text, created_at) VALUES(?, ?, ?)",
                (places[conversation_id], text, created_at),
            )


def _set_tips(places: dict[int, int], messages: dict[int, int], source: Database, target: Database) -> None:
    target.execute_many(
        "UPDATE conversation SET tip_message_id = ? WHERE id = ?",
        [
            (messages[tip], places[conversation_id])
            for conversation_id, tip in source.rows(
                "SELECT id, tip_message_id FROM conversation WHERE tip_message_id IS NOT NULL"
            )
            if conversation_id in places
        ],
    )

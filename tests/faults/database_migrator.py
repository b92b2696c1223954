"""Starts over a database of an older version, in forked processes.

Run by `forked.processes`. An order names the `folder` of a database. What comes back is `done` or the code of
an error. `FUTURE` are the app's own steps and two that it may have one day: a column more, and a table that
is made anew.
"""

from __future__ import annotations

from pathlib import Path

from app.core.errors import WorldError
from app.core.paths import AppPaths
from app.storage.database import Database
from app.storage.opening import open_store
from app.storage.schema import MIGRATIONS, Migration
from tests.faults.forked import Order, serve
from tests.helpers.storage_fixtures import paths_in

_COLUMNS = "id, conversation_id, text, created_at"


def add_stars(database: Database) -> None:
    database.execute("ALTER TABLE message ADD COLUMN stars INTEGER NOT NULL DEFAULT 0")
    database.execute("UPDATE message SET stars = id")


def make_the_queue_anew(database: Database) -> None:
    database.execute(
        "CREATE TABLE waiting(id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "conversation_id INTEGER NOT NULL REFERENCES conversation(id), text TEXT NOT NULL, "
        "created_at INTEGER NOT NULL, urgent INTEGER NOT NULL DEFAULT 0)"
    )
    database.execute(f"INSERT INTO waiting({_COLUMNS}) SELECT {_COLUMNS} FROM queued_message")
    database.execute("DROP TABLE queued_message")
    database.execute("ALTER TABLE waiting RENAME TO queued_message")


NEWEST = len(MIGRATIONS)
FUTURE = (
    *MIGRATIONS,
    Migration(NEWEST + 1, "stars", add_stars),
    Migration(NEWEST + 2, "queue anew", make_the_queue_anew),
)


def start(order: Order) -> str:
    paths: AppPaths = paths_in(Path(str(order["folder"])))
    try:
        store, _ = open_store(paths, FUTURE)
        store.close()
    except WorldError as error:
        return error.info.code.value
    return "done"


if __name__ == "__main__":
    serve(start)

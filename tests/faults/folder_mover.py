"""Moves folders as the app does, in forked processes: starts, moves, and goes on.

Run by `forked.processes`. An order names the `kind` ("models" or "data"), the `target`, and `said`, a file to
which every message that was stored is noted. What comes back is `done` or the code of an error.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.errors import WorldError
from app.core.imports import TaskProgress
from app.locations import default_paths
from app.storage.data_move import DataMove
from app.storage.opening import open_store
from app.storage.store import Store
from app.workers import folder_moves
from tests.faults.forked import Order, serve
from tests.helpers.storage_fixtures import talk


def quiet(_: TaskProgress) -> None:
    pass


def move_models(target: Path) -> None:
    paths = default_paths()
    folder_moves.clear_spares(paths)
    copied = folder_moves.copy_models(paths, target, quiet, CancelToken())
    folder_moves.switch_models(paths, copied, quiet, CancelToken())
    folder_moves.remove_old_models(paths, copied)


def move_data(target: Path, said: Path) -> None:
    paths = default_paths()
    folder_moves.clear_spares(paths)
    store, _ = open_store(paths)
    move = DataMove(paths, target)
    try:
        say(store, said)
        move.prepare(quiet, CancelToken())
        say(store, said)
        moved = move.finish(store, CancelToken())
    except WorldError:
        move.abandon()
        say(store, said)
        store.let_go()
        raise
    store.let_go()
    store, _ = open_store(moved)
    say(store, said)
    move.remove_old()
    say(store, said)
    store.close()


def say(store: Store, said: Path) -> None:
    """Store a message, then note that it was stored."""
    text = f"{os.getpid()} {time.monotonic_ns()}"
    talk(store, text, "answer")
    with said.open("a") as file:
        file.write(f"{text}\n")


def work(order: Order) -> str:
    target = Path(str(order["target"]))
    try:
        if order["kind"] == "models":
            move_models(target)
        else:
            move_data(target, Path(str(order["said"])))
    except WorldError as error:
        return error.info.code.value
    return "done"


if __name__ == "__main__":
    serve(work)

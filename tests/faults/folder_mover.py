"""Moves folders in processes of their own and kills them, without starting Python for each.

Run as `python -m tests.faults.folder_mover`. A line on stdin is a JSON object: `kind` ("models" or "data"),
`target`, `said` (a file to which every message that was stored is noted), and if wanted `kill_after`
(seconds) and `largest_file` (bytes that a file may have: a disk that says no at that point). For each a
forked process starts as the app does, moves, and goes on; the answer is one line: `killed`, the code of an
error, or `done`, and the seconds that it took.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
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


def work(order: dict[str, object]) -> str:
    largest = order.get("largest_file")
    if isinstance(largest, int):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    target = Path(str(order["target"]))
    try:
        if order["kind"] == "models":
            move_models(target)
        else:
            move_data(target, Path(str(order["said"])))
    except WorldError as error:
        return error.info.code.value
    return "done"


def in_a_process_of_its_own(order: dict[str, object]) -> tuple[str, float]:
    reader, writer = os.pipe()
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.close(reader)
        said = "broke"
        try:
            said = work(order)
        finally:
            os.write(writer, said.encode())
            os._exit(0)
    os.close(writer)
    after = order.get("kill_after")
    if isinstance(after, float):
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read().decode()
    os.waitpid(child, 0)
    return answer or "killed", time.perf_counter() - started


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        print(*in_a_process_of_its_own(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()

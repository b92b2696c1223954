"""Listens to this process's own sockets and writes down each that leads beyond this computer.

Through Python's audit hook, which hears the sockets of Python and of everything written in it, not those of
native libraries (what watches those is `tests/e2e/test_no_network.py`). It only watches: nothing is refused,
and nothing that goes wrong here may disturb the app. The engine child is told by a variable of its
environment where to write. Never writes what was sent.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.core.connections import READERS, Connection, ProcessKind
from app.storage import connection_log

LOG_VARIABLE = "TEAHOUSE_CONNECTIONS_FILE"

_is_watching = False
_places: list[Path] = []  # where to write: one, once it is known


def watch(process: ProcessKind, path: Path) -> None:
    """Write what this process does from now on into `path`, and have its engine child do the same.

    Only the first call in a process counts: a hook cannot be taken away.
    """
    global _is_watching  # noqa: PLW0603 - as is the hook
    if _is_watching:
        return
    _is_watching = True
    move_to(path)
    sys.addaudithook(make_hook(process, _places))


def move_to(path: Path) -> None:
    """Write into `path` from now on: the folder was moved."""
    _places[:] = [path]
    os.environ[LOG_VARIABLE] = str(path)


def watch_engine() -> None:
    """In the engine child: watch, where the app that started it does."""
    path = os.environ.get(LOG_VARIABLE, "")
    if path:
        watch(ProcessKind.ENGINE, Path(path))


def begin(path: Path) -> None:
    """Start the record with the window; a disk that refuses is no reason not to start."""
    with contextlib.suppress(OSError):
        connection_log.begin(path)


def make_hook(process: ProcessKind, places: Sequence[Path]) -> Callable[[str, tuple[object, ...]], None]:
    """A hook for `sys.addaudithook`; writes into the first of `places`, as it is at that moment.

    It is called for every import and every file as well, and while Python takes its modules apart at the
    end: so it holds what it needs itself, and looks an event up before anything else.
    """
    readers = READERS
    append = connection_log.append

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        reader = readers.get(event)
        if reader is None:
            return
        try:
            attempt = reader(arguments)
            if attempt is not None:
                append(places[0], Connection(time.time_ns() // 1_000_000, process, attempt))
        except Exception:  # noqa: BLE001, S110 - raising would refuse what only is to be written down
            pass

    return hear

"""The record of connections: lines of JSON in a file of the owner's, bounded, written by several processes.

The first line says since when, and how many older lines are gone. Nothing rewrites lines: a file that has
grown is renamed at the next start, and one older file is kept beside it. Functions raise `OSError`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from app.core.connections import Connection, ConnectionLog, from_line, to_line
from app.core.new_names import put_in_place
from app.storage.files import make_private_folder, now_ms

FULL_BYTES = 256 * 1024
"""So much is written in one run, some two thousand lines; what comes after it is not."""
ROTATE_BYTES = FULL_BYTES // 2
_OWNER_FILE = 0o600


def begin(path: Path) -> None:
    """Start the record where there is none; put a long one aside. Makes no folder.

    Only the window calls it, which is one for a folder: two renames at once could lose lines.
    """
    if path.exists() and path.stat().st_size >= ROTATE_BYTES:
        found = read(path)
        replaced = _lines(older_file(path))
        put_in_place(path, older_file(path))
        dropped = found.dropped + sum(from_line(line) is not None for line in replaced)
        _create(path, found.since_ms, dropped)
    elif not path.exists() and path.parent.is_dir():
        _create(path, now_ms(), 0)


def append(path: Path, connection: Connection) -> None:
    """Add a line; begins the record, and makes its folder, where there is none. A full one stays as it is."""
    if not path.exists():
        make_private_folder(path.parent)
        _create(path, connection.at_ms, 0)
    elif path.stat().st_size >= FULL_BYTES:
        return
    _write(path, to_line(connection), os.O_APPEND)


def read(path: Path) -> ConnectionLog:
    """All that is kept, oldest first; lines that make no sense are left out."""
    lines = _lines(path)
    if not lines:
        return ConnectionLog()
    found = [from_line(line) for line in [*_lines(older_file(path)), *lines]]
    connections = tuple(connection for connection in found if connection is not None)
    since, dropped = _head(lines[0])
    if since is None and connections:  # the first line was lost
        since = connections[0].at_ms
    return ConnectionLog(since, connections, dropped, path.stat().st_size >= FULL_BYTES)


def older_file(path: Path) -> Path:
    """Where the lines before the last rename are."""
    return path.with_name(f"{path.name}.1")


def _head(line: str) -> tuple[int | None, int]:
    try:
        raw = json.loads(line)
        return int(raw["since"]), int(raw["dropped"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None, 0


def _create(path: Path, since_ms: int | None, dropped: int) -> None:
    """The file with its first line; a moment that was lost is now."""
    head = {"since": now_ms() if since_ms is None else since_ms, "dropped": dropped}
    try:
        _write(path, json.dumps(head), os.O_CREAT | os.O_EXCL)
    except FileExistsError:  # another process was first
        return


def _write(path: Path, line: str, how: int) -> None:
    """One write, so that lines of several processes never mix."""
    descriptor = os.open(path, os.O_WRONLY | how, _OWNER_FILE)
    try:
        os.write(descriptor, f"{line}\n".encode("ascii"))
    finally:
        os.close(descriptor)


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            data = file.read(2 * FULL_BYTES)
    except FileNotFoundError:
        return []
    return data.decode("ascii", "replace").splitlines()

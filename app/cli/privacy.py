"""`privacy`: what is kept where and who may read it, and every connection. The same words as on the page."""

from __future__ import annotations

import argparse

from app.cli.choice import paths_of
from app.cli.printer import print_json
from app.cli.session import EXIT_OK
from app.core.connections import ConnectionLog
from app.core.privacy import Readers, StoredThing
from app.ui.privacy_controller import read_log
from app.ui.text_format import size_text
from app.ui.texts import privacy as texts
from app.workers.privacy_survey import survey

_SHOWN_CONNECTIONS = 50
_INDENT = "  "


def run_privacy(options: argparse.Namespace) -> int:
    """The verb `privacy`."""
    paths = paths_of(options)
    log, things = read_log(paths), survey(paths)
    if options.json:
        _print_objects(log, things)
        return EXIT_OK
    print(texts.text(texts.PROMISE))
    for source in texts.PROMISES:
        print(_INDENT + texts.text(source))
    _print_connections(log)
    print(f"\n{texts.text(texts.STORED)}")
    print(_INDENT + texts.text(texts.STORED_ABOUT))
    for thing in things:
        _print_thing(thing)
    return EXIT_OK


def _print_connections(log: ConnectionLog | None) -> None:
    print(f"\n{texts.text(texts.CONNECTIONS)}")
    print(_INDENT + texts.verdict(log))
    newest = () if log is None else log.connections[-_SHOWN_CONNECTIONS:]
    for connection in reversed(newest):
        print(_INDENT + texts.connection_text(connection))
    if log is not None and (note := texts.list_note(log, len(newest))):
        print(_INDENT + note)
    print(f"\n{texts.text(texts.CHECK)}")
    for source in texts.CHECKS:
        print(_INDENT + texts.text(source))


def _print_thing(thing: StoredThing) -> None:
    found = texts.THINGS[thing.kind]
    is_trouble = thing.readers is Readers.OTHERS and thing.kind.is_personal
    print(f"\n{'!' if is_trouble else '·'} {texts.text(found.name)}  {size_text(thing.size_bytes)}")
    print(_INDENT + str(thing.path).encode("utf-8", "replace").decode("utf-8"))
    print(_INDENT + texts.text(found.holds))
    print(_INDENT + texts.readers_text(thing.kind, thing.readers, can_narrow=thing.can_narrow))
    print(_INDENT + texts.removal_text(thing.kind))


def _print_objects(log: ConnectionLog | None, things: tuple[StoredThing, ...]) -> None:
    print_json(
        {
            "connections": None if log is None else len(log.connections) + log.dropped,
            "since": None if log is None else log.since_ms,
        }
    )
    for connection in () if log is None else log.connections:
        attempt = connection.attempt
        print_json(
            {
                "at": connection.at_ms,
                "process": connection.process.value,
                "kind": attempt.kind.value,
                "host": attempt.host,
                "port": attempt.port,
            }
        )
    for thing in things:
        print_json(
            {
                "stored": thing.kind.value,
                "path": str(thing.path),
                "bytes": thing.size_bytes,
                "readers": thing.readers.value,
            }
        )

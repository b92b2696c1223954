"""Runs one verb: makes the application object it needs, and turns errors into exit codes."""

from __future__ import annotations

import argparse
import sys

from app import net_guard
from app.cli.choice import paths_of
from app.cli.harmless import guard_terminals
from app.cli.session import EXIT_WORLD, say_error
from app.cli.streams import end_with_the_reader, is_reader_gone, ready_output, say_no_more
from app.core.connections import ProcessKind
from app.core.errors import WorldError
from app.naming import name_application

_WITH_WINDOW = ("screenshot", "show-once")


def run_verb(options: argparse.Namespace) -> int:
    """The verb in `options`; gives the exit code."""
    ready_output()
    guard_terminals()
    end_with_the_reader(EXIT_WORLD)
    try:
        _watch_the_network(options)
        return _run(options)
    except WorldError as error:
        return say_error(error.info)
    except OSError as error:
        if not is_reader_gone(error):
            raise
        say_no_more()
        return EXIT_WORLD


def _run(options: argparse.Namespace) -> int:
    if options.verb in _WITH_WINDOW:
        from app.cli import pictures

        return (
            pictures.run_screenshot(options) if options.verb == "screenshot" else pictures.show_once(options)
        )
    from PySide6.QtCore import QCoreApplication

    from app.ui.translator import Translator

    app = QCoreApplication(sys.argv[:1])
    name_application(app)
    translator = Translator(app)
    translator.set_language("system")
    match options.verb:
        case "ask":
            from app.cli.ask import run_ask

            return run_ask(options)
        case "bench":
            from app.cli.bench import run_bench

            return run_bench(options)
        case "import":
            from app.cli.bring import run_import

            return run_import(options)
        case "pack":
            from app.cli.pack import run_pack

            return run_pack(options)
        case "privacy":
            from app.cli.privacy import run_privacy

            return run_privacy(options)
        case "models":
            from app.cli.reports import run_models

            return run_models(options)
        case _:
            from app.cli.reports import run_doctor

            return run_doctor(options)


def _watch_the_network(options: argparse.Namespace) -> None:
    """Write down connections as the window does; a verb that works with no folder of a person has no list."""
    if options.verb == "screenshot":
        return
    paths = paths_of(options)
    net_guard.watch(ProcessKind.TERMINAL, paths.connections_file)

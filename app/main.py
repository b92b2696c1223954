"""The composition root: paths, log, settings, window, workers, in this order; then the event loop.

What is heavy comes after the first paint. Verbs without a window are in `app.cli`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from app import net_guard
from app.cli.arguments import parse_arguments
from app.core.connections import ProcessKind
from app.core.errors import WorldError
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.input_methods import offer_ibus
from app.locations import default_paths
from app.logs import move_log, start_log

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop


def main(arguments: Sequence[str]) -> int:
    """Run a verb, or open the window; gives the exit code."""
    options = parse_arguments(arguments)
    if options.verb is not None:
        from app.cli.run import run_verb

        return run_verb(options)
    offer_ibus(os.environ)
    find = partial(default_paths, getattr(options, "data_dir", None), getattr(options, "models_dir", None))
    try:
        paths: AppPaths | None = find()
    except WorldError as error:  # a folder that was moved to a disk that is not there
        from app.start_folder import ask_for_folder

        paths = ask_for_folder(error.info, find)
    return run_window(paths, options.opened) if paths is not None else 0


def run_window(paths: AppPaths, places: Sequence[str] = ()) -> int:
    """Open the one window for this data folder, or bring the one that is open to the front.

    `places` are files or folders that it is to look at, as if they were dropped onto it.
    """
    net_guard.watch(ProcessKind.WINDOW, paths.connections_file)
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.naming import name_application
    from app.storage.files import make_private_folder
    from app.storage.settings_file import SettingsReadout, read_settings
    from app.ui.application_icon import introduce
    from app.ui.first_run.occasion import is_first_start
    from app.ui.open_requests import OpenRequests
    from app.ui.single_instance import SingleInstance, Standing

    start_log(paths.log_dir)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    name_application(app)
    introduce(app)
    with contextlib.suppress(OSError):  # opening the database says so in the window
        make_private_folder(paths.data_dir)
    instance = SingleInstance(paths.data_dir)
    standing = instance.acquire_or_call(places)
    if standing is Standing.UNANSWERED:
        from app.still_open import wait_for_first

        standing = wait_for_first(instance, paths, places, app)
    if standing is not Standing.OURS:
        return 0 if standing is Standing.CALLED else 1
    requests = OpenRequests(places)
    if sys.platform == "darwin":  # it sees every event of every widget: only where files come as events
        app.installEventFilter(requests)
    instance.places_received.connect(requests.ask)
    net_guard.begin(paths.connections_file)
    try:
        readout = read_settings(paths.settings_file)
    except WorldError:  # the disk refuses: the usual settings count, and the window says so
        readout = SettingsReadout(Settings(), str(paths.settings_file))

    from app.application import Application, StartOptions

    is_first = is_first_start(paths, readout.settings, readout.unreadable_copy)
    options = StartOptions(readout.settings, readout.unreadable_copy, is_first=is_first)
    application = Application(app, paths, options)
    instance.raise_requested.connect(application.window.bring_to_front)
    application.window.closing.connect(instance.fall_silent)
    application.window.show()
    app.processEvents()  # the first paint, before anything else is imported
    logging.getLogger(__name__).info("the window was painted")

    from app.event_loop import run_until_quit

    QTimer.singleShot(0, instance.listen)

    def follow(moved: AppPaths) -> None:
        move_log(moved.log_dir)
        net_guard.move_to(moved.connections_file)
        instance.move_to(moved.data_dir)

    def start(loop: AbstractEventLoop) -> None:
        application.start(loop)
        application.parts.bugs.install()
        application.parts.paths_changed.connect(follow)
        requests.deliver_to(application.parts.imports.bring)

    code = run_until_quit(app, start)
    application.close()
    instance.release()
    return code

"""Verbs that show the real window without a display: `screenshot` and `show-once`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.application import Application, StartOptions
from app.cli import (
    demo,
    demo_about,
    demo_doctor,
    demo_first_run,
    demo_installed,
    demo_memory,
    demo_models,
    demo_privacy,
    demo_storage,
)
from app.cli.choice import paths_of
from app.cli.offscreen import add_fonts, draw_offscreen
from app.cli.session import EXIT_OK, EXIT_WORLD, say_error
from app.core import settings as declared
from app.core.chat import MessageStatus
from app.core.engine import EngineKind, ModelRef, RequestEvent, TextDelta
from app.core.errors import ErrorCode, ErrorInfo
from app.core.paths import AppPaths
from app.core.records import MessageRecord
from app.core.settings import Settings
from app.event_loop import run_until_quit
from app.model.engines.scripted_demo import DEMO_ID
from app.naming import name_application
from app.storage.opening import open_store
from app.storage.settings_file import read_settings
from app.ui.main_window import MainWindow
from app.workers.engine_status import EngineState

_SETTLE_MS = 400
_GIVE_UP_MS = 30_000
_STREAMED_PIECES = 60
"""So many pieces of an answer make a picture of an answer that is being written."""
_PAGES: Mapping[str, Callable[[MainWindow], None]] = {
    "bin": MainWindow.show_recycle_bin,
    "shortcuts": MainWindow.show_shortcuts,
    "doctor": demo_doctor.show,
    "about": demo_about.show,
}
QUESTION = "What is the capital of France?"


def run_screenshot(options: argparse.Namespace) -> int:
    """The verb `screenshot`."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    draw_offscreen(os.environ)
    os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    app = QApplication(sys.argv[:1])
    add_fonts(os.environ)
    name_application(app)
    with tempfile.TemporaryDirectory(prefix="teahouse-picture-") as folder:
        paths = AppPaths(Path(folder) / "data", Path(folder) / "models")
        store, _report = open_store(paths)
        conversation_id = demo.fill(store, options.scene, options.lang)
        store.close()
        settings = Settings().changed(declared.THEME, options.theme).changed(declared.LANGUAGE, options.lang)
        model = ModelRef(DEMO_ID, EngineKind.SCRIPTED, "")
        application = Application(app, paths, StartOptions(settings, model=model))
        application.window.resize(*options.size)
        application.window.show()
        photographer = _Photographer(application, options, conversation_id)
        run_until_quit(app, photographer.start)
        application.close()
    return photographer.exit_code


class _Photographer(QObject):
    """Waits until the scene stands, takes the picture, and quits."""

    def __init__(
        self, application: Application, options: argparse.Namespace, conversation_id: int | None
    ) -> None:
        super().__init__()
        self._application = application
        self._options = options
        self._conversation_id = conversation_id
        self._opened = False
        self._pieces = 0
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._take)
        self.exit_code = EXIT_WORLD

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._application.start(loop)
        self._application.parts.chat.opened.connect(self._set_scene)
        self._application.parts.engine.status_changed.connect(self._set_scene)
        QTimer.singleShot(_GIVE_UP_MS, self, QApplication.quit)

    def _set_scene(self, *_: object) -> None:
        application, window = self._application, self._application.window
        if application.parts.engine.status.state is not EngineState.READY:
            return
        if self._conversation_id is not None and not self._opened:
            self._opened = True
            application.parts.chat.open_conversation(self._conversation_id)
            return
        match self._options.scene:
            case "settings":
                window.show_settings()
                demo_memory.show(window.settings_pane.model_page)
            case "privacy":
                demo_privacy.show(window.settings_pane.privacy_page)
                window.show_privacy()
            case "search":
                window.sidebar.search_for(demo.SEARCH_WORD[self._options.lang])
            case "models" | "models-empty":
                demo_installed.show(window, self._options.scene)
            case "drop" | "import" | "import-start" | "import-problem" | "import-copying":
                demo_models.show(window, self._options.scene)
            case scene if scene in _PAGES:
                _PAGES[scene](window)
            case scene if scene in demo_first_run.SCENES:
                demo_first_run.show(window, scene)
            case scene if scene in demo_storage.SCENES:
                demo_storage.show(window, scene)
            case "streaming" | "queue":
                self._ask_live()
                return
        self._settle.start()

    def _ask_live(self) -> None:
        """The picture is taken in the middle of the answer."""
        if self._opened:
            return
        self._opened = True
        self._application.parts.runner.event_received.connect(self._count)
        self._submit(demo.LIVE_QUESTION)

    def _count(self, _reply_id: int, event: RequestEvent) -> None:
        self._pieces += isinstance(event, TextDelta)
        if self._pieces == _STREAMED_PIECES // 2 and self._options.scene == "queue":
            self._submit(demo.QUEUED_QUESTION)
        elif self._pieces == _STREAMED_PIECES:
            self._take()

    def _submit(self, texts: Mapping[str, str]) -> None:
        self._application.window.composer.set_text(texts[self._options.lang])
        self._application.window.composer.submit()

    def _take(self) -> None:
        saved = self._application.window.grab().save(str(self._options.out))
        if saved:
            self.exit_code = EXIT_OK
        else:
            say_error(ErrorInfo(ErrorCode.READ_ONLY, {"path": str(self._options.out)}))
        self._application.window.close()
        QApplication.quit()


def show_once(options: argparse.Namespace) -> int:
    """The verb `show-once`: the main job, once, for a machine with neither display nor terminal."""
    draw_offscreen(os.environ)
    app = QApplication(sys.argv[:1])
    add_fonts(os.environ)
    name_application(app)
    paths = paths_of(options)
    application = Application(app, paths, StartOptions(read_settings(paths.settings_file).settings))
    application.window.resize(1280, 800)
    application.window.show()
    out = options.out or paths.data_dir / "teahouse-window.png"
    demonstration = _Demonstration(application, out)
    run_until_quit(app, demonstration.start)
    application.close()
    return demonstration.exit_code


class _Demonstration(QObject):
    """Asks one question through the composer, prints the answer as it streams, writes the picture."""

    def __init__(self, application: Application, out: Path) -> None:
        super().__init__()
        self._application = application
        self._out = out
        self._asked = False
        self.exit_code = EXIT_WORLD

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        application = self._application
        application.start(loop)
        application.parts.chat.opened.connect(self._ask)
        application.parts.runner.event_received.connect(self._print)
        application.parts.chat.answered.connect(self._answered)
        application.parts.engines.trouble.connect(self._fail)
        QTimer.singleShot(4 * _GIVE_UP_MS, self, QApplication.quit)

    def _ask(self, _conversation_id: int | None) -> None:
        if not self._asked:
            self._asked = True
            print(f"> {QUESTION}", flush=True)
            self._application.window.composer.set_text(QUESTION)
            self._application.window.composer.submit()

    def _print(self, _reply_id: int, event: RequestEvent) -> None:
        if isinstance(event, TextDelta):
            sys.stdout.write(event.text)
            sys.stdout.flush()

    def _answered(self, record: MessageRecord) -> None:
        print(flush=True)
        if record.status is MessageStatus.COMPLETE:
            self.exit_code = EXIT_OK
        elif record.error is not None:
            say_error(record.error)
        QTimer.singleShot(_SETTLE_MS, self, self._take)

    def _take(self) -> None:
        if self._application.window.grab().save(str(self._out)):
            print(self._out, flush=True)
        self._application.window.close()
        QApplication.quit()

    def _fail(self, error: ErrorInfo) -> None:
        say_error(error)
        QApplication.quit()

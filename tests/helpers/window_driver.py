"""The real window in a process of its own, for tests that kill it: asks, and reports what a person could see.

Run as `python -m tests.helpers.window_driver DATA_DIR MODELS_DIR QUESTION`. Lines on stdout:
`PAINTED question` once the bubble was painted, `TEXT monotonic_seconds characters` for every piece of the
answer, `CHILD pid` when the engine is ready. It goes on asking until it is killed.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from app.application import Application
from app.core.engine import RequestEvent, TextDelta
from app.core.paths import AppPaths
from app.core.records import MessageRecord
from app.event_loop import run_until_quit
from app.workers.engine_status import EngineState, EngineStatus


class Driver(QObject):
    """Submits through the composer, as a person does."""

    def __init__(self, application: Application, question: str) -> None:
        super().__init__()
        self._application = application
        self._question = question
        self._number = 0
        self._unpainted = ""
        self._asked = False
        self._length = 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        application = self._application
        application.start(loop)
        application.window.transcript.viewport().installEventFilter(self)
        application.parts.engine.status_changed.connect(self._on_status)
        application.parts.chat.begun.connect(self._on_begun)
        application.parts.chat.answered.connect(self._on_answered)
        application.parts.runner.event_received.connect(self._on_event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint and self._unpainted:
            self._say("PAINTED", self._unpainted)
            self._unpainted = ""
        return False

    def _on_status(self, status: EngineStatus) -> None:
        if status.state is EngineState.READY and not self._asked:
            self._asked = True
            self._say("CHILD", status.child_pid)
            self._ask()

    def _ask(self) -> None:
        self._number += 1
        self._application.window.composer.set_text(f"{self._question} ({self._number})")
        self._application.window.composer.submit()

    def _on_begun(self) -> None:
        self._unpainted = f"{self._question} ({self._number})"
        self._length = 0

    def _on_event(self, _reply_id: int, event: RequestEvent) -> None:
        if isinstance(event, TextDelta):
            self._length += len(event.text)
            self._say("TEXT", f"{time.monotonic()} {self._number} {self._length}")

    def _on_answered(self, _record: MessageRecord) -> None:
        self._ask()

    def _say(self, word: str, value: object) -> None:
        sys.stdout.write(f"{word} {value}\n")
        sys.stdout.flush()


def main(data_dir: str, models_dir: str, question: str) -> int:
    app = QApplication(sys.argv[:1])
    paths = AppPaths(Path(data_dir), Path(models_dir))
    application = Application(app, paths)
    application.window.show()
    driver = Driver(application, question)
    run_until_quit(app, driver.start)
    application.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:4]))

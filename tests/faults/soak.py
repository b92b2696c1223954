"""A long day at the real window: exchange after exchange, and what the processes take of the computer.

Run as `python -m tests.faults.soak ENGINE EXCHANGES` (`scripted`, or `starter` for the real starter model);
prints a sample as a JSON object a line. The questions go through the composer, the answers are painted and
stored; after every 50 exchanges a new conversation is begun, as a person would.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.application import Application, StartOptions
from app.core import settings as declared
from app.core.chat import MessageStatus
from app.core.engine import ModelRef
from app.core.paths import AppPaths
from app.core.records import MessageRecord
from app.core.settings import Settings
from app.event_loop import run_until_quit
from app.model.engines.script import Script
from app.workers.engine_status import EngineState, EngineStatus
from tests.helpers.engine_host import script_ref
from tests.helpers.starter import starter_ref

SAMPLES = 50
PER_CONVERSATION = 50
ANSWERS = (
    "Green tea likes water that is **not quite boiling**:\n\n1. Warm the pot.\n2. Wait two minutes.\n",
    "| Tea | Water |\n| --- | --- |\n| Green | 80 °C |\n| Black | 100 °C |\n\n> Not too long.\n",
    "```python\ndef brew(leaves: int) -> str:\n    return 'tea' * leaves\n```\n\n茶叶要用八十度的水。",
    "Yes. Use hotter water the second time, and wait a little longer.",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What the processes take after so many exchanges. `window` is the app's own process."""

    exchanges: int
    window_mb: float
    engine_mb: float
    threads: int  # of both
    handles: int  # open files, pipes and sockets of both
    processes: int


def sample(exchanges: int, child_pid: int) -> Sample:
    window, engine = psutil.Process(), psutil.Process(child_pid)
    both = (window, engine)
    return Sample(
        exchanges,
        window.memory_info().rss / 1e6,
        engine.memory_info().rss / 1e6,
        sum(process.num_threads() for process in both),
        sum(process.num_fds() if os.name == "posix" else process.num_handles() for process in both),
        1 + len(window.children(recursive=True)),
    )


class Soak(QObject):
    """Asks through the composer, as a person does, until it has asked enough."""

    def __init__(self, application: Application, exchanges: int) -> None:
        super().__init__()
        self._application = application
        self._exchanges = exchanges
        self._every = max(1, exchanges // SAMPLES)
        self._done = 0
        self._begun = False
        self.failed = ""

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._application.start(loop)
        parts = self._application.parts
        parts.engine.status_changed.connect(self._on_status)
        parts.chat.answered.connect(self._on_answered)
        parts.chat.opened.connect(self._on_opened)

    def _on_status(self, status: EngineStatus) -> None:
        if status.state is EngineState.READY and not self._begun:
            self._begun = True
            QTimer.singleShot(0, self, self._ask)
        elif status.state is EngineState.FAILED:
            self._end(f"the engine failed: {status.error}")

    def _ask(self) -> None:
        composer = self._application.window.composer
        composer.set_text(f"What is the capital of France? ({self._done})")
        composer.submit()

    def _on_answered(self, record: MessageRecord) -> None:
        if record.status is not MessageStatus.COMPLETE:
            self._end(f"an answer ended as {record.status}")
            return
        self._done += 1
        if self._done % self._every == 0:
            child = self._application.parts.engine.status.child_pid
            print(json.dumps(asdict(sample(self._done, child))), flush=True)
        if self._done == self._exchanges:
            self._end("")
        elif self._done % PER_CONVERSATION == 0:
            self._application.parts.chat.open_new()
        else:
            QTimer.singleShot(0, self, self._ask)

    def _on_opened(self, conversation_id: int | None) -> None:
        if self._begun and conversation_id is None:
            QTimer.singleShot(0, self, self._ask)

    def _end(self, failed: str) -> None:
        self.failed = failed
        QTimer.singleShot(0, QApplication.quit)  # not in the middle of what is told


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("engine", choices=("scripted", "starter"))
    parser.add_argument("exchanges", type=int)
    options = parser.parse_args()
    app = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory(prefix="teahouse-soak-") as place:
        folder = Path(place)
        model: ModelRef = (
            script_ref(folder, Script(answers=ANSWERS)) if options.engine == "scripted" else starter_ref()
        )
        settings = Settings().changed(declared.LANGUAGE, "en").changed(declared.MAX_TOKENS, 256)
        paths = AppPaths(folder / "data", folder / "models")
        application = Application(app, paths, StartOptions(settings, model=model))
        application.window.show()
        soak = Soak(application, options.exchanges)
        run_until_quit(app, soak.start)
        application.close()
    if soak.failed:
        print(soak.failed, file=sys.stderr)
    return 1 if soak.failed else 0


if __name__ == "__main__":
    raise SystemExit(main())

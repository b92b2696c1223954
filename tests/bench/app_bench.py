"""The whole application with the starter model: start, memory, streaming, opening, first token.

Every figure comes from the real window (offscreen) or the real `ask`, never from the scripted engine.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from app.application import Application, StartOptions  # noqa: E402
from app.core import settings as declared  # noqa: E402
from app.core.chat import MessageStatus  # noqa: E402
from app.core.engine import GenerationParams, TextDelta  # noqa: E402
from app.core.paths import AppPaths  # noqa: E402
from app.core.records import ReplyOutcome  # noqa: E402
from app.core.settings import Settings  # noqa: E402
from app.event_loop import run_until_quit  # noqa: E402
from app.locations import default_paths  # noqa: E402
from app.storage.opening import open_store  # noqa: E402

MODELS = default_paths().models_dir
STARTS = 7
LONG = "Write a very long story about a river, a mountain and an old tea house. Do not stop early."
_FIRST_PAINT = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import app.main
from app.core.paths import AppPaths
import app.application as application
def painted(self, loop):
    heavy = sorted({"torch", "transformers", "xllamacpp", "numpy"} & set(sys.modules))
    print(time.monotonic(), ",".join(heavy), flush=True)
    QTimer.singleShot(0, QApplication.quit)
application.Application.start = painted
app.main.run_window(AppPaths(Path(sys.argv[1]), Path(sys.argv[2])))
"""


def emit(name: str, value: float, unit: str, target: str | None = None) -> None:
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit, "target": target}), flush=True)


def measure_start(folder: Path) -> None:
    """From the start of the process to the end of the first paint, warm."""
    times = []
    for _ in range(STARTS + 1):
        begun = time.monotonic()
        command = [sys.executable, "-c", _FIRST_PAINT, str(folder / "start"), str(MODELS)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        painted, _, heavy = result.stdout.strip().partition(" ")
        if heavy:
            raise SystemExit(f"the GUI process imported {heavy}")
        times.append(float(painted) - begun)
    emit("window on screen, from process start, warm", statistics.median(times[1:]), "s", "<= 0.5")


def measure_idle_memory(folder: Path) -> None:
    """Resident memory of the GUI process, its model loaded in the child, nothing going on."""
    command = [sys.executable, "-m", "app", "--data-dir", str(folder / "idle"), "--models-dir", str(MODELS)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        time.sleep(6)
        emit("GUI process, idle", psutil.Process(process.pid).memory_info().rss / 2**20, "MiB", "<= 150")
    finally:
        process.terminate()
        process.wait(timeout=10)


def measure_first_token(folder: Path) -> None:
    """A short question through `ask`; the time runs from the request to the first token."""
    command = [
        sys.executable, "-m", "app", "ask", "--json", "--no-save", "--temperature", "0", "--data-dir",
        str(folder / "ask"), "--models-dir", str(MODELS), "What is the capital of France?",
    ]  # fmt: skip
    values = []
    for _ in range(5):
        output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        values.append(json.loads(output.splitlines()[-1])["timings"])
    emit("starter: load", statistics.median(v["load_s"] for v in values), "s")
    emit(
        "starter: first token after load", statistics.median(v["first_token_s"] for v in values), "s", "<= 1"
    )
    emit("starter: decode", statistics.median(v["decode_tok_s"] for v in values), "tokens/s")


def fill(paths: AppPaths, messages: int) -> None:
    """One conversation of `messages` messages of ordinary length, Chinese and English by turns."""
    store, _ = open_store(paths)
    conversation = None
    for at in range(messages // 2):
        chinese = at % 2 == 0
        question = "第二天中午在哪里吃比较清淡？" if chinese else "Where can we have a light lunch?"
        answer = (
            "灵隐寺门口的素斋很合适，**少油少盐**。\n\n- 先问清楚有没有软座\n- 点菜时说明少盐\n\n餐后喝龙井。"
            if chinese
            else "The temple kitchen.\n\n| dish | price |\n| --- | --- |\n| tofu | 18 |\n\nThen `rest`."
        )
        exchange = store.begin_exchange(conversation, question, model_ref="bench", params=GenerationParams())
        conversation = exchange.conversation.id
        store.finish_reply(exchange.reply.id, ReplyOutcome(answer, MessageStatus.COMPLETE))
    store.close()


class WindowBench(QObject):
    """Opens the long conversation some times, then streams one long answer and watches a 60 Hz timer."""

    def __init__(self, application: Application) -> None:
        super().__init__()
        self._application = application
        self._openings: list[float] = []
        self._gaps: list[float] = []
        self._clock = QElapsedTimer()
        self._tick = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=16)
        self._tick.timeout.connect(self._on_tick)
        self._tokens = 0
        self._streams_from = 0.0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._application.start(loop)
        self._application.parts.storage.opened.connect(self._on_opened)

    def _on_opened(self, _report: object) -> None:
        QTimer.singleShot(3000, self, self._open)

    def _open(self) -> None:
        """From the click to the painted conversation, as the person waits for it."""
        begun = time.perf_counter()

        def painted() -> None:
            self._application.window.transcript.viewport().repaint()
            self._openings.append((time.perf_counter() - begun) * 1000)
            self._application.parts.chat.open_new()
            QTimer.singleShot(300, self, self._open if len(self._openings) < 7 else self._stream)

        self._application.parts.chat.open_conversation(1, painted)

    def _stream(self) -> None:
        emit("open a conversation of 5,000 messages", statistics.median(self._openings), "ms", "<= 150")
        parts = self._application.parts
        parts.runner.event_received.connect(self._on_event)
        parts.chat.answered.connect(self._on_answered)
        self._application.window.composer.set_text(LONG)
        self._application.window.composer.submit()

    def _on_event(self, _reply: int, event: object) -> None:
        if isinstance(event, TextDelta):
            if not self._tokens:
                self._clock.start()
                self._tick.start()
                self._streams_from = time.perf_counter()
            self._tokens += len(event.ids)

    def _on_tick(self) -> None:
        self._gaps.append(self._clock.nsecsElapsed() / 1e6)
        self._clock.start()

    def _on_answered(self, _record: object) -> None:
        self._tick.stop()
        seconds = time.perf_counter() - self._streams_from
        gaps = sorted(self._gaps)
        emit("streaming: p99 gap of a 60 Hz GUI timer", gaps[int(len(gaps) * 0.99)], "ms", "<= 33")
        emit("streaming: worst gap", gaps[-1], "ms")
        emit("streaming: tokens shown a second", self._tokens / seconds, "tokens/s")
        QTimer.singleShot(0, self._application.window, self._application.window.close)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="teahouse-bench-") as name:
        folder = Path(name)
        for used in ("start", "idle"):  # by somebody who was here before: the welcome has a bench of its own
            (folder / used).mkdir()
            AppPaths(folder / used, MODELS).settings_file.write_text("{}", encoding="utf-8")
        measure_start(folder)
        measure_idle_memory(folder)
        measure_first_token(folder)
        paths = AppPaths(folder / "window", MODELS)
        fill(paths, 5000)
        app = QApplication([])
        settings = Settings().changed(declared.TEMPERATURE, 0.8).changed(declared.LANGUAGE, "en")
        application = Application(app, paths, StartOptions(settings))
        application.window.show()
        bench = WindowBench(application)
        run_until_quit(app, bench.start)
        application.close()


if __name__ == "__main__":
    main()

"""From an empty profile to the first words of the starter, through the real window: clicks and seconds.

Every run is a process of its own that begins as the app does, with a data folder that does not exist and a
models folder that holds the starter alone. A person who knows where to click: what is clicked is clicked as
soon as it can be. Clicks are counted where Qt sees them, in the whole application.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer  # noqa: E402
from PySide6.QtGui import QMouseEvent  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from app import application, main  # noqa: E402
from app.core.engine import RequestEvent, TextDelta  # noqa: E402
from app.core.paths import AppPaths  # noqa: E402
from app.locations import default_paths  # noqa: E402
from app.model import starter  # noqa: E402

ROUNDS = 5
LOOK_EVERY_MS = 10


class Person(QObject):
    """Clicks its way from the welcome to an answer, and notes when what happened (`time.monotonic`)."""

    def __init__(self, shown: application.Application) -> None:
        super().__init__()
        self._application = shown
        self._times = {"welcome": time.monotonic()}
        self._clicks = 0
        self._last_press = -1
        self._step: Callable[[], bool] = self._see_facts
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def begin(self) -> None:
        """The window was painted and everything behind it begins."""
        if not self._application.window.first_run_page.isVisible():
            raise SystemExit("the welcome is not shown")
        application_of_qt().installEventFilter(self)
        self._application.parts.runner.event_received.connect(self._on_event)
        self._timer.start()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            self._clicks += event.timestamp() != self._last_press  # one press visits several widgets
            self._last_press = event.timestamp()
        return False

    def _look(self) -> None:
        if self._step():
            self._timer.stop()

    def _see_facts(self) -> bool:
        page = self._application.window.first_run_page
        if not page.has_found:
            return False
        self._times["facts"] = time.monotonic()
        self._click(page.try_button)
        self._step = self._ask
        return False

    def _ask(self) -> bool:
        """Three questions stand in the empty chat once the welcome is gone."""
        cards = self._application.window.empty_state.cards
        if not (cards and cards[0].isVisible() and cards[0].question.isascii()):
            return False
        self._click(cards[0])
        return True

    def _click(self, widget: QWidget) -> None:
        from PySide6.QtTest import QTest  # not before the first paint

        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(8, 8))

    def _on_event(self, _reply: int, event: RequestEvent) -> None:
        if isinstance(event, TextDelta) and event.text.strip() and "words" not in self._times:
            self._times["words"] = time.monotonic()
            print(json.dumps(self._times | {"clicks": self._clicks}), flush=True)
            QTimer.singleShot(0, self._application.window, self._application.window.close)


def application_of_qt() -> QApplication:
    """The one that `main` made."""
    found = QApplication.instance()
    assert isinstance(found, QApplication)
    return found


def one_run(data_dir: Path, models_dir: Path) -> None:
    """The child: the app as it is started, with somebody in front of it."""
    begin = application.Application.start

    def begin_with_person(self: application.Application, loop: object) -> None:
        person = Person(self)
        person.setParent(self)
        begin(self, loop)  # type: ignore[arg-type]
        person.begin()

    application.Application.start = begin_with_person  # type: ignore[method-assign, assignment]
    main.run_window(AppPaths(data_dir, models_dir))


def emit(name: str, value: float, unit: str, target: str | None = None) -> None:
    figure = {"name": f"first run: {name}", "value": round(value, 3), "unit": unit, "target": target}
    print(json.dumps(figure), flush=True)


def measure() -> None:
    """All rounds, each from nothing; the medians."""
    rounds: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="teahouse-first-") as name:
        models = Path(name) / "models"
        models.mkdir()
        shutil.copy(default_paths().models_dir / starter.FILE_NAME, models)
        for at in range(ROUNDS + 1):
            command = [sys.executable, __file__, "--run", str(Path(name) / f"data-{at}"), str(models)]
            begun = time.monotonic()
            result = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
            )
            told = json.loads(result.stdout.strip().splitlines()[-1])
            rounds.append(told | {key: told[key] - begun for key in ("welcome", "facts", "words")})
    warm = rounds[1:]
    emit("clicks to the first words", max(run["clicks"] for run in warm), "", "<= 3")
    emit("welcome on screen, from process start", _median(warm, "welcome"), "s", "<= 0.5")
    looked = statistics.median(run["facts"] - run["welcome"] for run in warm)
    emit("this computer looked at, from the first paint", looked, "s", "<= 3")
    emit("first words of the starter, from process start", _median(warm, "words"), "s", "<= 10")
    emit("the same, the first and slowest run", max(run["words"] for run in rounds), "s", "<= 10")


def _median(rounds: list[dict[str, float]], what: str) -> float:
    return statistics.median(run[what] for run in rounds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        one_run(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        measure()

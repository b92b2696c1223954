"""The page "Model and memory": from a move of the slider to the painted verdict, in the whole settings pane.

The window is offscreen; the models are figures. A move is worked out, laid out and painted before the next.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QSlider  # noqa: E402

from app.core import memory_plan  # noqa: E402
from app.core.load_plan import plan_memory  # noqa: E402
from app.core.memory import MemoryChoice  # noqa: E402
from app.ui.settings.model_page import PageValues  # noqa: E402
from app.ui.settings.pane import SettingsPane  # noqa: E402
from app.ui.settings.precision_choice import PrecisionChoice  # noqa: E402
from app.ui.theme_manager import ThemeManager  # noqa: E402
from tests.helpers.memory_cases import FP16, GIB, SIX_B, computer, found  # noqa: E402

ROUNDS = 12


def emit(name: str, value: float, unit: str, target: str | None = None) -> None:
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit, "target": target}), flush=True)


def painted(pane: SettingsPane) -> None:
    """Lay out what changed and paint the pane, as the next frame would."""
    QApplication.processEvents()
    pane.repaint()


def measure_moves(pane: SettingsPane) -> list[float]:
    """Milliseconds of each move of the slider, to and fro; some fit and some do not."""
    slider = pane.model_page.findChild(QSlider)
    assert isinstance(slider, QSlider)
    last = slider.maximum()
    times = []
    for at in (*range(last + 1), *reversed(range(last))):
        begun = time.perf_counter()
        slider.setValue(at)
        painted(pane)
        times.append((time.perf_counter() - begun) * 1000)
    return times


def measure_presses(pane: SettingsPane) -> list[float]:
    """Milliseconds of a press on each precision in turn."""
    times = []
    choice = pane.model_page.findChild(PrecisionChoice)
    assert isinstance(choice, PrecisionChoice)
    for button in choice.buttons():
        begun = time.perf_counter()
        button.click()
        painted(pane)
        times.append((time.perf_counter() - begun) * 1000)
    return times


def main() -> None:
    app = QApplication([])
    pane = SettingsPane(ThemeManager(app))
    pane.resize(1280, 800)
    page = pane.model_page
    machine = computer(12 * GIB)
    page.set_machine(machine)
    page.show_values(PageValues(found(), MemoryChoice(FP16, 8192)))
    pane.show()
    painted(pane)
    measure_moves(pane)  # fonts and layouts are met for the first time
    moves = sorted(time for _ in range(ROUNDS) for time in measure_moves(pane))
    presses = sorted(time for _ in range(ROUNDS) for time in measure_presses(pane))
    emit("settings: move of the slider to the painted verdict, median", statistics.median(moves), "ms")
    emit("settings: move of the slider to the painted verdict, slowest", moves[-1], "ms", "<= 50")
    emit("settings: press on a precision to the painted verdict, slowest", presses[-1], "ms", "<= 50")
    wishes = [MemoryChoice(FP16, context) for context in memory_plan.contexts(SIX_B)]
    begun = time.perf_counter()
    for _ in range(200):
        for wish in wishes:
            plan_memory(SIX_B, wish, machine)
    emit("memory: one plan", (time.perf_counter() - begun) / (200 * len(wishes)) * 1e6, "us")
    pane.close()


if __name__ == "__main__":
    main()

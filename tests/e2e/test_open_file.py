"""A file that is opened with the app, as a double click does: the real program, and a second start of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.helpers.ending import OF_ITS_OWN, press_ctrl_c
from tests.helpers.gguf_files import GgufFile

WAIT_S = 30
# The real program; beside it, a look at its window from time to time.
WATCHED = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.main import main
from app.ui.main_window import MainWindow

app = QApplication(sys.argv[:1])
seen = set()

def look():
    windows = [one for one in app.topLevelWidgets() if isinstance(one, MainWindow)]
    for window in windows:
        page = getattr(window, "import_page", None)
        if page is not None and page.isVisible():
            for place in sys.argv[1].split("|"):
                if place not in seen and page.card(place) is not None:
                    seen.add(place)
                    print(len(seen), place, window.isActiveWindow(), flush=True)

timer = QTimer()
timer.timeout.connect(look)
timer.start(20)
sys.exit(main(sys.argv[2:]))
"""


def test_a_double_click_and_another_one_come_to_the_import_page(tmp_path: Path) -> None:
    one = GgufFile().write(tmp_path / "下载 1" / "茶 one.gguf")
    two = GgufFile().write(tmp_path / "下载 2" / "茶 two.gguf")
    folders = ["--data-dir", str(tmp_path / "data"), "--models-dir", str(tmp_path / "models")]
    command = [sys.executable, "-c", WATCHED, f"{one}|{two}", *folders, str(one)]
    first = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=with_project(),
        creationflags=OF_ITS_OWN,
    )
    assert first.stdout is not None
    try:
        assert first.stdout.readline() == f"1 {one} True\n"
        second = [sys.executable, "-m", "app", *folders, two.name]
        assert subprocess.run(second, cwd=two.parent, timeout=WAIT_S, env=with_project()).returncode == 0
        assert first.stdout.readline() == f"2 {two} True\n"
    finally:
        press_ctrl_c(first)
        assert first.wait(timeout=WAIT_S) == 0
        first.stdout.close()


def with_project() -> dict[str, str]:
    """The environment, with the project importable from any folder."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "PYTHONUTF8": "1"}

"""`python -m app` itself, as a double click starts it: the window opens, owns its folder, ends in order."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.ending import OF_ITS_OWN, press_ctrl_c
from tests.helpers.starter import starter_path

WAIT_S = 30


def start(data_dir: Path) -> subprocess.Popen[bytes]:
    models = str(starter_path().parent)
    command = [sys.executable, "-m", "app", "--data-dir", str(data_dir), "--models-dir", models]
    return subprocess.Popen(command, creationflags=OF_ITS_OWN)


def wait_for(condition, what: str) -> None:
    until = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def is_open(data_dir: Path) -> bool:
    """The app has made its tables and owns the folder. Another process may look; this one is not the app."""
    try:
        with closing(sqlite3.connect(f"file:{data_dir / 'teahouse.db'}?mode=ro", uri=True)) as database:
            return bool(database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'message'").fetchone())
    except sqlite3.OperationalError:
        return False


CLOSE = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from app.application import Application
from app.core.paths import AppPaths
from app.main import run_window
start = Application.start
def start_and_close(self, loop):
    start(self, loop)
    self.parts.storage.opened.connect(lambda _: QTimer.singleShot(200, self.window.close))
Application.start = start_and_close
folder = Path(sys.argv[1])
sys.exit(run_window(AppPaths(folder, folder / "models")))
"""


CLOSE_BADLY = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtNetwork import QLocalSocket
from app.application import Application
from app.core.paths import AppPaths
from app.main import run_window
from app.ui.main_window import MainWindow
from app.ui.single_instance import SingleInstance
start, folder, caller = Application.start, Path(sys.argv[1]), QLocalSocket()
def fail():
    caller.connectToServer(SingleInstance(folder).name)  # somebody starts Teahouse in this moment
    caller.write(b"[]\\n")
    caller.flush()
    raise RuntimeError("a mistake")
def start_and_close(self, loop):
    start(self, loop)
    self.parts.memory.close = fail
    self.parts.storage.opened.connect(lambda _: QTimer.singleShot(200, self.window.close))
Application.start = start_and_close
MainWindow.bring_to_front = lambda self: print("raised", flush=True)
code = run_window(AppPaths(folder, folder / "models"))
print(bytes(caller.readAll().data()).decode(), flush=True)
sys.exit(code)
"""


def test_a_window_that_closes_with_a_mistake_ends_and_answers_nobody(tmp_path: Path) -> None:
    """A dialog about it would keep the program alive, and a start that is heard now would open nothing."""
    command = [sys.executable, "-c", CLOSE_BADLY, str(tmp_path)]
    done = subprocess.run(command, timeout=WAIT_S, stdout=subprocess.PIPE, text=True)
    assert (done.returncode, done.stdout.split()) == (0, [])
    assert "RuntimeError" in next((tmp_path / "log").iterdir()).read_text(encoding="utf-8")
    assert not (tmp_path / "window.lock").exists()


def test_closing_the_window_ends_the_program(tmp_path: Path) -> None:
    assert subprocess.run([sys.executable, "-c", CLOSE, str(tmp_path)], timeout=WAIT_S).returncode == 0
    with closing(sqlite3.connect(tmp_path / "teahouse.db")) as database:
        assert database.execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert not (tmp_path / "window.lock").exists()


@pytest.mark.starter
def test_the_window_opens_its_database_and_a_second_start_leaves_it_alone(tmp_path: Path) -> None:
    first = start(tmp_path)
    try:
        wait_for(lambda: is_open(tmp_path), "the database was never opened")
        second = start(tmp_path)
        assert second.wait(timeout=WAIT_S) == 0
        assert first.poll() is None
        log = (tmp_path / "log" / "teahouse.log").read_text(encoding="utf-8")
        assert "trouble" not in log
    finally:
        press_ctrl_c(first)
        assert first.wait(timeout=WAIT_S) == 0
    with closing(sqlite3.connect(tmp_path / "teahouse.db")) as database:
        assert database.execute("PRAGMA quick_check").fetchone() == ("ok",)

"""One window for one data folder; a second start raises the first, a killed one leaves nothing in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.ui.single_instance import SingleInstance

HOLD = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.ui.single_instance import SingleInstance
app = QCoreApplication([])
instance = SingleInstance(Path(sys.argv[1]))
print(instance.acquire(), flush=True)
time.sleep(60)
"""


def test_the_second_start_raises_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = SingleInstance(tmp_path), SingleInstance(tmp_path)
    assert first.acquire()
    first.listen()
    assert not second.acquire()
    with qtbot.waitSignal(first.raise_requested, timeout=5000):
        assert second.call_first()
    first.release()
    assert second.acquire()
    second.release()


def test_another_data_folder_is_another_window(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    first, second = SingleInstance(tmp_path), SingleInstance(tmp_path / "b")
    assert first.acquire()
    assert second.acquire()
    first.release()
    second.release()


def test_nobody_answers_when_the_first_hangs(qapp: object, tmp_path: Path) -> None:
    assert not SingleInstance(tmp_path).call_first()


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_the_lock_of_a_killed_app_is_taken_over(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    other = SingleInstance(tmp_path)
    assert not other.acquire()
    process.kill()
    process.wait()
    process.stdout.close()
    assert other.acquire()
    other.release()

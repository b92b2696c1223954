"""The window's process stays light: nothing of the engines is ever imported into it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.starter import starter_path

SCRIPT = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.application import Application
from app.core.paths import AppPaths
from app.event_loop import run_until_quit
app = QApplication([])
application = Application(app, AppPaths(Path(sys.argv[1]), Path(sys.argv[2])))
application.window.show()
def answered(record):
    print(record.status.value, sorted({"torch", "transformers", "xllamacpp", "numpy"} & set(sys.modules)))
    QApplication.quit()
def start(loop):
    application.start(loop)
    application.parts.chat.answered.connect(answered)
    QTimer.singleShot(500, ask)
def ask():
    application.window.composer.set_text("Say hi.")
    application.window.composer.submit()
run_until_quit(app, start)
application.close()
"""


@pytest.mark.starter
def test_after_an_answer_no_heavy_library_is_in_the_windows_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "data"), str(starter_path().parent)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert result.stdout.strip() == "COMPLETE []", result.stderr

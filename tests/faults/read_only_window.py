"""The real window in a data folder that it may not write; for a test that runs this without root's override.

Run as `python -m tests.faults.read_only_window DATA_DIR HAS_DATABASE`; the last line says "all is well".
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtTest import QTest

from app.core import settings as declared
from app.core.paths import AppPaths
from app.logs import start_log
from app.storage.settings_file import read_settings
from app.ui.troubles import Origin
from tests.faults.window_faults import SCRIPTED, check_sentence
from tests.helpers.running_app import running_application

TYPED = "写了一半 half a thought"


def wait(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        QTest.qWait(20)
    raise AssertionError("waited in vain")


def look(paths: AppPaths, has_database: bool) -> None:
    origin = Origin.START if has_database else Origin.STORAGE
    with running_application(paths, SCRIPTED) as application:
        window, parts = application.window, application.parts
        wait(lambda: origin.value in window.banners.keys)
        for language in ("zh_CN", "en"):
            parts.settings.set(declared.LANGUAGE, language)
            check_sentence(window.banners.text_of(origin.value), language, paths.data_dir)
            check_sentence(window.composer._banner_text.text(), language, paths.data_dir)
        assert window.composer._banner_text.isVisible()
        assert window.banners._banners[origin.value]._action.text() == "Open the data folder"
        if has_database:
            parts.chat.open_conversation(1)
            wait(lambda: len(parts.chat.state.messages) == 2)
            assert parts.chat.state.messages[1].text == "stored"
        window.composer.editor.setPlainText(TYPED)
        window.composer.submit()
        assert window.composer.text() == TYPED
        parts.chat.open_new()
        if has_database:
            parts.chat.open_conversation(1)
        wait(lambda: window.composer.text() == TYPED)


def main(data_dir: str, has_database: str) -> int:
    paths = AppPaths(Path(data_dir), Path(data_dir) / "models")
    assert not os.access(data_dir, os.W_OK)
    start_log(paths.log_dir)
    assert read_settings(paths.settings_file).unreadable_copy == ""
    look(paths, has_database == "1")
    sys.stdout.write("all is well\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:3]))

"""Another Teahouse has the data folder and does not answer: said in a small window, until it answers or ends.

Never opens what another one may be writing to. Where the lock was left by another computer (a stick that was
pulled out there), the person can say that it is closed there.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from app.core import settings as declared
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.storage.settings_file import read_mapping
from app.ui.single_instance import PatientCall, SingleInstance, Standing
from app.ui.still_open_notice import StillOpenNotice
from app.ui.texts.start import not_answering_sentence, other_computer_sentence
from app.ui.theme_manager import ThemeManager
from app.ui.translator import Translator

LOOK_EVERY_MS = 500


class StillOpen(QObject):
    """The notice, and looking whether it is still true.

    Signals:
        settled: (Standing) what became of this start; UNANSWERED where the person closed the notice.
    """

    settled = Signal(object)

    def __init__(
        self, instance: SingleInstance, places: Sequence[str], settings: Settings, app: QApplication
    ) -> None:
        super().__init__()
        self._instance = instance
        self._is_settled = False
        self._translator = Translator(app, self)
        self._translator.set_language(settings.text(declared.LANGUAGE))
        self._themes = ThemeManager(app, self)
        self._themes.set_preference(settings.text(declared.THEME))
        computer = instance.other_computer()
        self.sentence = other_computer_sentence(computer) if computer else not_answering_sentence()
        self.notice = StillOpenNotice(self.sentence, is_elsewhere=bool(computer))
        self.notice.open_wanted.connect(self._take_over)
        self.notice.rejected.connect(lambda: self._settle(Standing.UNANSWERED))
        self._call = PatientCall(instance, places, self)
        self._call.heard.connect(lambda: self._settle(Standing.CALLED))
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def close(self) -> None:
        """Leave nothing behind."""
        self._timer.stop()
        self._call.stop()
        self.notice.deleteLater()
        self._translator.close()
        self.deleteLater()

    def _look(self) -> None:
        if self._instance.acquire():
            self._settle(Standing.OURS)

    def _take_over(self) -> None:
        if self._instance.take_from_other_computer():
            self._settle(Standing.OURS)
        else:
            self.notice.show_still_open()

    def _settle(self, standing: Standing) -> None:
        if not self._is_settled:
            self._is_settled = True
            self._timer.stop()
            self.notice.hide()
            self.settled.emit(standing)


def wait_for_first(
    instance: SingleInstance, paths: AppPaths, places: Sequence[str], app: QApplication
) -> Standing:
    """Say it in a window of its own, and on the console; gives what became of it. Runs an event loop."""
    waiting = StillOpen(instance, places, _settings(paths.settings_file), app)
    found = [Standing.UNANSWERED]

    def settle(standing: Standing) -> None:
        found[0] = standing
        app.quit()

    waiting.settled.connect(settle)
    waiting.notice.show()
    interrupt = signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C on the console ends it
    if sys.stderr is not None:  # a windowed program may have none
        sys.stderr.write(f"{waiting.sentence}\n")
        sys.stderr.flush()
    app.exec()
    signal.signal(signal.SIGINT, interrupt)
    waiting.close()
    return found[0]


def _settings(file: Path) -> Settings:
    """For language and look. Nothing is mended here: the file is in use."""
    with contextlib.suppress(OSError):
        return Settings.from_mapping(read_mapping(file.read_bytes()) or {})
    return Settings()

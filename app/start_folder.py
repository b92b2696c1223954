"""Which folder to start with when the one with the conversations is not there: asked in a small window."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.core.errors import ErrorInfo, WorldError
from app.core.paths import AppPaths
from app.locations import point_at_data, usual_paths
from app.naming import name_application
from app.ui.application_icon import introduce
from app.ui.folder_question import FolderQuestion
from app.ui.theme_manager import ThemeManager
from app.ui.translator import Translator


class StartFolder(QObject):
    """Asks until there is an answer; `paths` is None where the person gave up."""

    def __init__(self, error: ErrorInfo, find: Callable[[], AppPaths], app: QApplication) -> None:
        super().__init__()
        self._find = find
        self.paths: AppPaths | None = None
        # The settings lie in the folder that is not there: the system's language and look count.
        self._translator = Translator(app, self)
        self._translator.set_language("system")
        self._themes = ThemeManager(app, self)
        self.question = FolderQuestion()
        self.question.show_error(error)
        self.question.again_wanted.connect(self._try_again)
        self.question.folder_chosen.connect(self._choose)
        self.question.usual_wanted.connect(self._use_usual)

    def close(self) -> None:
        """Leave nothing behind."""
        self.question.deleteLater()
        self._translator.close()
        self.deleteLater()

    def _try_again(self) -> None:
        try:
            self._take(self._find())
        except WorldError as error:
            self.question.show_error(error.info)

    def _choose(self, path: str) -> None:
        try:
            point_at_data(Path(path))
            self._take(self._find())
        except WorldError as error:
            self.question.show_error(error.info)

    def _use_usual(self) -> None:
        self._take(usual_paths())

    def _take(self, paths: AppPaths) -> None:
        self.paths = paths
        self.question.answered()


def ask_for_folder(error: ErrorInfo, find: Callable[[], AppPaths]) -> AppPaths | None:
    """Ask in a window of its own; None where the person closes it. Runs an event loop until then."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    name_application(app)
    introduce(app)
    asking = StartFolder(error, find, app)
    asking.question.given_up.connect(app.quit)
    asking.question.show()
    app.exec()
    asking.close()
    return asking.paths

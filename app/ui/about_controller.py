"""Behind the page "About": says what this installation is, and opens the texts of licences.

The files are the program's own: the licence at its root, the list of everything inside where the packaging
laid it. They are handed to whatever program the system shows such files with.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from app import __version__
from app.model.edition import opens_folders
from app.ui.resources import all_licences_file, own_licence_file
from app.ui.settings.about_page import AboutPage


class AboutController(QObject):
    """One for the page."""

    def __init__(self, page: AboutPage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._page = page
        page.set_program(__version__, opens_folders(), all_licences_file().is_file())
        page.own_licence_wanted.connect(self._show_own)
        page.all_licences_wanted.connect(self._show_all)

    def _show_own(self) -> None:
        self._show(own_licence_file())

    def _show_all(self) -> None:
        self._show(all_licences_file())

    def _show(self, path: Path) -> None:
        was_opened = QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
        self._page.say_not_opened("" if was_opened else str(path))

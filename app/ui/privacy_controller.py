"""Behind the page "Privacy": looks at disks in a thread, and shows what was found.

What lies where is looked at anew whenever the page comes to the front.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from app.core.connections import ConnectionLog
from app.core.paths import AppPaths
from app.core.privacy import Readers, StoredKind, StoredThing
from app.storage import connection_log
from app.ui.importing.jobs import Background
from app.ui.settings.privacy_page import PrivacyPage
from app.workers import privacy_survey


class PrivacyController(QObject):
    """One for the page; `paths` gives the folders that count now."""

    def __init__(
        self,
        page: PrivacyPage,
        paths: Callable[[], AppPaths],
        loop: asyncio.AbstractEventLoop,
        open_folder: Callable[[Path], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._paths = paths
        self._open_folder = open_folder
        self._background = Background(loop)
        page.shown.connect(self.refresh)
        page.folder_wanted.connect(self._on_folder)
        page.narrow_wanted.connect(self._on_narrow)

    def refresh(self) -> None:
        """Look again."""
        self._background.spawn(self._refresh())

    def close(self) -> None:
        """Drop what is awaited."""
        self._background.close()

    async def _refresh(self) -> None:
        await self._look()

    async def _look(self) -> tuple[StoredThing, ...]:
        paths = self._paths()
        self._page.show_connections(await self._background.call(read_log, paths))
        things = await self._background.call(privacy_survey.survey, paths)
        self._page.show_things(things)
        return things

    def _on_folder(self, folder: Path) -> None:
        self._open_folder(folder)

    def _on_narrow(self, kind: StoredKind) -> None:
        self._background.spawn(self._narrow(kind))

    async def _narrow(self, kind: StoredKind) -> None:
        with contextlib.suppress(OSError):  # what came of it is seen
            await self._background.call(privacy_survey.narrow, self._paths(), kind)
        things = await self._look()
        if any(thing.kind is kind and thing.readers is Readers.OTHERS for thing in things):
            self._page.say_unchanged(kind)


def read_log(paths: AppPaths) -> ConnectionLog | None:
    """The list of connections; None where it cannot be read. Blocking."""
    try:
        return connection_log.read(paths.connections_file)
    except OSError:
        return None

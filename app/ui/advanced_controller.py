"""The page "Advanced": opens the log, sets every setting back and takes that back, tells the versions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from app.core.findings import Finding
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.core.settings_reset import as_at_first, with_choices_of
from app.model import doctor, hardware
from app.ui.settings.pane import SettingsPane
from app.ui.settings_controller import SettingsController
from app.ui.tasks import Tasks
from app.ui.texts.doctor import describe_finding


class AdvancedController(QObject):
    """One for the window.

    Signals:
        settings_replaced: many settings have other values now; models may have to be loaded again.
    """

    settings_replaced = Signal()

    def __init__(
        self,
        pane: SettingsPane,
        settings: SettingsController,
        paths: Callable[[], AppPaths],
        loop: asyncio.AbstractEventLoop,
        open_folder: Callable[[Path], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tools = pane.advanced_tools
        self._settings = settings
        self._paths = paths
        self._loop, self._tasks = loop, Tasks(loop)
        self._open_folder = open_folder
        self._before: Settings | None = None  # all was set back
        self._versions: Finding | None = None
        pane.set_processor(hardware.physical_cores(), hardware.logical_cores())
        pane.closed.connect(self._forget)
        self._tools.shown.connect(self._on_shown)
        self._tools.log_wanted.connect(self._on_log)
        self._tools.reset_wanted.connect(self._on_reset)
        self._tools.undo_wanted.connect(self._on_undo)
        self._tools.copy_wanted.connect(self._on_copy)

    def retranslate(self) -> None:
        """The language changed."""
        if self._versions is not None:
            self._tools.set_versions(describe_finding(self._versions).sentence)

    def close(self) -> None:
        """The app closes: what is still awaited is dropped."""
        self._tasks.close()

    def _on_shown(self) -> None:
        if self._versions is None and not self._tasks:
            self._tasks.spawn(self._find_versions())

    async def _find_versions(self) -> None:
        self._versions = await self._loop.run_in_executor(None, doctor.versions)
        self.retranslate()

    def _on_log(self) -> None:
        self._open_folder(self._paths().log_dir)

    def _on_reset(self) -> None:
        self._before = self._settings.settings
        self._settings.replace_all(as_at_first(self._before))
        self._tools.set_can_undo(True)
        self.settings_replaced.emit()

    def _on_undo(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            self._settings.replace_all(with_choices_of(self._settings.settings, before))
            self.settings_replaced.emit()
        self._tools.set_can_undo(False)

    def _forget(self) -> None:
        """The pane was left: what was set back stays so."""
        self._before = None
        self._tools.set_can_undo(False)

    def _on_copy(self) -> None:
        if self._versions is not None:
            QApplication.clipboard().setText(describe_finding(self._versions).sentence)

"""Backup into one file, and restore, from the page "Storage and backup".

A backup file is checked whole before the person is asked whether to take it. Disks are read and written in
threads, the database in the storage thread; all of it is awaited.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from app import __version__
from app.core.errors import ErrorInfo
from app.core.paths import AppPaths
from app.core.settings import ALL as ALL_SETTINGS
from app.core.settings import SettingGroup
from app.storage import archive
from app.storage.archive import Unpacked
from app.storage.archive_file import DATABASE, SUFFIX
from app.ui.library_controller import LibraryController
from app.ui.settings.task_panel import Question, Text
from app.ui.settings_controller import SettingsController
from app.ui.storage_picker import StoragePicker
from app.ui.storage_tasks import StorageTasks, Task
from app.ui.texts import storage as texts
from app.ui.texts import storage_troubles as troubles
from app.ui.texts.storage import Part


class BackupController(QObject):
    """One for the window."""

    def __init__(
        self,
        tasks: StorageTasks,
        paths: Callable[[], AppPaths],
        settings: SettingsController,
        library: LibraryController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._paths = paths
        self._settings = settings
        self._library = library
        self._unpacked: tuple[str, Unpacked] | None = None  # the name of the file, and what it holds
        self._picker = StoragePicker(tasks.page, self)
        tasks.page.backup_wanted.connect(self._picker.pick_target)
        tasks.page.restore_wanted.connect(self._picker.pick_backup)
        tasks.page.confirmed.connect(self._on_confirmed)
        tasks.page.cancelled.connect(self._on_cancelled)
        self._picker.target_picked.connect(self.back_up)
        self._picker.backup_picked.connect(self.check)

    def back_up(self, path: str) -> None:
        """Make the backup file `path`."""
        target = Path(path if path.lower().endswith(SUFFIX) else path + SUFFIX)
        work = partial(self._back_up, target)
        self._tasks.begin(Part.BACKUP, texts.backing_up_text, work, troubles.backup_trouble)

    def check(self, path: str) -> None:
        """Look at the backup file `path`, and ask whether to take it."""
        work = partial(self._check, Path(path))
        self._tasks.begin(Part.BACKUP, texts.checking_text, work, self._trouble)

    def close(self) -> None:
        """The app closes while a question waits."""
        if self._unpacked is not None:
            self._unpacked[1].scratch.remove()
            self._unpacked = None

    async def _back_up(self, target: Path, task: Task) -> Text:
        call, paths = self._tasks.call, self._paths()
        scratch = await call(archive.scratch_for_backup, paths, target)
        async with self._tasks.using(scratch) as folder:
            snapshot = await self._tasks.in_storage(lambda store: store.snapshot(folder / DATABASE))
            report, cancel, file = task.meter.report, task.cancel, paths.settings_file
            info = await call(archive.write_backup, snapshot, file, target, __version__, report, cancel)
            size = await call(lambda: target.stat().st_size)
        return lambda: texts.backed_up(info, target.name, size)

    async def _check(self, path: Path, task: Task) -> None:
        unpacked = await self._tasks.call(
            archive.unpack, path, self._paths().data_dir, task.meter.report, task.cancel
        )
        self._unpacked = (path.name, unpacked)
        has_settings = unpacked.info.has_settings
        self._tasks.page.panel(Part.BACKUP).ask(
            Question(
                lambda: texts.restore_question(unpacked.info, path.name),
                texts.restore_note,
                texts.restore_label,
                texts.settings_label if has_settings else None,
            )
        )

    def _trouble(self, error: ErrorInfo) -> str:
        return troubles.restore_trouble(error, self._paths().data_kept)

    def _on_confirmed(self, part: Part, with_settings: bool) -> None:
        if part is Part.BACKUP and self._unpacked is not None:
            (_, unpacked), self._unpacked = self._unpacked, None
            work = partial(self._restore, unpacked, with_settings)
            self._tasks.begin(part, texts.adding_text, work, self._trouble)

    def _on_cancelled(self, part: Part) -> None:
        if part is Part.BACKUP and self._unpacked is not None:
            (_, unpacked), self._unpacked = self._unpacked, None
            self._tasks.page.panel(part).clear()
            self._tasks.settled()
            self._tasks.spawn(self._tasks.call(unpacked.scratch.remove))

    async def _restore(self, unpacked: Unpacked, with_settings: bool, task: Task) -> Text:
        title = texts.beside_title()
        async with self._tasks.using(unpacked.scratch):
            report = await self._tasks.in_storage(
                lambda store: store.restore(unpacked.database, title, task.meter.report, task.cancel)
            )
        self._library.refresh()
        if with_settings:
            self._take_settings(unpacked)
        return lambda: texts.restored(report, with_settings=with_settings)

    def _take_settings(self, unpacked: Unpacked) -> None:
        """Those that a person chose; what the app remembers of this computer stays."""
        for setting in ALL_SETTINGS:
            if setting.group is not SettingGroup.STATE and setting.key in unpacked.settings.values:
                self._settings.set(setting, unpacked.settings.value(setting))

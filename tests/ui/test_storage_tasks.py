"""What is done on the page "Storage and backup" ends, whatever the storage thread makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from app.core.cancel import Cancelled
from app.core.errors import ErrorCode, WorldError
from app.core.paths import AppPaths
from app.storage.store import Store
from app.ui.settings.storage_page import StoragePage
from app.ui.storage_tasks import StorageTasks
from app.ui.theme_manager import ThemeManager
from app.workers.storage_client import StorageClient


class Counter:
    """The tasks of a page with a real storage thread, on the loop of the window."""

    def __init__(self, page: StoragePage, storage: StorageClient, loop: QEventLoop) -> None:
        self.loop = loop
        self.tasks = StorageTasks(page, storage, loop)


@pytest.fixture
def counter(themes: ThemeManager, qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    page, storage = StoragePage(themes), StorageClient()
    qtbot.addWidget(page)
    loop = QEventLoop(qapp)
    storage.open(AppPaths(tmp_path / "data", tmp_path / "models"))
    counter = Counter(page, storage, loop)
    yield counter
    counter.tasks.close()
    storage.close()
    loop.close()
    asyncio.set_event_loop(None)


@pytest.mark.parametrize("error", [KeyError("ours"), Cancelled(), WorldError(ErrorCode.DISK_FULL, path="x")])
@pytest.mark.parametrize("way", ["in_storage", "relocate"])
def test_whatever_is_raised_in_the_storage_thread_is_raised_where_it_is_awaited(
    counter: Counter, way: str, error: Exception
) -> None:
    def breaks(_store: Store) -> AppPaths:
        raise error

    with pytest.raises(type(error)):
        counter.loop.run_until_complete(asyncio.wait_for(getattr(counter.tasks, way)(breaks), 20))

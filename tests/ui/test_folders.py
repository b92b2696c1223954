"""Folders are opened where they are, and a disk that does not answer keeps nobody waiting in the window."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from app.core.errors import ErrorCode, WorldError
from app.ui.folders import open_folder, show_folder
from app.ui.importing.jobs import Background
from tests.faults.window_faults import Folders, file_manager


@pytest.fixture
def background(qapp: QApplication) -> Iterator[Background]:
    loop = QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    found = Background(loop)
    yield found
    found.close()
    qapp.processEvents()
    loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def folders() -> Iterator[Folders]:
    with file_manager() as found:
        yield found


def test_what_is_left_of_the_way_is_shown(
    background: Background, folders: Folders, qtbot: QtBot, tmp_path: Path
) -> None:
    background.spawn(show_folder(background.call, tmp_path / "gone" / "deep"))
    qtbot.waitUntil(lambda: folders.opened == [tmp_path])


def test_a_folder_that_is_not_there_is_made_or_told(
    background: Background, folders: Folders, qtbot: QtBot, tmp_path: Path
) -> None:
    background.spawn(open_folder(background.call, tmp_path / "new" / "deep"))
    qtbot.waitUntil(lambda: folders.opened == [tmp_path / "new" / "deep"])
    assert (tmp_path / "new" / "deep").is_dir()
    (tmp_path / "file").write_bytes(b"")
    told: list[WorldError] = []

    async def attempt() -> None:
        try:
            await open_folder(background.call, tmp_path / "file" / "deep")
        except WorldError as error:
            told.append(error)

    background.spawn(attempt())
    qtbot.waitUntil(lambda: bool(told))
    assert told[0].info.code is ErrorCode.READ_ONLY
    assert folders.opened == [tmp_path / "new" / "deep"]


@pytest.mark.parametrize("way", [show_folder, open_folder])
def test_the_window_goes_on_while_the_disk_does_not_answer(
    background: Background,
    folders: Folders,
    qtbot: QtBot,
    qapp: QApplication,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way,
) -> None:
    asked, answered = threading.Event(), threading.Event()
    for name in ("is_dir", "mkdir"):
        real = getattr(Path, name)

        def slow(path: Path, *arguments: object, real=real, **options: object) -> object:
            if path == tmp_path:
                assert QThread.currentThread() is not qapp.thread()
                asked.set()
                answered.wait()
            return real(path, *arguments, **options)

        monkeypatch.setattr(Path, name, slow)
    background.spawn(way(background.call, tmp_path))
    qtbot.waitUntil(asked.is_set)
    assert folders.opened == []
    answered.set()
    qtbot.waitUntil(lambda: folders.opened == [tmp_path])

"""Before the window: a person is asked where a folder is; and the window answers for its new one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.paths import AppPaths
from app.locations import default_paths
from app.start_folder import StartFolder
from app.storage import pointer
from app.ui.single_instance import SingleInstance
from tests.helpers.second_start import second_start
from tests.helpers.storage_fixtures import opened, talk
from tests.helpers.storage_visitor import paths as paths
from tests.helpers.usual_folder import not_mac


@pytest.fixture
def lost(paths: AppPaths, tmp_path: Path) -> Iterator[Path]:
    """A data folder that was moved to a stick, and the stick is not there."""
    stick = tmp_path / "stick"
    with opened(AppPaths(stick, stick / "models")) as (store, _):
        talk(store, "on the stick", "x")
    assert paths.home is not None
    pointer.change(paths.home, lambda note: replace(note, data_dir=stick))
    away = tmp_path / "away"
    stick.rename(away)
    yield stick
    if away.exists():
        shutil.rmtree(away)


@not_mac
def test_a_person_is_asked_where_the_conversations_are(
    qtbot: QtBot, qapp: QApplication, lost: Path, tmp_path: Path, paths: AppPaths
) -> None:
    with pytest.raises(WorldError) as caught:
        default_paths()
    asking = StartFolder(caught.value.info, default_paths, qapp)
    qtbot.addWidget(asking.question)
    asking.question.show()
    asking.question.again_wanted.emit()
    assert asking.paths is None
    assert asking.question.isVisible()
    asking.question.folder_chosen.emit(str(tmp_path))  # nothing of ours in it
    assert asking.paths is None
    asking.question.folder_chosen.emit(str(tmp_path / "away"))  # as another letter of the drive
    assert asking.paths is not None
    assert asking.paths.data_dir == tmp_path / "away"
    assert default_paths() == asking.paths
    asking.close()


@not_mac
def test_the_usual_folder_and_a_disk_that_comes_back(
    qtbot: QtBot, qapp: QApplication, lost: Path, tmp_path: Path, paths: AppPaths
) -> None:
    error = ErrorInfo(ErrorCode.DATA_FOLDER_MISSING, {"path": str(lost)})
    asking = StartFolder(error, default_paths, qapp)
    qtbot.addWidget(asking.question)
    asking.question.show()
    given_up: list[bool] = []
    asking.question.given_up.connect(lambda: given_up.append(True))
    asking.question.usual_wanted.emit()
    assert asking.paths == AppPaths(paths.data_dir, paths.models_dir)
    assert not asking.question.isVisible()
    assert given_up == []
    (tmp_path / "away").rename(lost)
    asking.question.again_wanted.emit()
    assert asking.paths is not None
    assert asking.paths.data_dir == lost
    asking.close()


def test_the_window_answers_for_its_new_folder(qtbot: QtBot, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    first = SingleInstance(old)
    assert first.acquire()
    first.listen()
    first.move_to(new)
    second = SingleInstance(new)
    assert not second.acquire()
    raised: list[None] = []
    first.raise_requested.connect(lambda: raised.append(None))
    with second_start(new) as told:
        qtbot.waitUntil(lambda: told() is not None, timeout=15_000)
        assert told() == "CALLED"
    assert raised == [None]
    third = SingleInstance(old)
    assert third.acquire()
    third.release()
    first.release()

"""A portable copy in the real window: pages tell the folders beside the program, and why they stay there."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.core.paths import AppPaths
from app.core.settings import SettingGroup
from app.locations import PORTABLE_FILE, PORTABLE_FOLDER, default_paths
from tests.helpers.running_app import running_application
from tests.helpers.storage_visitor import DEMO, Visitor, all_text

ALL_TOGETHER = "This is a portable copy: this folder stays beside the program"


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands beside the program of a portable copy."""
    (tmp_path / PORTABLE_FILE).write_text("portable", encoding="utf-8")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "Teahouse"))
    for name in ("TEAHOUSE_DATA_DIR", "TEAHOUSE_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / PORTABLE_FOLDER


@pytest.fixture
def paths(beside: Path, monkeypatch: pytest.MonkeyPatch) -> AppPaths:
    found = default_paths()
    monkeypatch.delattr(sys, "frozen")  # the tests themselves are not: torch and Qt look at it
    return found


def moves(visitor: Visitor) -> list[bool]:
    return [one.isVisible() for one in visitor.page.findChildren(QPushButton) if one.text() == "Move…"]


def test_the_pages_tell_the_folders_beside_the_program(qtbot: QtBot, paths: AppPaths, beside: Path) -> None:
    with running_application(paths, DEMO) as application:
        visitor = Visitor(qtbot, application)
        visitor.wait_open()
        page = visitor.come()
        visitor.wait(lambda: str(beside / "models") in all_text(page))
        assert str(beside) in all_text(page).splitlines()
        assert all_text(page).count(ALL_TOGETHER) == 2
        assert moves(visitor) == [False, False]
        assert "is not there" not in all_text(page)  # the models folder is made with the first model
        visitor.window.settings_pane.show_group(SettingGroup.PRIVACY)
        privacy = visitor.window.settings_pane.privacy_page
        visitor.wait(lambda: str(beside / "teahouse.db") in all_text(privacy))
        assert str(beside / "models") in all_text(privacy)


def test_what_was_named_says_that_it_was_named(qtbot: QtBot, paths: AppPaths, tmp_path: Path) -> None:
    named = replace(paths, data_dir=tmp_path / "named", data_is_named=True)
    with running_application(named, DEMO) as application:
        visitor = Visitor(qtbot, application)
        visitor.wait_open()
        page = visitor.come()
        visitor.wait(lambda: str(tmp_path / "named") in all_text(page))
        assert all_text(page).count(ALL_TOGETHER) == 1
        assert all_text(page).count("This folder was named when Teahouse was started") == 1

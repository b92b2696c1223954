"""What Qt is told before it draws without a display."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QFontDatabase

from app.cli.offscreen import add_fonts, draw_offscreen


def test_the_platform_is_chosen_unless_another_one_was(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    environment = {}
    draw_offscreen(environment)
    assert environment == {"QT_QPA_PLATFORM": "offscreen"}
    environment["QT_QPA_PLATFORM"] = "xcb"
    draw_offscreen(environment)
    assert environment == {"QT_QPA_PLATFORM": "xcb"}


@pytest.mark.parametrize("root", ["C:\\Windows", "E:\\WINNT"])
def test_on_windows_it_is_told_where_the_fonts_are(monkeypatch, root):
    monkeypatch.setattr(sys, "platform", "win32")
    environment = {"SYSTEMROOT": root}
    draw_offscreen(environment)
    assert environment["QT_QPA_FONTDIR"] == f"{root}\\Fonts"


def test_a_folder_of_fonts_that_was_named_stays(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    environment = {"QT_QPA_FONTDIR": "D:\\fonts"}
    draw_offscreen(environment)
    assert environment["QT_QPA_FONTDIR"] == "D:\\fonts"


def test_the_chinese_font_of_windows_is_added(qapp, monkeypatch, tmp_path):
    added = []
    monkeypatch.setattr(QFontDatabase, "addApplicationFont", lambda path: added.append(Path(path).name) or 0)
    (tmp_path / "msyh.ttc").touch()
    environment = {"QT_QPA_PLATFORM": "offscreen", "QT_QPA_FONTDIR": str(tmp_path)}
    assert add_fonts(environment) == 1
    assert added == ["msyh.ttc"]


@pytest.mark.parametrize(
    "environment", [{"QT_QPA_PLATFORM": "offscreen"}, {"QT_QPA_PLATFORM": "windows", "QT_QPA_FONTDIR": "."}]
)
def test_elsewhere_qt_finds_every_font_by_itself(environment):
    assert add_fonts(environment) == 0

"""The page of keyboard shortcuts."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.ui.shortcuts_page import ShortcutsPage
from app.ui.texts.shortcuts import ShortcutInfo
from app.ui.theme_manager import ThemeManager


@pytest.fixture
def page(qapp, qtbot):
    widget = ShortcutsPage(ThemeManager(qapp))
    qtbot.addWidget(widget)
    return widget


def lines(page):
    return [label.text() for label in page.findChildren(QLabel, "keys") if not label.isHidden()]


def test_every_line_is_shown_and_replaced(page):
    page.set_shortcuts([ShortcutInfo("Ctrl+N", "New chat"), ShortcutInfo("F1", "This page")])
    assert lines(page) == ["Ctrl+N", "F1"]
    assert any(label.accessibleName() == "New chat: Ctrl+N" for label in page.findChildren(QLabel))
    page.set_shortcuts([ShortcutInfo("Esc", "Back")])
    assert lines(page) == ["Esc"]


def test_escape_closes(page, qtbot):
    page.show()
    with qtbot.waitSignal(page.closed):
        QTest.keyClick(page, Qt.Key.Key_Escape)

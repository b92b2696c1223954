"""The strip of waiting messages."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton

from app.core.records import QueuedMessage
from app.ui.queue_strip import QueueStrip
from app.ui.theme_manager import ThemeManager

ITEMS = [QueuedMessage(7, 1, "first\nline"), QueuedMessage(9, 1, "第二条")]


@pytest.fixture
def strip(qapp, qtbot):
    widget = QueueStrip(ThemeManager(qapp))
    qtbot.addWidget(widget)
    return widget


def buttons(strip, name):
    return [b for b in strip.findChildren(QAbstractButton) if b.accessibleName() == name and not b.isHidden()]


def test_hidden_when_empty_and_shown_with_items(strip):
    assert strip.isHidden()
    strip.set_items(ITEMS)
    assert not strip.isHidden()
    assert "2" in strip.accessibleName()
    strip.set_items([])
    assert strip.isHidden()


def test_each_row_tells_its_own_id(strip, qtbot):
    strip.set_items(ITEMS)
    with qtbot.waitSignal(strip.remove_requested) as removed:
        buttons(strip, "Remove")[1].click()
    assert removed.args == [9]
    with qtbot.waitSignal(strip.edit_requested) as edited:
        buttons(strip, "Edit: put it back into the composer")[0].click()
    assert edited.args == [7]


def test_remove_all_is_there_for_more_than_one(strip, qtbot):
    strip.set_items(ITEMS)
    remove_all = next(b for b in strip.findChildren(QAbstractButton) if b.text() == "Remove all")
    assert not remove_all.isHidden()
    with qtbot.waitSignal(strip.clear_requested):
        remove_all.click()
    strip.set_items(ITEMS[:1])
    assert remove_all.isHidden()


def test_the_same_items_keep_the_rows_and_the_focus(strip):
    strip.set_items(ITEMS)
    before = buttons(strip, "Remove")
    strip.set_items(tuple(ITEMS))
    assert buttons(strip, "Remove") == before

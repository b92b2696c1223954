"""The line under the composer."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app.ui.status_line import StatusLine
from app.ui.theme_manager import ThemeManager


@pytest.fixture
def line(qapp, qtbot):
    QLocale.setDefault(QLocale("en_US"))
    widget = StatusLine(ThemeManager(qapp))
    qtbot.addWidget(widget)
    return widget


def shown(line):
    parts = [*line.findChildren(QPushButton), *line.findChildren(QLabel)]
    return [part.text() for part in parts if part.text() and not part.isHidden()]


def test_only_the_shield_without_values(line):
    assert shown(line) == ["Offline: nothing leaves this computer"]


def test_values_come_and_go(line):
    line.set_speed(11.34)
    line.set_memory(int(4.6 * 1024**3), int(15.4 * 1024**3))
    line.set_licence_notice("Built with glm-4")
    assert shown(line)[1:] == ["11.3 tokens/s", "Memory 4.6 / 16 GB", "Built with glm-4"]
    line.set_speed(None)
    line.set_memory(None)
    line.set_licence_notice("")
    assert shown(line) == ["Offline: nothing leaves this computer"]


@pytest.mark.parametrize(("width", "parts"), [(760, 3), (400, 2), (270, 1)])
def test_a_narrow_line_cuts_no_sentence(themes, qtbot, width, parts):
    host = QWidget()
    qtbot.addWidget(host)
    line = StatusLine(themes, host)
    line.set_speed(27.4)
    line.set_memory(2 * 1024**3, 16 * 1024**3)
    line.resize(width, 20)
    host.show()
    assert len(shown(line)) == parts
    assert shown(line)[0].startswith("Offline")


def test_the_shield_opens_the_page_by_mouse_and_keyboard_and_leaves_the_focus_alone(line, qtbot):
    (shield,) = line.findChildren(QPushButton)
    line.show()
    with qtbot.waitSignal(line.privacy_wanted):
        qtbot.mouseClick(shield, Qt.MouseButton.LeftButton)
    assert not shield.hasFocus()
    shield.setFocus(Qt.FocusReason.TabFocusReason)
    with qtbot.waitSignal(line.privacy_wanted):
        qtbot.keyClick(shield, Qt.Key.Key_Space)


def test_the_shield_is_a_button_with_a_name_that_is_explained(line):
    (shield,) = line.findChildren(QPushButton)
    assert shield.focusPolicy() == Qt.FocusPolicy.TabFocus
    assert not shield.icon().isNull()
    assert shield.toolTip() == shield.accessibleDescription() != ""

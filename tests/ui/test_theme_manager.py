"""Choosing a theme, following the system, and what reaches the application."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QPushButton,
    QSlider,
    QToolButton,
    QToolTip,
    QWidget,
)

from app.ui import system_look
from app.ui.icons import IconName, icon, pixmap
from app.ui.stylesheet import build
from app.ui.theme import CONTRAST_THEMES, DARK, LIGHT, THEMES
from app.ui.theme_manager import UI_TEXT_SIZE, ThemeManager

BUTTON_KINDS = ["primary", "text", "link", "plain", "danger", "chip", "card", "first", "middle", "last"]
CONTROLS = {
    "edit": QLineEdit,
    "combo": QComboBox,
    "check": QCheckBox,
    "slider": QSlider,
    "tool": QToolButton,
}


def test_a_choice_reaches_palette_and_style_sheet(themes, qapp, qtbot):
    with qtbot.waitSignal(themes.changed) as told:
        themes.set_preference("dark")
    assert told.args == [DARK]
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == DARK.paper
    assert DARK.sidebar in qapp.styleSheet()
    assert LIGHT.sidebar not in qapp.styleSheet()


def test_the_same_theme_is_not_told_twice(themes, qtbot):
    with qtbot.assertNotEmitted(themes.changed):
        themes.set_preference("light")


def test_system_is_followed_live_only_when_chosen(themes, qapp, qtbot):
    changed = qapp.styleHints().colorSchemeChanged
    with qtbot.assertNotEmitted(themes.changed):
        changed.emit(Qt.ColorScheme.Dark)
    themes.set_preference("system")
    with qtbot.waitSignal(themes.changed):
        changed.emit(Qt.ColorScheme.Dark)
    assert themes.theme is DARK
    with qtbot.waitSignal(themes.changed):
        changed.emit(Qt.ColorScheme.Light)
    assert themes.theme is LIGHT


@pytest.mark.parametrize(("ground", "name"), [("#000000", "dark"), ("#2d3236", "dark"), ("#fffaef", "light")])
def test_under_a_contrast_theme_of_windows_its_ground_decides(themes, qapp, monkeypatch, ground, name):
    """Qt says `Unknown` there, and a white window would be the opposite of what was asked for."""
    monkeypatch.setattr(system_look, "_ground", lambda: QColor(ground))
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "windows")
    themes.set_preference("system")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Unknown)
    assert themes.theme is CONTRAST_THEMES[name]
    assert CONTRAST_THEMES[name].border in qapp.styleSheet()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_who_chose_a_look_gets_its_contrast_from_a_contrast_theme(themes, qapp, monkeypatch, name):
    monkeypatch.setattr(system_look, "_ground", lambda: QColor("#000000"))
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "windows")
    themes.set_preference(name)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Unknown)
    assert themes.theme is CONTRAST_THEMES[name]
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert themes.theme is THEMES[name]


def test_no_word_about_the_look_is_a_light_one_elsewhere(themes, qapp):
    themes.set_preference("system")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Unknown)
    assert themes.theme is LIGHT


def test_unknown_theme_is_refused(themes):
    with pytest.raises(ValueError, match="sepia"):
        themes.set_preference("sepia")
    assert themes.preference == "light"


def test_lists_menus_and_tooltips_have_the_font_of_the_program(qapp, monkeypatch):
    """Qt takes theirs from the themes of Windows and macOS, anew with the first style sheet of a program."""
    kinds = ["QAbstractItemView", "QMenu", "QMessageBox", "QTipLabel"]

    def as_there(sheet):
        QApplication.setStyleSheet(qapp, sheet)
        for kind in kinds:
            QApplication.setFont(QFont("Serif", 7), kind)

    monkeypatch.setattr(qapp, "setStyleSheet", as_there)
    ThemeManager(qapp).deleteLater()
    assert [QApplication.font(kind).pixelSize() for kind in kinds] == [UI_TEXT_SIZE] * len(kinds)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_picture_of_the_style_sheet_is_there(theme):
    pictures = re.findall(r'url\("([^"]+)"\)', build(theme))
    assert len(pictures) >= 5
    assert [picture for picture in pictures if not Path(picture).is_file()] == []


def test_the_mark_in_a_menu_is_drawn_smoothly(themes, qtbot):
    """Fusion's own is a stair of squares."""
    menu = QMenu()
    qtbot.addWidget(menu)
    action = menu.addAction("     ")
    action.setCheckable(True)
    plain = menu.grab().toImage()
    action.setChecked(True)
    marked = menu.grab().toImage()
    points = [(x, y) for x in range(plain.width()) for y in range(plain.height())]
    changed = {marked.pixel(*point) for point in points if marked.pixel(*point) != plain.pixel(*point)}
    assert len(changed) > 10  # shades between the ground and the mark


@pytest.mark.qt_log_ignore("This plugin does not support raise")
def test_a_tooltip_is_little_higher_than_its_line(themes, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    QToolTip.showText(window.mapToGlobal(QPoint(5, 5)), "New chat", window)
    (tip,) = (one for one in QApplication.topLevelWidgets() if one.inherits("QTipLabel"))
    assert tip.fontMetrics().height() < tip.height() <= tip.fontMetrics().height() + 20
    QToolTip.hideText()


@pytest.mark.parametrize("name", list(IconName))
def test_every_icon_is_drawn_in_its_colour(qapp, name):
    picture = pixmap(name, "#2F7D5B", 20, 2.0)
    assert picture.width() == 40
    assert picture.deviceIndependentSize().width() == 20
    image = picture.toImage()
    colors = {
        image.pixelColor(x, y).name()
        for x in range(40)
        for y in range(40)
        if image.pixelColor(x, y).alpha() == 255
    }
    assert "#2f7d5b" in colors


def test_icon_is_sharp_on_a_fine_screen(qapp):
    assert icon("tea", "#000000", 24).pixmap(QSize(24, 24), 2.0).width() == 48


def test_unknown_icon_is_refused(qapp):
    with pytest.raises(ValueError, match="teapot"):
        icon("teapot", "#000000")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", [*BUTTON_KINDS, *CONTROLS])
def test_focus_is_ringed_and_moves_nothing(themes, qtbot, theme, kind):
    themes.set_preference(theme)
    widget = CONTROLS.get(kind, QPushButton)()
    if isinstance(widget, QPushButton):
        widget.setText("Tea")
        widget.setProperty("segment" if kind in ("first", "middle", "last") else "kind", kind)
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    qtbot.addWidget(widget)
    widget.resize(120, 40)
    widget.show()
    qtbot.waitExposed(widget)
    widget.clearFocus()
    ring = themes.theme.color("text" if kind == "primary" else "accent")
    before, size = count_of(ring, widget), widget.sizeHint()
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(widget.hasFocus)
    assert count_of(ring, widget) > before + 150
    assert widget.sizeHint() == size


def count_of(color: QColor, widget: QWidget) -> int:
    image = widget.grab().toImage()
    return sum(image.pixelColor(x, y) == color for x in range(image.width()) for y in range(image.height()))

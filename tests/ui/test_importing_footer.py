"""The buttons of a card that is longer than the window stay in view."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.importing.import_page import ImportPage
from app.ui.importing.places import Place
from app.ui.theme_manager import ThemeManager
from tests.helpers.import_jobs import inspected

PLACE = Place(free_bytes=100_000_000_000)


@pytest.fixture
def page(themes: ThemeManager, qtbot: QtBot) -> ImportPage:
    page = ImportPage(themes)
    qtbot.addWidget(page)
    page.resize(1000, 900)
    page.show()
    qtbot.waitExposed(page)
    return page


def is_seen(page: ImportPage, widget: QWidget) -> bool:
    """All of it, without scrolling."""
    corner = widget.mapTo(page, QPoint(0, 0))
    return widget.isVisible() and page.rect().contains(QRect(corner, widget.size()))


def test_the_buttons_of_the_only_card_stay_in_view(page: ImportPage, qtbot: QtBot) -> None:
    page.resize(720, 520)
    page.show_model(inspected("/m/tea", families=("chatglm3", "chatglm2")), PLACE)
    page.take_focus()
    (card,) = page.cards
    qtbot.waitUntil(lambda: is_seen(page, card._main))
    assert is_seen(page, card._check_button)
    assert page.focusWidget() is card._main
    asked: list[tuple[object, ...]] = []
    page.add_requested.connect(lambda *what: asked.append(what))
    QTest.keyClick(card._main, Qt.Key.Key_Return)
    assert asked == [(str(Path("/m/tea")), "chatglm3", False)]
    page.resize(720, 1200)  # there is room for them in the card
    qtbot.waitUntil(lambda: card.isAncestorOf(card._main) and is_seen(page, card._main))
    assert page.focusWidget() is card._main
    page.resize(720, 520)
    qtbot.waitUntil(lambda: is_seen(page, card._main) and not card.isAncestorOf(card._main))
    page.show_model(inspected("/m/coffee"), PLACE)  # with two, each has its own
    assert all(one.isAncestorOf(one._main) for one in page.cards)
    page.clear()
    qtbot.waitUntil(page._footer.isHidden)

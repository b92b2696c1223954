"""Packs on the page on which a model is added: only a copy is offered, and one that is damaged says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.core.errors import ErrorCode, ErrorInfo
from app.ui.importing.import_page import ImportPage
from app.ui.importing.places import Place
from app.ui.theme_manager import ThemeManager
from tests.helpers.import_jobs import inspected

PATH = str(Path("/media/lin/STICK/chatglm3-6b.teahousemodel"))
ROOM, NO_ROOM = Place(free_bytes=100_000_000_000), Place(free_bytes=1_000_000_000)


@pytest.fixture
def page(themes: ThemeManager, qtbot: QtBot) -> ImportPage:
    page = ImportPage(themes)
    qtbot.addWidget(page)
    page.resize(1000, 900)
    page.show()
    return page


def test_only_a_copy_is_offered(page: ImportPage, qtbot: QtBot) -> None:
    page.show_model(inspected(PATH, is_packed=True), ROOM)
    (card,) = page.cards
    assert card._choice._title.text() == "It is copied out of the pack, and checked byte for byte"
    assert all(button.isHidden() for button in card._choice.buttons)
    assert "Takes 12.5 GB of the disk" in card._choice._copy_note.text()
    assert card._check_button.isHidden()
    assert card._main.text() == "Start copying"
    with qtbot.waitSignal(page.add_requested) as told:
        QTest.keyClick(card._main, Qt.Key.Key_Space)
    assert told.args == [PATH, "", True]


def test_without_room_it_cannot_be_begun(page: ImportPage) -> None:
    page.show_model(inspected(PATH, is_packed=True), NO_ROOM)
    (card,) = page.cards
    assert "Not enough room" in card._choice._copy_note.text()
    assert not card._main.isEnabled()
    page.show_model(inspected(PATH, is_packed=True), ROOM)
    assert card._main.isEnabled()
    card.set_busy(True)
    card._retranslate()
    assert not card._main.isEnabled()


def test_a_folder_offers_both_again(page: ImportPage) -> None:
    page.show_model(inspected(PATH, is_packed=True), ROOM)
    page.show_model(inspected(PATH), ROOM)
    (card,) = page.cards
    assert not any(button.isHidden() for button in card._choice.buttons)
    assert not card._check_button.isHidden()


@pytest.mark.parametrize(
    ("code", "part"),
    [(ErrorCode.PACK_DAMAGED, "is damaged"), (ErrorCode.PACK_NEWER, "was made by a newer Teahouse")],
)
def test_one_that_is_no_good_says_why(page: ImportPage, code: ErrorCode, part: str) -> None:
    problem = ErrorInfo(code, {"path": PATH, "detail": "x"})
    page.show_model(inspected(PATH, is_packed=True, problem=problem, architecture="", files=()), ROOM)
    (card,) = page.cards
    assert part in card._problem.text
    assert "chatglm3-6b.teahousemodel" in card._problem.text
    assert card._kind.text() == "A model pack"
    assert card._main.text() == "Look again"
    assert card._choice.isHidden()

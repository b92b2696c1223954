"""The windows before the main one: whole at once, and used without a mouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.core.errors import ErrorCode, ErrorInfo
from app.ui.folder_question import FolderQuestion
from app.ui.still_open_notice import StillOpenNotice
from app.ui.texts import start as texts
from app.ui.theme_manager import ThemeManager


def hanging(platform: str, monkeypatch: pytest.MonkeyPatch) -> StillOpenNotice:
    with monkeypatch.context() as there:
        there.setattr(texts.sys, "platform", platform)
        return StillOpenNotice(texts.not_answering_sentence(), is_elsewhere=False)


def elsewhere(monkeypatch: pytest.MonkeyPatch) -> StillOpenNotice:
    return StillOpenNotice(texts.other_computer_sentence("PC-VON-LI"), is_elsewhere=True)


def asking(monkeypatch: pytest.MonkeyPatch) -> FolderQuestion:
    question = FolderQuestion()
    question.show_error(ErrorInfo(ErrorCode.STORAGE_FAILED))
    return question


MAKERS = {
    "windows": lambda monkeypatch: hanging("win32", monkeypatch),
    "mac": lambda monkeypatch: hanging("darwin", monkeypatch),
    "linux": lambda monkeypatch: hanging("linux", monkeypatch),
    "elsewhere": elsewhere,
    "folder": asking,
}
Make = Callable[[], StillOpenNotice | FolderQuestion]


@pytest.fixture(params=list(MAKERS))
def make(
    request: pytest.FixtureRequest, qtbot: QtBot, themes: ThemeManager, monkeypatch: pytest.MonkeyPatch
) -> Make:
    def made() -> StillOpenNotice | FolderQuestion:
        window: StillOpenNotice | FolderQuestion = MAKERS[request.param](monkeypatch)
        qtbot.addWidget(window)
        window.show()
        qtbot.waitExposed(window)
        return window

    return made


def cut_off(window: QWidget) -> list[str]:
    """Lines that have less height than their words take."""
    QApplication.processEvents()
    labels = [one for one in window.findChildren(QLabel) if one.isVisible()]
    return [one.text() for one in labels if one.height() < one.heightForWidth(one.width())]


def test_nothing_is_cut_off_at_once(make: Make) -> None:
    assert cut_off(make()) == []


def test_nothing_is_cut_off_when_more_is_said(
    qtbot: QtBot, themes: ThemeManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = elsewhere(monkeypatch)
    qtbot.addWidget(notice)
    notice.show()
    notice.show_still_open()
    assert cut_off(notice) == []


def test_escape_closes_it(make: Make, qtbot: QtBot) -> None:
    window = make()
    with qtbot.waitSignal(window.rejected):
        QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible()


def test_closing_its_frame_is_told_once(make: Make) -> None:
    window, told = make(), []
    window.rejected.connect(lambda: told.append(True))
    window.close()
    assert told == [True]
    assert not window.isVisible()


def test_enter_presses_the_button_with_the_keyboard(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    notice = elsewhere(monkeypatch)
    qtbot.addWidget(notice)
    notice.show()
    qtbot.waitExposed(notice)
    with qtbot.waitSignal(notice.open_wanted):
        QTest.keyClick(notice._open, Qt.Key.Key_Return)
    assert notice.isVisible()


def test_screen_readers_take_it_for_a_dialog(make: Make) -> None:
    window = make()
    found = QAccessible.queryAccessibleInterface(window)
    assert found.role() == QAccessible.Role.Dialog

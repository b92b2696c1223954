"""Empty state, toast, banners and recycle bin."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from app.core.records import ConversationSummary
from app.ui.banner import BannerLevel, BannerStrip
from app.ui.empty_state import EmptyState, starter_questions
from app.ui.recycle_bin import RecycleBin
from app.ui.toast import Toast

Key = Qt.Key


def record(signal) -> list[tuple[object, ...]]:
    seen: list[tuple[object, ...]] = []
    signal.connect(lambda *args: seen.append(args))
    return seen


def shown(widget: QWidget, qtbot, width: int = 800, height: int = 600) -> QWidget:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


# Empty state


@pytest.fixture
def empty(themes, qtbot):
    return shown(EmptyState(themes), qtbot)


def test_questions_come_in_the_language_in_use(empty, qapp):
    assert [card.question for card in empty.cards] == starter_questions("en")
    QLocale.setDefault(QLocale("zh_CN"))
    empty._retranslate()
    assert [card.question for card in empty.cards] == starter_questions("zh")


def test_both_languages_have_three_questions():
    assert len(starter_questions("en")) == len(starter_questions("zh")) == 3
    assert starter_questions("fr") == starter_questions("en")


def test_questions_can_be_given_and_taken_back(empty):
    empty.set_questions(["One & two?"])
    assert [card.question for card in empty.cards] == ["One & two?"]
    empty.set_questions([])
    assert [card.question for card in empty.cards] == starter_questions("en")


def test_a_card_is_chosen_by_mouse_and_key(empty):
    chosen = record(empty.question_chosen)
    first, second, _ = empty.cards
    QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    QTest.keyClick(second, Key.Key_Space)
    assert chosen == [(first.question,), (second.question,)]


@pytest.mark.parametrize(("width", "in_a_row"), [(1000, True), (456, False)])
def test_no_question_is_cut_off(empty, qapp, width, in_a_row):
    empty.set_questions(["短", "很长的问题" * 12, "A question that takes some more room than the others do"])
    empty.resize(width, 600)
    qapp.processEvents()
    tops = {card.y() for card in empty.cards}
    assert (len(tops) == 1) is in_a_row
    for card in empty.cards:
        assert card.height() >= card.heightForWidth(card.width())


# Toast


@pytest.fixture
def host(themes, qtbot):
    return shown(QWidget(), qtbot)


@pytest.fixture
def toast(host):
    return Toast(host)


def test_toast_gives_its_token_back_with_the_action(toast):
    done, expired = record(toast.action_triggered), record(toast.expired)
    toast.show_toast("Deleted", "Undo", token=7)
    assert toast.isVisible()
    QTest.mouseClick(toast.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert done == [(7,)]
    assert expired == []
    assert toast.isHidden()


def test_toast_goes_by_itself(toast, qtbot):
    with qtbot.waitSignal(toast.expired) as told:
        toast.show_toast("Deleted", "Undo", token=7, timeout_ms=10)
    assert told.args == [7]
    assert toast.isHidden()


def test_another_toast_ends_the_first(toast):
    expired = record(toast.expired)
    toast.show_toast("Deleted", "Undo", token=1)
    toast.show_toast("Deleted", "Undo", token=2)
    assert expired == [(1,)]
    assert toast.isVisible()


def test_toast_waits_for_the_mouse(toast, qapp):
    toast.show_toast("Deleted", "Undo")
    qapp.sendEvent(toast, QEnterEvent(QPointF(5, 5), QPointF(5, 5), QPointF(5, 5)))
    assert not toast._timer.isActive()


def test_toast_waits_for_the_focus_and_goes_with_escape(toast, host):
    done, expired = record(toast.action_triggered), record(toast.expired)
    toast.show_toast("Deleted", "Undo", token=3)
    toast.focus_action()
    assert not toast._timer.isActive()
    host.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    host.setFocus()
    assert toast._timer.isActive()
    toast.focus_action()
    QTest.keyClick(QApplication.focusWidget(), Key.Key_Escape)
    assert (done, expired) == ([], [(3,)])


def test_toast_stays_at_the_bottom_in_the_middle(toast, host, qapp):
    toast.show_toast("Deleted " * 40, "Undo")
    for width, height in [(800, 600), (500, 400)]:
        host.resize(width, height)
        qapp.processEvents()
        middle = toast.geometry().center()
        assert abs(middle.x() - width // 2) <= 1
        assert toast._text.text().startswith("Deleted")
        assert height - 60 < toast.geometry().bottom() < height
        assert host.rect().contains(toast.geometry())


# Banners


@pytest.fixture
def strip(themes, qtbot):
    return shown(BannerStrip(themes), qtbot)


def test_banners_by_key(strip):
    strip.show_banner("ro", "Read only", level=BannerLevel.WARNING)
    strip.show_banner("db", "Restored", "Show")
    strip.show_banner("ro", "Nur lesen")
    assert strip.keys == ("ro", "db")
    assert strip.text_of("ro") == "Nur lesen"
    strip.hide_banner("ro")
    strip.hide_banner("nothing")
    assert strip.keys == ("db",)
    strip.hide_banner("db")
    assert strip.isHidden()


def test_banner_action_stays_and_close_goes(strip):
    acted, closed = record(strip.action_triggered), record(strip.closed)
    strip.show_banner("db", "Restored", "Show")
    banner = strip._banners["db"]
    QTest.keyClick(banner._action, Key.Key_Space)
    assert acted == [("db",)]
    assert strip.keys == ("db",)
    QTest.keyClick(banner._close, Key.Key_Space)
    assert closed == [("db",)]
    assert strip.keys == ()


# Recycle bin


def deleted(number: int) -> ConversationSummary:
    return ConversationSummary(
        number, str(number), f"Chat {number}", True, False, 0, 0, deleted_at=number * 10**9
    )


@pytest.fixture
def recycle_bin(themes, qtbot):
    page = RecycleBin(themes)
    page.set_conversations([deleted(1), deleted(3), deleted(2)])
    return shown(page, qtbot)


def test_latest_first_and_the_first_is_chosen(recycle_bin):
    restored = record(recycle_bin.restore_requested)
    assert recycle_bin._model.ids == (3, 2, 1)
    QTest.mouseClick(recycle_bin._restore, Qt.MouseButton.LeftButton)
    assert restored == [(3,)]


def test_deleting_forever_asks_and_keeping_is_the_default(recycle_bin):
    gone = record(recycle_bin.delete_forever_requested)
    recycle_bin._list.selectAll()
    recycle_bin._list.setFocus()
    QTest.keyClick(recycle_bin._list, Key.Key_Delete)
    assert recycle_bin._question.text().startswith("Delete 3 conversations forever?")
    assert recycle_bin._keep_button.hasFocus()
    QTest.keyClick(recycle_bin._keep_button, Key.Key_Space)
    assert gone == []
    QTest.mouseClick(recycle_bin._delete, Qt.MouseButton.LeftButton)
    QTest.mouseClick(recycle_bin._confirm_button, Qt.MouseButton.LeftButton)
    assert sorted(gone) == [(1,), (2,), (3,)]


def test_emptying_asks(recycle_bin):
    emptied = record(recycle_bin.empty_requested)
    QTest.mouseClick(recycle_bin._empty, Qt.MouseButton.LeftButton)
    assert emptied == []
    QTest.mouseClick(recycle_bin._confirm_button, Qt.MouseButton.LeftButton)
    assert emptied == [()]


def test_a_changed_list_withdraws_the_question(recycle_bin):
    """What is confirmed must be what was asked about."""
    gone = record(recycle_bin.empty_requested)
    QTest.mouseClick(recycle_bin._empty, Qt.MouseButton.LeftButton)
    recycle_bin.set_conversations([deleted(4)])
    assert recycle_bin._confirm.isHidden()
    QTest.mouseClick(recycle_bin._confirm_button, Qt.MouseButton.LeftButton)
    assert gone == []


def test_escape_withdraws_then_closes(recycle_bin):
    closed = record(recycle_bin.close_requested)
    QTest.mouseClick(recycle_bin._empty, Qt.MouseButton.LeftButton)
    QTest.keyClick(recycle_bin._keep_button, Key.Key_Escape)
    assert closed == []
    QTest.keyClick(recycle_bin._list, Key.Key_Escape)
    assert closed == [()]


def test_an_empty_bin_is_a_sentence(recycle_bin):
    recycle_bin.set_conversations([])
    assert recycle_bin._hint.text() == "The recycle bin is empty."
    assert recycle_bin._bars.isHidden()


def test_language_is_changed_live(recycle_bin, other_language):
    assert recycle_bin._restore.text() == "〈Restore〉"
    assert recycle_bin._title.text() == "〈Recycle bin〉"


# What a small window leaves out


def test_a_low_page_leaves_out_the_logo_and_squeezes_no_question(themes, qtbot):
    host = shown(QWidget(), qtbot)  # a page of its own would not become smaller than its parts
    page = EmptyState(themes, host)
    page.resize(456, 320)
    page.show()
    assert not page._logo.isVisible()
    assert [card.isVisible() for card in page.cards] == [True, True, True]
    assert all(card.height() >= card.heightForWidth(card.width()) for card in page.cards)
    page.resize(456, 200)
    assert [card.isVisible() for card in page.cards] == [True, True, False]
    page.resize(800, 600)
    assert page._logo.isVisible()
    assert all(card.isVisible() for card in page.cards)


def test_the_toast_stands_above_what_it_must_not_cover(themes, qtbot):
    host = shown(QWidget(), qtbot, 800, 600)
    below = QWidget(host)
    below.setGeometry(200, 480, 500, 120)
    below.show()
    toast = Toast(host, below)
    toast.show_toast("Gone", "Undo")
    assert toast.geometry().bottom() < 480
    assert abs(toast.geometry().center().x() - 450) <= 1
    below.setGeometry(200, 400, 500, 200)
    assert toast.geometry().bottom() < 400

"""The sidebar by mouse, keyboard and input method; groups, marks, search."""

from __future__ import annotations

import dataclasses
import time

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QWidget

from app.core.chat import Role
from app.core.records import ConversationSummary, SearchHit
from app.ui.sidebar import Sidebar
from app.ui.sidebar.conversation_model import HeaderRow
from app.ui.sidebar.hit_model import shortened

DAY = 86_400_000
NOW = int(time.time() * 1000)
Key = Qt.Key
offscreen_menu = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)


def summary(number: int, title: str = "", *, age: float = 0.0, pinned: bool = False) -> ConversationSummary:
    updated = int(NOW - age * DAY)
    return ConversationSummary(number, str(number), title or f"Chat {number}", True, pinned, 0, updated)


def hit(message: int, snippet: str = "green tea", marks=((6, 3),)) -> SearchHit:
    return SearchHit(message, 1, "About tea", Role.USER, snippet, NOW, marks)


@pytest.fixture
def sidebar(themes, qtbot):
    window = QWidget()  # the search field must not be the only thing that can have the focus
    qtbot.addWidget(window)
    result = Sidebar(themes, window)
    window.resize(600, 600)
    result.resize(264, 600)
    result.set_conversations(
        [summary(1), summary(2, age=0.001), summary(3, age=400), summary(4, pinned=True, age=9)]
    )
    window.show()
    qtbot.waitExposed(window)
    yield result  # noqa: PT022 - the frame of this fixture keeps the window


def rows(sidebar: Sidebar) -> list[str]:
    model = sidebar._list.conversations
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def record(signal) -> list[tuple[object, ...]]:
    seen: list[tuple[object, ...]] = []
    signal.connect(lambda *args: seen.append(args))
    return seen


def click(sidebar: Sidebar, conversation: int, button=Qt.MouseButton.LeftButton) -> None:
    listed = sidebar._list
    place = listed.visualRect(listed.conversations.index_of(conversation)).center()
    QTest.mouseClick(listed.viewport(), button, pos=place)


def test_pinned_first_then_by_date(sidebar):
    shown = rows(sidebar)
    assert shown[:5] == ["Pinned", "Chat 4", "Today", "Chat 1", "Chat 2"]
    assert shown[-1] == "Chat 3"


def test_a_click_opens(sidebar):
    opened = record(sidebar.conversation_selected)
    click(sidebar, 2)
    assert opened == [(2,)]


def test_a_right_click_opens_nothing(sidebar):
    opened = record(sidebar.conversation_selected)
    click(sidebar, 2, Qt.MouseButton.RightButton)
    assert opened == []


def test_whole_way_by_keyboard(sidebar):
    """Down from the search field, over a headline, Enter, and Up again into the field."""
    opened = record(sidebar.conversation_selected)
    sidebar.focus_search()
    QTest.keyClick(sidebar._search, Key.Key_Down)
    assert sidebar._list.hasFocus()
    QTest.keyClick(sidebar._list, Key.Key_Down)
    assert opened == []  # the arrows only move
    QTest.keyClick(sidebar._list, Key.Key_Return)
    assert opened == [(1,)]
    QTest.keyClick(sidebar._list, Key.Key_Up)
    QTest.keyClick(sidebar._list, Key.Key_Up)
    assert sidebar._search.hasFocus()


def test_delete_key_deletes_and_backspace_does_not(sidebar):
    deleted = record(sidebar.delete_requested)
    sidebar.set_current(2)
    sidebar._list.focus_first()
    QTest.keyClick(sidebar._list, Key.Key_Backspace)
    assert deleted == []
    QTest.keyClick(sidebar._list, Key.Key_Delete)
    assert deleted == [(2,)]


def open_editor(sidebar: Sidebar, conversation: int) -> QLineEdit:
    sidebar.set_current(conversation)
    sidebar._list.focus_first()
    QTest.keyClick(sidebar._list, Key.Key_F2)
    editor = sidebar._list.viewport().findChild(QLineEdit)
    assert editor is not None
    return editor


def test_rename_in_place(sidebar):
    renamed = record(sidebar.rename_requested)
    editor = open_editor(sidebar, 2)
    assert editor.text() == "Chat 2"
    editor.setText("  Tea & cake  ")
    QTest.keyClick(editor, Key.Key_Return)
    QCoreApplication.processEvents()
    assert renamed == [(2, "Tea & cake")]
    assert "Tea & cake" in rows(sidebar)


@pytest.mark.parametrize(
    ("typed", "key"), [("other", Key.Key_Escape), ("   ", Key.Key_Return), ("Chat 2", Key.Key_Return)]
)
def test_rename_that_is_none(sidebar, typed, key):
    renamed = record(sidebar.rename_requested)
    editor = open_editor(sidebar, 2)
    editor.setText(typed)
    QTest.keyClick(editor, key)
    QCoreApplication.processEvents()
    assert renamed == []
    assert "Chat 2" in rows(sidebar)


def test_a_new_list_waits_for_the_editor(sidebar, qtbot):
    """An answer that ends while a title is typed must not throw the field away."""
    editor = open_editor(sidebar, 2)
    sidebar.set_conversations([summary(9), summary(2)])
    assert sidebar._list.state() == QAbstractItemView.State.EditingState
    assert "Chat 9" not in rows(sidebar)
    QTest.keyClick(editor, Key.Key_Escape)
    qtbot.waitUntil(lambda: "Chat 9" in rows(sidebar))


def menu_of(sidebar: Sidebar, conversation: int):
    listed = sidebar._list
    place = listed.visualRect(listed.conversations.index_of(conversation)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, listed.viewport().mapToGlobal(place))
    QCoreApplication.sendEvent(listed.viewport(), event)
    assert listed._menu is not None
    return listed._menu


@offscreen_menu
def test_menu_of_a_conversation(sidebar, qtbot):
    pinned, deleted = record(sidebar.pin_requested), record(sidebar.delete_requested)
    menu = menu_of(sidebar, 4)
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == ["Rename", "Unpin", "Delete"]
    menu.actions()[1].trigger()
    menu.actions()[3].trigger()
    menu.close()
    assert pinned == [(4, False)]
    assert deleted == [(4,)]
    qtbot.waitUntil(lambda: sidebar._list._menu is None)


@offscreen_menu
def test_more_button_opens_the_menu_and_not_the_conversation(sidebar):
    opened = record(sidebar.conversation_selected)
    listed = sidebar._list
    rect = listed.visualRect(listed.conversations.index_of(1))
    QTest.mouseClick(
        listed.viewport(), Qt.MouseButton.LeftButton, pos=listed._delegate.more_rect(rect).center()
    )
    assert listed._menu is not None
    listed._menu.close()
    assert opened == []


@offscreen_menu
def test_menu_by_keyboard_stands_at_the_row(sidebar):
    sidebar.set_current(3)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QCoreApplication.sendEvent(sidebar._list.viewport(), event)
    assert sidebar._list._menu is not None
    sidebar._list._menu.close()


def test_a_changed_title_keeps_the_place(sidebar, qtbot):
    many = [summary(number, age=number / 100) for number in range(1, 400)]
    sidebar.set_conversations(many)
    sidebar.set_current(300)
    bar = sidebar._list.verticalScrollBar()
    place = bar.value()
    assert place > 0
    with qtbot.assertNotEmitted(sidebar._list.conversations.modelReset):
        sidebar.set_conversations([dataclasses.replace(many[0], title="Renamed"), *many[1:]])
    assert "Renamed" in rows(sidebar)
    sidebar.set_conversations([summary(1000), *many])  # one more: made anew, and yet no jump
    assert bar.value() == place
    assert sidebar._list.currentIndex() == sidebar._list.conversations.index_of(300)


def test_the_same_current_told_again_does_not_scroll(sidebar):
    """The window tells it with every new list; a person who scrolled away must not be pulled back."""
    many = [summary(number, age=number / 100) for number in range(1, 400)]
    sidebar.set_current(1000)  # a new conversation is open before it is listed
    sidebar.set_conversations([*many, summary(1000)])
    sidebar.set_current(1000)
    assert sidebar._list.currentIndex() == sidebar._list.conversations.index_of(1000)
    bar = sidebar._list.verticalScrollBar()
    bar.setValue(3000)
    sidebar.set_conversations([*many, summary(1000), summary(1001)])
    sidebar.set_current(1000)
    assert bar.value() == 3000


def test_marks_are_told_to_screen_readers(sidebar):
    sidebar.set_current(1)
    sidebar.set_busy(2)
    model = sidebar._list.conversations
    role = Qt.ItemDataRole.AccessibleTextRole
    assert model.index_of(1).data(role) == "Chat 1, open"
    assert model.index_of(2).data(role) == "Chat 2, an answer is being written"
    assert model.index_of(4).data(role) == "Chat 4, pinned"


def test_marks_are_painted(sidebar, themes):
    picture = sidebar.grab().toImage()
    sidebar.set_busy(2)
    assert sidebar.grab().toImage() != picture


def test_titles_of_one_line_and_never_empty(sidebar):
    sidebar.set_conversations([summary(1, "a\nb"), summary(2, "   ", age=0.001)])
    assert rows(sidebar)[1:] == ["a b", "New chat"]


def test_headlines_cannot_be_chosen(sidebar):
    model = sidebar._list.conversations
    for row in range(model.rowCount()):
        index = model.index(row)
        assert isinstance(model.row(index), HeaderRow) == (index.flags() == Qt.ItemFlag.NoItemFlags)


def test_search_waits_for_a_pause(sidebar, qtbot):
    searched = record(sidebar.search_changed)
    QTest.keyClicks(sidebar._search, "tea")
    assert searched == []
    qtbot.waitUntil(lambda: searched == [("tea",)])


def test_no_search_while_a_syllable_is_composed(sidebar, qtbot):
    searched = record(sidebar.search_changed)
    field = sidebar._search
    QTest.keyClicks(field, "a")
    QCoreApplication.sendEvent(field, QInputMethodEvent("cha", []))
    assert not field._timer.isActive()
    committed = QInputMethodEvent("", [])
    committed.setCommitString("茶")
    QCoreApplication.sendEvent(field, committed)
    qtbot.waitUntil(lambda: searched == [("a茶",)])


def search_for(sidebar: Sidebar, text: str) -> None:
    sidebar._search.setText(text)
    sidebar._search._tell()


def test_hits_take_the_place_of_the_list(sidebar):
    search_for(sidebar, "tea")
    assert sidebar._pages.currentWidget() is sidebar._list  # no flash before the answer
    sidebar.show_hits("tea", [hit(7), hit(8)])
    assert sidebar._pages.currentWidget() is sidebar._hits_page
    assert sidebar._hit_count.text() == "2 results"
    sidebar.show_hits("tea", [hit(7)])
    assert sidebar._hit_count.text() == "1 result"
    sidebar.show_hits("tea", [hit(7)] * 50, has_more=True)
    assert sidebar._hit_count.text() == "The latest 50 results"


def test_hits_by_keyboard(sidebar):
    chosen = record(sidebar.hit_selected)
    search_for(sidebar, "tea")
    sidebar.show_hits("tea", [hit(7), hit(8)])
    sidebar.focus_search()
    QTest.keyClick(sidebar._search, Key.Key_Return)
    QTest.keyClick(sidebar._search, Key.Key_Down)
    QTest.keyClick(sidebar._hits, Key.Key_Down)
    QTest.keyClick(sidebar._hits, Key.Key_Return)
    assert chosen == [(1, 7), (1, 8)]


def test_an_answer_that_comes_too_late_is_left_alone(sidebar):
    search_for(sidebar, "tea cake")
    sidebar.show_hits("tea", [hit(7)])
    assert sidebar._pages.currentWidget() is sidebar._list


def test_nothing_found_is_a_sentence(sidebar):
    search_for(sidebar, "<b>x</b>")
    sidebar.show_hits("<b>x</b>", [])
    assert sidebar._pages.currentWidget() is sidebar._no_hits
    assert "<b>x</b>" in sidebar._no_hits.text()


def test_escape_clears_then_leaves(sidebar):
    searched, left = record(sidebar.search_changed), record(sidebar.search_left)
    search_for(sidebar, "tea")
    sidebar.show_hits("tea", [hit(7)])
    QTest.keyClick(sidebar._search, Key.Key_Escape)
    assert sidebar._pages.currentWidget() is sidebar._list
    assert searched == [("tea",), ("",)]
    assert left == []
    QTest.keyClick(sidebar._search, Key.Key_Escape)
    assert left == [()]


def test_an_empty_app_says_where_conversations_will_be(sidebar):
    sidebar.set_conversations([])
    assert sidebar._pages.currentWidget() is sidebar._no_conversations


def test_marks_count_utf16_units():
    text, marks = shortened("😀 green tea\nand tea", [(8, 3), (16, 3)])
    units = text.encode("utf-16-le")
    assert [units[2 * at : 2 * (at + length)].decode("utf-16-le") for at, length in marks] == ["tea", "tea"]
    assert "\n" not in text


def test_a_late_match_is_brought_to_the_front():
    text, marks = shortened("x" * 200 + "tea", [(200, 3)])
    assert text.startswith("…")
    assert len(text) < 30
    start, length = marks[0]
    assert text[start : start + length] == "tea"


def test_buttons(sidebar, qtbot):
    for button, signal in [
        (sidebar._new_chat, sidebar.new_chat_requested),
        (sidebar._settings, sidebar.settings_requested),
        (sidebar._recycle_bin, sidebar.recycle_bin_requested),
    ]:
        with qtbot.waitSignal(signal):
            QTest.keyClick(button, Key.Key_Space)


def test_every_control_has_a_name(sidebar):
    for control in sidebar.findChildren(QWidget):
        if control.focusPolicy() & Qt.FocusPolicy.TabFocus and not control.objectName().startswith("qt_"):
            assert control.accessibleName() or getattr(control, "text", str)(), control


def test_language_is_changed_live(sidebar, other_language):
    assert sidebar._new_chat.text() == "〈New chat〉"
    assert sidebar._search.placeholderText() == "〈Search everything…〉"
    assert rows(sidebar)[0] == "〈Pinned〉"


def test_theme_is_changed_live(sidebar, themes):
    before = sidebar.grab().toImage()
    themes.set_preference("dark")
    QCoreApplication.processEvents()
    after = sidebar.grab().toImage()
    assert after.pixelColor(2, 300).name().upper() == themes.theme.sidebar
    assert before != after

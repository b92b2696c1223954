"""Marking text and copying it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.ui.theme import LIGHT
from app.ui.transcript.actions import Part
from app.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import MIXED, answer, bottom, conversation, draw, has_color, text_place, user

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(qtbot) -> TranscriptView:
    made = TranscriptView(LIGHT)
    qtbot.addWidget(made)
    made.resize(900, 800)
    made.show()
    qtbot.waitExposed(made)
    made.setFocus()
    made.set_messages([user(1, "A question of mine"), answer(2, MIXED)])
    draw(made)
    return made


def drag(view: TranscriptView, start: QPoint, end: QPoint) -> None:
    area = view.viewport()
    QTest.mousePress(area, LEFT, pos=start)
    QTest.mouseMove(area, end)
    QTest.mouseRelease(area, LEFT, pos=end)


def copied(view: TranscriptView) -> str:
    QGuiApplication.clipboard().clear()
    QTest.keySequence(view, "Ctrl+C")
    return QGuiApplication.clipboard().text()


def test_part_of_a_paragraph_is_copied_as_plain_text(view):
    drag(view, text_place(view, 2, "with"), text_place(view, 2, "bold", behind=True))
    assert copied(view) == "with bold"
    assert has_color(draw(view), LIGHT.color("selection"))


def test_whole_blocks_are_copied_as_markdown_and_the_rest_as_text(view):
    drag(view, text_place(view, 2, "bold"), text_place(view, 2, "The end", behind=True))
    middle = MIXED[MIXED.index("- first") : MIXED.index("\n\nThe end")]
    assert copied(view) == f"bold text.\n\n{middle}\n\nThe end"


def test_marking_backwards_is_the_same(view):
    drag(view, text_place(view, 2, "The end", behind=True), text_place(view, 2, "bold"))
    assert copied(view).startswith("bold text.\n\n- first item")


def test_all_of_the_message_is_its_original(view):
    drag(view, text_place(view, 2, "Intro"), text_place(view, 2, "Intro", behind=True))
    QTest.keySequence(view, "Ctrl+A")
    assert copied(view) == MIXED


def test_select_all_without_a_selection_takes_the_last_message_in_the_window(view):
    QTest.keySequence(view, "Ctrl+A")
    assert copied(view) == MIXED


def test_marking_stays_inside_the_message_where_it_began(view):
    drag(view, text_place(view, 1, "question"), text_place(view, 2, "The end", behind=True))
    assert copied(view) == "question of mine"


def test_part_of_a_list_keeps_its_markers(view):
    drag(view, text_place(view, 2, "first item"), text_place(view, 2, "second", behind=True))
    assert copied(view) == "• first item\n• second"


def test_cells_are_copied_with_tabs(view):
    drag(view, text_place(view, 2, "place"), text_place(view, 2, "lak", behind=True))
    assert copied(view) == "place\none\tlak"


def test_code_is_copied_as_it_stands(view):
    drag(view, text_place(view, 2, "tea(cups"), text_place(view, 2, "    return", behind=True))
    assert copied(view) == "tea(cups: int) -> int:\n    return"


def test_a_double_click_marks_the_word_and_a_third_the_paragraph(view, qtbot):
    place = text_place(view, 2, "bold") + QPoint(3, 0)
    area = view.viewport()
    QTest.mouseDClick(area, LEFT, pos=place)
    assert view.stage.selected_text() == "bold"
    QTest.mouseRelease(area, LEFT, pos=place)
    QTest.mousePress(area, LEFT, pos=place)
    assert view.stage.selected_text() == "Intro with **bold** text."
    QTest.mouseRelease(area, LEFT, pos=place)


def test_a_double_click_in_chinese_marks_a_short_word_not_the_sentence(view):
    view.set_messages([answer(2, "我们明天去杭州喝茶，后天回来。")])
    draw(view)
    QTest.mouseDClick(view.viewport(), LEFT, pos=text_place(view, 2, "杭州") + QPoint(3, 0))
    assert 1 <= len(view.stage.selected_text()) <= 3
    assert view.stage.selected_text()[0] == "杭"


def test_marking_by_words_grows_by_words(view):
    area = view.viewport()
    QTest.mouseDClick(area, LEFT, pos=text_place(view, 2, "with") + QPoint(3, 0))
    QTest.mouseMove(area, text_place(view, 2, "bold") + QPoint(4, 0))
    assert view.stage.selected_text() == "with bold"


def test_shift_and_arrows_change_the_end(view):
    drag(view, text_place(view, 2, "with"), text_place(view, 2, "with", behind=True))
    QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view.stage.selected_text() == "with b"
    QTest.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.stage.selected_text() == "with "
    QTest.keyClick(view, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert view.stage.selected_text() == "with bold text."
    QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view.stage.selected_text() == "with bold text.\n\n• f"
    for _ in range(12):
        QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert (
        view.stage.selection().focus >= view.find_item(2).body(Part.BODY).end
        or "The" in view.stage.selected_text()
    )


def test_shift_click_extends(view):
    drag(view, text_place(view, 2, "with"), text_place(view, 2, "with", behind=True))
    QTest.mouseClick(view.viewport(), LEFT, Qt.KeyboardModifier.ShiftModifier, text_place(view, 2, "text"))
    assert view.stage.selected_text() == "with bold "


def test_a_click_elsewhere_takes_the_selection_away(view):
    drag(view, text_place(view, 2, "with"), text_place(view, 2, "with", behind=True))
    QTest.mouseClick(view.viewport(), LEFT, pos=text_place(view, 2, "The end"))
    assert view.stage.selection() is None
    assert copied(view) == ""


def test_emoji_and_rare_characters_are_not_cut(view):
    view.set_messages([answer(2, "茶🍵很好喝𠮷 end")])
    draw(view)
    drag(view, text_place(view, 2, "茶"), text_place(view, 2, "茶", behind=True))
    QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view.stage.selected_text() == "茶🍵"
    QTest.keySequence(view, "Ctrl+A")
    assert copied(view) == "茶🍵很好喝𠮷 end"


def test_dragging_beyond_the_edge_scrolls(view, qtbot):
    view.set_messages([answer(2, "line of text\n\n" * 200)])
    draw(view)
    view.stage.scroll_to_start()
    area = view.viewport()
    QTest.mousePress(area, LEFT, pos=QPoint(view.stage.left + 4, 100))
    QTest.mouseMove(area, QPoint(view.stage.left + 4, area.height() + 40))
    qtbot.waitUntil(lambda: view.verticalScrollBar().value() > 100)
    QTest.mouseRelease(area, LEFT, pos=QPoint(view.stage.left + 4, area.height() - 5))
    value = view.verticalScrollBar().value()
    qtbot.wait(80)
    assert view.verticalScrollBar().value() == value < bottom(view)
    assert view.stage.selected_text().count("line of text") > 20


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)
def test_the_menu_copies_the_selection_or_the_message(view, qtbot):
    from PySide6.QtGui import QContextMenuEvent
    from PySide6.QtWidgets import QApplication

    def open_menu(place: QPoint) -> QMenu:
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, view.viewport().mapToGlobal(place))
        QApplication.sendEvent(view.viewport(), event)
        (menu,) = view.findChildren(QMenu, "transcriptMenu")
        return menu

    menu = open_menu(text_place(view, 1, "question"))
    copy, mark_all = menu.actions()
    copy.trigger()
    assert QGuiApplication.clipboard().text() == "A question of mine"
    mark_all.trigger()
    assert view.stage.selected_text() == "A question of mine"
    menu.close()


def test_copying_tells_it(view, qtbot):
    drag(view, text_place(view, 2, "with"), text_place(view, 2, "with", behind=True))
    with qtbot.waitSignal(view.text_copied):
        QTest.keySequence(view, "Ctrl+C")


def test_thinking_can_be_marked_too(view):
    view.set_messages([answer(2, "Answer", reasoning="A thought")])
    item = view.find_item(2)
    item.reasoning.is_unfolded = True
    view.stage.column.measure(item)
    view.stage.settle()
    corner = view.stage.rect_of(item).topLeft() + item.corner(Part.REASONING)
    QTest.mouseDClick(view.viewport(), LEFT, pos=(corner.toPoint() + QPoint(14, 10)))
    assert view.stage.selected_text() == "A thought" or view.stage.selected_text() in ("A", "thought", " ")
    assert view.stage.selection().part is Part.REASONING


def test_selecting_in_a_conversation_that_scrolled(view):
    view.set_messages(conversation(60))
    view.verticalScrollBar().setValue(bottom(view) // 2)
    draw(view)
    item = next(i for i in view.items if i.is_real and i.is_user and view.stage.rect_of(i).top() > 0)
    drag(
        view,
        text_place(view, item.id, "Question"),
        text_place(view, item.id, f"Question {item.id}", behind=True),
    )
    assert copied(view) == f"Question {item.id}"

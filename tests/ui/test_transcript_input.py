"""Mouse and keyboard on what can be pressed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from app.ui.theme import LIGHT
from app.ui.transcript.actions import MessageAction, Part, TargetKind
from app.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import (
    answer,
    bottom,
    conversation,
    draw,
    has_color,
    place_of,
    targets,
    text_place,
    user,
)

LEFT = Qt.MouseButton.LeftButton
LONG_CODE = "```python\nvalue = '" + "x" * 300 + "'\n```"
WIDE_TABLE = (
    "| "
    + " | ".join(f"column number {n}" for n in range(12))
    + " |\n"
    + "|---" * 12
    + "|\n"
    + "| cell " * 12
    + "|"
)


@pytest.fixture
def view(qtbot) -> TranscriptView:
    made = TranscriptView(LIGHT)
    qtbot.addWidget(made)
    made.resize(900, 800)
    made.show()
    qtbot.waitExposed(made)
    made.setFocus()
    return made


def press(view: TranscriptView, target) -> None:
    QTest.mouseClick(view.viewport(), LEFT, pos=place_of(view, target))


def hover(view: TranscriptView, place: QPoint) -> None:
    """Come from elsewhere: a mouse that stands still tells nothing."""
    QTest.mouseMove(view.viewport(), place + QPoint(0, 2))
    QTest.mouseMove(view.viewport(), place)
    QApplication.processEvents()


def wheel(view: TranscriptView, place: QPoint, delta: QPoint, keys=Qt.KeyboardModifier.NoModifier) -> None:
    area = view.viewport()
    event = QWheelEvent(
        QPointF(place), QPointF(area.mapToGlobal(place)), QPoint(), delta,
        Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(area, event)


@pytest.mark.parametrize(
    "action",
    [
        MessageAction.REGENERATE,
        MessageAction.PREVIOUS_VERSION,
        MessageAction.NEXT_VERSION,
    ],
)
def test_a_click_on_a_button_asks_for_its_action(view, qtbot, action):
    view.set_messages([user(1, "?"), answer(2, "Yes.", version_ids=(9, 2, 7))])
    draw(view)
    (target,) = [t for t in targets(view, 2) if t.action is action]
    with qtbot.waitSignal(view.action_requested) as told:
        press(view, target)
    assert told.args == [action, 2]


def test_the_buttons_of_a_question_come_with_the_pointer(view, qtbot):
    view.set_messages([user(1, "A question"), answer(2, "Yes.")])
    without = draw(view)
    (edit,) = [t for t in targets(view, 1) if t.action is MessageAction.EDIT]
    place = text_place(view, 1, "question")
    hover(view, place)
    assert draw(view) != without
    hover(view, QPoint(5, 780))
    assert draw(view) == without
    with qtbot.waitSignal(view.action_requested) as told:
        press(view, edit)
    assert told.args == [MessageAction.EDIT, 1]


def test_copy_puts_the_original_on_the_clipboard(view, qtbot):
    view.set_messages([user(1, "?"), answer(2, "**Yes.**")])
    draw(view)
    with qtbot.waitSignals([view.text_copied, view.action_requested]):
        press(view, targets(view, 2)[0])
    assert QGuiApplication.clipboard().text() == "**Yes.**"
    assert view.stage.copied.action is MessageAction.COPY
    qtbot.waitUntil(lambda: view.stage.copied is None)


def test_code_is_copied_by_its_own_button(view):
    view.set_messages([answer(2, "Look:\n\n```python\nx = 1\n\ny = 2\n```\n")])
    draw(view)
    press(view, targets(view, 2, TargetKind.CODE_COPY)[0])
    assert QGuiApplication.clipboard().text() == "x = 1\n\ny = 2"


def test_long_lines_of_code_wrap_on_demand(view):
    view.set_messages([answer(2, LONG_CODE)])
    draw(view)
    element = view.find_item(2).body(Part.BODY).element(0)
    before = element.height
    assert element.scroll_max > 0
    press(view, targets(view, 2, TargetKind.CODE_WRAP)[0])
    assert element.height > before
    assert element.scroll_max == 0
    press(view, targets(view, 2, TargetKind.CODE_WRAP)[0])
    assert element.height == before


def test_short_code_needs_no_wrapping(view):
    view.set_messages([answer(2, "```\nshort\n```")])
    draw(view)
    assert targets(view, 2, TargetKind.CODE_WRAP) == []


@pytest.mark.parametrize("text", [LONG_CODE, WIDE_TABLE])
def test_wide_blocks_move_sideways_by_wheel_key_and_bar(view, text):
    view.set_messages([answer(2, text)])
    draw(view)
    item = view.find_item(2)
    element = item.body(Part.BODY).element(0)
    middle = (view.stage.rect_of(item).topLeft() + QPointF(200, element.height / 2)).toPoint()
    wheel(view, middle, QPoint(-120, 0))
    assert element.scroll_x == 120
    wheel(view, middle, QPoint(0, -120), Qt.KeyboardModifier.ShiftModifier)
    assert element.scroll_x == 240
    (target,) = targets(view, 2, TargetKind.SIDE_SCROLL)
    view.stage.focus_target(target)
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert element.scroll_x == 192
    bar = element.bar().center() + view.stage.rect_of(item).topLeft() + item.corner(Part.BODY)
    QTest.mouseMove(view.viewport(), middle)
    assert has_color(draw(view), LIGHT.color("border"))
    QTest.mousePress(view.viewport(), LEFT, pos=bar.toPoint())
    QTest.mouseMove(view.viewport(), bar.toPoint() + QPoint(2_000, 0))
    QTest.mouseRelease(view.viewport(), LEFT, pos=bar.toPoint())
    assert element.scroll_x == element.scroll_max
    assert view.stage.selection() is None


def test_the_wheel_over_a_wide_block_still_scrolls_the_conversation(view):
    view.set_messages([*conversation(20), answer(21, LONG_CODE)])
    draw(view)
    before = view.verticalScrollBar().value()
    wheel(view, QPoint(450, 700), QPoint(0, 120))
    assert view.verticalScrollBar().value() < before


def test_links_are_told_and_not_opened(view, qtbot):
    view.set_messages([answer(2, "See [the page](https://example.org/a) there.")])
    draw(view)
    place = text_place(view, 2, "page")
    hover(view, place)
    assert view.viewport().cursor().shape() is Qt.CursorShape.PointingHandCursor
    with qtbot.waitSignal(view.link_activated) as told:
        QTest.mouseClick(view.viewport(), LEFT, pos=place)
    assert told.args == ["https://example.org/a"]
    hover(view, text_place(view, 2, "See"))
    assert view.viewport().cursor().shape() is Qt.CursorShape.IBeamCursor


def test_marking_a_link_does_not_follow_it(view, qtbot):
    view.set_messages([answer(2, "See [the page](https://example.org/a) there.")])
    draw(view)
    area = view.viewport()
    with qtbot.assertNotEmitted(view.link_activated):
        QTest.mousePress(area, LEFT, pos=text_place(view, 2, "the page"))
        QTest.mouseMove(area, text_place(view, 2, "pag", behind=True))
        QTest.mouseRelease(area, LEFT, pos=text_place(view, 2, "pag", behind=True))
    assert view.stage.selected_text() == "the pag"


def test_keys_scroll(view):
    view.set_messages(conversation(60))
    bar = view.verticalScrollBar()
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert bar.value() == 0
    QTest.keyClick(view, Qt.Key.Key_Down)
    one = bar.value()
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    assert bar.value() > one + 400 > 400
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert bar.value() == 0
    QTest.keyClick(view, Qt.Key.Key_End)
    assert bar.value() == bottom(view)
    assert view.is_at_end


def test_tab_walks_over_everything_that_can_be_pressed_and_leaves(view, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    first, last = QLineEdit(), QLineEdit()
    layout.addWidget(first)
    layout.addWidget(view)
    layout.addWidget(last)
    window.resize(900, 800)
    window.show()
    qtbot.waitExposed(window)
    view.set_messages([user(1, "?"), answer(2, "A [link](https://example.org).\n\n" + LONG_CODE)])
    window.activateWindow()
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    kinds = []
    for _ in range(20):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focused = view.stage.focused_target()
        if focused is None:
            break
        kinds.append(focused.action or focused.kind)
        assert draw(view) is not None
    assert kinds == [
        MessageAction.COPY,
        MessageAction.EDIT,
        TargetKind.LINK,
        TargetKind.CODE_WRAP,
        TargetKind.CODE_COPY,
        TargetKind.SIDE_SCROLL,
        MessageAction.COPY,
        MessageAction.REGENERATE,
    ]
    assert last.hasFocus()
    QTest.keyClick(last, Qt.Key.Key_Backtab)
    assert view.stage.focused_target().action is MessageAction.REGENERATE
    view.setParent(None)  # the fixture closes it


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_the_focus_is_seen_and_pressed_by_key(view, qtbot, key):
    view.set_messages([user(1, "?"), answer(2, "Yes.")])
    plain = draw(view)
    (target,) = [t for t in targets(view, 2) if t.action is MessageAction.REGENERATE]
    view.stage.focus_target(target)
    assert draw(view) != plain
    with qtbot.waitSignal(view.action_requested) as told:
        QTest.keyClick(view, key)
    assert told.args == [MessageAction.REGENERATE, 2]
    QTest.mouseClick(view.viewport(), LEFT, pos=QPoint(5, 700))
    assert view.stage.focused_target() is None


def test_space_without_a_focused_button_turns_the_page(view):
    view.set_messages(conversation(60))
    QTest.keyClick(view, Qt.Key.Key_Home)
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert view.verticalScrollBar().value() > 300


def test_other_keys_are_left_to_the_window(view, qtbot):
    from PySide6.QtGui import QKeyEvent

    view.set_messages(conversation(4))
    event = QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view, event)
    assert not event.isAccepted()

"""A growing answer: what stands at the end is what a finished message shows, and selections survive."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from app.core.chat import MessageStatus
from app.ui.theme import LIGHT
from app.ui.transcript.actions import Part, TargetKind
from app.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import MIXED, answer, draw, draw_now, streaming, targets, text_place, user


@pytest.fixture
def view(qtbot) -> TranscriptView:
    made = TranscriptView(LIGHT)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


def settled_picture(view: TranscriptView):
    view.stage.set_hover(None)
    return draw(view)


def streamed_picture(view: TranscriptView, text: str, sizes: list[int]):
    view.set_messages([user(1, "?"), streaming(2)])
    at = 0
    while at < len(text):
        size = sizes[at % len(sizes)]
        view.append_text(2, text[at : at + size])
        draw_now(view)
        draw(view)
        at += size
    view.replace(2, answer(2, text))
    view.jump_to_end()
    return settled_picture(view)


@pytest.mark.parametrize("sizes", [[1], [3, 1, 7], [40]])
def test_a_streamed_answer_looks_like_a_finished_one(view, sizes):
    streamed = streamed_picture(view, MIXED, sizes)
    view.set_messages([user(1, "?"), answer(2, MIXED)])
    assert streamed == settled_picture(view)


LINES = st.lists(
    st.sampled_from(
        [
            "A line of words.",
            "中文一行，带**重点**。",
            "",
            "- item",
            "  - nested",
            "1. first",
            "> quote",
            "```python",
            "x = 1  # one",
            "```",
            "| a | b |",
            "|---|---|",
            "# Head",
            "a `code` b",
            "word " * 60,
        ]
    ),
    max_size=14,
)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lines=LINES, sizes=st.lists(st.integers(1, 30), min_size=1, max_size=4))
def test_any_streamed_text_ends_as_the_finished_one(view, lines, sizes):
    text = "\n".join(lines)
    streamed = streamed_picture(view, text, sizes)
    view.set_messages([user(1, "?"), answer(2, text)])
    assert streamed == settled_picture(view)


def test_a_long_answer_in_one_paragraph_and_one_code_block_ends_as_the_finished_one(view):
    for text in ("word and word, " * 900, "```python\n" + "value = 1  # one\n" * 600 + "```\n\nEnd."):
        streamed = streamed_picture(view, text, [97])
        view.set_messages([user(1, "?"), answer(2, text)])
        assert streamed == settled_picture(view)


def test_text_is_there_at_once_and_drawn_with_the_next_frame(view, qtbot):
    view.set_messages([user(1, "?"), streaming(2)])
    for _ in range(100):
        view.append_text(2, "tea ")
    assert view.message_text(2) == "tea " * 100
    qtbot.waitUntil(lambda: view.find_item(2).body(Part.BODY).slot_count == 1)
    assert view.find_item(2).body(Part.BODY).blocks[0].end == 400


def test_many_tokens_make_few_frames(view, qtbot):
    """Coalesced: 300 tokens within one frame are parsed once."""
    view.set_messages([user(1, "?"), streaming(2)])
    frames = []
    view._growth.frame_due.connect(frames.append)
    for _ in range(300):
        view.append_text(2, "tea ")
    qtbot.waitUntil(lambda: bool(frames))
    QApplication.processEvents()
    assert frames == [(2,)]


def test_text_before_the_frame_is_kept_when_the_answer_ends(view):
    view.set_messages([user(1, "?"), streaming(2)])
    view.append_text(2, "Half")
    view.replace(2, answer(2, "Half and more", MessageStatus.STOPPED))
    assert view.message_text(2) == "Half and more"
    view.replace(2, answer(2, "", MessageStatus.FAILED))
    assert view.message_text(2) == ""


def test_an_answer_goes_on_after_continue(view):
    view.set_messages([user(1, "?"), answer(2, "It began", MessageStatus.STOPPED)])
    draw(view)
    view.replace(2, streaming(2, "It began"))
    view.append_text(2, " and went on")
    draw_now(view)
    assert view.message_text(2) == "It began and went on"
    assert view.find_item(2).body(Part.BODY).element(0).run_text(0) == "It began and went on"


def test_thinking_grows_while_folded(view):
    view.set_messages([user(1, "?"), streaming(2)])
    view.append_reasoning(2, "First ")
    view.append_reasoning(2, "thought")
    draw_now(view)
    (fold,) = targets(view, 2, TargetKind.FOLD)
    assert fold.label == "Thinking…"
    view.append_text(2, "So")
    draw_now(view)
    assert targets(view, 2, TargetKind.FOLD)[0].label == "Thinking"
    assert view.find_item(2).reasoning.text == "First thought"


def test_unknown_messages_are_ignored(view):
    view.set_messages([user(1, "?")])
    view.append_text(9, "x")
    view.append_reasoning(9, "x")
    view.set_waiting(9, "x")
    view.set_error(9, "x")
    view.scroll_to_message(9)
    assert view.message_text(9) == ""


def test_a_selection_above_the_growing_end_stays_and_one_that_is_rewritten_goes(view, qtbot):
    view.set_messages([user(1, "?"), streaming(2, "First paragraph.\n\nSecond ")])
    draw(view)
    mark(qtbot, view, text_place(view, 2, "First"), text_place(view, 2, "First", behind=True))
    view.append_text(2, "one.\n\nThird")
    draw_now(view)
    assert view.stage.selected_text() == "First"
    view.replace(2, answer(2, "Something else entirely"))
    assert view.stage.selected_text() == ""


def mark(qtbot, view: TranscriptView, start: QPoint, end: QPoint) -> None:
    from PySide6.QtCore import Qt

    area = view.viewport()
    qtbot.mousePress(area, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(area, end)
    qtbot.mouseRelease(area, Qt.MouseButton.LeftButton, pos=end)


def test_wrapping_and_sideways_place_of_code_survive_growth(view):
    line = "x" * 300
    view.set_messages([user(1, "?"), streaming(2, f"```\n{line}\n")])
    draw(view)
    element = view.find_item(2).body(Part.BODY).element(0)
    element.scroll_to(200)
    view.append_text(2, "more\n" * 5)
    draw_now(view)
    after = view.find_item(2).body(Part.BODY).element(0)
    assert after is element
    assert after.scroll_x == 200

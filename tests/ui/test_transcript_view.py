"""The transcript as a whole: opening, following, places that stay, look, language."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication

from app.core.chat import MessageStatus
from app.core.records import AnswerFigures
from app.ui.theme import COLUMN_WIDTH, DARK, LIGHT
from app.ui.transcript import wording
from app.ui.transcript.actions import MessageAction, TargetKind
from app.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import (
    MIXED,
    actions,
    answer,
    bottom,
    conversation,
    draw,
    draw_now,
    has_color,
    inked,
    streaming,
    targets,
    user,
)


@pytest.fixture
def view(qtbot) -> TranscriptView:
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    made = TranscriptView(LIGHT)
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    qtbot.waitExposed(made)
    yield made
    QLocale.setDefault(before)


def top_message(view: TranscriptView) -> int:
    return view.stage.column.item_at(view.verticalScrollBar().value()).id


def test_five_thousand_messages_open_at_the_end_and_few_are_real(view):
    view.set_messages(conversation(5_000))
    draw(view)
    assert view.verticalScrollBar().value() == bottom(view) > 100_000
    assert view.is_at_end
    assert sum(item.is_real for item in view.items) < 30
    assert view.message_text(1) == "Question 1"


def test_every_message_can_be_reached_by_scrolling_and_is_drawn(view):
    view.set_messages(conversation(60))
    seen = set()
    view.verticalScrollBar().setValue(0)
    while True:
        draw(view)
        window = view.stage.rect_of
        seen |= {item.id for item in view.items if item.is_real and window(item).bottom() > 0}
        before = view.verticalScrollBar().value()
        view.verticalScrollBar().setValue(before + 400)
        if view.verticalScrollBar().value() == before:
            break
    assert seen == set(range(1, 61))


def test_scrolling_up_step_by_step_never_jumps(view):
    """Guesses above the window are corrected without moving what is read."""
    view.set_messages(conversation(200))
    for _ in range(60):
        item = view.stage.column.item_at(view.verticalScrollBar().value() + 10)
        before = view.stage.rect_of(item).top()
        view.verticalScrollBar().setValue(view.verticalScrollBar().value() - 120)
        assert abs(view.stage.rect_of(item).top() - before - 120) <= 1


def test_memory_of_messages_far_away_is_given_back(view):
    view.set_messages(conversation(1_000))
    for value in range(0, bottom(view), 900):
        view.verticalScrollBar().setValue(value)
    assert sum(item.is_real for item in view.items) <= 130


def test_the_column_is_centred_and_at_most_760_wide(view):
    view.resize(1400, 600)
    view.set_messages([user(1, "Hello"), answer(2, "word " * 400)])
    left, _, right, _ = inked(draw(view), LIGHT.color("paper"))
    assert right - left <= COLUMN_WIDTH
    assert abs((left + right) / 2 - view.width() / 2) <= 12


@pytest.mark.parametrize("width", [720, 420])
def test_nothing_is_drawn_outside_of_the_column(view, width):
    view.resize(width, 600)
    view.set_messages(
        [
            user(1, "x" * 300),
            answer(2, MIXED + "\n\n" + "y" * 900 + "\n\n" + "|a|b|\n|-|-|\n|" + "z" * 500 + "|c|"),
        ]
    )
    left, _, right, _ = inked(draw(view), LIGHT.color("paper"))
    column = view.stage.column.width
    assert left >= view.stage.left - 1
    assert (
        right <= view.stage.left + column + 1 or right >= view.viewport().width() - 1
    )  # the scroll bar's edge


def test_the_view_follows_what_grows_only_while_the_reader_is_at_the_end(view, qtbot):
    view.set_messages([*conversation(20), streaming(21)])
    view.append_text(21, "word " * 200)
    draw_now(view)
    assert view.verticalScrollBar().value() == bottom(view)
    with qtbot.waitSignal(view.at_end_changed, check_params_cb=lambda at_end: at_end is False):
        view.verticalScrollBar().setValue(bottom(view) - 300)
    place = view.verticalScrollBar().value()
    assert view.jump_button.isVisible()
    view.append_text(21, "word " * 400)
    draw_now(view)
    assert view.verticalScrollBar().value() == place < bottom(view)
    with qtbot.waitSignal(view.at_end_changed, check_params_cb=lambda at_end: at_end is True):
        view.jump_button.click()
    assert view.verticalScrollBar().value() == bottom(view)
    assert not view.jump_button.isVisible()


def test_a_message_that_comes_while_the_reader_is_elsewhere_moves_nothing(view):
    view.set_messages(conversation(30))
    view.verticalScrollBar().setValue(1_000)
    message, place = top_message(view), view.verticalScrollBar().value()
    view.append(user(31, "More"))
    assert (top_message(view), view.verticalScrollBar().value()) == (message, place)


def test_jumping_to_a_message_shows_it_at_the_top_and_tints_it(view):
    view.set_messages(conversation(400))
    view.scroll_to_message(200)
    assert 0 <= view.stage.rect_of(view.find_item(200)).top() <= 60
    assert view.stage.flash_id == 200
    assert not view.is_at_end


def test_the_place_stays_when_the_window_becomes_narrower_and_wider(view):
    view.set_messages(conversation(200))
    view.scroll_to_message(100, flash=False)
    view.stage.scroll_by(60)
    top = top_message(view)
    for width in (500, 1200, 720, 900):
        view.resize(width, 600)
        assert top_message(view) == top


def test_resizing_while_an_answer_streams_stays_at_the_end(view):
    view.set_messages([*conversation(6), streaming(7)])
    for width in (900, 720, 1100, 500):
        view.resize(width, 500)
        view.append_text(7, "some more words of an answer\n\n" * 6)
        draw_now(view)
        assert view.verticalScrollBar().value() == bottom(view)


def test_theme_and_text_size_change_everything_but_the_place(view):
    view.set_messages(conversation(100))
    view.scroll_to_message(50, flash=False)
    top = top_message(view)
    view.set_theme(DARK)
    image = draw(view)
    assert image.pixelColor(2, 2) == DARK.color("paper")
    assert not has_color(image, LIGHT.color("paper"))
    height = view.stage.column.height
    view.set_font_size(22)
    assert view.stage.column.height > height * 1.2
    assert top_message(view) == top


def test_it_is_drawn_sharply_on_a_fine_screen(view):
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QPixmap

    view.set_messages([user(1, "Fine"), answer(2, MIXED)])
    picture = QPixmap(QSize(900, 600) * 2)
    picture.setDevicePixelRatio(2)
    view.render(picture)
    left, _, right, _ = inked(picture.toImage(), LIGHT.color("paper"))
    assert left >= 2 * view.stage.left - 4
    assert right > 2 * 450


def test_buttons_of_a_finished_answer(view):
    view.set_messages([user(1, "?"), answer(2, "Yes.", version_ids=(7, 2, 9))])
    draw(view)
    assert actions(view, 2) == [
        MessageAction.COPY,
        MessageAction.REGENERATE,
        MessageAction.PREVIOUS_VERSION,
        MessageAction.NEXT_VERSION,
    ]
    assert actions(view, 1) == [MessageAction.COPY, MessageAction.EDIT]


def test_while_an_answer_is_made_nothing_offers_another(view):
    view.set_messages(
        [user(1, "?"), answer(2, "Yes.", MessageStatus.STOPPED, version_ids=(2, 3)), streaming(3)]
    )
    view.set_busy(True)
    draw(view)
    assert actions(view, 1) == [MessageAction.COPY]
    assert actions(view, 2) == [MessageAction.COPY]
    assert actions(view, 3) == []
    view.set_busy(False)
    draw(view)
    assert MessageAction.CONTINUE in actions(view, 2)


@pytest.mark.parametrize("status", [MessageStatus.STOPPED, MessageStatus.INTERRUPTED])
def test_an_answer_that_did_not_end_can_be_continued(view, status):
    view.set_messages([user(1, "?"), answer(2, "Half", status)])
    draw(view)
    assert actions(view, 2)[0] is MessageAction.CONTINUE


@pytest.mark.parametrize("text", ["", "\n "])
def test_an_answer_without_a_word_is_not_a_hole(view, text):
    empty = answer(2, text)
    view.set_messages([user(1, "?"), empty])
    draw(view)
    assert MessageAction.REGENERATE in actions(view, 2)
    assert MessageAction.CONTINUE not in actions(view, 2)
    assert wording.note_text(empty) == "The model gave no answer"
    assert wording.note_text(answer(2, "Yes.")) == ""


def test_a_failed_answer_shows_one_sentence_and_one_button(view, qtbot):
    view.set_messages([user(1, "?"), answer(2, "", MessageStatus.FAILED)])
    view.set_error(2, "The model stopped working.", "Try again", MessageAction.TRY_AGAIN)
    image = draw(view)
    assert has_color(image, LIGHT.color("danger"))
    assert actions(view, 2) == [MessageAction.TRY_AGAIN]
    with qtbot.waitSignal(view.action_requested) as told:
        view.stage.activate(targets(view, 2)[0])
    assert told.args == [MessageAction.TRY_AGAIN, 2]
    view.replace(2, answer(2, "Now it works."))
    draw(view)
    assert MessageAction.TRY_AGAIN not in actions(view, 2)


def test_the_waiting_line_stands_until_text_comes(view):
    view.set_messages([user(1, "?"), streaming(2)])
    view.set_waiting(2, "Reading… 34 %")
    assert has_color(draw(view), LIGHT.color("muted"))
    assert not has_color(draw(view), LIGHT.color("accent"))
    view.set_waiting(2, None)
    assert has_color(draw(view), LIGHT.color("accent"))  # the caret


def test_the_line_of_what_the_model_sees_moves(view):
    view.set_messages(conversation(4))
    before = view.stage.column.height
    view.set_unseen_above(3)
    assert view.find_item(3).unseen_above
    assert view.stage.column.height > before
    view.set_unseen_above(None)
    assert view.stage.column.height == before


def test_thinking_is_folded_and_unfolds(view):
    view.set_messages([user(1, "?"), answer(2, "Answer", reasoning="First this.\nThen that.")])
    draw(view)
    height = view.find_item(2).height
    (fold,) = targets(view, 2, TargetKind.FOLD)
    view.stage.activate(fold)
    assert view.find_item(2).height > height + 40
    view.stage.activate(fold)
    assert view.find_item(2).height == height


def test_removing_and_replacing_messages(view):
    view.set_messages(conversation(10))
    view.remove_from(7)
    assert [item.id for item in view.items] == [1, 2, 3, 4, 5, 6]
    view.append(user(11, "Edited"))
    view.replace(11, user(12, "Edited again"))
    assert view.message_text(12) == "Edited again"
    assert view.message_text(11) == ""
    view.remove_from(99)  # already gone
    assert len(view.items) == 7


def test_figures_speak_the_language_in_use(view):
    from app.ui.transcript import wording

    figures = AnswerFigures(1, 111, 1, 10_000)
    assert wording.length_text("It's 97, isn't it?") == "4 words"
    assert wording.length_text("Tea") == "1 word"
    assert wording.speed_text(figures) == "11 tokens/s"
    QLocale.setDefault(QLocale("zh_CN"))
    assert wording.length_text("三百 字") == "3 characters"
    assert wording.speed_text(figures) == "11 tokens/s"  # one unit, as in the status line


def test_markup_is_not_counted(view):
    view.set_messages([user(1, "?"), answer(2, "| **a** | `b` |\n|---|---|\n| one | two |")])
    draw(view)
    texts = [entry.text for entry in view.find_item(2)._row._entries]
    assert texts[-1] == "4 words · 11 tokens/s"


def test_another_language_is_spoken_at_once(view, other_language):
    view.set_messages([user(1, "?"), answer(2, "Yes.", reasoning="hm")])
    draw(view)
    assert view.accessibleName() == "〈Conversation〉"
    assert view.jump_button.accessibleName() == "〈Jump to latest〉"
    assert [target.label for target in targets(view, 2)] == ["〈Copy〉", "〈Regenerate〉"]
    assert targets(view, 2, TargetKind.FOLD)[0].label == "〈Thinking〉"


def test_an_empty_conversation_draws_paper_only(view):
    view.set_messages([])
    assert inked(draw(view), LIGHT.color("paper")) == (0, 0, 0, 0)
    assert bottom(view) == 0


def test_hidden_and_shown_again_at_another_size(view, qtbot):
    view.hide()
    view.set_messages(conversation(30))
    view.resize(640, 480)
    view.show()
    qtbot.waitExposed(view)
    QApplication.processEvents()
    assert view.verticalScrollBar().value() == bottom(view)

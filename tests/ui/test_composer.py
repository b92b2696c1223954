"""The composer: input methods, sending once, drafts, pasting, editing, keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.ui.composer import Composer
from app.ui.message_editor import COMMIT_GRACE_S, MAX_LINES
from app.ui.theme_manager import ThemeManager


@pytest.fixture
def composer(qapp, qtbot):
    widget = Composer(ThemeManager(qapp))
    qtbot.addWidget(widget)
    widget.resize(700, 120)
    widget.show()
    qtbot.waitExposed(widget)
    widget.editor.setFocus()
    return widget


@pytest.fixture
def sent(composer):
    texts: list[str] = []
    composer.submitted.connect(texts.append)
    return texts


def press(composer, key, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(composer.editor, key, modifiers)


def compose(composer, preedit):
    QCoreApplication.sendEvent(composer.editor, QInputMethodEvent(preedit, []))


def commit(composer, text, preedit=""):
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(text)
    QCoreApplication.sendEvent(composer.editor, event)


def let_grace_pass(qtbot):
    qtbot.wait(int(COMMIT_GRACE_S * 1000) + 20)


def test_enter_sends_and_text_stays_until_cleared(composer, sent):
    composer.editor.insertPlainText("你好")
    press(composer, Qt.Key.Key_Return)
    assert sent == ["你好"]
    assert composer.text() == "你好"
    composer.clear()
    assert composer.text() == ""


def test_keypad_enter_sends_too(composer, sent):
    composer.editor.insertPlainText("hello")
    press(composer, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert sent == ["hello"]


def test_shift_enter_breaks_the_line(composer, sent):
    composer.editor.insertPlainText("one")
    press(composer, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    composer.editor.insertPlainText("two")
    assert sent == []
    assert composer.text() == "one\ntwo"


def test_nothing_is_sent_twice_while_it_is_stored(composer, sent):
    composer.editor.insertPlainText("once")
    for _ in range(3):
        press(composer, Qt.Key.Key_Return)
    composer.findChild(object, "sendButton").click()
    assert sent == ["once"]
    composer.clear()
    press(composer, Qt.Key.Key_Return)
    assert sent == ["once"]


def test_a_held_enter_sends_nothing(composer, sent):
    composer.editor.insertPlainText("held")
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", True)
    QCoreApplication.sendEvent(composer.editor, event)
    assert sent == []
    assert composer.text() == "held"


def test_a_failed_submission_can_be_sent_again(composer, sent):
    composer.editor.insertPlainText("again")
    press(composer, Qt.Key.Key_Return)
    composer.submission_failed()
    press(composer, Qt.Key.Key_Return)
    assert sent == ["again", "again"]
    assert composer.text() == "again"


@pytest.mark.parametrize("blank", ["", " ", "\n\n \u3000", "\x00"])
def test_blank_text_is_not_sent(composer, sent, blank):
    composer.editor.insertPlainText(blank)
    press(composer, Qt.Key.Key_Return)
    assert sent == []


def test_enter_during_a_composition_never_sends(composer, sent):
    composer.editor.insertPlainText("我想喝")
    compose(composer, "cha")
    press(composer, Qt.Key.Key_Return)
    assert sent == []
    assert composer.text() == "我想喝"  # no line break either
    assert composer.editor.is_composing
    commit(composer, "茶")
    assert composer.text() == "我想喝茶"


def test_the_send_button_waits_for_the_composition(composer, sent):
    composer.editor.insertPlainText("我想喝")
    compose(composer, "cha")
    composer.findChild(object, "sendButton").click()
    assert sent == []


def test_the_enter_that_commits_does_not_send_even_if_it_arrives(composer, sent, qtbot):
    compose(composer, "nihao")
    commit(composer, "nihao")
    press(composer, Qt.Key.Key_Return)  # the by-product of the same key
    assert sent == []
    assert composer.text() == "nihao"
    let_grace_pass(qtbot)
    press(composer, Qt.Key.Key_Return)
    assert sent == ["nihao"]


def test_the_quirk_of_an_empty_preedit_before_the_commit(composer, sent, qtbot):
    compose(composer, "nihao")
    compose(composer, "")
    commit(composer, "你好")
    press(composer, Qt.Key.Key_Return)
    assert sent == []
    let_grace_pass(qtbot)
    press(composer, Qt.Key.Key_Return)
    assert sent == ["你好"]


def test_a_commit_that_goes_on_composing_still_holds_enter_back(composer, sent):
    compose(composer, "nihaoshijie")
    commit(composer, "你好", preedit="shijie")
    press(composer, Qt.Key.Key_Return)
    assert sent == []
    commit(composer, "世界")
    assert composer.text() == "你好世界"


def test_a_cancelled_composition_leaves_enter_free(composer, sent, qtbot):
    composer.editor.insertPlainText("text")
    compose(composer, "abc")
    compose(composer, "")
    let_grace_pass(qtbot)
    press(composer, Qt.Key.Key_Return)
    assert sent == ["text"]


def test_keys_during_a_composition_do_nothing_of_ours(composer, qtbot):
    composer.set_busy(True)
    compose(composer, "a")
    with (
        qtbot.assertNotEmitted(composer.stop_requested),
        qtbot.assertNotEmitted(composer.edit_last_requested),
    ):
        press(composer, Qt.Key.Key_Escape)
        press(composer, Qt.Key.Key_Up)


def test_a_commit_is_one_step_of_undo(composer):
    compose(composer, "nihao")
    commit(composer, "你好")
    press(composer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert composer.text() == ""
    press(composer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert composer.text() == "你好"


def test_the_candidate_window_follows_the_cursor(composer):
    query = Qt.InputMethodQuery.ImCursorRectangle
    before = composer.editor.inputMethodQuery(query)
    composer.editor.insertPlainText("我想喝一杯热茶")
    after = composer.editor.inputMethodQuery(query)
    assert after.x() > before.x() + 50


def test_escape_stops_only_while_busy(composer, qtbot):
    with qtbot.assertNotEmitted(composer.stop_requested):
        press(composer, Qt.Key.Key_Escape)
    composer.set_busy(True)
    with qtbot.waitSignal(composer.stop_requested):
        press(composer, Qt.Key.Key_Escape)


def test_up_edits_the_last_only_when_empty(composer, qtbot):
    with qtbot.waitSignal(composer.edit_last_requested):
        press(composer, Qt.Key.Key_Up)
    composer.editor.insertPlainText("x")
    with qtbot.assertNotEmitted(composer.edit_last_requested):
        press(composer, Qt.Key.Key_Up)


def test_busy_shows_stop_and_still_queues(composer, sent, qtbot):
    send, stop = composer.findChild(object, "sendButton"), composer.findChild(object, "stopButton")
    assert send.isVisible()
    assert not stop.isVisible()
    composer.set_busy(True)
    assert stop.isVisible()
    assert not send.isVisible()
    with qtbot.waitSignal(composer.stop_requested):
        stop.click()
    composer.editor.insertPlainText("next question")
    assert send.isVisible()
    send.click()
    assert sent == ["next question"]
    assert composer.editor.isEnabled()


def test_buttons_are_reached_by_tab_and_have_names(composer):
    composer.set_busy(True)
    composer.editor.insertPlainText("text")
    names = []
    for _ in range(3):
        press_on = QApplication.focusWidget()
        QTest.keyClick(press_on, Qt.Key.Key_Tab)
        names.append(QApplication.focusWidget().accessibleName())
    assert names == ["Send", "Stop the answer", "Settings for answers"]
    assert composer.editor.accessibleName() == "Your message"


def test_the_draft_is_told_after_a_pause_and_once(composer, qtbot):
    drafts = []
    composer.draft_changed.connect(drafts.append)
    with qtbot.waitSignal(composer.draft_changed):
        QTest.keyClicks(composer.editor, "tea")
    assert drafts == ["tea"]


def test_the_draft_is_flushed_when_the_focus_leaves(composer, qtbot):
    QTest.keyClicks(composer.editor, "tea")
    with qtbot.waitSignal(composer.draft_changed, timeout=200) as signal:
        QTest.keyClick(composer.editor, Qt.Key.Key_Tab)
    assert signal.args == ["tea"]


def test_a_sent_text_does_not_come_back_as_a_draft(composer, sent, qtbot):
    composer.editor.insertPlainText("sent")
    press(composer, Qt.Key.Key_Return)
    with qtbot.assertNotEmitted(composer.draft_changed, wait=500):
        composer.clear()
    assert sent == ["sent"]


def test_what_is_typed_while_the_text_is_stored_stays(composer, sent, qtbot):
    composer.editor.insertPlainText("first")
    press(composer, Qt.Key.Key_Return)
    composer.editor.insertPlainText(" second")
    with qtbot.waitSignal(composer.draft_changed) as signal:
        composer.clear()
    assert sent == ["first"]
    assert composer.text() == " second"
    assert signal.args == [" second"]


def test_shown_text_is_no_draft(composer, qtbot):
    with qtbot.assertNotEmitted(composer.draft_changed, wait=500):
        composer.set_text("from the database")
    assert composer.text() == "from the database"


def test_editing_keeps_the_draft_and_brings_it_back(composer, qtbot):
    composer.set_text("half a thought")
    composer.set_editing("an old message")
    assert composer.text() == "an old message"
    with qtbot.waitSignal(composer.editing_cancelled):
        press(composer, Qt.Key.Key_Escape)
    assert composer.text() == "half a thought"
    assert not composer.is_editing


def test_a_sent_edit_brings_the_draft_back(composer, sent):
    composer.set_text("half a thought")
    composer.set_editing("an old message")
    press(composer, Qt.Key.Key_Return)
    composer.set_editing(None)
    composer.clear()
    assert sent == ["an old message"]
    assert composer.text() == "half a thought"


def test_the_draft_holds_both_texts_while_editing(composer, qtbot):
    composer.set_text("half a thought")
    composer.set_editing("old")
    with qtbot.waitSignal(composer.draft_changed) as signal:
        QTest.keyClicks(composer.editor, "er")
    assert signal.args == ["half a thought\n\nolder"]


def test_a_reason_holds_sending_back_and_is_shown(composer, sent):
    composer.set_read_only_reason("Nothing can be saved.")
    composer.editor.insertPlainText("text")
    press(composer, Qt.Key.Key_Return)
    assert sent == []
    assert composer.editor.isEnabled()
    composer.set_read_only_reason(None)
    press(composer, Qt.Key.Key_Return)
    assert sent == ["text"]


def paste(composer, mime):
    QApplication.clipboard().setMimeData(mime)
    composer.editor.paste()


def test_pasted_text_is_plain_and_clean(composer):
    mime = QMimeData()
    mime.setHtml("<b>bold</b><img src='http://example.invalid/x.png'>")
    mime.setText("bo\x00ld\r\nline\ufdd0 \U0001f375\u00a0end")
    paste(composer, mime)
    assert composer.text() == "bold\nline \U0001f375\u00a0end"


def test_lone_surrogates_are_removed(composer):
    composer.set_text("a\ud800b\udfffc")
    assert composer.text() == "abc"
    composer.text().encode()


def test_files_are_ignored_and_text_can_be_dropped(composer, tmp_path):
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.txt"))])
    files.setText(str(tmp_path / "a.txt"))
    assert not composer.editor.canInsertFromMimeData(files)
    paste(composer, files)
    assert composer.text() == ""
    text = QMimeData()
    text.setText("dropped")
    assert composer.editor.canInsertFromMimeData(text)
    composer.editor.insertFromMimeData(text)
    assert composer.text() == "dropped"


def test_a_megabyte_is_taken_whole(composer):
    mime = QMimeData()
    mime.setText("茶" * 1_000_000)
    paste(composer, mime)
    assert len(composer.text()) == 1_000_000


def test_the_field_grows_to_eight_lines_and_then_scrolls(composer):
    heights = []
    for count in (1, 2, MAX_LINES, MAX_LINES + 1, 30):
        composer.set_text("\n".join(["行 line"] * count))
        heights.append(composer.editor.height())
    line = heights[1] - heights[0]
    assert line > 10
    assert heights[2] == heights[0] + (MAX_LINES - 1) * line
    assert heights[2] == heights[3] == heights[4]
    assert composer.editor.verticalScrollBar().maximum() > 0


def test_a_click_on_the_card_is_a_click_into_the_field(composer):
    composer.findChild(object, "sendButton").setFocus()
    QTest.mouseClick(composer, Qt.MouseButton.LeftButton, pos=QPoint(300, composer.height() - 12))
    assert composer.editor.hasFocus()


def test_undecided_text_takes_the_place_of_the_hint(composer):
    hint = composer.editor.placeholderText()
    assert hint
    compose(composer, "ni hao")
    assert composer.editor.placeholderText() == ""
    compose(composer, "")
    assert composer.editor.placeholderText() == hint
    compose(composer, "ni hao")
    commit(composer, "你好")
    composer.clear()
    assert composer.editor.placeholderText() == hint

"""The transcript for screen readers: what Qt is told, and that interfaces can be made and lost for ever."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QAccessible, QAccessibleInterface

from app.core.chat import MessageStatus
from app.ui.theme import LIGHT
from app.ui.transcript import accessible
from app.ui.transcript.actions import MessageAction
from app.ui.transcript.announcer import Announcer
from app.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import answer, conversation, draw, draw_now, streaming, user

NAME = QAccessible.Text.Name


@pytest.fixture
def screen_reader(qapp) -> Iterator[None]:
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


@pytest.fixture
def view(qtbot, screen_reader) -> TranscriptView:
    made = TranscriptView(LIGHT)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


def interface(view: TranscriptView) -> QAccessibleInterface:
    return QAccessible.queryAccessibleInterface(view)


def children(one: QAccessibleInterface) -> list[QAccessibleInterface]:
    return [one.child(index) for index in range(one.childCount())]


def test_messages_are_children_that_say_who_speaks(view):
    view.set_messages([user(1, "Where is tea?"), answer(2, "In **Hangzhou**.\n\n- lake\n- hill")])
    top = interface(view)
    assert top.role() is QAccessible.Role.List
    assert top.text(NAME) == "Conversation"
    question, reply = children(top)
    assert question.text(NAME) == "You: Where is tea?"
    assert reply.text(NAME).startswith("Teahouse: In Hangzhou.")
    assert "lake" in reply.text(NAME)
    assert "*" not in reply.text(NAME)
    assert question.role() is QAccessible.Role.ListItem
    assert question.parent() is top
    assert top.indexOfChild(reply) == 1


def test_buttons_and_links_are_children_that_can_be_pressed(view, qtbot):
    view.set_messages([user(1, "?"), answer(2, "See [the page](https://example.org).")])
    draw(view)
    found = {child.text(NAME): child for child in children(interface(view).child(1))}
    assert list(found) == ["the page", "Copy", "Regenerate"]
    assert found["the page"].role() is QAccessible.Role.Link
    assert found["Copy"].role() is QAccessible.Role.PushButton
    action = found["Regenerate"].actionInterface()
    assert action.actionNames() == ["Press"]
    with qtbot.waitSignal(view.action_requested) as told:
        action.doAction("Press")
    assert told.args == [MessageAction.REGENERATE, 2]
    with qtbot.waitSignal(view.link_activated):
        found["the page"].actionInterface().doAction("Press")


def test_places_on_the_screen(view):
    view.set_messages(conversation(40))
    draw(view)
    last, first = interface(view).child(39), interface(view).child(0)
    assert view.rect().translated(view.mapToGlobal(view.rect().topLeft())).intersects(last.rect())
    assert not last.state().offscreen
    assert first.state().offscreen
    middle = last.rect().center()
    assert interface(view).childAt(middle.x(), middle.y()).text(NAME) == last.text(NAME)
    button = last.child(0)
    assert last.rect().contains(button.rect())


def test_interfaces_that_are_not_there_are_none(view):
    """`interface_cast` with a plain 0 crashes PySide6 6.11."""
    view.set_messages([user(1, "?"), answer(2, "!")])
    draw(view)
    reply = interface(view).child(1)
    assert reply.textInterface() is None
    assert reply.actionInterface() is None
    assert reply.child(0).valueInterface() is None


def test_the_error_and_the_waiting_line_are_said(view):
    view.set_messages([user(1, "?"), answer(2, "", MessageStatus.FAILED), streaming(3)])
    view.set_error(2, "The model stopped.", "Try again")
    view.set_waiting(3, "Reading… 34 %")
    assert interface(view).child(1).text(NAME) == "Teahouse: The model stopped."
    assert interface(view).child(2).text(NAME) == "Teahouse: Reading… 34 %"


def test_the_button_to_the_end_is_a_child_while_it_is_shown(view):
    view.set_messages(conversation(40))
    assert interface(view).childCount() == 40
    view.verticalScrollBar().setValue(0)
    assert children(interface(view))[-1].text(NAME) == "Jump to latest"


def test_messages_come_and_go_while_a_reader_listens(view):
    """References and garbage collection: no interface may outlive its message or be collected too early."""
    for round_ in range(60):
        view.set_messages(conversation(6))
        draw(view)
        for child in children(interface(view)):
            for inner in children(child):
                assert inner.text(NAME)
        old = interface(view).child(5)
        view.remove_from(5)
        assert interface(view).childCount() == 4
        view.append(streaming(100 + round_))
        view.append_text(100 + round_, "Tea is ready. ")
        draw_now(view)
        del old, child, inner
        gc.collect()
        assert "Tea is ready" in interface(view).child(4).text(NAME)


def test_views_come_and_go_while_a_reader_listens(qtbot, screen_reader):
    for _ in range(40):
        view = TranscriptView(LIGHT)
        view.resize(400, 300)
        view.show()
        view.set_messages(conversation(4))
        draw(view)
        assert [inner for child in children(interface(view)) for inner in children(child)]
        view.close()
        view.deleteLater()
        del view
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
    assert not accessible._kept


def test_sentences_are_announced_once_and_whole(view, monkeypatch):
    said = []
    monkeypatch.setattr(accessible, "announce", lambda _view, sentence: said.append(sentence))
    view.set_messages([user(1, "?"), streaming(2)])
    for token in ("Tea is ", "ready.", " Wait ", "3.5 minu", "tes! Then", " drink"):
        view.append_text(2, token)
    assert said == ["Tea is ready.", "Wait 3.5 minutes!"]
    view.replace(2, answer(2, "Tea is ready. Wait 3.5 minutes! Then drink"))
    assert said[-1] == "Then drink"
    assert len(said) == 3


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("可以。老人同行，**每天**一个地点！好", ["可以。", "老人同行，每天一个地点！", "好"]),
        ("# Title\n\n- one\n- two\n", ["Title", "one", "two"]),
        ("Look:\n```python\nx = 1\n```\nDone.", ["Look:", "Done."]),
        ("See [the page](https://example.org/a.b) now.", ["See the page now."]),
        ("snake_case stays. He said “yes.” Then", ["snake_case stays.", "He said “yes.”", "Then"]),
    ],
)
def test_what_is_said_has_no_markup_and_no_code(text, sentences):
    for size in (1, 3, len(text)):
        announcer = Announcer()
        said = [s for at in range(0, len(text), size) for s in announcer.add(text[at : at + size])]
        assert said + announcer.finish() == sentences

"""The open conversation as pure state, and what a model is asked."""

from __future__ import annotations

from dataclasses import replace

from app.core.chat import MessageStatus, Role
from app.core.chat_state import ChatState, turns_for_reply
from app.core.records import AnswerFigures, MessageRecord


def message(id_: int, role: Role, text: str, status: MessageStatus = MessageStatus.COMPLETE) -> MessageRecord:
    return MessageRecord(id_, 1, id_ - 1 or None, role, text, status, 0)


PATH = (
    message(1, Role.USER, "one"),
    message(2, Role.ASSISTANT, "uno"),
    message(3, Role.USER, "two"),
    message(4, Role.ASSISTANT, "", MessageStatus.STREAMING),
)


def test_a_reply_sees_everything_above_it() -> None:
    turns = turns_for_reply(PATH, 4)
    assert [(turn.role, turn.text, turn.message_id) for turn in turns] == [
        (Role.USER, "one", 1),
        (Role.ASSISTANT, "uno", 2),
        (Role.USER, "two", 3),
    ]


def test_the_system_prompt_comes_first_and_blank_is_none() -> None:
    assert turns_for_reply(PATH, 4, "  Be kind. ")[0].text == "Be kind."
    assert turns_for_reply(PATH, 4, "  \n")[0].role is Role.USER


def test_a_continued_reply_comes_last() -> None:
    path = (*PATH[:3], message(4, Role.ASSISTANT, "du", MessageStatus.STREAMING))
    assert turns_for_reply(path, 4)[-1].text == "du"
    assert turns_for_reply(path, 4)[-1].role is Role.ASSISTANT


def test_a_reply_that_failed_before_its_first_word_is_no_context() -> None:
    path = (PATH[0], message(2, Role.ASSISTANT, "", MessageStatus.FAILED), *PATH[2:])
    assert [turn.message_id for turn in turns_for_reply(path, 4)] == [1, 3]


def test_nothing_below_the_reply_is_seen() -> None:
    assert [turn.message_id for turn in turns_for_reply(PATH, 2)] == [1, 2]


def test_put_replaces_by_id_and_cut_from_forgets_the_rest() -> None:
    state = ChatState(messages=list(PATH))
    assert state.streaming_reply == PATH[3]
    assert not state.put(message(4, Role.ASSISTANT, "dos"))
    assert state.streaming_reply is None
    assert state.put(message(5, Role.USER, "three"))
    state.cut_from(4)
    assert [m.id for m in state.messages] == [1, 2, 3]
    assert state.last_user_message == PATH[2]
    state.cut_from(99)
    assert len(state.messages) == 3


def test_known_tokens_come_from_the_newest_measured_answer() -> None:
    state = ChatState(messages=list(PATH))
    assert state.known_tokens is None
    state.put(replace(PATH[1], figures=AnswerFigures(prompt_tokens=10, output_tokens=5)))
    assert state.known_tokens == 15

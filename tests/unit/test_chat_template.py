"""Conversations as pieces of a prompt: nothing that was written is ever rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.chat import Role, Turn
from app.model.engines.chat_template import ChatTemplate, Piece

SYSTEM, USER, ASSISTANT = Role.SYSTEM, Role.USER, Role.ASSISTANT
TALK = (Turn(SYSTEM, "Be kind."), Turn(USER, "Hi"), Turn(ASSISTANT, "Hello"), Turn(USER, "Tea?"))

Messages = Sequence[Mapping[str, str]]


def chatml(messages: Messages) -> str | None:
    return "".join(f"<|{m['role']}|>{m['content']}<|end|>" for m in messages) + "<|assistant|>"


def no_system(messages: Messages) -> str | None:
    return None if any(m["role"] == "system" for m in messages) else chatml(messages)


def strict(messages: Messages) -> str | None:
    """Like several published templates: no system role, and the roles take turns."""
    roles = [m["role"] for m in messages]
    return chatml(messages) if roles == (["user", "assistant"] * len(roles))[: len(roles)] else None


def drops_the_first(messages: Messages) -> str | None:
    return chatml(messages[1:])


def says_it_twice(messages: Messages) -> str | None:
    return (chatml(messages) or "") * 2


def trims(messages: Messages) -> str | None:
    return chatml([{**m, "content": m["content"].strip().replace("cup", "mug")} for m in messages])


def prompt(render: object, turns: Sequence[Turn], has_template: bool = True) -> str:
    template = ChatTemplate(render, has_template)  # type: ignore[arg-type]
    return "".join(piece.text for piece in template.pieces(turns))


def test_template_and_texts_are_kept_apart() -> None:
    pieces = ChatTemplate(chatml, has_template=True).pieces(TALK[:2])
    assert [piece for piece in pieces if piece.text] == [
        Piece("<|system|>", is_template=True),
        Piece("Be kind.", is_template=False),
        Piece("<|end|><|user|>", is_template=True),
        Piece("Hi", is_template=False),
        Piece("<|end|><|assistant|>", is_template=True),
    ]


def test_an_open_answer_is_gone_on_with() -> None:
    turns = (*TALK[1:2], Turn(ASSISTANT, "Hel"))
    assert prompt(chatml, turns) == "<|user|>Hi<|end|><|assistant|>Hel"


def test_a_refused_system_prompt_goes_into_the_first_question() -> None:
    assert prompt(no_system, TALK).startswith("<|user|>Be kind.\n\nHi<|end|><|assistant|>Hello<|end|>")


def test_messages_of_one_role_are_joined_where_they_must_be() -> None:
    turns = (Turn(USER, "one"), Turn(USER, "two"), Turn(ASSISTANT, "ok"), Turn(USER, "three"))
    joined = "<|user|>one\n\ntwo<|end|><|assistant|>ok<|end|><|user|>three<|end|><|assistant|>"
    assert prompt(strict, turns) == joined
    assert prompt(strict, (TALK[0], *turns)).startswith("<|user|>Be kind.\n\none\n\ntwo<|end|>")
    assert prompt(chatml, turns).startswith("<|user|>one<|end|><|user|>two<|end|>")


@pytest.mark.parametrize("render", [lambda _: None, drops_the_first, says_it_twice])
def test_a_template_that_serves_nothing_gives_way_to_plain_lines(render: object) -> None:
    assert (
        prompt(render, TALK) == "System: Be kind.\n\nUser: Hi\n\nAssistant: Hello\n\nUser: Tea?\n\nAssistant:"
    )


def test_without_a_template_lines_are_plain() -> None:
    turns = (TALK[1], Turn(ASSISTANT, "Hel"))
    assert prompt(chatml, turns, has_template=False) == "User: Hi\n\nAssistant:Hel"


def test_texts_are_not_changed_by_the_template() -> None:
    assert prompt(trims, (Turn(USER, "  cup \n"),)) == "<|user|>  cup \n<|end|><|assistant|>"


@settings(derandomize=True, max_examples=150, deadline=None)
@given(
    texts=st.lists(st.text(max_size=40), min_size=1, max_size=5),
    template=st.sampled_from([chatml, no_system, strict, trims, drops_the_first]),
    has_system=st.booleans(),
)
def test_every_text_stands_there_once_and_is_no_template(
    texts: list[str], template: object, has_system: bool
) -> None:
    roles = [SYSTEM] if has_system else []
    roles += [USER, ASSISTANT] * len(texts)
    turns = [Turn(role, text) for role, text in zip(roles, texts, strict=False)]
    pieces = ChatTemplate(template, has_template=True).pieces(turns)  # type: ignore[arg-type]
    shown = [piece.text.strip() for piece in pieces if not piece.is_template and piece.text.strip()]
    assert shown == [turn.text.strip() for turn in turns if turn.text.strip()]


def test_a_text_that_holds_the_secret_word_is_a_text() -> None:
    template = ChatTemplate(chatml, has_template=True)
    word = f"{template._word}n0e"
    pieces = template.pieces((Turn(USER, word), Turn(ASSISTANT, "no"), Turn(USER, word * 2)))
    assert [piece.text for piece in pieces if not piece.is_template and piece.text] == [word, "no", word * 2]

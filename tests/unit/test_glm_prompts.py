"""Every generation's prompt, id by id: official vectors, the written templates, and what people type."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from app.core.chat import Role, Turn
from app.model.glm.family import Family
from app.model.glm.prompts import (
    GlmPromptEncoder,
    PromptMessage,
    PromptRole,
    ToolSpec,
    begun_answer,
    encode_prompt,
)
from app.model.glm.tokenizers.glm4 import SPECIAL
from app.model.glm.tokenizers.opening import open_tokenizer
from app.model.glm.tokenizers.protocol import Control, GlmTokenizer
from tests.helpers.glm_tokenizers import LAST_SPECIAL_OF_EDGE, config_for, json_file, small_tokenizer
from tests.helpers.shared import shared

ROWS = {Family.GLM4: 151552, Family.CHATGLM: 130528}
FOLDERS = {
    Family.CHATGLM: "chatglm-6b",
    Family.CHATGLM2: "chatglm2-6b",
    Family.CHATGLM3: "chatglm2-6b",
    Family.CODEGEEX2: "codegeex2-6b",
    Family.GLM4: "glm-4-9b-chat",
}
BYTE_LEVEL = (Family.GLM4, Family.CODEGEEX4, Family.GLM4_0414, Family.GLM_Z1, Family.GLM_EDGE)
WEATHER = ToolSpec("get_weather", "天气", {"type": "object", "properties": {"city": {"type": "string"}}})
WEATHER_JSON = """{
    "name": "get_weather",
    "description": "天气",
    "parameters": {
        "type": "object",
        "properties": {
            "city": {
                "type": "string"
            }
        }
    }
}"""
CONVERSATION = (
    Turn(Role.SYSTEM, "Be brief."),
    Turn(Role.USER, "你好"),
    Turn(Role.ASSISTANT, "tea?"),
    Turn(Role.USER, "yes"),
)
TURNS = st.lists(
    st.builds(
        Turn,
        st.sampled_from(Role),
        st.one_of(
            st.text(max_size=6),
            st.sampled_from([control.value for control in Control]),
            st.sampled_from(["", "\n", "  ", "\ud800", "a\n\nb", "[Round 1]", "</think>"]),
        ),
    ),
    max_size=7,
)


def real(family: Family) -> GlmTokenizer:
    return open_tokenizer(shared("fixtures", FOLDERS[family]), config_for(family, ROWS.get(family, 65024)))


def vectors(name: str) -> Any:
    return json.loads(shared("fixtures", "vectors", "tokenizer_vectors.json").read_text(encoding="utf-8"))[
        name
    ]


def turns_of(messages: Any) -> list[Turn]:
    return [Turn(Role(message["role"]), message["content"]) for message in messages]


def with_controls(family: Family, template: str) -> list[int]:
    """The ids of a written template, in which control tokens are spelled out, by the library alone."""
    special = SPECIAL[:LAST_SPECIAL_OF_EDGE] if family is Family.GLM_EDGE else SPECIAL
    return Tokenizer.from_str(json_file(special)).encode(template, add_special_tokens=False).ids


# --- official vectors ---


@pytest.mark.parametrize(
    ("family", "name"), [(Family.CHATGLM3, "chatglm3-6b"), (Family.GLM4, "glm-4-9b-chat")]
)
def test_official_chats(family: Family, name: str) -> None:
    for case in vectors(name)["chat_cases"]:
        assert encode_prompt(family, real(family), turns_of(case["messages"])) == case["ids"]


@pytest.mark.parametrize(
    ("family", "name", "model"),
    [(Family.CHATGLM, "chatglm-6b", "ChatGLM-6B"), (Family.CHATGLM2, "chatglm2-6b", "ChatGLM2-6B")],
)
def test_official_rounds(family: Family, name: str, model: str) -> None:
    single, talk = (
        vectors(name)["cases"][at]["ids"] for at in ((0, 1) if family is Family.CHATGLM else (1, 2))
    )
    turns = [
        Turn(Role.USER, "你好"),
        Turn(Role.ASSISTANT, f"你好👋！我是人工智能助手 {model}，很高兴见到你，欢迎问我任何问题。"),
        Turn(Role.USER, "晚上睡不着应该怎么办"),
    ]
    assert encode_prompt(family, real(family), turns[:1]) == single
    assert encode_prompt(family, real(family), turns) == talk


def test_official_completion() -> None:
    (case,) = vectors("codegeex2-6b")["cases"]
    assert (
        encode_prompt(Family.CODEGEEX2, real(Family.CODEGEEX2), [Turn(Role.USER, case["text"])])
        == case["ids"]
    )


# --- the written formats ---


def test_rounds_of_chatglm() -> None:
    tokenizer = small_tokenizer(Family.CHATGLM)
    end = [tokenizer.control[Control.GMASK], tokenizer.control[Control.SOP]]
    text = "Be brief.\n[Round 0]\n问：你好\n答：tea?\n[Round 1]\n问：yes\n答："
    assert encode_prompt(Family.CHATGLM, tokenizer, CONVERSATION) == tokenizer.encode_text(text) + end
    assert encode_prompt(Family.CHATGLM, tokenizer, CONVERSATION[1:2]) == tokenizer.encode_text("你好") + end
    begun = [*CONVERSATION[1:], Turn(Role.ASSISTANT, "Here")]
    text = "[Round 0]\n问：你好\n答：tea?\n[Round 1]\n问：yes\n答："
    expected = tokenizer.encode_text(text) + end + tokenizer.encode_text("Here")
    assert encode_prompt(Family.CHATGLM, tokenizer, begun) == expected


def test_rounds_of_chatglm2() -> None:
    tokenizer = small_tokenizer(Family.CHATGLM2)
    start = [tokenizer.control[Control.GMASK], tokenizer.control[Control.SOP]]
    text = "Be brief.\n\n[Round 1]\n\n问：你好\n\n答：tea?\n\n[Round 2]\n\n问：yes\n\n答："
    assert encode_prompt(Family.CHATGLM2, tokenizer, CONVERSATION) == start + tokenizer.encode_text(text)
    begun = encode_prompt(Family.CHATGLM2, tokenizer, [*CONVERSATION, Turn(Role.ASSISTANT, "Here")])
    assert begun == start + tokenizer.encode_text(text) + tokenizer.encode_text("Here")


@pytest.mark.parametrize("is_real", [False, True])
def test_rounds_of_chatglm2_by_parts_are_the_whole_text(is_real: bool) -> None:
    tokenizer = real(Family.CHATGLM2) if is_real else small_tokenizer(Family.CHATGLM2)
    line = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)

    @given(st.lists(st.tuples(line, line), min_size=1, max_size=4))
    @settings(max_examples=80, deadline=None)
    def check(rounds: list[tuple[str, str]]) -> None:
        sides = ((Role.USER, Role.ASSISTANT) for _ in rounds)
        turns = [
            Turn(role, text)
            for pair, both in zip(rounds, sides, strict=True)
            for role, text in zip(both, pair, strict=True)
        ]
        last = turns.pop()
        text = "\n\n".join(
            f"[Round {at}]\n\n问：{asked}\n\n答：{answer}" for at, (asked, answer) in enumerate(rounds, 1)
        )
        text = text.removesuffix(last.text)
        assert encode_prompt(Family.CHATGLM2, tokenizer, turns)[2:] == tokenizer.encode_text(text)

    check()


def test_code_goes_on() -> None:
    tokenizer = small_tokenizer(Family.CODEGEEX2)
    turns = [Turn(Role.USER, "# add"), Turn(Role.ASSISTANT, "\ndef f():"), Turn(Role.USER, "# more")]
    assert encode_prompt(Family.CODEGEEX2, tokenizer, turns)[2:] == tokenizer.encode_text(
        "# add\ndef f():\n# more"
    )
    assert encode_prompt(Family.CODEGEEX2, tokenizer, turns[:2])[2:] == tokenizer.encode_text(
        "# add\ndef f():"
    )


def test_tools_of_chatglm3() -> None:
    tokenizer = small_tokenizer(Family.CHATGLM3)
    control, text = tokenizer.control, tokenizer.encode_text
    listed = "[\n" + "\n".join("    " + line for line in WEATHER_JSON.split("\n")) + "\n]"
    sentence = "Answer the following questions as best as you can. You have access to the following tools:"
    messages = [
        PromptMessage(PromptRole.USER, "你好"),
        PromptMessage(PromptRole.ASSISTANT, "```python\ntool_call(city='x')\n```", "get_weather"),
        PromptMessage(PromptRole.OBSERVATION, "22"),
    ]
    assert GlmPromptEncoder(Family.CHATGLM3, tokenizer).encode_messages(messages, [WEATHER]) == [
        control[Control.GMASK], control[Control.SOP],
        control[Control.SYSTEM], *text("\n"), *text(f"{sentence}\n{listed}"),
        control[Control.USER], *text("\n"), *text("你好"),
        control[Control.ASSISTANT], *text("get_weather\n"), *text("```python\ntool_call(city='x')\n```"),
        control[Control.OBSERVATION], *text("\n"), *text("22"),
        control[Control.ASSISTANT],
    ]  # fmt: skip


TALK = "<|system|>\nBe brief.<|user|>\n你好<|assistant|>\ntea?<|user|>\nyes"
ENDINGS = {
    Family.GLM4: ("[gMASK]<sop>", "<|assistant|>"),
    Family.CODEGEEX4: ("[gMASK]<sop>", "<|assistant|>\n"),
    Family.GLM4_0414: ("[gMASK]<sop>", "<|assistant|>"),
    Family.GLM_Z1: ("[gMASK]<sop>", "<|assistant|>\n<think>"),
    Family.GLM_EDGE: ("", "<|assistant|>"),
}


@pytest.mark.parametrize("family", BYTE_LEVEL)
def test_written_templates(family: Family) -> None:
    tokenizer = small_tokenizer(family)
    start, end = ENDINGS[family]
    assert encode_prompt(family, tokenizer, CONVERSATION) == with_controls(family, start + TALK + end)
    begun = [*CONVERSATION, Turn(Role.ASSISTANT, "Here")]
    expected = with_controls(family, start + TALK + "<|assistant|>\nHere")
    assert encode_prompt(family, tokenizer, begun) == expected


INTRODUCTIONS = {Family.GLM4: "GLM-4", Family.GLM_Z1: "ChatGLM"}


@pytest.mark.parametrize("family", BYTE_LEVEL)
def test_written_tools(family: Family) -> None:
    name = INTRODUCTIONS.get(family)
    identity = (
        f"你是一个名为 {name} 的人工智能助手。你是基于智谱AI训练的语言模型 GLM-4 模型开发的，"
        "你的任务是针对用户的问题和要求提供适当的答复和支持。\n\n"
        if name
        else ""
    )
    block = f"## get_weather\n\n{WEATHER_JSON}\n在调用上述函数时，请使用 Json 格式表示调用的参数。"
    told = family in {Family.GLM4, Family.GLM4_0414, Family.GLM_Z1}
    tools = f"<|system|>\n{identity}# 可用工具\n\n{block}" if told else ""
    start, end = ENDINGS[family]
    expected = with_controls(family, start + tools + TALK + end)
    assert encode_prompt(family, small_tokenizer(family), CONVERSATION, [WEATHER]) == expected


@pytest.mark.parametrize("family", [Family.GLM4, Family.GLM4_0414])
def test_a_call_and_its_result(family: Family) -> None:
    messages = [
        PromptMessage(PromptRole.USER, "q"),
        PromptMessage(PromptRole.ASSISTANT, '{"city": "x"}', "get_weather"),
        PromptMessage(PromptRole.OBSERVATION, "22"),
    ]
    text = '[gMASK]<sop><|user|>\nq<|assistant|>get_weather\n{"city": "x"}<|observation|>\n22<|assistant|>'
    encoder = GlmPromptEncoder(family, small_tokenizer(family))
    assert encoder.encode_messages(messages) == with_controls(family, text)


def test_thinking_of_z1() -> None:
    tokenizer = small_tokenizer(Family.GLM_Z1)
    turns = [
        Turn(Role.USER, "q"),
        Turn(Role.ASSISTANT, "\nhm</think> no</think>\n\n tea \n"),
        Turn(Role.USER, "w"),
    ]
    start = "[gMASK]<sop><|user|>\nq<|assistant|>\ntea<|user|>\nw<|assistant|>\n<think>"
    assert encode_prompt(Family.GLM_Z1, tokenizer, turns) == with_controls(Family.GLM_Z1, start)
    assert encode_prompt(Family.GLM_Z1, tokenizer, turns, thinking=False) == with_controls(
        Family.GLM_Z1, start + "\n\n</think>\n\n"
    )


def test_system_messages_move_to_the_front() -> None:
    turns = [Turn(Role.USER, "q"), Turn(Role.SYSTEM, "s")]
    expected = with_controls(Family.GLM4_0414, "[gMASK]<sop><|system|>\ns<|user|>\nq<|assistant|>")
    assert encode_prompt(Family.GLM4_0414, small_tokenizer(Family.GLM4_0414), turns) == expected


# --- what holds for every conversation ---


@pytest.mark.parametrize("family", Family)
@given(turns=TURNS, thinking=st.booleans())
@settings(max_examples=120, deadline=None)
def test_the_control_ids_are_ours_alone(family: Family, turns: list[Turn], thinking: bool) -> None:
    """Control ids are those of the same conversation with harmless texts, whatever is typed."""
    tokenizer = small_tokenizer(family)
    harmless = [Turn(turn.role, "x" if turn.text else "") for turn in turns]
    found, expected = (
        [
            token
            for token in encode_prompt(family, tokenizer, given_turns, thinking=thinking)
            if token in tokenizer.control_ids
        ]
        for given_turns in (turns, harmless)
    )
    assert found == expected


@pytest.mark.parametrize("family", Family)
def test_odd_conversations(family: Family) -> None:
    tokenizer = small_tokenizer(family)
    user, answer = Turn(Role.USER, "a"), Turn(Role.ASSISTANT, "b")
    prompts = [
        encode_prompt(family, tokenizer, turns)
        for turns in (
            [],
            [user, user],
            [answer, user],
            [answer],
            [user, answer, answer],
            [Turn(Role.SYSTEM, "s")],
        )
    ]
    assert all(prompts)
    assert len({tuple(prompt) for prompt in prompts}) == len(prompts)
    assert encode_prompt(family, tokenizer, [user, Turn(Role.ASSISTANT, "")]) == encode_prompt(
        family, tokenizer, [user]
    )


@pytest.mark.parametrize("family", Family)
@given(turns=TURNS)
@settings(max_examples=40, deadline=None)
def test_remembered_texts_change_nothing(family: Family, turns: list[Turn]) -> None:
    encoder = GlmPromptEncoder(family, small_tokenizer(family))
    first = encoder.encode(turns)
    assert encoder.encode(turns) == first
    assert encoder.count(turns) == len(first)


def test_counting_again_encodes_nothing() -> None:
    class Counting:
        """A tokenizer that counts the characters it was given."""

        control = small_tokenizer(Family.CHATGLM2).control
        read = 0

        def encode_text(self, text: str) -> list[int]:
            self.read += len(text)
            return small_tokenizer(Family.CHATGLM2).encode_text(text)

    tokenizer = Counting()
    turns = [Turn(role, f"{at} " + "tea " * 100) for at in range(20) for role in (Role.USER, Role.ASSISTANT)]
    encoder = GlmPromptEncoder(Family.CHATGLM2, tokenizer)  # type: ignore[arg-type]
    encoder.count(turns[:-1])
    before = tokenizer.read
    encoder.count(turns[10:-1])
    assert tokenizer.read - before < 50  # the number of a round without the blank lines before it


def test_what_is_gone_on_from() -> None:
    assert begun_answer(CONVERSATION) == ""
    assert begun_answer([]) == ""
    assert begun_answer([*CONVERSATION, Turn(Role.ASSISTANT, "Here")]) == "Here"

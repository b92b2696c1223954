"""Calls of tools are found where they are written as each generation writes them; everything else is text."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model.glm.family import Family
from app.model.glm.prompts import ToolSpec
from app.model.glm.tool_calls import ToolCall, ToolFormat, parse_tool_calls, split_tool_calls

TOOLS = (
    ToolSpec("get_weather", "weather", {"type": "object", "properties": {"city": {"type": "string"}}}),
    ToolSpec("get", "one whose name begins another's"),
    ToolSpec("Cooking/query", "dishes"),
)
FRAGMENTS = (
    "get_weather",
    "get",
    "\n",
    "{",
    "}",
    "```python\n",
    "```json\n",
    "\n```",
    "tool_call(",
    ")",
    "city='x'",
    ",",
    "1",
    '{"city": "x"}',
    '{"name": "get", "arguments": {}}',
    "<tool_call>",
    "</tool_call>",
    "<arg_key>",
    "</arg_key>",
    "<arg_value>",
    "</arg_value>",
    "[",
    "]",
    "(",
    "NaN",
    "1e999",
    '"\\ud800"',
    "\0",
    "\ud800",
    "__import__('os')",
)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def test_chatglm3() -> None:
    text = (
        "get_weather\n```python\ntool_call(city='北京', days=[1, 2], deep={'a': None}, ok=True, n=-1.5)\n```"
    )
    arguments = {"city": "北京", "days": [1, 2], "deep": {"a": None}, "ok": True, "n": -1.5}
    assert split_tool_calls(Family.CHATGLM3, text, TOOLS) == ("", (ToolCall("get_weather", arguments),))
    text = f"I look.\n{text}get\n```python\ntool_call(pattern='\\d')\n```\n"
    rest, calls = split_tool_calls(Family.CHATGLM3, text, TOOLS)
    assert rest == "I look."
    assert [call.name for call in calls] == ["get_weather", "get"]
    assert calls[1].arguments == {"pattern": "\\d"}


@pytest.mark.parametrize(
    "expression",
    [
        "tool_call(city=__import__('os').system('true'))",
        "tool_call('x')",
        "tool_call(**{'a': 1})",
        "other(city='x')",
        "tool_call(city=open)",
        "tool_call(city=1+1j)",
        "tool_call(city={1})",
        "tool_call(city=b'x')",
        "tool_call(",
        "tool_call(city='x'); 1",
        "a.tool_call(city='x')",
        "tool_call(c={1: 2})",
        "tool_call(c=1e999)",
        "",
        "\0",
        "(" * 5000,
        "tool_call(c=" + "[" * 90 + "]" * 90 + "]",
        "tool_call(c='" + "x" * 200_000 + "')",
        "tool_call(c=f'{1}')",
        "tool_call(c=1, c=2)",
    ],
)
def test_what_is_no_call_of_chatglm3(expression: str) -> None:
    text = f"get_weather\n```python\n{expression}\n```"
    assert split_tool_calls(Family.CHATGLM3, text, TOOLS) == (text, ())


def test_code_that_is_no_call_stays_code() -> None:
    text = "interpreter\n```python\nprint(1)\n```"
    assert split_tool_calls(Family.CHATGLM3, text, TOOLS) == (text, ())


@pytest.mark.parametrize("family", [Family.GLM4, Family.GLM4_0414, Family.GLM_Z1])
def test_glm4(family: Family) -> None:
    text = 'get_weather\n{"city": "北京", "more": {"a": [1, "}"]}}'
    call = ToolCall("get_weather", {"city": "北京", "more": {"a": [1, "}"]}})
    assert split_tool_calls(family, text, TOOLS) == ("", (call,))
    assert split_tool_calls(family, f"First.\n{text}\n", TOOLS) == ("First.", (call,))
    rest, calls = split_tool_calls(family, text + "get\n{}" + "\nCooking/query\n{}", TOOLS)  # in parallel
    assert (rest, calls) == ("", (call, ToolCall("get", {}), ToolCall("Cooking/query", {})))


@pytest.mark.parametrize(
    "text",
    [
        "get_weather",
        'other\n{"city": 1}',
        "get_weather\n[1]",
        "get_weather\n{city: 1}",
        'get_weather\n{"a": NaN}',
        'get_weather {"a": 1}',
        'weather get_weather\n{"a": 1}',
        'get_weather\n\n{"a": 1}',
        'get_weather\n{"a": 1e999}',
        "get_weather\n" + '{"a":' * 5000,
        'get_weather\n{"a": 1',
        'get_weather\n{"a": ' + "9" * 5000 + "}",
    ],
)
def test_what_is_no_call_of_glm4(text: str) -> None:
    assert split_tool_calls(Family.GLM4, text, TOOLS) == (text, ())


def test_lone_surrogates_become_replacement_characters() -> None:
    _, (call,) = split_tool_calls(Family.GLM4, 'get\n{"\\ud800": "a\\udfffb\\ud83c\\udf75"}', TOOLS)
    assert call.arguments == {"\ufffd": "a\ufffdb🍵"}


def test_codegeex4() -> None:
    one, other = '{"name": "get_weather", "arguments": {"city": "x"}}', '{"name": "Cooking/query"}'
    expected = (ToolCall("get_weather", {"city": "x"}), ToolCall("Cooking/query", {}))
    text = f"Sure.\n```json\n{one}\n```\n```json\n{other}\n```"
    assert split_tool_calls(Family.CODEGEEX4, text, TOOLS) == ("Sure.", expected)
    assert split_tool_calls(Family.CODEGEEX4, f"```json\n[{one}, {other}]\n```", TOOLS) == ("", expected)
    for text in (
        '```json\n{"a": 1}\n```',
        '```json\n{"name": "other", "arguments": {}}\n```',
        "```json\n[]\n```",
        '```json\n{"name": "get", "arguments": [1]}\n```',
        f"```python\n{one}\n```",
    ):
        assert split_tool_calls(Family.CODEGEEX4, text, TOOLS) == (text, ())


def test_tags() -> None:
    text = (
        "I look.<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>12</arg_value>\n"
        "<arg_key>days</arg_key>\n<arg_value>[1, 2]</arg_value>\n"
        "<arg_key>note</arg_key>\n<arg_value>a, b</arg_value>\n"
        "</tool_call><tool_call>get</tool_call>"
    )
    expected = (ToolCall("get_weather", {"city": "12", "days": [1, 2], "note": "a, b"}), ToolCall("get", {}))
    assert parse_tool_calls(ToolFormat.TAGS, text, TOOLS) == ("I look.", expected)
    one_line = "<tool_call>get<arg_key>n</arg_key><arg_value>1</arg_value></tool_call>"
    assert parse_tool_calls(ToolFormat.TAGS, one_line, TOOLS) == ("", (ToolCall("get", {"n": 1}),))
    for text in (
        "<tool_call>other</tool_call>",
        "<tool_call>get",
        "<tool_call>get\n<arg_key>a</arg_key></tool_call>",
        "<tool_call></tool_call>",
        "<tool_call>get x</tool_call>",
    ):
        assert parse_tool_calls(ToolFormat.TAGS, text, TOOLS) == (text, ())


def test_nothing_is_called_where_nothing_was_offered() -> None:
    text = 'get_weather\n{"city": "x"}'
    assert split_tool_calls(Family.GLM4, text, ()) == (text, ())
    assert split_tool_calls(Family.CHATGLM, text, TOOLS) == (text, ())
    assert split_tool_calls(Family.GLM_EDGE, text, TOOLS) == (text, ())


@pytest.mark.parametrize("how", ToolFormat)
@given(text=st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=4)), max_size=14).map("".join))
@settings(max_examples=300, deadline=None)
def test_no_text_is_an_exception(how: ToolFormat, text: str) -> None:
    rest, calls = parse_tool_calls(how, text, TOOLS)
    assert calls or rest == text
    for call in calls:
        assert call.name in {tool.name for tool in TOOLS}
        json.dumps(dict(call.arguments), allow_nan=False, ensure_ascii=False).encode("utf-8")


@given(arguments=st.dictionaries(st.text("abc_", min_size=1, max_size=5), JSON_VALUES, max_size=4))
@settings(max_examples=200, deadline=None)
def test_every_call_that_is_written_is_found(arguments: Mapping[str, object]) -> None:
    expected = ("", (ToolCall("get", arguments),))  # type: ignore[arg-type]
    written = json.dumps(arguments)
    assert split_tool_calls(Family.GLM4, f"get\n{written}", TOOLS) == expected
    fence = f'```json\n{{"name": "get", "arguments": {written}}}\n```'
    if "```" not in written:
        assert split_tool_calls(Family.CODEGEEX4, fence, TOOLS) == expected
    keywords = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    assert split_tool_calls(Family.CHATGLM3, f"get\n```python\ntool_call({keywords})\n```", TOOLS) == expected

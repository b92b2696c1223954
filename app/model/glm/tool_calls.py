"""Calls of tools found in a finished answer. Nothing is run, and nothing is evaluated.

The ways in which the generations write calls: reference sections 3.7, 4.4, 5.2 and 7. What is not written
exactly so stays text. Standard library only; knows no model.
"""

from __future__ import annotations

import ast
import json
import math
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from app.model.glm.family import Family
from app.model.glm.prompts import JsonValue, ToolSpec

MAX_EXPRESSION = 100_000
"""Characters of a call that Python's parser is given; deep nesting in longer ones costs memory."""


class ToolFormat(Enum):
    """How calls are written."""

    CHATGLM3 = auto()  # name, then a Python fence with tool_call(key=constant, ...)
    GLM4 = auto()  # name, newline, a JSON object
    CODEGEEX4 = auto()  # JSON fences with name and arguments
    TAGS = auto()  # GLM-4.5 and newer: <tool_call> with <arg_key> and <arg_value>


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model wants to make."""

    name: str
    arguments: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class _Found:
    """Calls, and the part of the text that they were written in."""

    start: int
    end: int
    calls: tuple[ToolCall, ...]


_FORMATS = {
    Family.CHATGLM3: ToolFormat.CHATGLM3,
    Family.GLM4: ToolFormat.GLM4,
    Family.CODEGEEX4: ToolFormat.CODEGEEX4,
    Family.GLM4_0414: ToolFormat.GLM4,
    Family.GLM_Z1: ToolFormat.GLM4,
}
_PYTHON_FENCE = re.compile(r"[ \t]*\n```python[ \t]*\n(.*?)\n```", re.DOTALL)
_JSON_FENCE = re.compile(r"```json[ \t]*\n(.*?)\n?```", re.DOTALL)
_TAG = re.compile(r"<tool_call>\s*([^\s<]+)\s*(.*?)</tool_call>", re.DOTALL)
_ARGUMENT = re.compile(r"\s*<arg_key>(.*?)</arg_key>\s*<arg_value>(.*?)</arg_value>\s*", re.DOTALL)
_SPACE = re.compile(r"\s*")


def split_tool_calls(
    family: Family, text: str, tools: Sequence[ToolSpec]
) -> tuple[str, tuple[ToolCall, ...]]:
    """The answer without its calls, and the calls in their order.

    Only tools that were offered are called. Without a call the text comes back as it was.
    """
    how = _FORMATS.get(family)
    return (text, ()) if how is None else parse_tool_calls(how, text, tools)


def parse_tool_calls(
    how: ToolFormat, text: str, tools: Sequence[ToolSpec]
) -> tuple[str, tuple[ToolCall, ...]]:
    """The same for a known way of writing calls."""
    offered = {tool.name: tool for tool in tools if tool.name}
    if not offered:
        return text, ()
    find = {
        ToolFormat.CHATGLM3: _chatglm3,
        ToolFormat.GLM4: _glm4,
        ToolFormat.CODEGEEX4: _codegeex4,
        ToolFormat.TAGS: _tags,
    }[how]
    found = find(text, offered)
    if not found:
        return text, ()
    rest, at = "", 0
    for part in found:
        rest, at = rest + text[at : part.start], part.end
    return (rest + text[at:]).strip(), tuple(call for part in found for call in part.calls)


# --- ChatGLM3: reference section 3.7 ---


def _chatglm3(text: str, offered: Mapping[str, ToolSpec]) -> list[_Found]:
    found: list[_Found] = []
    for start, name in _names(text, offered):
        fence = _PYTHON_FENCE.match(text, start + len(name))
        arguments = _keywords(fence[1]) if fence else None
        if fence and arguments is not None and (not found or start >= found[-1].end):
            found.append(_Found(start, fence.end(), (ToolCall(name, arguments),)))
    return found


def _keywords(expression: str) -> dict[str, JsonValue] | None:
    """The arguments of `tool_call(key=constant, ...)`; None for anything else."""
    if len(expression) > MAX_EXPRESSION:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes, which are the model's
            call = ast.parse(expression.strip(), mode="eval").body
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.args:
                return None
            if call.func.id != "tool_call":
                return None
            values = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
        if len(values) != len(call.keywords):
            return None
        return {_text(name): _json(value) for name, value in values.items()}
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None


# --- GLM-4 and 0414: reference sections 4.4 and 5.2 ---


def _glm4(text: str, offered: Mapping[str, ToolSpec]) -> list[_Found]:
    found: list[_Found] = []
    for start, name in _names(text, offered):
        at = start + len(name)
        if found and start < found[-1].end:
            continue
        if text[at : at + 1] == "\n" and text[at + 1 : at + 2] == "{":
            value, end = _object_at(text, at + 1)
            if value is not None:
                found.append(_Found(start, end, (ToolCall(name, value),)))
    return found


def _object_at(text: str, start: int) -> tuple[dict[str, JsonValue] | None, int]:
    """The JSON object that begins at `start`, and where it ends; None where there is none."""
    try:
        value, end = _DECODER.raw_decode(text, start)
        return (_object(value), end)
    except (ValueError, TypeError, RecursionError):
        return None, start


def _names(text: str, offered: Mapping[str, ToolSpec]) -> list[tuple[int, str]]:
    """Where names of tools begin a line, or follow a call at once: the id that parted them is no text."""
    longest_first = sorted(offered, key=len, reverse=True)
    pattern = re.compile(rf"(?:^|(?<=[\n}}`]))[ \t]*({'|'.join(map(re.escape, longest_first))})(?=[ \t]*\n)")
    return [(match.start(1), match[1]) for match in pattern.finditer(text)]


# --- CodeGeeX4: reference section 4.4 ---


def _codegeex4(text: str, offered: Mapping[str, ToolSpec]) -> list[_Found]:
    found: list[_Found] = []
    for fence in _JSON_FENCE.finditer(text):
        try:
            value = _DECODER.decode(fence[1])
            calls = [_named(item) for item in (value if isinstance(value, list) else [value])]
        except (ValueError, TypeError, RecursionError):
            continue
        if calls and all(call.name in offered for call in calls):
            found.append(_Found(fence.start(), fence.end(), tuple(calls)))
    return found


def _named(value: object) -> ToolCall:
    """A call written as an object; raises TypeError where it is none."""
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        raise TypeError("name")
    return ToolCall(_text(value["name"]), _object(value.get("arguments", {})))


# --- GLM-4.5 and newer: reference section 7 ---


def _tags(text: str, offered: Mapping[str, ToolSpec]) -> list[_Found]:
    found: list[_Found] = []
    for tag in _TAG.finditer(text):
        tool = offered.get(tag[1])
        arguments = _tagged_arguments(tag[2], tool.parameters) if tool else None
        if arguments is not None:
            found.append(_Found(tag.start(), tag.end(), (ToolCall(tag[1], arguments),)))
    return found


def _tagged_arguments(text: str, schema: Mapping[str, JsonValue]) -> dict[str, JsonValue] | None:
    """Pairs of key and value, nothing but whitespace between; values as the tool's schema has them."""
    properties = schema.get("properties")
    arguments: dict[str, JsonValue] = {}
    at = 0
    while at < len(text):
        pair = _ARGUMENT.match(text, at)
        if pair is None:
            return None
        name = _text(pair[1].strip())
        known = properties.get(name) if isinstance(properties, Mapping) else None
        is_text = isinstance(known, Mapping) and known.get("type") == "string"
        arguments[name] = _text(pair[2]) if is_text else _json_or_text(pair[2])
        at = pair.end()
    return arguments


def _json_or_text(text: str) -> JsonValue:
    try:
        return _json(_DECODER.decode(text))
    except (ValueError, TypeError, RecursionError):
        return _text(text)


# --- values ---


def _refuse_constant(name: str) -> float:
    raise ValueError(name)  # NaN and the infinities are no JSON


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _object(value: object) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        raise TypeError("no object")
    return {_text(name): _json(item) for name, item in value.items()}


def _json(value: object) -> JsonValue:
    """The value as JSON has it; raises TypeError or ValueError for what JSON has not."""
    match value:
        case None | bool() | int():
            return value
        case float() if math.isfinite(value):
            return value
        case str():
            return _text(value)
        case list() | tuple():
            return [_json(item) for item in value]
        case dict():
            return _object(value)
        case _:
            raise TypeError(type(value).__name__)


def _text(value: object) -> str:
    """A string that can be stored: lone surrogates become U+FFFD."""
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

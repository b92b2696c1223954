"""A conversation into the ids that each generation was trained on, control ids put in as integers.

Formats: reference sections 2.8, 3.6, 3.7, 4.4, 5.2 and 6. What a person typed is encoded by itself as plain
text and so cannot become a control id. The texts in here are part of the formats: the models read them, no
person does. Knows a tokenizer's protocol; no file and no model.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from app.core.chat import Role, Turn
from app.model.glm.family import Family
from app.model.glm.tokenizers.protocol import Control, GlmTokenizer

JsonValue = None | bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]

KEPT_ANSWERS = 256
"""Answers whose generated ids are remembered."""
CACHED_TEXTS = 4096
"""Texts whose ids are remembered, so that counting a conversation again costs next to nothing."""

THINK, END_OF_THINKING = "<think>", "</think>"
CHATGLM3_TOOLS = "Answer the following questions as best as you can. You have access to the following tools:"
IDENTITY = (
    "你是一个名为 {name} 的人工智能助手。你是基于智谱AI训练的语言模型 GLM-4 模型开发的，"
    "你的任务是针对用户的问题和要求提供适当的答复和支持。\n\n"
)
TOOLS_HEADING = "# 可用工具"
TOOL_BLOCK = "\n\n## {name}\n\n{schema}\n在调用上述函数时，请使用 Json 格式表示调用的参数。"


class PromptRole(StrEnum):
    """Who speaks to the model; observations are results of tools."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    OBSERVATION = "observation"


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a prompt. `metadata` is the name of the tool that an assistant's message calls."""

    role: PromptRole
    text: str
    metadata: str = ""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool that the model may call; `parameters` is the JSON schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, JsonValue] = field(default_factory=dict)


TOOL_FAMILIES = frozenset({Family.CHATGLM3, Family.GLM4, Family.GLM4_0414, Family.GLM_Z1})
"""The generations whose way of being told about tools is known; others are not told."""

_ROLE_FAMILIES = frozenset(Family) - {Family.CHATGLM, Family.CHATGLM2, Family.CODEGEEX2}
"""Each message has a role id, a first line and a text."""
_REMEMBERING = (_ROLE_FAMILIES | {Family.CHATGLM2}) - {Family.GLM_Z1, Family.CODEGEEX4}
"""Where an old answer stands exactly as it was written: Z1's loses its thoughts, CodeGeeX4's answer begins
behind a newline that the prompt brings; ChatGLM-6B reads everything anew in any case."""
_CONTROL_OF = {
    PromptRole.SYSTEM: Control.SYSTEM,
    PromptRole.USER: Control.USER,
    PromptRole.ASSISTANT: Control.ASSISTANT,
    PromptRole.OBSERVATION: Control.OBSERVATION,
}


def begun_answer(turns: Sequence[Turn]) -> str:
    """The text that an answer goes on from, which is a last turn of the assistant; empty if there is none."""
    last = turns[-1] if turns else None
    return last.text if last is not None and last.role is Role.ASSISTANT else ""


def encode_prompt(
    family: Family,
    tokenizer: GlmTokenizer,
    turns: Sequence[Turn],
    tools: Sequence[ToolSpec] = (),
    *,
    thinking: bool = True,
) -> list[int]:
    """The ids of a prompt, once; `GlmPromptEncoder` is for those who ask again."""
    return GlmPromptEncoder(family, tokenizer).encode(turns, tools, thinking=thinking)


class GlmPromptEncoder:
    """Encodes conversations for one model; remembers the ids of the texts it has seen."""

    def __init__(self, family: Family, tokenizer: GlmTokenizer) -> None:
        self._family = family
        self._tokenizer = tokenizer
        self._text = lru_cache(maxsize=CACHED_TEXTS)(lambda text: tuple(tokenizer.encode_text(text)))
        self._answers: OrderedDict[str, tuple[int, ...]] = OrderedDict()
        # sentencepiece begins every text with a prefix; behind a newline it is known how long it is
        self._prefix_length = len(tokenizer.encode_text("\n")) - 1

    def encode(
        self, turns: Sequence[Turn], tools: Sequence[ToolSpec] = (), *, thinking: bool = True
    ) -> list[int]:
        """The ids of the prompt for the next answer.

        A last turn of the assistant is left open: what is generated goes on from it. `thinking` false asks a
        model that thinks not to.
        """
        messages = [PromptMessage(PromptRole(turn.role.value), turn.text) for turn in turns]
        return self.encode_messages(messages, tools, thinking=thinking)

    def remember(self, begun: str, text: str, ids: Sequence[int]) -> None:
        """The answer `begun + text` was written by the model, `text` as `ids`.

        From then on such an answer stands in a prompt as the ids it was generated with, not as its text would
        be encoded: so the cache still holds it when the next question comes (reference section 3.6).
        """
        if not text or self._family not in _REMEMBERING:
            return
        opening = self._begun(begun) if begun else ()
        self._answers[begun + text] = (*opening, *ids)
        self._answers.move_to_end(begun + text)
        if len(self._answers) > KEPT_ANSWERS:
            self._answers.popitem(last=False)

    def count(self, turns: Sequence[Turn], tools: Sequence[ToolSpec] = (), *, thinking: bool = True) -> int:
        """The length of that prompt in tokens."""
        return len(self.encode(turns, tools, thinking=thinking))

    def encode_messages(
        self, messages: Sequence[PromptMessage], tools: Sequence[ToolSpec] = (), *, thinking: bool = True
    ) -> list[int]:
        """The same for messages that may be calls and results of tools."""
        begun = ""
        if messages and messages[-1].role is PromptRole.ASSISTANT and not messages[-1].metadata:
            *messages, last = messages
            begun = last.text
        match self._family:
            case Family.CHATGLM:
                return self._chatglm(messages, begun)
            case Family.CHATGLM2:
                return self._chatglm2(messages, begun)
            case Family.CODEGEEX2:
                return self._codegeex2(messages, begun)
            case Family.CHATGLM3:
                return self._chatglm3(messages, begun, tools)
            case _:
                return self._glm4(messages, begun, tools, thinking=thinking)

    # --- ChatGLM-6B: reference section 2.8 ---

    def _chatglm(self, messages: Sequence[PromptMessage], begun: str) -> list[int]:
        """Rounds from 0; a first question stands alone. What was begun stands where it would be generated."""
        system, rounds = _rounds(messages, "\n")
        *past, (question, _) = rounds
        parts = [system] if system else []
        parts += [f"[Round {at}]\n问：{asked}\n答：{answer}" for at, (asked, answer) in enumerate(past)]
        parts.append(f"[Round {len(past)}]\n问：{question}\n答：" if past else question)
        ids = [*self._text("\n".join(parts)), *self._controls(Control.GMASK, Control.SOP)]
        return [*ids, *self._text(begun)]

    # --- ChatGLM2: reference section 3.6 ---

    def _chatglm2(self, messages: Sequence[PromptMessage], begun: str) -> list[int]:
        """Rounds from 1, blank lines between all parts.

        No piece reaches over a newline, so the parts encoded each by itself are the ids of the whole text.
        """
        system, rounds = _rounds(messages, "\n\n")
        ids = [*self._controls(Control.GMASK, Control.SOP)]
        if system:
            ids += self._text(system)
        for at, (question, answer) in enumerate(rounds, start=1):
            header = f"[Round {at}]"
            ids += self._behind_newline(f"\n\n{header}") if at > 1 or system else self._text(header)
            ids += self._behind_newline(f"\n\n问：{question}")
            written = self._answers.get(answer)
            ids += self._behind_newline("\n\n答：" if written else f"\n\n答：{answer}")
            ids += written or ()
        return [*ids, *self._begun(begun)]

    def _behind_newline(self, text: str) -> tuple[int, ...]:
        """The ids of a text that begins with a newline and stands behind another one."""
        return self._text(text)[self._prefix_length :]

    # --- CodeGeeX2: reference section 3.6 ---

    def _codegeex2(self, messages: Sequence[PromptMessage], begun: str) -> list[int]:
        """No chat: the code so far, which the model goes on writing."""
        code = ""
        for message in messages:
            starts_anew = message.role is not PromptRole.ASSISTANT and code and not code.endswith("\n")
            code += ("\n" if starts_anew else "") + message.text
        return [*self._controls(Control.GMASK, Control.SOP), *self._text(code + begun)]

    # --- ChatGLM3: reference section 3.7 ---

    def _chatglm3(
        self, messages: Sequence[PromptMessage], begun: str, tools: Sequence[ToolSpec]
    ) -> list[int]:
        ids = [*self._controls(Control.GMASK, Control.SOP)]
        if tools:
            listed = json.dumps([_schema(tool) for tool in tools], indent=4, ensure_ascii=False)
            ids += self._message(PromptRole.SYSTEM, "", f"{CHATGLM3_TOOLS}\n{listed}")
        for message in messages:
            ids += self._message(message.role, message.metadata, message.text)
        return [*ids, *self._controls(Control.ASSISTANT), *self._begun(begun)]

    # --- GLM-4, CodeGeeX4, 0414, Z1, Edge: reference sections 4.4, 5.2 and 6 ---

    def _glm4(
        self, messages: Sequence[PromptMessage], begun: str, tools: Sequence[ToolSpec], *, thinking: bool
    ) -> list[int]:
        family = self._family
        ids = [] if family is Family.GLM_EDGE else [*self._controls(Control.GMASK, Control.SOP)]
        if tools and family in TOOL_FAMILIES:
            ids += self._message(PromptRole.SYSTEM, "", _glm4_tools(family, tools))
        if family in {Family.GLM4_0414, Family.GLM_Z1}:  # their template moves system messages to the front
            messages = sorted(messages, key=lambda message: message.role is not PromptRole.SYSTEM)
        for message in messages:
            is_thought = family is Family.GLM_Z1 and message.role is PromptRole.ASSISTANT
            text = _without_thinking(message.text) if is_thought else message.text
            ids += self._message(message.role, message.metadata, text)
        ids += self._controls(Control.ASSISTANT)
        return [*ids, *(self._begun(begun) if begun else self._text(_opening(family, thinking=thinking)))]

    # --- shared ---

    def _message(self, role: PromptRole, metadata: str, text: str) -> list[int]:
        """Role id, first line and text, the two encoded apart as the official helpers do."""
        if role is PromptRole.ASSISTANT and not metadata:
            return [*self._controls(Control.ASSISTANT), *self._begun(text, is_whole=True)]
        return [*self._controls(_CONTROL_OF[role]), *self._text(metadata + "\n"), *self._text(text)]

    def _begun(self, text: str, *, is_whole: bool = False) -> tuple[int, ...]:
        """An answer, whole or begun, behind what asks for it: as it was generated, where it was."""
        written = self._answers.get(text)
        if written is not None:
            return written
        if not text and not is_whole:
            return ()
        return (*self._text("\n"), *self._text(text)) if self._family in _ROLE_FAMILIES else self._text(text)

    def _controls(self, *names: Control) -> Iterable[int]:
        return (self._tokenizer.control[name] for name in names)


def _opening(family: Family, *, thinking: bool) -> str:
    """What stands behind the last <|assistant|>, for the model to go on from."""
    match family:
        case Family.GLM_Z1 if thinking:
            return f"\n{THINK}"
        case Family.GLM_Z1:  # not an official format: a thought that is over before it began
            return f"\n{THINK}\n\n{END_OF_THINKING}\n\n"
        case Family.CODEGEEX4:
            return "\n"
        case _:
            return ""


def _without_thinking(text: str) -> str:
    """An old answer as Z1's template sends it back: what follows its last thought."""
    return text.rsplit(END_OF_THINKING, maxsplit=1)[-1].strip()


def _rounds(messages: Iterable[PromptMessage], separator: str) -> tuple[str, list[tuple[str, str]]]:
    """The system text, and questions with their answers; the last question has none yet.

    These generations know neither system text nor results of tools: the former goes before the first round,
    the latter count as said by the person. Messages of one side in a row become one.
    """
    system: list[str] = []
    rounds: list[tuple[list[str], list[str]]] = []
    for message in messages:
        if message.role is PromptRole.SYSTEM:
            system.append(message.text)
            continue
        is_answer = message.role is PromptRole.ASSISTANT
        if not rounds or (not is_answer and rounds[-1][1]):
            rounds.append(([], []))
        rounds[-1][1 if is_answer else 0].append(message.text)
    if not rounds or rounds[-1][1]:
        rounds.append(([], []))
    joined = [(separator.join(asked), separator.join(answers)) for asked, answers in rounds]
    return separator.join(system), joined


def _glm4_tools(family: Family, tools: Sequence[ToolSpec]) -> str:
    """The system message that tells of tools; each edition introduces itself in its own way."""
    match family:
        case Family.GLM4:
            start = IDENTITY.format(name="GLM-4")
        case Family.GLM_Z1:
            start = IDENTITY.format(name="ChatGLM")
        case _:
            start = ""
    blocks = (
        TOOL_BLOCK.format(name=tool.name, schema=json.dumps(_schema(tool), indent=4, ensure_ascii=False))
        for tool in tools
    )
    return start + TOOLS_HEADING + "".join(blocks)


def _schema(tool: ToolSpec) -> dict[str, JsonValue]:
    return {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}

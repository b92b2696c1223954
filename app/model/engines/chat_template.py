"""A conversation as a prompt: the model's own chat template, with texts and control tokens kept apart.

The template is given a random word in place of each text and its output is cut at those words, so nothing
that a person or a model wrote is ever rendered, and no text can become a control token. Knows no tokenizer:
it gives pieces.

What a template does to texts themselves (trimming their ends, say) does not happen. Where it refuses a
conversation, gentler forms are tried in this order: the system prompt at the head of the first question;
also neighbouring messages of one role joined; and at last, as for a model without a template, plain lines
"User: ..." and "Assistant: ...".
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.core.chat import Role, Turn

Render = Callable[[Sequence[Mapping[str, str]]], str | None]
"""Messages to prompt by the model's template, ready for the assistant; None when it refuses them."""

_PLAIN_NAMES = {Role.SYSTEM: "System", Role.USER: "User", Role.ASSISTANT: "Assistant"}
_BETWEEN_JOINED = "\n\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a prompt: of the template (may hold control tokens), or text (never does)."""

    text: str
    is_template: bool


@dataclass(frozen=True, slots=True)
class _Message:
    """One message for the template, made of the texts of the turns at `turns`."""

    role: Role
    turns: tuple[int, ...]


class ChatTemplate:
    """Turns into pieces, for one model."""

    def __init__(self, render: Render, has_template: bool) -> None:
        self._render = render
        self._has_template = has_template
        self._word = f"tea{secrets.token_hex(8)}"
        self._pattern = re.compile(rf"{self._word}n(\d+)e")

    def pieces(self, turns: Sequence[Turn]) -> list[Piece]:
        """The prompt for `turns`; a last turn of the assistant is left open, to be gone on with."""
        closed = list(turns)
        begun = closed.pop().text if closed and closed[-1].role is Role.ASSISTANT else ""
        return [*self._closed(closed), Piece(begun, is_template=False)]

    def _closed(self, turns: Sequence[Turn]) -> list[Piece]:
        """The prompt up to the place where the assistant begins to speak."""
        if self._has_template and turns:
            for messages in _forms(turns):
                pieces = self._try(messages, turns)
                if pieces is not None:
                    return pieces
        return list(_plain(turns))

    def _try(self, messages: Sequence[_Message], turns: Sequence[Turn]) -> list[Piece] | None:
        """The pieces, or None when the template refuses or does not show each text exactly once."""
        rendered = self._render(
            [
                {
                    "role": message.role.value,
                    "content": _BETWEEN_JOINED.join(f"{self._word}n{at}e" for at in message.turns),
                }
                for message in messages
            ]
        )
        if rendered is None:
            return None
        # The pattern has one group, so template text and numbers of turns take turns.
        parts = self._pattern.split(rendered)
        shown = [int(number) for number in parts[1::2]]
        if shown != list(range(len(turns))):
            return None
        return [
            Piece(turns[int(part)].text if at % 2 else part, is_template=at % 2 == 0)
            for at, part in enumerate(parts)
            if part
        ]


def _forms(turns: Sequence[Turn]) -> Iterator[list[_Message]]:
    """The conversation as it is, then in the forms that narrower templates take."""
    as_it_is = [_Message(turn.role, (at,)) for at, turn in enumerate(turns)]
    yield as_it_is
    without_system = [
        _Message(Role.USER, message.turns) if message.role is Role.SYSTEM else message for message in as_it_is
    ]
    if without_system[:2] != as_it_is[:2] and len(turns) > 1 and turns[1].role is Role.USER:
        without_system[:2] = [_Message(Role.USER, (0, 1))]
        yield without_system
    if any(one.role is other.role for one, other in pairwise(without_system)):
        joined: list[_Message] = []
        for message in without_system:
            if joined and joined[-1].role is message.role:
                joined[-1] = _Message(message.role, joined[-1].turns + message.turns)
            else:
                joined.append(message)
        yield joined


def _plain(turns: Sequence[Turn]) -> Iterator[Piece]:
    for turn in turns:
        yield Piece(f"{_PLAIN_NAMES[turn.role]}:", is_template=True)
        yield Piece(f" {turn.text}\n\n", is_template=False)
    yield Piece(f"{_PLAIN_NAMES[Role.ASSISTANT]}:", is_template=True)

"""What a person can do inside the transcript, as values: actions, targets, the card of an error.

A `Target` is anything that can be pressed or focused; the view finds it by place, by Tab or through a screen
reader, and one method activates it whichever way it was found. Knows no drawing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from PySide6.QtCore import QRectF


class MessageAction(StrEnum):
    """What the transcript asks its owner to do with a message."""

    COPY = "copy"
    REGENERATE = "regenerate"
    EDIT = "edit"
    PREVIOUS_VERSION = "previous_version"
    NEXT_VERSION = "next_version"
    CONTINUE = "continue"
    TRY_AGAIN = "try_again"


class Part(StrEnum):
    """The two texts of a message."""

    BODY = "body"
    REASONING = "reasoning"


class TargetKind(StrEnum):
    """What pressing a target does."""

    ACTION = "action"  # see `MessageAction`
    FOLD = "fold"  # shows or hides the reasoning
    CODE_COPY = "code_copy"
    CODE_WRAP = "code_wrap"
    SIDE_SCROLL = "side_scroll"  # a wide block: Left and Right move it
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that can be pressed; equal to another one for the same thing, wherever it stands.

    Attributes:
        rect: Where it is, in the coordinates of its message.
        label: Its name for a screen reader.
        slot: Index of the drawn block inside its part; -1 for what belongs to the whole message.
        start: Where a link starts in its block, to tell two links apart.
    """

    message_id: int
    kind: TargetKind
    rect: QRectF = field(compare=False)
    label: str = field(compare=False, default="")
    action: MessageAction | None = None
    part: Part = Part.BODY
    slot: int = -1
    start: int = -1
    href: str = ""


@dataclass(frozen=True, slots=True)
class ErrorCard:
    """What stands under an answer that failed: one sentence and one main button."""

    sentence: str
    action_label: str
    action: MessageAction

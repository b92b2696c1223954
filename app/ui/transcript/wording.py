"""Every sentence of the transcript in the language in use. Knows no drawing."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication, QLocale

from app.core.chat import MessageStatus, Role
from app.core.records import AnswerFigures, MessageRecord
from app.ui.text_format import count_text
from app.ui.transcript.actions import MessageAction

_CHINESE = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_CHINESE}]|[^\W_{_CHINESE}]+(?:['’.,-][^\W_{_CHINESE}]+)*")
_SPACE = re.compile(r"\s+")


def action_text(action: MessageAction) -> str:
    """The words on the button of an action."""
    match action:
        case MessageAction.COPY:
            return QCoreApplication.translate("Transcript", "Copy")
        case MessageAction.REGENERATE:
            return QCoreApplication.translate("Transcript", "Regenerate")
        case MessageAction.EDIT:
            return QCoreApplication.translate("Transcript", "Edit")
        case MessageAction.PREVIOUS_VERSION:
            return QCoreApplication.translate("Transcript", "Previous version")
        case MessageAction.NEXT_VERSION:
            return QCoreApplication.translate("Transcript", "Next version")
        case MessageAction.CONTINUE:
            return QCoreApplication.translate("Transcript", "Continue")
        case MessageAction.TRY_AGAIN:
            return QCoreApplication.translate("Transcript", "Try again")


def copied_text() -> str:
    """What a copy button says for a moment."""
    return QCoreApplication.translate("Transcript", "Copied")


def wrap_text(is_on: bool) -> str:
    """The button that breaks long lines of code, or no longer."""
    if is_on:
        return QCoreApplication.translate("Transcript", "Do not wrap")
    return QCoreApplication.translate("Transcript", "Wrap")


def code_copy_text() -> str:
    """The copy button of a code block, for a screen reader."""
    return QCoreApplication.translate("Transcript", "Copy code")


def plain_code_text() -> str:
    """The label of code whose language nobody named."""
    return QCoreApplication.translate("Transcript", "Code")


def side_scroll_text() -> str:
    """A block that moves sideways, for a screen reader."""
    return QCoreApplication.translate("Transcript", "Wide block, scrolls with Left and Right")


def unseen_text() -> str:
    """The line above which the model sees nothing."""
    return QCoreApplication.translate("Transcript", "The model no longer sees what is above")


def jump_text() -> str:
    """The round button that goes to the end."""
    return QCoreApplication.translate("Transcript", "Jump to latest")


def conversation_text() -> str:
    """The name of the whole view."""
    return QCoreApplication.translate("Transcript", "Conversation")


def select_all_text() -> str:
    """The context menu's entry for the whole message."""
    return QCoreApplication.translate("Transcript", "Select all of this message")


def copy_link_text() -> str:
    """The context menu's entry for an address."""
    return QCoreApplication.translate("Transcript", "Copy link address")


def reasoning_text(is_open: bool) -> str:
    """The head of the folded thinking; `is_open` while the model still thinks."""
    if is_open:
        return QCoreApplication.translate("Transcript", "Thinking…")
    return QCoreApplication.translate("Transcript", "Thinking")


def note_text(record: MessageRecord) -> str:
    """The small note under an answer that did not end by itself or says nothing; empty for others."""
    match record.status:
        case MessageStatus.STOPPED:
            return QCoreApplication.translate("Transcript", "Stopped")
        case MessageStatus.INTERRUPTED:
            return QCoreApplication.translate("Transcript", "The answer was interrupted")
        case MessageStatus.COMPLETE if not record.text.strip():
            return QCoreApplication.translate("Transcript", "The model gave no answer")
        case _:
            return ""


def speaker_text(message: MessageRecord, text: str) -> str:
    """A message as a screen reader says it."""
    if message.role is Role.USER:
        return QCoreApplication.translate("Transcript", "You: {text}").format(text=text)
    return QCoreApplication.translate("Transcript", "Teahouse: {text}").format(text=text)


def version_text(number: int, count: int) -> str:
    """Which of the versions is shown."""
    return f"{count_text(number)}/{count_text(count)}"


def length_text(text: str) -> str:
    """How long an answer is: characters where Chinese is spoken, words elsewhere."""
    if _speaks_chinese():
        count = len(_SPACE.sub("", text))
        return QCoreApplication.translate("Transcript", "{count} characters").format(count=count_text(count))
    count = sum(1 for _ in _WORD.finditer(text))
    if count == 1:
        return QCoreApplication.translate("Transcript", "1 word")
    return QCoreApplication.translate("Transcript", "{count} words").format(count=count_text(count))


def speed_text(figures: AnswerFigures) -> str:
    """How fast an answer came, in the unit of the status line; empty where that was not measured."""
    speed = figures.tokens_per_s
    if speed is None or not figures.duration_ms:
        return ""
    return QCoreApplication.translate("Transcript", "{pace} tokens/s").format(pace=_pace(speed))


def _pace(speed: float) -> str:
    return QLocale().toString(speed, "f", 1) if speed < 10 else count_text(round(speed))


def _speaks_chinese() -> bool:
    return QLocale().language() == QLocale.Language.Chinese

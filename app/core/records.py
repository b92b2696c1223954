"""Stored things as values: what the storage gives to the rest of the app. Times are UTC milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.chat import FinishReason, MessageStatus, Role
from app.core.errors import ErrorInfo


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """One line of the sidebar."""

    id: int
    uuid: str
    title: str
    title_is_auto: bool
    pinned: bool
    created_at: int
    updated_at: int
    deleted_at: int | None = None
    model_ref: str = ""


@dataclass(frozen=True, slots=True)
class AnswerFigures:
    """Usage of one answer as it is kept and shown; None where it was not measured."""

    prompt_tokens: int | None = None
    output_tokens: int | None = None
    first_token_ms: int | None = None
    duration_ms: int | None = None  # decoding, first to last token

    @property
    def tokens_per_s(self) -> float | None:
        """Decoding speed; None where there is too little to tell."""
        if not self.duration_ms or not self.output_tokens or self.output_tokens < 2:
            return None
        return (self.output_tokens - 1) * 1000 / self.duration_ms


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """One message of the path that is shown, with its place among its versions.

    `version_ids` are the message and its siblings of the same role in order of creation, so the picture
    "< 2/3 >" is `version_ids.index(id) + 1` of `len(version_ids)`.
    """

    id: int
    conversation_id: int
    parent_id: int | None
    role: Role
    text: str
    status: MessageStatus
    created_at: int
    reasoning: str = ""
    finish_reason: FinishReason | None = None
    model_ref: str = ""
    figures: AnswerFigures = AnswerFigures()
    error: ErrorInfo | None = None
    version_ids: tuple[int, ...] = ()

    @property
    def version_number(self) -> int:
        """1-based place among the versions."""
        return self.version_ids.index(self.id) + 1 if self.version_ids else 1


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """A conversation with the messages from its first to its tip."""

    summary: ConversationSummary
    messages: tuple[MessageRecord, ...]
    draft: str = ""


@dataclass(frozen=True, slots=True)
class ExchangeStarted:
    """The rows written when a person sends: their message (None: regenerate, continue) and the reply."""

    conversation: ConversationSummary
    reply: MessageRecord
    user: MessageRecord | None = None


@dataclass(frozen=True, slots=True)
class ReplyOutcome:
    """How a reply ended, for the one transaction that stores it."""

    text: str
    status: MessageStatus
    reasoning: str = ""
    finish_reason: FinishReason | None = None
    figures: AnswerFigures = AnswerFigures()
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message that waits for the running answer; kept in the database so that it cannot be lost."""

    id: int
    conversation_id: int
    text: str


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Narrows a search; None means any."""

    conversation_id: int | None = None
    role: Role | None = None
    model_ref: str | None = None
    after: int | None = None  # created_at >=
    before: int | None = None  # created_at <


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One found message. `snippet` is plain text; `marks` are (start, length) of the matches in it.

    `is_title`: the words stand in the title; the message is the newest one shown in that conversation.
    """

    message_id: int
    conversation_id: int
    title: str
    role: Role
    snippet: str
    created_at: int
    marks: tuple[tuple[int, int], ...] = ()
    is_title: bool = False


class MendAction(StrEnum):
    """What `storage.recovery` did at start."""

    NONE = "none"
    RESTORED = "restored"  # a good copy took the place of the damaged file, which was kept
    FRESH = "fresh"  # no good copy: a new database, the damaged file was kept


@dataclass(frozen=True, slots=True)
class StartReport:
    """What opening the database found; the window turns it into sentences."""

    mended: MendAction = MendAction.NONE
    damaged_copy: str = ""  # where the damaged file was kept
    restored_from: str = ""  # the good copy that was used
    restored_at: int | None = None  # when that copy was made
    salvaged_messages: int = 0  # messages read out of the damaged file on top of the copy
    interrupted_replies: int = 0
    read_only: bool = False
    error: ErrorInfo | None = None

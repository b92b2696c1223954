"""The nouns of a conversation as they are stored and shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Who speaks. The values stand in the database."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class MessageStatus(StrEnum):
    """What became of a message. The values stand in the database.

    `STREAMING` is only ever seen while an engine works on the row; at start such rows become `INTERRUPTED`.
    """

    COMPLETE = "COMPLETE"
    STREAMING = "STREAMING"
    STOPPED = "STOPPED"  # the person pressed Stop
    INTERRUPTED = "INTERRUPTED"  # the app or the machine went away
    FAILED = "FAILED"  # an error with a code; the text so far is kept


class FinishReason(StrEnum):
    """Why an answer ended. The values stand in the database and in `ask --json`."""

    STOP = "stop"  # the model said it was done
    LENGTH = "length"  # the allowed number of tokens was reached
    CONTEXT = "context"  # the context window is full
    CANCELLED = "cancelled"  # the person pressed Stop


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one answer."""

    prompt_tokens: int = 0
    cached_tokens: int = 0  # part of the prompt that was already in the cache
    output_tokens: int = 0  # without the stop id


@dataclass(frozen=True, slots=True)
class Timings:
    """Durations of one answer in milliseconds, measured in the engine child.

    `first_token_ms` runs from the request to the first generated token; `decode_ms` from there to the last.
    """

    prefill_ms: float = 0.0
    first_token_ms: float = 0.0
    decode_ms: float = 0.0

    def prefill_tokens_per_s(self, usage: Usage) -> float:
        """Prompt tokens really computed (not cached) a second; 0 where nothing was measured."""
        computed = usage.prompt_tokens - usage.cached_tokens
        return computed / self.prefill_ms * 1000 if self.prefill_ms > 0 and computed > 0 else 0.0

    def decode_tokens_per_s(self, usage: Usage) -> float:
        """Tokens a second after the first one; 0 where fewer than two were generated."""
        if self.decode_ms <= 0 or usage.output_tokens < 2:
            return 0.0
        return (usage.output_tokens - 1) / self.decode_ms * 1000


@dataclass(frozen=True, slots=True)
class Turn:
    """One message as an engine sees it. A last turn of the assistant is text to be continued."""

    role: Role
    text: str
    message_id: int | None = None

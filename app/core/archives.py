"""What is in a backup file, and what came of restoring one: values only. Times are UTC milliseconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ArchiveInfo:
    """What a backup file says of itself. `conversations` are those outside the recycle bin."""

    made_at: int
    app_version: str
    conversations: int
    messages: int
    has_settings: bool


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What restoring added; everything that was there before is as it was.

    `beside` of the `added` stand beside a conversation that goes on otherwise here. `in_bin` of those
    `already_there` lie in the recycle bin here.
    """

    added: int = 0
    added_to_bin: int = 0
    beside: int = 0
    messages: int = 0
    already_there: int = 0
    in_bin: int = 0

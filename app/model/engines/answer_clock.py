"""The times of one answer, as every engine tells them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from app.core.chat import Timings


@dataclass(slots=True)
class AnswerClock:
    """In milliseconds from the start of the answer; 0 for what has not happened yet."""

    started: float = field(default_factory=time.perf_counter)
    prompt_read: float = 0.0
    first_token: float = 0.0
    last_token: float = 0.0

    def now(self) -> float:
        return (time.perf_counter() - self.started) * 1000

    def token_came(self) -> None:
        """A token was generated now."""
        self.last_token = self.now()
        self.first_token = self.first_token or self.last_token

    def timings(self) -> Timings:
        return Timings(self.prompt_read, self.first_token, max(self.last_token - self.first_token, 0.0))

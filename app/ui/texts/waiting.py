"""What stands where the answer will be while a person waits: loading, reading, thinking. Pure text."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from app.core.engine import PromptProgress
from app.workers.engine_status import EngineState, EngineStatus


def duration_text(seconds: float) -> str:
    """A rough time to wait as people say it: "5 s", "2 min"."""
    if seconds < 60:
        return QCoreApplication.translate("ReadingText", "{count} s").format(count=max(1, round(seconds)))
    return QCoreApplication.translate("ReadingText", "{count} min").format(count=round(seconds / 60))


def waiting_text(status: EngineStatus, is_next: bool) -> str:
    """Before the engine has begun with this reply: the model loads, or another answer comes first."""
    if status.state is EngineState.LOADING:
        percent = round(status.load_fraction * 100)
        if percent <= 0:
            return QCoreApplication.translate("ReadingText", "Loading the model…")
        return QCoreApplication.translate("ReadingText", "Loading the model… {percent} %").format(
            percent=percent
        )
    if not is_next:
        return QCoreApplication.translate("ReadingText", "Waiting for the answer in another conversation…")
    return QCoreApplication.translate("ReadingText", "Thinking…")


@dataclass(slots=True)
class ReadingEstimate:
    """Turns prompt progress into "Reading… 34 %, about 2 min". Times in seconds of any steady clock."""

    started_at: float | None = None
    first_done: int = 0

    def text(self, progress: PromptProgress, now: float) -> str | None:
        """The sentence for `progress` at `now`; None in the first half second, where it would only flash."""
        if self.started_at is None:
            self.started_at, self.first_done = now, progress.done
            return None
        elapsed = now - self.started_at
        if elapsed < 0.5 or progress.total <= 0:
            return None
        percent = min(99, progress.done * 100 // progress.total)
        read = progress.done - self.first_done
        left_s = elapsed * (progress.total - progress.done) / read if read > 0 else 0.0
        if elapsed < 1 or left_s < 3:
            return QCoreApplication.translate("ReadingText", "Reading… {percent} %").format(percent=percent)
        return QCoreApplication.translate("ReadingText", "Reading… {percent} %, about {time}").format(
            percent=percent, time=duration_text(left_s)
        )

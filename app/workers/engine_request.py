"""One request on its way through the engine worker, and the buffer that merges its deltas. Pure values."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.cancel import CancelToken
from app.core.chat import FinishReason, Turn, Usage
from app.core.engine import Failed, Finished, GenerationParams, ReasoningDelta, TextDelta

Delta = TextDelta | ReasoningDelta
Terminal = Finished | Failed


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """What is to be answered. `cancel` is set by the GUI thread the moment the person presses Stop."""

    id: int
    turns: tuple[Turn, ...]
    params: GenerationParams
    cancel: CancelToken


def as_cancelled(terminal: Terminal, usage: Usage) -> Finished:
    """The terminal event of a request that was stopped, however it ended by itself; `usage` for a failure."""
    if isinstance(terminal, Finished):
        return Finished(FinishReason.CANCELLED, terminal.usage, terminal.timings)
    return Finished(FinishReason.CANCELLED, usage)


class DeltaBuffer:
    """Deltas that wait to be told, neighbours of one kind merged into one; order and ids are kept."""

    __slots__ = ("_runs",)

    def __init__(self) -> None:
        self._runs: list[list[Delta]] = []

    @property
    def token_count(self) -> int:
        """Tokens that wait."""
        return sum(len(delta.ids) for run in self._runs for delta in run)

    def add(self, delta: Delta) -> None:
        if self._runs and type(self._runs[-1][0]) is type(delta):
            self._runs[-1].append(delta)
        else:
            self._runs.append([delta])

    def take(self) -> list[Delta]:
        """The merged deltas; the buffer is empty then."""
        runs, self._runs = self._runs, []
        return [_merged(run) for run in runs]


def _merged(run: list[Delta]) -> Delta:
    if len(run) == 1:
        return run[0]
    text = "".join(delta.text for delta in run)
    return type(run[0])(text, tuple(token for delta in run for token in delta.ids))

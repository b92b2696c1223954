"""Which turns of a conversation the model sees: whole turns, newest first, the system prompt always."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.chat import Role, Turn
from app.core.errors import ErrorCode, WorldError

MIN_ANSWER_TOKENS = 64
"""Room that is always kept for an answer; a prompt that leaves less is refused or shortened."""


@dataclass(frozen=True, slots=True)
class FittedPrompt:
    """The turns that fit, their length in tokens, and how many older ones were left out."""

    turns: tuple[Turn, ...]
    prompt_tokens: int
    dropped_turns: int

    @property
    def first_message_id(self) -> int | None:
        """Id of the oldest message that the model sees; None when nothing was left out."""
        if not self.dropped_turns:
            return None
        return next((turn.message_id for turn in self.turns if turn.role is not Role.SYSTEM), None)


def answer_reserve(context_length: int, max_tokens: int) -> int:
    """Tokens kept free for the answer: what was asked for, but never more than half of the context."""
    wanted = max_tokens if max_tokens > 0 else context_length // 4
    return max(MIN_ANSWER_TOKENS, min(wanted, context_length // 2))


def fit(
    turns: Sequence[Turn],
    context_length: int,
    max_tokens: int,
    count: Callable[[Sequence[Turn]], int],
) -> FittedPrompt:
    """Leave out whole turns, oldest first, until prompt and answer fit into `context_length` tokens.

    The system prompt stays. What is kept begins with a turn of the person, so that no answer stands without
    its question. `count` gives the tokens of a prompt; it is called O(log n) times, newest turns first, so
    that a conversation of years costs no more than the context holds. Raises `WorldError` MESSAGE_TOO_LONG
    when the last question alone does not fit.
    """
    system = tuple(turn for turn in turns if turn.role is Role.SYSTEM)
    rest = tuple(turn for turn in turns if turn.role is not Role.SYSTEM)
    budget = context_length - answer_reserve(context_length, max_tokens)
    starts = [at for at, turn in enumerate(rest) if turn.role is Role.USER] or [0]
    if starts[0] != 0:
        starts.insert(0, 0)

    def tokens_from(start: int) -> int:
        return count(system + rest[start:])

    low, high = 0, len(starts) - 1  # the first start that fits lies between; lengths fall as it moves on
    step = 1
    while high - step >= low:  # strides that double, from the newest back, to the first that is too long
        if tokens_from(starts[high - step]) > budget:
            low = high - step + 1
            break
        high -= step
        step *= 2
    while low < high:
        middle = (low + high) // 2
        if tokens_from(starts[middle]) <= budget:
            high = middle
        else:
            low = middle + 1
    start = starts[low]
    tokens = tokens_from(start)
    if tokens > context_length - MIN_ANSWER_TOKENS:
        raise WorldError(ErrorCode.MESSAGE_TOO_LONG, tokens=tokens, limit=context_length - MIN_ANSWER_TOKENS)
    return FittedPrompt(system + rest[start:], tokens, start)

"""Which turns fit: whole turns, oldest out first, system prompt always, the last question never cut."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.chat import Role, Turn
from app.core.context_window import MIN_ANSWER_TOKENS, answer_reserve, fit
from app.core.errors import ErrorCode, WorldError


def count(turns: Sequence[Turn]) -> int:
    return sum(len(turn.text) for turn in turns) + 4 * len(turns)


def talk(*lengths: int, system: int = 0) -> list[Turn]:
    roles = (Role.USER, Role.ASSISTANT)
    turns = [Turn(roles[at % 2], "x" * length, at + 1) for at, length in enumerate(lengths)]
    return [Turn(Role.SYSTEM, "s" * system)] * bool(system) + turns


def test_everything_fits() -> None:
    turns = talk(10, 10, 10)
    fitted = fit(turns, 1000, 100, count)
    assert fitted.turns == tuple(turns)
    assert fitted.first_message_id is None
    assert fitted.prompt_tokens == count(turns)


def test_oldest_turns_go_first_and_a_question_comes_first() -> None:
    fitted = fit(talk(300, 300, 300, 300, 100), 1000, 100, count)
    assert [turn.message_id for turn in fitted.turns] == [3, 4, 5]
    assert fitted.first_message_id == 3
    assert fitted.dropped_turns == 2


def test_the_system_prompt_stays() -> None:
    fitted = fit(talk(300, 300, 300, 300, 100, system=50), 1000, 100, count)
    assert fitted.turns[0].role is Role.SYSTEM
    assert fitted.turns[1].role is Role.USER


def test_a_question_that_is_too_long_is_refused_with_its_length() -> None:
    with pytest.raises(WorldError) as caught:
        fit(talk(2000), 1000, 100, count)
    assert caught.value.info.code is ErrorCode.MESSAGE_TOO_LONG
    assert caught.value.info.params == {"tokens": "2004", "limit": str(1000 - MIN_ANSWER_TOKENS)}


def test_a_long_question_takes_from_the_room_of_the_answer() -> None:
    assert fit(talk(700), 1000, 500, count).prompt_tokens == 704


def test_the_answer_never_takes_more_than_half() -> None:
    assert answer_reserve(1000, 4096) == 500
    assert answer_reserve(1000, 0) == 250
    assert answer_reserve(100, 1) == MIN_ANSWER_TOKENS


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=40), st.integers(200, 4000), st.integers(0, 2000))
def test_what_is_kept_is_the_longest_end_that_fits(lengths: list[int], context: int, wanted: int) -> None:
    turns = talk(*lengths)
    budget = context - answer_reserve(context, wanted)
    starts = [at for at, turn in enumerate(turns) if turn.role is Role.USER]
    fits = [at for at in starts if count(turns[at:]) <= budget]
    try:
        fitted = fit(turns, context, wanted, count)
    except WorldError:
        assert not fits
        return
    expected = fits[0] if fits else starts[-1]
    assert fitted.turns == tuple(turns[expected:])


def test_a_very_long_conversation_costs_no_more_than_the_context() -> None:
    turns = talk(*[100] * 9999)
    counted: list[int] = []

    def counting(some: Sequence[Turn]) -> int:
        counted.append(count(some))
        return counted[-1]

    fitted = fit(turns, 4000, 1000, counting)
    assert fitted.dropped_turns > 9900
    assert max(counted) < 3 * 4000
    assert len(counted) < 20

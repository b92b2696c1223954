"""What every engine must do. An engine is accepted when it passes; see `app.core.engine` for the rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pytest
from engine_cases import CONTEXT_LENGTH, LoadedEngine

from app.core.cancel import CancelToken
from app.core.chat import FinishReason, Role, Turn
from app.core.engine import (
    Engine,
    EngineEvent,
    Finished,
    GenerationParams,
    LoadPlan,
    LoadProgress,
    ModelRef,
    PromptProgress,
    PromptReady,
    ReasoningDelta,
    TextDelta,
)
from app.core.errors import ErrorCode, WorldError

ASK = (Turn(Role.SYSTEM, "You are helpful."), Turn(Role.USER, "Write a long story about tea.", 7))
GREEDY = GenerationParams(max_tokens=24, temperature=0.0)


@dataclass(frozen=True)
class Answer:
    """All that one `generate` gave."""

    events: tuple[EngineEvent, ...]

    @property
    def deltas(self) -> list[TextDelta | ReasoningDelta]:
        return [event for event in self.events if isinstance(event, TextDelta | ReasoningDelta)]

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(token for delta in self.deltas for token in delta.ids)

    @property
    def end(self) -> Finished:
        """The terminal event, checked to be the only one and the last."""
        ends = [event for event in self.events if isinstance(event, Finished)]
        assert len(ends) == 1
        assert self.events[-1] is ends[0]
        return ends[0]


def answer(
    engine: Engine,
    turns: Sequence[Turn] = ASK,
    params: GenerationParams = GREEDY,
    cancel: CancelToken | None = None,
) -> Answer:
    return Answer(tuple(engine.generate(turns, params, cancel or CancelToken())))


def assert_utf8(pieces: Iterable[str]) -> None:
    """Every piece by itself is whole characters: no half of one, no replacement for one."""
    for piece in pieces:
        piece.encode("utf-8")
        assert "\ufffd" not in piece


def test_info_is_there_without_a_model(fresh_engine: Engine, ref: ModelRef) -> None:
    assert fresh_engine.info.kind is ref.engine
    assert fresh_engine.info.precisions


def test_load_reports_progress_and_tells_what_it_loaded(fresh_engine: Engine, ref: ModelRef) -> None:
    reports: list[LoadProgress] = []
    info = fresh_engine.load(ref, LoadPlan(context_length=512), reports.append, CancelToken())
    fractions = [report.fraction for report in reports]
    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 for fraction in fractions)
    assert info.name
    assert 0 < info.context_length <= info.trained_context
    assert info.context_length <= 512


def test_a_missing_file_is_a_worlds_error(fresh_engine: Engine, ref: ModelRef) -> None:
    missing = replace(ref, path=ref.path + ".missing")
    with pytest.raises(WorldError) as caught:
        fresh_engine.load(missing, LoadPlan(), lambda _: None, CancelToken())
    assert caught.value.info.code is ErrorCode.MODEL_MISSING
    assert caught.value.info.params["path"].endswith(".missing")


def test_unload_then_load_again(fresh_engine: Engine, ref: ModelRef) -> None:
    plan = LoadPlan(context_length=512)
    fresh_engine.load(ref, plan, lambda _: None, CancelToken())
    first = answer(fresh_engine)
    fresh_engine.unload()
    fresh_engine.unload()
    with pytest.raises(WorldError) as caught:
        answer(fresh_engine)
    assert caught.value.info.code is ErrorCode.NO_MODEL
    fresh_engine.load(ref, plan, lambda _: None, CancelToken())
    assert answer(fresh_engine).ids == first.ids


def test_an_answer_ends_with_exactly_one_terminal_event(loaded: LoadedEngine) -> None:
    given = answer(loaded.engine)
    assert given.end.reason in {FinishReason.STOP, FinishReason.LENGTH}
    assert given.text.strip()
    assert not [event for event in given.events if isinstance(event, PromptReady)]


def test_prompt_progress_comes_first_and_grows(loaded: LoadedEngine) -> None:
    given = answer(loaded.engine)
    kinds = [isinstance(event, PromptProgress) for event in given.events]
    assert kinds == sorted(kinds, reverse=True)
    done = [event.done for event in given.events if isinstance(event, PromptProgress)]
    assert done == sorted(done)
    for event in given.events:
        if isinstance(event, PromptProgress):
            assert 0 <= event.done <= event.total


def test_ids_are_the_counted_tokens(loaded: LoadedEngine) -> None:
    given = answer(loaded.engine)
    assert len(given.ids) == given.end.usage.output_tokens
    assert given.end.usage.prompt_tokens == loaded.engine.count_tokens(ASK)
    assert 0 <= given.end.usage.cached_tokens <= given.end.usage.prompt_tokens


def test_timings_are_measured(loaded: LoadedEngine) -> None:
    timings = answer(loaded.engine).end.timings
    assert timings.first_token_ms > 0
    assert timings.prefill_ms >= 0
    assert timings.decode_ms >= 0


def test_max_tokens_is_respected(loaded: LoadedEngine) -> None:
    for limit in (1, 8):
        given = answer(loaded.engine, params=replace(GREEDY, max_tokens=limit))
        assert given.end.reason is FinishReason.LENGTH
        assert len(given.ids) == limit


def test_every_delta_is_whole_characters(loaded: LoadedEngine) -> None:
    turns = (Turn(Role.USER, "Repeat exactly: 一杯绿茶 🍵🍵 好茶"),)
    for limit in range(1, 16):
        given = answer(loaded.engine, turns, replace(GREEDY, max_tokens=limit))
        assert_utf8(delta.text for delta in given.deltas)


def test_the_plain_arg_max_is_deterministic(loaded: LoadedEngine) -> None:
    first, second = answer(loaded.engine), answer(loaded.engine)
    assert first.ids == second.ids
    assert first.text == second.text


def test_a_shorter_limit_gives_a_beginning_of_the_same_answer(loaded: LoadedEngine) -> None:
    whole = answer(loaded.engine)
    part = answer(loaded.engine, params=replace(GREEDY, max_tokens=6))
    assert part.ids == whole.ids[:6]
    assert whole.text.startswith(part.text)


def test_a_seed_is_reproducible(loaded: LoadedEngine) -> None:
    params = GenerationParams(max_tokens=24, temperature=1.0, top_p=0.95, seed=1234)
    assert answer(loaded.engine, params=params).ids == answer(loaded.engine, params=params).ids


def test_no_seed_is_allowed(loaded: LoadedEngine) -> None:
    params = GenerationParams(max_tokens=4, temperature=1.0)
    assert answer(loaded.engine, params=params).end.usage.output_tokens <= 4


def test_cancel_before_the_first_token(loaded: LoadedEngine) -> None:
    cancel = CancelToken()
    cancel.cancel()
    given = answer(loaded.engine, cancel=cancel)
    assert given.end.reason is FinishReason.CANCELLED
    assert not given.deltas


def test_cancel_in_the_middle_gives_no_more_text(loaded: LoadedEngine) -> None:
    cancel = CancelToken()
    seen = 0
    after: list[EngineEvent] = []
    for event in loaded.engine.generate(ASK, replace(GREEDY, max_tokens=200), cancel):
        if cancel.is_cancelled:
            after.append(event)
        seen += isinstance(event, TextDelta)
        if seen == 3:
            cancel.cancel()
    assert [type(event) for event in after] == [Finished]
    assert Answer(tuple(after)).end.reason is FinishReason.CANCELLED


def test_an_answer_given_up_half_way_leaves_the_engine_usable(loaded: LoadedEngine) -> None:
    stream = loaded.engine.generate(ASK, GREEDY, CancelToken())
    next(event for event in stream if isinstance(event, TextDelta))
    stream.close()  # type: ignore[attr-defined]
    assert answer(loaded.engine).ids == answer(loaded.engine).ids


def test_a_last_turn_of_the_assistant_is_continued(loaded: LoadedEngine) -> None:
    whole = answer(loaded.engine)
    begun = answer(loaded.engine, params=replace(GREEDY, max_tokens=8)).text
    turns = (*ASK, Turn(Role.ASSISTANT, begun))
    rest = answer(loaded.engine, turns, replace(GREEDY, max_tokens=16))
    assert (begun + rest.text)[: len(whole.text)] == whole.text


def test_count_tokens_grows_with_text_and_turns(loaded: LoadedEngine) -> None:
    count = loaded.engine.count_tokens
    short = (Turn(Role.USER, "tea"),)
    longer = (Turn(Role.USER, "tea, and then " * 5),)
    assert 0 < count(short) < count(longer)
    assert count(longer) < count((*longer, Turn(Role.ASSISTANT, "Yes."), Turn(Role.USER, "tea")))
    assert count(short) <= count((*short, Turn(Role.ASSISTANT, "It")))
    assert count(short) < count((Turn(Role.USER, "茶" * 50),))


def test_counting_between_answers_changes_nothing(loaded: LoadedEngine) -> None:
    first = answer(loaded.engine)
    loaded.engine.count_tokens((Turn(Role.USER, "something else"),))
    assert answer(loaded.engine).ids == first.ids


@pytest.mark.parametrize("tag", ["<|im_end|>", "<|endoftext|>", "<|im_start|>system"])
def test_typed_control_tokens_are_plain_text(loaded: LoadedEngine, tag: str) -> None:
    """A control token is one id; typed by a person it is several ids of plain text."""
    count = loaded.engine.count_tokens
    without = count((Turn(Role.USER, "one two"),))
    assert count((Turn(Role.USER, f"one {tag} two"),)) >= without + 3
    given = answer(loaded.engine, (Turn(Role.USER, f"Hello {tag}\nWhat is tea?"),))
    assert given.ids


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800 lone", "e\u0301", "\u202eabc", "🍵" * 40])
def test_odd_text_is_answered(loaded: LoadedEngine, text: str) -> None:
    given = answer(loaded.engine, (Turn(Role.USER, text),), replace(GREEDY, max_tokens=4))
    assert given.end.usage.prompt_tokens > 0


def test_the_context_is_the_end_of_an_answer_without_a_limit(fresh_engine: Engine, ref: ModelRef) -> None:
    info = fresh_engine.load(ref, LoadPlan(context_length=256), lambda _: None, CancelToken())
    given = answer(fresh_engine, params=replace(GREEDY, max_tokens=0))
    assert given.end.reason in {FinishReason.CONTEXT, FinishReason.STOP}
    used = given.end.usage.prompt_tokens + given.end.usage.output_tokens
    assert used <= info.context_length
    if given.end.reason is FinishReason.CONTEXT:
        assert used >= info.context_length - 1


def test_the_loaded_context_is_what_was_planned(loaded: LoadedEngine) -> None:
    assert loaded.info.context_length == min(CONTEXT_LENGTH, loaded.info.trained_context)

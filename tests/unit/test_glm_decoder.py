"""Generation: what a turn costs, and that neither cache, chunks nor cancelling changes an answer.

Answers of the engine are compared with a decoder that has read nothing before, over the same weights.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from app.core.cancel import Cancelled, CancelToken
from app.core.chat import FinishReason, Role, Turn
from app.core.engine import (
    Finished,
    GenerationParams,
    PromptProgress,
)
from app.core.errors import ErrorCode, WorldError
from app.model.glm import decoder as decoder_module
from app.model.glm.family import Family
from tests.helpers.glm_folder import make_folder
from tests.helpers.glm_models import Options
from tests.helpers.glm_talk import (
    CLOSE,
    GREEDY,
    KEEPING,
    QUESTIONS,
    SIZES,
    SYSTEM,
    Host,
    with_families,
)
from tests.helpers.glm_talk import folders as folders
from tests.helpers.glm_talk import host as host
from tests.helpers.quick_unload import quick_unload as quick_unload

# The cache


@with_families(*KEEPING)
def test_each_turn_costs_its_new_tokens_alone(host: Host) -> None:
    turns = [SYSTEM]
    before = 0
    for at, question in enumerate(QUESTIONS):
        turns.append(Turn(Role.USER, question))
        prompt = host.prompt(turns)
        answer = host.ask(turns)
        assert answer.ids == host.expected(prompt, GREEDY.max_tokens)
        assert answer.prompt == len(prompt)
        assert answer.cached == before, f"turn {at}"
        assert answer.text, "an answer without text is nothing to remember"
        # What the cache holds then: the last id of an answer that was cut is never read.
        before = len(prompt) + len(answer.ids) - (answer.end.reason is FinishReason.LENGTH)
        turns.append(Turn(Role.ASSISTANT, answer.text))


@with_families(*KEEPING, Family.CHATGLM, Family.GLM_Z1)
def test_edited_and_regenerated_turns_are_exact(host: Host) -> None:
    turns = [SYSTEM, Turn(Role.USER, QUESTIONS[0])]
    first = host.ask(turns)
    again = host.ask(turns)
    assert again.ids == first.ids
    assert again.cached == again.prompt - 1  # the last token is read for its scores
    turns += [Turn(Role.ASSISTANT, first.text), Turn(Role.USER, QUESTIONS[1])]
    host.ask(turns)
    old = host.prompt(turns)
    turns[-1] = Turn(Role.USER, QUESTIONS[2])
    new = host.prompt(turns)
    edited = host.ask(turns)
    assert edited.ids == host.expected(new, GREEDY.max_tokens)
    common = next(at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
    if host.decoder._network.config.family is Family.CHATGLM:
        assert edited.cached == 0
    else:
        assert edited.cached == common
    shorter = turns[:2]  # back to the first question
    assert host.ask(shorter).ids == first.ids


@with_families(*KEEPING, Family.CHATGLM, Family.GLM_Z1)
def test_stopped_and_continued_answers_are_exact(host: Host) -> None:
    turns = [SYSTEM, Turn(Role.USER, QUESTIONS[0])]
    prompt = host.prompt(turns)
    params = replace(GREEDY, max_tokens=20)
    stopped = host.ask(turns, params, stop_after=4)
    assert stopped.end.reason is FinishReason.CANCELLED
    assert stopped.ids == host.expected(prompt, 20)[: len(stopped.ids)]
    if not stopped.text:  # it was still thinking
        return
    going_on = [*turns, Turn(Role.ASSISTANT, stopped.text)]
    continued = host.ask(going_on, params)
    assert continued.ids == host.expected(host.prompt(going_on), 20)
    if host.decoder._network.config.family in KEEPING:
        assert host.prompt(going_on) == [*prompt, *stopped.ids]
        assert continued.cached >= len(prompt) + len(stopped.ids) - 1
    whole = [*turns, Turn(Role.ASSISTANT, stopped.text + continued.text), Turn(Role.USER, "Then?")]
    after = host.ask(whole, params)
    assert after.ids == host.expected(host.prompt(whole), 20)
    if host.decoder._network.config.family in KEEPING:
        assert after.cached >= continued.prompt + len(continued.ids) - 1


def test_a_stopped_answer_whose_last_text_was_kept_back_is_read_as_text(host: Host) -> None:
    """What the model wrote and what was shown are not the same then; what was shown counts."""
    turns = [SYSTEM, Turn(Role.USER, QUESTIONS[0])]
    params = replace(GREEDY, max_tokens=30)
    for count in range(1, 12):
        stopped = host.ask(turns, params, stop_after=count)
        if not stopped.text:
            continue
        going_on = [*turns, Turn(Role.ASSISTANT, stopped.text), Turn(Role.USER, "Then?")]
        answer = host.ask(going_on)
        assert answer.ids == host.expected(host.prompt(going_on), GREEDY.max_tokens)


@with_families(Family.CHATGLM)
def test_the_first_generation_reads_a_turn_anew_and_an_answer_not(host: Host) -> None:
    """Its prompt sees itself whole: one more round changes every key and value of it."""
    turns = [Turn(Role.USER, QUESTIONS[0])]
    first = host.ask(turns)
    more = [*turns, Turn(Role.ASSISTANT, first.text), Turn(Role.USER, QUESTIONS[1])]
    second = host.ask(more)
    assert second.cached == 0
    assert second.ids == host.expected(host.prompt(more), GREEDY.max_tokens)
    begun = [*more, Turn(Role.ASSISTANT, second.text)]
    continued = host.ask(begun)
    assert continued.cached >= second.prompt - 1
    assert continued.ids == host.expected(host.prompt(begun), GREEDY.max_tokens)


# Chunks


@with_families(Family.CHATGLM3, Family.CHATGLM, Family.GLM4_0414)
def test_the_size_of_chunks_changes_nothing(host: Host) -> None:
    ids = host.prompt([SYSTEM, Turn(Role.USER, "tea " * 120)])
    whole = host.fresh()
    list(whole.read(ids, lambda: None))
    for size in (1, 7, 64, len(ids) - 1):
        decoder = host.fresh()
        decoder._chunk = size
        assert list(decoder.read(ids, lambda: None))[-1] == len(ids)
        assert torch.allclose(decoder.logits, whole.logits, atol=CLOSE)
        decoder.write(5, lambda: None)
        other = host.fresh()
        list(other.read([*ids, 5], lambda: None))
        assert torch.allclose(decoder.logits, other.logits, atol=CLOSE)


def test_long_silences_make_the_chunks_shorter(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder_module, "LONGEST_SILENCE_S", 0.0)
    decoder = host.fresh()
    list(decoder.read([1] * 900, lambda: None))
    assert decoder._chunk == decoder_module.MAX_CHUNK // 2
    for _ in range(9):
        list(decoder.read([2] * 20, lambda: None))
        list(decoder.read([3] * 20, lambda: None))
    assert decoder._chunk == decoder_module.MIN_CHUNK


# Cancelling


class Calls:
    """A check that counts, and gives up at call `at`."""

    def __init__(self, at: int | None = None) -> None:
        self.count = 0
        self._at = at

    def __call__(self) -> None:
        if self.count == self._at:
            raise Cancelled
        self.count += 1


@with_families(Family.CHATGLM3, Family.CHATGLM, Family.GLM4_0414)
def test_giving_up_at_any_check_leaves_a_usable_cache(host: Host) -> None:
    ids = host.prompt([SYSTEM, Turn(Role.USER, "tea 茶 " * 25)])
    other = host.prompt([SYSTEM, Turn(Role.USER, "coffee")])
    wanted = {tuple(given): scores_of(host, given) for given in (ids, other)}
    all_calls = Calls()
    decoder = host.fresh()
    decoder._chunk = 16
    list(decoder.read(ids, all_calls))
    assert all_calls.count > 4 * decoder._network.layer_count
    samples = random.Random(1).sample(range(all_calls.count), min(40, all_calls.count))
    for at in samples:
        decoder = host.fresh()
        decoder._chunk = 16
        with pytest.raises(Cancelled):
            list(decoder.read(ids, Calls(at)))
        for given in (ids, other) if at % 2 else (other, ids):
            list(decoder.read(given, Calls()))
            assert torch.allclose(decoder.logits, wanted[tuple(given)], atol=CLOSE), at


def scores_of(host: Host, ids: Sequence[int]) -> torch.Tensor:
    decoder = host.fresh()
    list(decoder.read(ids, lambda: None))
    return decoder.logits


def test_giving_up_while_writing(host: Host) -> None:
    ids = host.prompt([SYSTEM, Turn(Role.USER, "tea")])
    counted = Calls()
    decoder = host.fresh()
    list(decoder.read(ids, lambda: None))
    decoder.write(9, counted)
    wanted = decoder.logits
    for at in range(counted.count):
        decoder = host.fresh()
        list(decoder.read(ids, lambda: None))
        with pytest.raises(Cancelled):
            decoder.write(9, Calls(at))
        list(decoder.read([*ids, 9], lambda: None))
        assert torch.allclose(decoder.logits, wanted, atol=CLOSE)


def test_a_cancel_while_a_prompt_is_read_keeps_the_chunks_that_were(host: Host) -> None:
    turns = [SYSTEM, Turn(Role.USER, "tea " * 200)]
    prompt = host.prompt(turns)
    host.decoder._chunk = 32
    cancel = CancelToken()
    events = host.engine.generate(turns, GREEDY, cancel)
    assert next(events) == PromptProgress(0, len(prompt))
    decoder = host.decoder
    with pytest.raises(Cancelled):
        list(decoder.read(prompt, Calls(at=40)))
    kept = decoder.reusable(prompt)
    assert kept > 0
    assert kept % 32 == 0
    cancel.cancel()
    assert isinstance(list(events)[-1], Finished)
    answer = host.ask(turns)
    assert answer.cached >= kept
    assert answer.ids == host.expected(prompt, GREEDY.max_tokens)


# The context


def test_a_prompt_up_to_the_context(host: Host) -> None:
    turns = [SYSTEM, Turn(Role.USER, "tea " * 30)]
    length = len(host.prompt(turns))
    host.load(context=length + 1)
    answer = host.ask(turns, replace(GREEDY, max_tokens=0))
    assert answer.end.reason is FinishReason.CONTEXT
    assert len(answer.ids) == 1
    assert answer.ids == host.expected(host.prompt(turns), 1)
    host.load(context=length + 3)
    assert host.ask(turns, replace(GREEDY, max_tokens=0, min_tokens=3)).end.reason is FinishReason.CONTEXT
    host.load(context=length)
    with pytest.raises(WorldError) as caught:
        host.ask(turns)
    assert caught.value.info.code is ErrorCode.MESSAGE_TOO_LONG
    assert caught.value.info.params == {"tokens": str(length), "limit": str(length - 1)}
    short = [Turn(Role.USER, "tea")]
    assert host.ask(short).ids  # and it goes on


def test_a_context_longer_than_the_model_allows(host: Host) -> None:
    info = host.load(context=1 << 20)
    assert info.context_length == info.trained_context == SIZES.context
    assert host.ask([Turn(Role.USER, "tea")]).ids


def test_a_long_context_of_0414_is_stretched(tmp_path: Path) -> None:
    """Up to 32768 tokens as trained, beyond with YaRN up to 131072 (reference section 5.1)."""
    options = Options(sizes=replace(SIZES, context=32768))
    host = Host(make_folder(tmp_path, Family.GLM4_0414, options))
    for wanted, given, factor in ((32768, 32768, None), (40000, 40000, 4.0), (1 << 20, 131072, 4.0)):
        info = host.load(context=wanted)
        assert info.context_length == given
        assert info.trained_context == 131072
        assert host.decoder._network.config.rope.yarn_factor == factor
        assert host.ask([Turn(Role.USER, "tea")]).ids
    host.engine.unload()


# Parameters


def louder(host: Host, tokens: Sequence[int], factor: float = 300.0) -> None:
    """Make some ids far likelier than the others at every second place or so."""
    head = host.decoder._network.get_submodule("lm_head").weight
    assert isinstance(head, torch.Tensor)
    head[list(tokens)] *= factor


def test_no_stop_before_there_are_enough_tokens(host: Host) -> None:
    assert host.engine._loaded is not None
    stops = host.engine._loaded.tokenizer.stop_ids
    louder(host, stops)
    turns = [SYSTEM, Turn(Role.USER, "tea")]
    for temperature in (0.0, 1.0):
        params = GenerationParams(max_tokens=30, temperature=temperature, seed=3)
        early = host.ask(turns, params)
        assert early.end.reason is FinishReason.STOP
        assert len(early.ids) < 12
        late = host.ask(turns, replace(params, min_tokens=12))
        assert len(late.ids) >= 12
        assert not set(late.ids) & set(stops)
        assert late.ids[: len(early.ids)] == early.ids


def test_the_number_of_tokens_is_what_was_asked_for(host: Host) -> None:
    turns = [SYSTEM, Turn(Role.USER, "tea")]
    for count in (1, 2, 17):
        answer = host.ask(turns, replace(GREEDY, max_tokens=count, min_tokens=count))
        assert len(answer.ids) == answer.end.usage.output_tokens == count
        assert answer.end.reason is FinishReason.LENGTH


def test_seeds_repeat_and_differ(host: Host) -> None:
    turns = [SYSTEM, Turn(Role.USER, "tea")]
    params = GenerationParams(max_tokens=16, temperature=1.0, top_p=1.0, min_tokens=16)
    answers = [host.ask(turns, replace(params, seed=seed)).ids for seed in (1, 1, 2, None, None)]
    assert answers[0] == answers[1]
    assert len(set(answers)) == 4


def test_a_penalty_keeps_what_was_said_from_being_said_again(host: Host) -> None:
    turns = [SYSTEM, Turn(Role.USER, "tea")]
    louder(host, range(40, 60), factor=30.0)
    params = GenerationParams(max_tokens=24, temperature=0.3, top_p=0.9, seed=5, min_tokens=24)
    plain = host.ask(turns, params).ids
    assert len(set(plain)) < len(plain)
    penalized = host.ask(turns, replace(params, repetition_penalty=1000.0)).ids
    assert len(set(penalized)) == len(penalized)
    assert not set(penalized) & set(host.prompt(turns))


# Progress


def test_progress_grows_and_ends_with_the_whole_prompt(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder_module, "PROGRESS_EVERY_S", 0.0)
    turns = [SYSTEM, Turn(Role.USER, "tea " * 100)]
    host.decoder._chunk = 32
    for cached in (0, None):
        answer = host.ask(turns)
        done = [event.done for event in answer.progress]
        assert {event.total for event in answer.progress} == {answer.prompt}
        assert done == sorted(done)
        assert done[0] == answer.cached
        assert done[-1] == answer.prompt
        if cached == 0:
            assert answer.cached == 0
            assert len(set(done)) > 8

"""The llama.cpp engine on the real starter model, in this process."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.core.cancel import Cancelled, CancelToken
from app.core.chat import FinishReason, Role, Turn
from app.core.engine import (
    EngineEvent,
    Finished,
    GenerationParams,
    LoadPlan,
    LoadProgress,
    Precision,
    PromptProgress,
    TextDelta,
)
from app.core.errors import ErrorCode, WorldError
from app.model import gguf
from app.model.engines.detokenizer import Detokenizer
from app.model.engines.llama_cpp import LlamaCppEngine
from app.model.gguf import GgufVocabulary
from tests.helpers.starter import starter_path, starter_ref

pytestmark = pytest.mark.starter

GREEDY = GenerationParams(max_tokens=40, temperature=0.0)
CAPITAL = (Turn(Role.USER, "What is the capital of France?"),)
CONTEXT = 1024


@pytest.fixture(scope="module")
def engine() -> Iterator[LlamaCppEngine]:
    engine = LlamaCppEngine()
    engine.load(starter_ref(), LoadPlan(context_length=CONTEXT), lambda _: None, CancelToken())
    yield engine
    engine.unload()


@pytest.fixture(scope="module")
def vocabulary() -> GgufVocabulary:
    return gguf.read_vocabulary(starter_path())


def run(
    engine: LlamaCppEngine, turns: Sequence[Turn], params: GenerationParams = GREEDY
) -> tuple[list[EngineEvent], str, tuple[int, ...], Finished]:
    events = list(engine.generate(turns, params, CancelToken()))
    deltas = [event for event in events if isinstance(event, TextDelta)]
    text = "".join(delta.text for delta in deltas)
    ids = tuple(token for delta in deltas for token in delta.ids)
    end = events[-1]
    assert isinstance(end, Finished)
    return events, text, ids, end


def spelled(vocabulary: GgufVocabulary, ids: Sequence[int]) -> str:
    detokenizer = Detokenizer(vocabulary)
    return b"".join(detokenizer.token_bytes(token) or b"" for token in ids).decode("utf-8", "ignore")


def prompt_of(engine: LlamaCppEngine, turns: Sequence[Turn]) -> list[int]:
    return engine._model().encode(turns)


def test_a_plain_question_is_answered(engine: LlamaCppEngine, vocabulary: GgufVocabulary) -> None:
    events, text, ids, end = run(engine, CAPITAL)
    assert "Paris" in text
    assert len([event for event in events if isinstance(event, TextDelta)]) > 3
    assert end.reason is FinishReason.STOP
    assert spelled(vocabulary, ids) == text
    assert end.usage.output_tokens == len(ids)


def test_the_prompt_is_what_the_library_would_make(engine: LlamaCppEngine) -> None:
    """Ours is put together of pieces; for harmless texts it is the template's output, tokenized whole."""
    turns = (
        Turn(Role.SYSTEM, "You are kind."),
        Turn(Role.USER, "Hello there! 你好 🍵"),
        Turn(Role.ASSISTANT, "Hi.\n\n- one\n- two"),
        Turn(Role.USER, "  Spaces  and\n\n\nlines "),
    )
    messages = [{"role": turn.role.value, "content": turn.text} for turn in turns]
    server = engine._model().server
    rendered = server.render(messages)
    assert rendered is not None
    assert rendered.startswith("<|im_start|>system\nYou are kind.<|im_end|>\n<|im_start|>user\n")
    whole = server._call("/tokenize", {"content": rendered, "add_special": True, "parse_special": True})
    assert prompt_of(engine, turns) == whole["tokens"]


@pytest.mark.parametrize(
    "tag", ["<|im_end|>", "<|im_start|>", "<|endoftext|>", "<|im_end|>\n<|im_start|>system\n"]
)
def test_typed_control_tokens_stay_text(engine: LlamaCppEngine, vocabulary: GgufVocabulary, tag: str) -> None:
    control = {token for token, kind in enumerate(vocabulary.types) if kind == 3}
    plain, typed = ([token for token in prompt_of(engine, (Turn(Role.USER, text),)) if token in control]
                    for text in ("hello", f"{tag}hello{tag}"))  # fmt: skip
    assert typed == plain
    assert spelled(vocabulary, prompt_of(engine, (Turn(Role.USER, f"a{tag}b"),))).count(tag) == 1


def test_a_conversation_uses_the_cache(engine: LlamaCppEngine) -> None:
    _, text, ids, first = run(engine, CAPITAL)
    more = (*CAPITAL, Turn(Role.ASSISTANT, text), Turn(Role.USER, "And of Italy?"))
    events, _, _, second = run(engine, more)
    before = first.usage.prompt_tokens + len(ids)
    assert second.usage.cached_tokens >= before - 1
    progress = [event for event in events if isinstance(event, PromptProgress)]
    assert progress[0].done >= before - 1
    assert progress[-1].done == progress[-1].total == second.usage.prompt_tokens


def test_an_answer_is_gone_on_with(engine: LlamaCppEngine) -> None:
    _, text, _, _ = run(engine, (*CAPITAL, Turn(Role.ASSISTANT, "The capital of France is")))
    assert text.startswith(" Paris")


def test_every_id_of_a_character_in_pieces(engine: LlamaCppEngine, vocabulary: GgufVocabulary) -> None:
    """The vocabulary spells most Chinese characters and emoji in several tokens."""
    turns = (Turn(Role.USER, "Repeat exactly: 一杯绿茶 🍵🍵 好茶"),)
    _, text, ids, _ = run(engine, turns)
    assert "茶" in text or "🍵" in text
    assert spelled(vocabulary, ids) == text
    for limit in range(1, min(len(ids), 22)):
        _, part, part_ids, end = run(engine, turns, replace(GREEDY, max_tokens=limit))
        assert part_ids == ids[:limit]
        assert part == spelled(vocabulary, part_ids)
        assert end.reason is FinishReason.LENGTH


def test_ids_that_cannot_be_found_again_are_generated_anew(
    engine: LlamaCppEngine, vocabulary: GgufVocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = (Turn(Role.USER, "Repeat exactly: 一杯绿茶 🍵🍵 好茶"),)
    expected = run(engine, turns)
    monkeypatch.setattr(Detokenizer, "missing_ids", lambda *_: None)
    _, text, ids, end = run(engine, turns)
    assert spelled(vocabulary, ids) == text
    assert (text, ids, end.reason) == (expected[1], expected[2], expected[3].reason)
    warm = GenerationParams(max_tokens=30, temperature=1.2, top_p=1.0, seed=5)
    _, text, ids, end = run(engine, turns, warm)
    assert end.usage.output_tokens == len(ids) <= 30
    assert spelled(vocabulary, ids).replace("\ufffd", "") == text


def test_the_reasons_of_an_end(engine: LlamaCppEngine) -> None:
    story = (Turn(Role.USER, "Write a very long story about tea."),)
    assert run(engine, CAPITAL)[3].reason is FinishReason.STOP
    assert run(engine, story, replace(GREEDY, max_tokens=7))[3].reason is FinishReason.LENGTH
    filling = "tea and more tea, "
    repeats = (CONTEXT - 60) // (engine.count_tokens((Turn(Role.USER, filling * 100),)) // 100)
    long = (Turn(Role.USER, filling * repeats + "\nWrite a very long story about it."),)
    _, _, _, end = run(engine, long, replace(GREEDY, max_tokens=0))
    assert end.reason in {FinishReason.CONTEXT, FinishReason.STOP}
    if end.reason is FinishReason.CONTEXT:
        assert end.usage.prompt_tokens + end.usage.output_tokens == CONTEXT


def test_an_answer_that_must_be_as_long_as_it_may_does_not_end_before(engine: LlamaCppEngine) -> None:
    turns = (Turn(Role.USER, "Say yes."),)
    _, _, plain, _ = run(engine, turns, replace(GREEDY, max_tokens=200))
    assert len(plain) < 200
    wanted = replace(GREEDY, max_tokens=200, min_tokens=200)
    _, _, ids, end = run(engine, turns, wanted)
    assert (len(ids), end.reason) == (200, FinishReason.LENGTH)


def test_a_prompt_longer_than_the_context_is_refused(engine: LlamaCppEngine) -> None:
    with pytest.raises(WorldError) as caught:
        run(engine, (Turn(Role.USER, "tea " * (CONTEXT + 50)),))
    assert caught.value.info.code is ErrorCode.MESSAGE_TOO_LONG


def test_cancel_while_a_long_prompt_is_read(engine: LlamaCppEngine) -> None:
    expected = run(engine, CAPITAL)[2]
    cancel = CancelToken()
    events: list[EngineEvent] = []
    for event in engine.generate((Turn(Role.USER, "green tea, " * 300),), GREEDY, cancel):
        events.append(event)
        if isinstance(event, PromptProgress) and event.done > 0:
            cancel.cancel()
    progress = [event for event in events if isinstance(event, PromptProgress)]
    assert progress[-1].done < progress[-1].total
    assert not [event for event in events if isinstance(event, TextDelta)]
    end = events[-1]
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.CANCELLED
    assert run(engine, CAPITAL)[2] == expected


def test_cancel_in_the_middle_of_a_long_answer(engine: LlamaCppEngine) -> None:
    expected = run(engine, CAPITAL)[2]
    for _ in range(3):
        cancel = CancelToken()
        seen = 0
        stream = engine.generate(
            (Turn(Role.USER, "Write a very long story."),), GenerationParams(0, 0.0), cancel
        )
        for event in stream:
            seen += isinstance(event, TextDelta)
            if seen == 10:
                cancel.cancel()
        assert seen == 10
        assert run(engine, CAPITAL)[2] == expected


def test_a_cancel_set_by_another_thread_is_noticed_between_batches(engine: LlamaCppEngine) -> None:
    cancel = CancelToken()
    stream = engine.generate((Turn(Role.USER, "black tea, " * 300),), GREEDY, cancel)
    next(stream)
    timer = threading.Timer(0.05, cancel.cancel)
    timer.start()
    events = list(stream)
    timer.join()
    assert isinstance(events[-1], Finished)
    assert events[-1].reason is FinishReason.CANCELLED


def test_the_arg_max_is_plain(engine: LlamaCppEngine) -> None:
    """Temperature 0 takes the most probable token at each step, whatever top-p and seed say."""
    turns = (Turn(Role.USER, "Tell me about tea."),)
    _, _, ids, _ = run(engine, turns, replace(GREEDY, max_tokens=12))
    assert run(engine, turns, GenerationParams(12, 0.0, 0.1, 99))[2] == ids
    server, prompt = engine._model().server, prompt_of(engine, turns)
    for at, token in enumerate(ids):
        body = {
            "prompt": [*prompt, *ids[:at]],
            "n_predict": 1,
            "n_probs": 1,
            "temperature": 1.0,
            "samplers": [],
        }
        step = server.complete(body)["completion_probabilities"][0]["top_logprobs"][0]
        assert step["id"] == token


def test_seeds(engine: LlamaCppEngine) -> None:
    turns = (Turn(Role.USER, "Invent a name for a tea house."),)
    warm = GenerationParams(max_tokens=24, temperature=1.0, top_p=1.0)
    first, again, other = (run(engine, turns, replace(warm, seed=seed))[2] for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert len({run(engine, turns, warm)[2] for _ in range(3)}) > 1


def test_nobody_without_the_key_is_served(engine: LlamaCppEngine) -> None:
    server = engine._model().server
    host, port = server.address
    assert host == "127.0.0.1"
    body = json.dumps({"prompt": "tea", "n_predict": 1, "content": "tea", "messages": []})

    def status(method: str, path: str, key: str | None) -> int:
        connection = http.client.HTTPConnection(host, port, timeout=20)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        connection.request(method, path, body if method == "POST" else None, headers)
        code = connection.getresponse().status
        connection.close()
        return code

    for path in (
        "/completion",
        "/v1/chat/completions",
        "/tokenize",
        "/apply-template",
        "/embedding",
        "/infill",
    ):
        for key in (None, "", "wrong"):
            assert status("POST", path, key) == http.HTTPStatus.UNAUTHORIZED, path
    for path in ("/props", "/slots", "/metrics"):
        assert status("GET", path, None) == http.HTTPStatus.UNAUTHORIZED, path
    assert status("POST", "/tokenize", server._key) == http.HTTPStatus.OK
    listening = {
        c.laddr.ip for c in psutil.Process().net_connections("tcp") if c.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_a_long_conversation_is_counted_once(engine: LlamaCppEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = [Turn((Role.USER, Role.ASSISTANT)[at % 2], f"message {at} about tea") for at in range(2001)]
    whole = engine.count_tokens(turns)
    asked: list[Any] = []
    tokenize = engine._model().encoder._tokenize
    monkeypatch.setattr(
        engine._model().encoder, "_tokenize", lambda texts: asked.append(texts) or tokenize(texts)
    )
    parts = [engine.count_tokens(turns[at:]) for at in (0, 1000, 1500, 1750)]
    assert parts[0] == whole
    assert parts == sorted(parts, reverse=True)
    assert not asked


def test_loading_tells_progress_and_can_be_cancelled() -> None:
    engine = LlamaCppEngine()
    cancel = CancelToken()
    reports: list[LoadProgress] = []

    def report(progress: LoadProgress) -> None:
        reports.append(progress)
        if progress.fraction > 0.2:
            cancel.cancel()

    with pytest.raises(Cancelled):
        engine.load(starter_ref(), LoadPlan(), report, cancel)
    assert 0.2 < reports[-1].fraction < 0.8
    with pytest.raises(WorldError) as caught:
        engine.count_tokens(CAPITAL)
    assert caught.value.info.code is ErrorCode.NO_MODEL


def test_what_was_loaded_and_what_cannot_be() -> None:
    engine = LlamaCppEngine()
    with pytest.raises(WorldError) as caught:
        engine.load(starter_ref(), LoadPlan(precision=Precision.INT4), lambda _: None, CancelToken())
    assert caught.value.info.code is ErrorCode.PRECISION_UNAVAILABLE
    info = engine.load(
        starter_ref(), LoadPlan(context_length=100_000, threads=1), lambda _: None, CancelToken()
    )
    engine.unload()
    assert (info.context_length, info.trained_context) == (8192, 8192)
    assert (info.precision_label, info.architecture) == ("Q4_1", "llama")


def test_in_a_folder_with_chinese_characters_and_spaces(tmp_path: Path) -> None:
    path = tmp_path / "我的 模型" / "茶 model.gguf"
    path.parent.mkdir()
    path.write_bytes(starter_path().read_bytes())
    engine = LlamaCppEngine()
    ref = replace(starter_ref(), path=str(path))
    engine.load(ref, LoadPlan(context_length=512), lambda _: None, CancelToken())
    text = run(engine, CAPITAL)[1]
    engine.unload()
    assert "Paris" in text

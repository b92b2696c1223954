"""Measuring: what can be measured and how long that takes, what the figures are made of, what is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale

from app.core import measuring, memory_plan
from app.core.chat import FinishReason, Timings, Usage
from app.core.computing import USUAL, Computing
from app.core.engine import DeviceWish, EngineKind, Finished, Precision
from app.core.errors import ErrorCode, ErrorInfo
from app.core.measuring import (
    MeasureEnd,
    MeasurePhase,
    MeasurePlan,
    MeasureProgress,
    MeasureState,
    plan_measuring,
)
from app.core.memory import GraphicsCard, MemoryChoice
from app.core.model_records import AUTOMATIC, SpeedMeasure
from app.core.paths import AppPaths
from app.model.prepared_names import prepared_precisions
from app.ui.texts import measuring as texts
from app.ui.translator import Translator
from tests.helpers.memory_cases import FP16, GGUF, GIB, INT4, INT8, SIX_B, barely, computer, found, needs

PATHS = AppPaths(Path("/data"), Path("/models"))
PLENTY = computer(15 * GIB)
ALL = frozenset({INT8, INT4})


def plan(model=None, wish=AUTOMATIC, machine=PLENTY, computing=USUAL, threads=2, prepared=ALL) -> MeasurePlan:
    return plan_measuring(model or found(), wish, PATHS, machine, computing, threads, prepared)


def finished(prompt: int, cached: int, written: int, prefill_ms: float, decode_ms: float) -> Finished:
    return Finished(
        FinishReason.LENGTH, Usage(prompt, cached, written), Timings(prefill_ms, prefill_ms, decode_ms)
    )


# What can be measured


def test_every_precision_that_fits_is_measured_the_quickest_first() -> None:
    assert [step.precision for step in plan().steps] == [INT4, INT8, FP16]
    assert plan().left_out == ()
    small = plan(machine=barely(needs(INT8, 8192)))
    assert [step.precision for step in small.steps] == [INT4, INT8]
    assert small.left_out == (FP16,)


def test_what_fits_in_no_way_is_not_measured_at_all() -> None:
    assert plan(machine=computer(GIB)).steps == ()


def test_all_are_measured_with_the_context_that_would_be_loaded() -> None:
    wish = MemoryChoice(INT4, 16384)
    assert {step.load.context_length for step in plan(wish=wish).steps} == {16384}
    tight = barely(needs(INT4, 8192))
    assert {step.load.context_length for step in plan(wish=wish, machine=tight).steps} == {8192}


def test_a_file_with_one_precision_is_measured_at_that() -> None:
    (step,) = plan(found(GGUF)).steps
    assert step.precision is Precision.NATIVE
    (step,) = plan(found(replace(SIX_B, quantization_bits=4))).steps
    assert step.precision is INT4
    (step,) = plan(found(None)).steps
    assert (step.precision, step.load.context_length) == (Precision.NATIVE, 8192)


def test_device_and_threads_are_those_of_every_load() -> None:
    computing = Computing(DeviceWish.PROCESSOR, 3)
    for step in plan(computing=computing).steps:
        assert (step.load.device, step.load.threads) == (DeviceWish.PROCESSOR, 3)


def test_what_is_not_prepared_takes_longer_and_room_on_the_disk() -> None:
    fresh, ready = plan(prepared=frozenset()), plan()
    assert [step.precision for step in fresh.unprepared] == [INT4, INT8]
    assert ready.unprepared == ()
    assert fresh.seconds > ready.seconds + 60
    for step in fresh.unprepared:
        choice = MemoryChoice(step.precision, step.load.context_length)
        assert step.disk_bytes == memory_plan.estimate(SIX_B, choice).model
    quick = plan(threads=8, prepared=frozenset())
    assert sum(step.prepare_s for step in quick.steps) * 4 == pytest.approx(
        sum(step.prepare_s for step in fresh.steps)
    )


def test_a_card_that_takes_the_whole_model_is_quicker() -> None:
    card = computer(15 * GIB, card=GraphicsCard("A card", 24 * GIB, 23 * GIB))
    assert plan(machine=card).seconds < plan().seconds / 2


def test_the_parts_of_a_step_follow_each_other() -> None:
    for step in (*plan(prepared=frozenset()).steps, *plan().steps):
        at = [step.before(phase) for phase in MeasurePhase]
        assert at == sorted(at)
        assert at[0] == 0
        assert sum(step.length(phase) for phase in MeasurePhase) == pytest.approx(step.seconds)
        assert (step.length(MeasurePhase.PREPARING) > 0) == (not step.is_prepared)


# The figures


def test_the_speeds_are_medians_and_what_was_cached_was_not_read() -> None:
    rounds = [
        finished(500, 0, 33, 5000, 8000),
        finished(500, 499, 33, 90, 4000),
        finished(500, 499, 33, 90, 2000),
    ]
    assert measuring.speeds(rounds) == (100.0, 8.0)


def test_a_network_that_reads_everything_each_time_is_read_three_times() -> None:
    rounds = [finished(500, 0, 33, ms, 4000) for ms in (5000, 10_000, 2500)]
    assert measuring.speeds(rounds) == (100.0, 8.0)


def test_where_nothing_was_told_there_is_no_speed() -> None:
    assert measuring.speeds([]) == (0.0, 0.0)
    assert measuring.speeds([finished(500, 0, 1, 5000, 0)]) == (100.0, 0.0)


def test_the_prompt_leaves_room_for_the_answer() -> None:
    assert measuring.prompt_tokens(8192) == measuring.PROMPT_TOKENS
    assert 1 <= measuring.prompt_tokens(256) <= 256 - measuring.NEW_TOKENS
    assert measuring.prompt_tokens(16) == 1


def test_the_text_has_so_many_words_and_no_two_beginnings_alike() -> None:
    assert len(measuring.bench_text(512).split()) == 512
    assert measuring.bench_text(30).startswith(measuring.bench_text(5))
    assert measuring.corrected(512, 700, 512) == 324
    assert measuring.corrected(10, 700, 512) == 1


# Prepared files


def test_prepared_files_are_told_by_their_names(tmp_path: Path) -> None:
    key = "0123456789abcdef"
    for name in (
        f"chat-glm-int4-{key}",
        f"chat-glm-int8-{key}.77.partial",
        f"other-int8-{key}",
        "chat-glm-int8-x",
    ):
        (tmp_path / name).mkdir()
    assert prepared_precisions(tmp_path, Path("/models/chat-glm")) == {INT4}
    assert prepared_precisions(tmp_path, Path("/models/chat")) == frozenset()
    assert prepared_precisions(tmp_path / "none", Path("/models/chat-glm")) == frozenset()


# What is said


@pytest.fixture(params=["en", "zh_CN"])
def language(qapp, request):
    translator = Translator(qapp)
    translator.set_language(request.param)
    yield request.param
    translator.set_language("en")


def test_before_it_is_said_what_has_to_be_prepared_and_what_is_left_out(qapp) -> None:
    QLocale.setDefault(QLocale("en_US"))
    said = texts.offer(plan(machine=barely(needs(INT8, 8192)), prepared=frozenset({INT4})), "")
    assert "INT8 has to be prepared first" in said
    assert "of the disk" in said
    assert "Left out, for want of free memory: FP16." in said
    assert "prepared" not in texts.offer(plan(), "")
    assert "does not fit" in texts.offer(MeasurePlan(), "")


def test_everything_is_said_in_both_languages(language: str) -> None:
    measure = SpeedMeasure(28.4, 4.016, 44 * GIB // 10, 1)
    failed = ((INT8, ErrorInfo(ErrorCode.DISK_FULL)),)
    said = [texts.offer(plan(prepared=frozenset()), ""), texts.cannot_now(), *texts.headings()]
    said += [texts.doing(MeasureProgress(INT4, 1, 2, phase, 2, 0.3, 200), "") for phase in MeasurePhase]
    said += [texts.ended(MeasureState(end=end, failed=failed), "") for end in MeasureEnd]
    said += [texts.row_sentence(INT4, measure, ""), texts.measured_on([measure], datetime.now(UTC))]
    for sentence in said:
        assert "{" not in sentence
        assert any("\u4e00" <= char <= "\u9fff" for char in sentence) == (language == "zh_CN"), sentence


def test_a_pace_is_told_in_what_people_count_in(language: str) -> None:
    _, writes, reads, memory = texts.cells(INT4, SpeedMeasure(28.4, 4.016, 44 * GIB // 10), "")
    if language == "en":
        assert (writes, reads, memory) == ("4.0 tokens/s\nabout 3 words a second", "28 tokens/s", "4.4 GB")
    else:
        assert "约 6 个字" in writes
    assert texts.cells(INT4, SpeedMeasure(1.0, 1.0, 0, 0, "A card"), "")[3] == "A card"
    assert texts.cells(Precision.NATIVE, SpeedMeasure(1.0, 1.0, 1), "Q4_1")[0] == "Q4_1"


@pytest.mark.parametrize(
    ("precision", "speeds", "said"),
    [
        (INT4, {FP16: 1.0, INT4: 4.0}, "faster than FP16"),
        (INT8, {INT8: 2.4, INT4: 4.0}, "slower than INT4"),
        (FP16, {FP16: 1.0, INT8: 2.0, INT4: 4.0}, "slower than INT4"),
        (INT4, {INT8: 4.1, INT4: 4.0}, "as fast as INT8"),
        (INT4, {INT8: 4.0}, ""),
        (INT4, {INT4: 4.0}, ""),
        (INT8, {}, ""),
    ],
)
def test_faster_and_slower_are_said_only_where_both_were_measured(qapp, precision, speeds, said) -> None:
    QLocale.setDefault(QLocale("en_US"))
    measured = {one: SpeedMeasure(10.0, speed) for one, speed in speeds.items()}
    sentence = texts.comparison(precision, measured)
    assert said in sentence
    assert bool(sentence) == bool(said)


def test_a_card_and_the_processor_are_not_compared(qapp) -> None:
    measured = {INT8: SpeedMeasure(90, 50, device="A card"), INT4: SpeedMeasure(28, 4)}
    assert texts.comparison(INT4, measured) == ""


def test_engines_without_precisions_are_known() -> None:
    assert GGUF.engine is EngineKind.LLAMA_CPP
    assert plan(found(GGUF)).unprepared == ()

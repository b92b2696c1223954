"""What is remembered of each model: kept as text, bounded, and forgiving with what a damaged text holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import settings as declared
from app.core.engine import Precision
from app.core.memory import MemoryChoice
from app.core.model_records import (
    AUTOMATIC,
    MAX_ID_LENGTH,
    MAX_MODELS,
    LoadMeasure,
    ModelRecord,
    SpeedMeasure,
    read_record,
    wish_of,
    with_record,
    with_wish,
)
from app.core.settings import Settings

CHOICE = MemoryChoice(Precision.INT4, 8192)
FULL = ModelRecord(
    precision=Precision.INT4,
    context_length=8192,
    measure=LoadMeasure(CHOICE, 4_900_000_000, 5_000_000_000),
    last_used_ms=1_760_000_000_000,
    speeds={Precision.INT4: 5.25, Precision.INT8: 3.5},
    measured={
        Precision.INT4: SpeedMeasure(28.5, 4.0, 4_700_000_000, 1_760_000_000_000),
        Precision.INT8: SpeedMeasure(450.0, 60.5, 0, 1_760_000_000_001, "A card"),
    },
)


def kept(model_id: str, record: ModelRecord, before: Settings | None = None) -> Settings:
    before = before or Settings()
    return before.changed(declared.MODEL_RECORDS, with_record(before, model_id, record))


@pytest.mark.parametrize("model_id", ["chatglm3-6b", "模型/六 6B", 'a"b\\c', ""])
@pytest.mark.parametrize("record", [FULL, ModelRecord(), ModelRecord(precision=Precision.NATIVE)])
def test_a_record_comes_back_as_it_was(model_id: str, record: ModelRecord) -> None:
    assert read_record(kept(model_id, record), model_id) == record
    assert read_record(kept(model_id, record), "another") == ModelRecord()


def test_records_of_other_models_stay() -> None:
    both = kept("b", ModelRecord(context_length=2048), kept("a", FULL))
    assert read_record(both, "a") == FULL
    assert read_record(both, "b").context_length == 2048


def test_a_settings_file_of_an_older_teahouse_counts_until_something_is_chosen() -> None:
    old = Settings.from_mapping({"precision": "int8", "context_length": 4096})
    assert wish_of(old, "m") == MemoryChoice(Precision.INT8, 4096)
    assert wish_of(Settings(), "m") == AUTOMATIC
    chosen = kept("m", with_wish(ModelRecord(), CHOICE), old)
    assert wish_of(chosen, "m") == CHOICE
    assert wish_of(chosen, "other") == MemoryChoice(Precision.INT8, 4096)
    again = kept("m", with_wish(ModelRecord(), AUTOMATIC), chosen)
    assert wish_of(again, "m") == AUTOMATIC


def test_half_a_choice_leaves_the_other_half_alone() -> None:
    old = Settings.from_mapping({"context_length": 4096})
    assert wish_of(kept("m", ModelRecord(precision=Precision.FP16), old), "m") == MemoryChoice(
        Precision.FP16, 4096
    )


def test_the_longest_unused_are_forgotten_and_never_the_one_that_is_written() -> None:
    values = Settings()
    for at in range(MAX_MODELS + 5):
        values = kept(f"model-{at}", ModelRecord(context_length=2048, last_used_ms=1000 - at), values)
    ids = set(json.loads(values.text(declared.MODEL_RECORDS)))
    assert len(ids) == MAX_MODELS
    assert f"model-{MAX_MODELS + 4}" in ids
    assert "model-0" in ids


def test_the_text_never_grows_beyond_what_the_setting_takes() -> None:
    values = Settings()
    for at in range(MAX_MODELS):
        values = kept(f"{at:04}" * (MAX_ID_LENGTH // 4), FULL, values)
    assert len(values.text(declared.MODEL_RECORDS)) <= declared.MODEL_RECORDS.max_length
    last = f"{MAX_MODELS - 1:04}" * (MAX_ID_LENGTH // 4)
    assert read_record(values, last) == FULL
    longer = "x" * (MAX_ID_LENGTH + 1)
    assert read_record(kept(longer, FULL), longer) == ModelRecord()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "1", '{"m": 1}', '{"m": []}', "[" * 50_000, '{"m": {"precision": ["int4"]}}'],
    ids=lambda text: text[:12],
)
def test_a_damaged_text_is_an_empty_record(text: str) -> None:
    assert read_record(Settings.from_mapping({"model_records": text}), "m") == ModelRecord()


def test_what_is_damaged_in_a_record_is_left_out_alone() -> None:
    raw = {
        "precision": "int4", "context_length": -5, "last_used_ms": True, "measure": {"precision": "int4"},
        "speeds": {"int4": 5.0, "int8": "fast", "fp16": -1, "warp": 9.0}, "later": {"x": 1},
        "measured": {
            "int8": {"reads": 40.0, "writes": 4.0, "peak": -1, "measured_ms": "noon", "device": ""},
            "fp16": {"reads": 40.0, "writes": 0, "device": ""}, "int4": {"reads": 1.0, "writes": 1.0},
            "warp": {"reads": 1.0, "writes": 1.0, "device": ""}, "fp32": 5,
        },
    }  # fmt: skip
    values = Settings.from_mapping({"model_records": json.dumps({"m": raw})})
    assert read_record(values, "m") == ModelRecord(
        precision=Precision.INT4,
        speeds={Precision.INT4: 5.0},
        measured={Precision.INT8: SpeedMeasure(40.0, 4.0)},
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(["precision", "context_length", "measure", "last_used_ms", "speeds", "measured"])


@settings(derandomize=True, max_examples=150, deadline=None)
@given(record=st.dictionaries(fields, json_values))
def test_whatever_stands_there_can_be_read_and_written_again(record: dict[str, object]) -> None:
    values = Settings.from_mapping({"model_records": json.dumps({"m": record})})
    read = read_record(values, "m")
    assert read_record(kept("m", read, values), "m") == read
    wish_of(values, "m")

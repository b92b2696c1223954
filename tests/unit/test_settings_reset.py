"""Every setting as at first, and back: what people chose goes, what was measured and remembered stays."""

from __future__ import annotations

from dataclasses import replace

from app.core import settings as declared
from app.core.engine import Precision
from app.core.memory import MemoryChoice
from app.core.model_records import (
    LoadMeasure,
    ModelRecord,
    SpeedMeasure,
    read_record,
    wish_of,
    with_record,
)
from app.core.settings import Settings
from app.core.settings_reset import as_at_first, chosen_by_people, with_choices_of
from tests.helpers.memory_cases import INT4, INT8

RECORD = ModelRecord(
    precision=INT8,
    context_length=4096,
    measure=LoadMeasure(MemoryChoice(INT8, 4096), 5, 6),
    last_used_ms=7,
    speeds={INT8: 2.5},
    measured={INT8: SpeedMeasure(45.0, 2.4, 9, 8)},
)


def chosen() -> Settings:
    raw = {"theme": "dark", "threads": 3, "idle_minutes": 5, "device": "processor", "precision": "int4",
           "context_length": 2048, "last_model": "six", "sidebar_visible": False}  # fmt: skip
    settings = Settings.from_mapping(raw)
    return settings.changed(declared.MODEL_RECORDS, with_record(settings, "six", RECORD))


def test_what_people_chose_goes_and_what_was_remembered_stays() -> None:
    reset = as_at_first(chosen())
    for setting in chosen_by_people():
        assert reset.value(setting) == setting.default, setting.key
    assert reset.text(declared.LAST_MODEL) == "six"
    assert not reset.switch(declared.SIDEBAR_VISIBLE)
    assert wish_of(reset, "six") == MemoryChoice(Precision.NATIVE, 0)
    assert read_record(reset, "six") == replace(RECORD, precision=None, context_length=None)


def test_it_can_be_taken_back_and_what_was_measured_since_stays() -> None:
    reset = as_at_first(chosen())
    later = replace(read_record(reset, "six"), measured={INT4: SpeedMeasure(28.0, 4.0)})
    now = reset.changed(declared.MODEL_RECORDS, with_record(reset, "six", later))
    back = with_choices_of(now, chosen())
    for setting in chosen_by_people():
        assert back.value(setting) == chosen().value(setting), setting.key
    assert read_record(back, "six") == replace(later, precision=INT8, context_length=4096)


def test_every_setting_of_the_pane_is_among_them() -> None:
    assert {declared.DEVICE, declared.IDLE_MINUTES, declared.THREADS, declared.LANGUAGE} <= {
        *chosen_by_people()
    }
    assert declared.MODEL_RECORDS not in chosen_by_people()
    assert declared.WINDOW_GEOMETRY not in chosen_by_people()

"""What is remembered of each model: what a person chose for it, and how its loads went on this computer.

Kept as JSON in one hidden setting (`settings.MODEL_RECORDS`), by the ids of the library. What a damaged file
holds is left out value by value; nothing here raises for it. Knows no disk: the settings are written as ever.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from app.core import settings as declared
from app.core.engine import Precision
from app.core.memory import MemoryChoice
from app.core.settings import Settings

MAX_MODELS = 100
"""The models that were not used for longest are forgotten beyond this number."""
MAX_ID_LENGTH = 1000
AUTOMATIC = MemoryChoice(Precision.NATIVE, 0)
"""A wish that leaves both to the computer: NATIVE and 0 stand for what is recommended."""

_LONGEST_CONTEXT = 1 << 24
_MOST_BYTES = 1 << 50
_LATEST_MS = 1 << 53
_SLOWEST, _FASTEST = 1e-3, 1e6
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class LoadMeasure:
    """What one choice was estimated to take, and what it took at most; bytes."""

    choice: MemoryChoice
    estimated: int
    used: int


@dataclass(frozen=True, slots=True)
class SpeedMeasure:
    """How fast a model was at a precision when it was measured (`measuring`): tokens a second.

    `peak` is what it took of the memory at most, in bytes, 0 where a graphics card computed; `device` is that
    card's name, "" for the processor; `measured_ms` is UTC.
    """

    reads: float
    writes: float
    peak: int = 0
    measured_ms: int = 0
    device: str = ""


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """One model. `last_used_ms` is UTC; `speeds` are tokens a second of the last answer at a precision.

    `precision` and `context_length` are the person's choice: None where there was none yet (then the settings
    of an older Teahouse count), NATIVE and 0 where what is recommended was asked for.
    """

    precision: Precision | None = None
    context_length: int | None = None
    measure: LoadMeasure | None = None
    last_used_ms: int = 0
    speeds: Mapping[Precision, float] = field(default_factory=dict)
    measured: Mapping[Precision, SpeedMeasure] = field(default_factory=dict)


def read_record(settings: Settings, model_id: str) -> ModelRecord:
    """What is remembered of a model; an empty record where that is nothing."""
    return _read(settings.text(declared.MODEL_RECORDS)).get(model_id, ModelRecord())


def with_record(settings: Settings, model_id: str, record: ModelRecord) -> str:
    """The value of the hidden setting in which `record` stands for `model_id`.

    Bounded: an id that is too long to be kept changes nothing, and old records go where there are too many.
    """
    records = dict(_read(settings.text(declared.MODEL_RECORDS)))
    if len(model_id) <= MAX_ID_LENGTH:
        records[model_id] = record
    return _written(records, model_id)


def _written(records: Mapping[str, ModelRecord], kept_id: str) -> str:
    """As JSON, without the oldest where there is too much; `kept_id` counts as the latest."""
    latest = sorted(records, key=lambda name: (name == kept_id, records[name].last_used_ms), reverse=True)
    kept = latest[:MAX_MODELS]
    while True:
        text = json.dumps({name: _to_json(records[name]) for name in kept}, ensure_ascii=False)
        if len(text) <= declared.MODEL_RECORDS.max_length:
            return text
        kept.pop()


def wish_of(settings: Settings, model_id: str) -> MemoryChoice:
    """What a person wants of a model's load; NATIVE and 0 leave it to the computer."""
    record = read_record(settings, model_id)
    precision, context = record.precision, record.context_length
    if precision is None:
        of_all = settings.text(declared.PRECISION)
        precision = Precision.NATIVE if of_all == "auto" else Precision(of_all)
    return MemoryChoice(precision, settings.number(declared.CONTEXT_LENGTH) if context is None else context)


def with_wish(record: ModelRecord, wish: MemoryChoice) -> ModelRecord:
    """`record` with what a person wants from now on."""
    return replace(record, precision=wish.precision, context_length=wish.context_length)


def with_wishes_of(settings: Settings, other: Settings) -> str:
    """The value of the hidden setting with every model's wish as it is in `other`, and all else as it is."""
    records = dict(_read(settings.text(declared.MODEL_RECORDS)))
    wished = _read(other.text(declared.MODEL_RECORDS))
    for model_id in {*records, *wished}:
        wish, record = wished.get(model_id, ModelRecord()), records.get(model_id, ModelRecord())
        records[model_id] = replace(record, precision=wish.precision, context_length=wish.context_length)
    return _written(records, "")


def _to_json(record: ModelRecord) -> dict[str, object]:
    """Only what is known: most records are short."""
    result: dict[str, object] = {}
    if record.precision is not None:
        result["precision"] = record.precision.value
    if record.context_length is not None:
        result["context_length"] = record.context_length
    if record.measure is not None:
        measure = record.measure
        result["measure"] = {
            "precision": measure.choice.precision.value,
            "context_length": measure.choice.context_length,
            "estimated": measure.estimated,
            "used": measure.used,
        }
    if record.last_used_ms:
        result["last_used_ms"] = record.last_used_ms
    if record.speeds:
        result["speeds"] = {precision.value: round(speed, 3) for precision, speed in record.speeds.items()}
    if record.measured:
        result["measured"] = {
            precision.value: _speed_to_json(one) for precision, one in record.measured.items()
        }
    return result


def _speed_to_json(one: SpeedMeasure) -> dict[str, object]:
    return {
        "reads": round(one.reads, 3),
        "writes": round(one.writes, 3),
        "peak": one.peak,
        "measured_ms": one.measured_ms,
        "device": one.device[:_LONGEST_NAME],
    }


@lru_cache(maxsize=4)
def _read(text: str) -> Mapping[str, ModelRecord]:
    try:
        raw = json.loads(text or "{}")
    except (ValueError, RecursionError):
        raw = {}
    if not isinstance(raw, dict):
        raw = {}
    return MappingProxyType({
        name: _from_json(entry)
        for name, entry in raw.items()
        if isinstance(entry, dict) and len(name) <= MAX_ID_LENGTH
    })  # fmt: skip


def _from_json(raw: Mapping[str, Any]) -> ModelRecord:
    speeds, measured = raw.get("speeds"), raw.get("measured")
    return ModelRecord(
        precision=_precision(raw.get("precision")),
        context_length=_whole(raw.get("context_length"), 0, _LONGEST_CONTEXT),
        measure=_measure(raw.get("measure")),
        last_used_ms=_whole(raw.get("last_used_ms"), 0, _LATEST_MS) or 0,
        speeds=_speeds(speeds) if isinstance(speeds, dict) else {},
        measured=_measured(measured) if isinstance(measured, dict) else {},
    )


def _measure(raw: object) -> LoadMeasure | None:
    if not isinstance(raw, dict):
        return None
    precision = _precision(raw.get("precision"))
    context = _whole(raw.get("context_length"), 1, _LONGEST_CONTEXT)
    estimated = _whole(raw.get("estimated"), 1, _MOST_BYTES)
    used = _whole(raw.get("used"), 1, _MOST_BYTES)
    if precision is None or context is None or estimated is None or used is None:
        return None
    return LoadMeasure(MemoryChoice(precision, context), estimated, used)


def _speeds(raw: Mapping[str, Any]) -> Mapping[Precision, float]:
    speeds = {}
    for name, told in raw.items():
        precision, speed = _precision(name), _speed(told)
        if precision is not None and speed is not None:
            speeds[precision] = speed
    return speeds


def _measured(raw: Mapping[str, Any]) -> Mapping[Precision, SpeedMeasure]:
    found = {}
    for name, told in raw.items():
        precision = _precision(name)
        if precision is None or not isinstance(told, dict):
            continue
        reads, writes, device = _speed(told.get("reads")), _speed(told.get("writes")), told.get("device")
        if reads is not None and writes is not None and isinstance(device, str):
            peak = _whole(told.get("peak"), 0, _MOST_BYTES) or 0
            measured_ms = _whole(told.get("measured_ms"), 0, _LATEST_MS) or 0
            found[precision] = SpeedMeasure(reads, writes, peak, measured_ms, device[:_LONGEST_NAME])
    return found


def _speed(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not _SLOWEST <= raw < _FASTEST:
        return None
    return float(raw)


def _precision(raw: object) -> Precision | None:
    known = {precision.value: precision for precision in Precision}
    return known.get(raw) if isinstance(raw, str) else None


def _whole(raw: object, lowest: int, highest: int) -> int | None:
    if isinstance(raw, bool) or not isinstance(raw, int) or not lowest <= raw <= highest:
        return None
    return raw

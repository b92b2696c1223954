"""What is said about measuring a model on this computer: before, meanwhile, afterwards. QtCore only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import ceil

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from app.core.engine import Precision
from app.core.measuring import ROUNDS, MeasureEnd, MeasurePhase, MeasurePlan, MeasureProgress, MeasureState
from app.core.memory import MemoryChoice
from app.core.model_records import SpeedMeasure
from app.ui.text_format import count_text, date_text, size_text
from app.ui.texts import lengths
from app.ui.texts.errors import describe
from app.ui.texts.mark import QT_TRANSLATE_NOOP
from app.ui.texts.memory import joined, memory_size, precision_name
from app.ui.texts.waiting import duration_text

NOTICEABLE = 1.1
"""Speeds that differ by less are called the same: they vary by as much from one time to the next."""
SEARCHED = (
    QT_TRANSLATE_NOOP("MeasureTexts", "Measure on this computer"),
    QT_TRANSLATE_NOOP("MeasureTexts", "Speed of the model: tokens a second (benchmark)"),
)
"""Source strings by which measuring is found."""


def text(source: str) -> str:
    """A source string of this module in the language in use."""
    return QCoreApplication.translate("MeasureTexts", source)


def search_words(chinese: QTranslator) -> str:
    """Everything by which measuring is found, in both languages, folded for comparison."""
    translated = [chinese.translate("MeasureTexts", source) or "" for source in SEARCHED]
    return "\n".join([*SEARCHED, *translated]).casefold()


# Before


def offer(plan: MeasurePlan, label: str) -> str:
    """What measuring does and how long it takes, before it is begun."""
    if not plan.steps:
        return QCoreApplication.translate(
            "MeasureTexts", "This model does not fit into the memory that is free now."
        )
    about = QCoreApplication.translate(
        "MeasureTexts",
        "Finds out how fast this model reads and writes here: about {time}. A message that you send ends it.",
    ).format(time=_time(plan.seconds))
    return joined(about, _preparing(plan), _left_out(plan, label))


def cannot_now() -> str:
    """Why the button is not to be pressed."""
    return QCoreApplication.translate(
        "MeasureTexts", "Can be measured when the model is loaded and no answer is being written."
    )


def _preparing(plan: MeasurePlan) -> str:
    steps = plan.unprepared
    if not steps:
        return ""
    names = _list(step.precision.value.upper() for step in steps)
    source = QCoreApplication.translate(
        "MeasureTexts",
        "{names} has to be prepared first, once: about {time}, and {size} of the disk.",
    )
    return source.format(
        names=names,
        time=_time(sum(step.prepare_s for step in steps)),
        size=size_text(sum(step.disk_bytes for step in steps)),
    )


def _left_out(plan: MeasurePlan, label: str) -> str:
    if not plan.left_out:
        return ""
    names = _list(precision_name(MemoryChoice(one, 0), label) for one in plan.left_out)
    return QCoreApplication.translate("MeasureTexts", "Left out, for want of free memory: {names}.").format(
        names=names
    )


def _list(names: Iterable[str]) -> str:
    return QCoreApplication.translate("MeasureTexts", " and ", "between two names").join(names)


def _time(seconds: float) -> str:
    """Rounded up to what can be promised: nobody minds being done sooner."""
    return duration_text(ceil(seconds / 10) * 10 if seconds < 50 else seconds + 30)


# Meanwhile


def doing(progress: MeasureProgress, label: str) -> str:
    """What is being done just now, and how long all of it still takes."""
    name = precision_name(MemoryChoice(progress.precision, 0), label)
    what = text(_DOING[progress.phase]).format(round=progress.round, rounds=ROUNDS)
    if progress.count > 1:
        source = QCoreApplication.translate("MeasureTexts", "{name} ({at} of {count}): {what}")
    else:
        source = QCoreApplication.translate("MeasureTexts", "{name}: {what}")
    said = source.format(name=name, at=progress.at, count=progress.count, what=what)
    left = QCoreApplication.translate("MeasureTexts", "About {time} to go.")
    return joined(said, left.format(time=duration_text(max(5.0, progress.seconds_left))))


_DOING: Mapping[MeasurePhase, str] = {
    MeasurePhase.PREPARING: QT_TRANSLATE_NOOP("MeasureTexts", "it is prepared, this first time only."),
    MeasurePhase.LOADING: QT_TRANSLATE_NOOP("MeasureTexts", "it is loaded."),
    MeasurePhase.READING: QT_TRANSLATE_NOOP("MeasureTexts", "it reads a text."),
    MeasurePhase.WRITING: QT_TRANSLATE_NOOP("MeasureTexts", "it writes, round {round} of {rounds}."),
}


# Afterwards


def ended(state: MeasureState, label: str) -> str:
    """How the last measurement ended, where that is not seen by its results."""
    said = [
        QCoreApplication.translate("MeasureTexts", "{name} could not be measured. {reason}").format(
            name=precision_name(MemoryChoice(precision, 0), label), reason=describe(error).sentence
        )
        for precision, error in state.failed
    ]
    if state.end is MeasureEnd.CANCELLED:
        said.append(QCoreApplication.translate("MeasureTexts", "The measurement was cancelled."))
    elif state.end is MeasureEnd.NEEDED:
        said.append(
            QCoreApplication.translate(
                "MeasureTexts",
                "The measurement was stopped because the model was needed. What it had found stays.",
            )
        )
    elif state.end is MeasureEnd.MOVED:
        said.append(
            QCoreApplication.translate(
                "MeasureTexts",
                "The measurement was stopped because the models were being moved to another folder. What it "
                "had found stays.",
            )
        )
    return joined(*said)


def headings() -> tuple[str, str, str, str]:
    """The head of the table."""
    return (
        QCoreApplication.translate("MeasureTexts", "Precision"),
        QCoreApplication.translate("MeasureTexts", "Writes"),
        QCoreApplication.translate("MeasureTexts", "Reads"),
        QCoreApplication.translate("MeasureTexts", "Memory"),
    )


def cells(precision: Precision, one: SpeedMeasure, label: str) -> tuple[str, str, str, str]:
    """A line of the table. What is written is also told in words that people count in."""
    words = QCoreApplication.translate(
        "MeasureTexts", "about {words} words a second", "use {words}, or {characters} (of Chinese)"
    ).format(
        words=pace_text(one.writes, lengths.WORDS_PER_TOKEN),
        characters=pace_text(one.writes, lengths.CHARACTERS_PER_TOKEN),
    )
    return (
        precision_name(MemoryChoice(precision, 0), label),
        f"{per_second(one.writes)}\n{words}",
        per_second(one.reads),
        memory_size(one.peak) if one.peak else one.device,
    )


def row_sentence(precision: Precision, one: SpeedMeasure, label: str) -> str:
    """A line of the table to be read out."""
    name, writes, reads, memory = cells(precision, one, label)
    source = QCoreApplication.translate("MeasureTexts", "{name}: writes {writes}, reads {reads}, {memory}")
    return source.format(name=name, writes=writes.replace("\n", ", "), reads=reads, memory=memory)


def measured_on(measures: Sequence[SpeedMeasure], now: datetime) -> str:
    """When the figures were taken."""
    latest = max((one.measured_ms for one in measures), default=0)
    return QCoreApplication.translate("MeasureTexts", "Measured: {date}").format(date=date_text(latest, now))


def per_second(speed: float) -> str:
    """Tokens a second: "4.0 tokens/s"."""
    return QCoreApplication.translate("MeasureTexts", "{speed} tokens/s").format(speed=speed_figure(speed))


def speed_figure(speed: float) -> str:
    """A speed with as many figures as it is good for."""
    return QLocale().toString(speed, "f", 1) if speed < 10 else count_text(round(speed))


def pace_text(speed: float, each: float) -> str:
    """How many words or characters that is, in whole ones; below one with a decimal."""
    pace = speed * each
    return QLocale().toString(pace, "f", 1) if pace < 0.95 else count_text(round(pace))


def comparison(precision: Precision, measured: Mapping[Precision, SpeedMeasure]) -> str:
    """Whether a precision writes faster or slower here than the one that it is held against.

    That is the finest of the others, for the finest the coarsest; "" where nothing can be compared, as also
    between a graphics card and the processor.
    """
    own = measured.get(precision)
    fitting = [one for one in _FINEST_FIRST if one in measured and one is not precision]
    if own is None or not fitting:
        return ""
    is_finest = _FINEST_FIRST.index(precision) < _FINEST_FIRST.index(fitting[0])
    other = fitting[-1] if is_finest else fitting[0]
    if measured[other].device != own.device:
        return ""
    ratio = own.writes / measured[other].writes
    if ratio >= NOTICEABLE:
        source = QCoreApplication.translate(
            "MeasureTexts", "It answers faster than {other} on this computer."
        )
    elif ratio * NOTICEABLE <= 1:
        source = QCoreApplication.translate(
            "MeasureTexts", "It answers slower than {other} on this computer."
        )
    else:
        source = QCoreApplication.translate("MeasureTexts", "It answers as fast as {other} on this computer.")
    return source.format(other=other.value.upper())


_FINEST_FIRST = (Precision.FP32, Precision.FP16, Precision.INT8, Precision.INT4, Precision.NATIVE)

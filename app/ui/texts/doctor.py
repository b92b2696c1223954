"""The findings of `model.doctor` in words: one sentence for each, and an action where one helps.

Knows QtCore only, so that `doctor` in a terminal says the same as the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale

from app.model.doctor import Finding, FindingCode
from app.ui.texts.error_entry import ErrorAction
from app.ui.texts.errors import ErrorText, action_label, describe
from app.ui.texts.mark import QT_TRANSLATE_NOOP

_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class _Entry:
    """`plain` takes the place of `sentence` when one of its parameters is not there."""

    sentence: str
    plain: str
    action: ErrorAction = ErrorAction.NONE


_MACHINE: Mapping[FindingCode, _Entry] = {
    FindingCode.VERSIONS: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "Teahouse {app} on {system}, with Python {python}. {parts}"),
        QT_TRANSLATE_NOOP("DoctorTexts", "Teahouse is installed."),
    ),
    FindingCode.MEMORY_GOOD: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts", "The memory is {total}, with {available} free: enough for most models."
        ),
        QT_TRANSLATE_NOOP("DoctorTexts", "There is enough memory for most models."),
    ),
    FindingCode.MEMORY_SMALL: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts", "The memory is {total}, with {available} free: small models fit best."
        ),
        QT_TRANSLATE_NOOP("DoctorTexts", "The memory is limited: small models fit best."),
    ),
    FindingCode.MEMORY_TOO_SMALL: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "The memory is {total}, and about {needed} are needed: only the smallest models can run.",
        ),
        QT_TRANSLATE_NOOP("DoctorTexts", "There is very little memory: only the smallest models can run."),
    ),
    FindingCode.PROCESSOR_GOOD: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "The processor can run models: {name}, cores: {cores}."),
        QT_TRANSLATE_NOOP("DoctorTexts", "The processor can run models."),
    ),
    FindingCode.PROCESSOR_FAST: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "The processor runs models well: {name}, cores: {cores}."),
        QT_TRANSLATE_NOOP("DoctorTexts", "The processor runs models well."),
    ),
    FindingCode.PROCESSOR_TOO_OLD: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "The processor is too old to run models: {name}."),
        QT_TRANSLATE_NOOP("DoctorTexts", "The processor is too old to run models."),
    ),
    FindingCode.PROCESSOR_UNKNOWN: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts", "It could not be told whether the processor can run models: {name}."
        ),
        QT_TRANSLATE_NOOP("DoctorTexts", "It could not be told whether the processor can run models."),
    ),
    FindingCode.INT4_SLOWER: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "Models at INT8 answer faster here than at INT4 (in a short test {int8} ms against {int4} ms). "
            "Choose INT8 in the settings where the memory is enough.",
        ),
        QT_TRANSLATE_NOOP("DoctorTexts", "Models at INT8 answer faster here than at INT4."),
        ErrorAction.OPEN_SETTINGS,
    ),
    FindingCode.CHINESE_FONT_GOOD: _Entry("", QT_TRANSLATE_NOOP("DoctorTexts", "Chinese can be displayed.")),
    FindingCode.CHINESE_FONT_MISSING: _Entry(
        "",
        QT_TRANSLATE_NOOP(
            "DoctorTexts", "There is no font with Chinese characters; installing Noto Sans CJK helps."
        ),
    ),
    FindingCode.DISPLAY_GOOD: _Entry(
        "", QT_TRANSLATE_NOOP("DoctorTexts", "There is a display for the window.")
    ),
    FindingCode.DISPLAY_MISSING: _Entry(
        "",
        QT_TRANSLATE_NOOP(
            "DoctorTexts", "There is no display for a window; you can chat in the terminal instead."
        ),
    ),
}

_FILES: Mapping[FindingCode, _Entry] = {
    FindingCode.DISK_GOOD: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "There is room for models: {free} in {path}."),
        QT_TRANSLATE_NOOP("DoctorTexts", "There is room for models."),
    ),
    FindingCode.DISK_LOW: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "There is room for small models only: {free} in {path}."),
        QT_TRANSLATE_NOOP("DoctorTexts", "There is room for small models only."),
        ErrorAction.OPEN_MODELS_FOLDER,
    ),
    FindingCode.DISK_FULL: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts", "The disk is nearly full: {free} left in {path}. Please make some room."
        ),
        QT_TRANSLATE_NOOP("DoctorTexts", "The disk is nearly full. Please make some room."),
        ErrorAction.OPEN_MODELS_FOLDER,
    ),
    FindingCode.DATA_FOLDER_GOOD: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "Your conversations can be saved in {path}."),
        QT_TRANSLATE_NOOP("DoctorTexts", "Your conversations can be saved."),
    ),
    FindingCode.DATA_FOLDER_READ_ONLY: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts", "Your conversations cannot be saved: Teahouse may not write into {path}."
        ),
        QT_TRANSLATE_NOOP("DoctorTexts", "Your conversations cannot be saved: Teahouse may not write there."),
        ErrorAction.OPEN_DATA_FOLDER,
    ),
    FindingCode.MODELS_FOUND: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "Models that can be used: {count}, in {path}."),
        QT_TRANSLATE_NOOP("DoctorTexts", "There are models that can be used."),
    ),
    FindingCode.MODELS_NONE: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "There is no model yet; put one into {path}."),
        QT_TRANSLATE_NOOP("DoctorTexts", "There is no model yet; put one into the models folder."),
        ErrorAction.OPEN_MODELS_FOLDER,
    ),
    FindingCode.MODEL_BROKEN: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "A model cannot be used: {path}"),
        QT_TRANSLATE_NOOP("DoctorTexts", "A model cannot be used."),
        ErrorAction.OPEN_MODELS_FOLDER,
    ),
    FindingCode.STARTER_GOOD: _Entry(
        "", QT_TRANSLATE_NOOP("DoctorTexts", "The small trial model (English only) is there and sound.")
    ),
    FindingCode.STARTER_MISSING: _Entry(
        "",
        QT_TRANSLATE_NOOP(
            "DoctorTexts", "The small trial model (English only) is not there; other models work without it."
        ),
    ),
    FindingCode.STARTER_DAMAGED: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "The small trial model (English only) is damaged. Please get it once more: {path}",
        ),
        QT_TRANSLATE_NOOP("DoctorTexts", "The small trial model (English only) is damaged."),
        ErrorAction.OPEN_MODELS_FOLDER,
    ),
}

_ENTRIES: Mapping[FindingCode, _Entry] = {**_MACHINE, **_FILES}


def describe_finding(finding: Finding) -> ErrorText:
    """`finding` in the language in use; a missing or odd parameter only makes the sentence shorter."""
    if finding.error is not None:
        return describe(finding.error)
    entry = _ENTRIES[finding.code]
    try:
        source = entry.sentence or entry.plain
        sentence = QCoreApplication.translate("DoctorTexts", source).format(**_readable(finding.params))
    except (KeyError, IndexError, ValueError):
        sentence = QCoreApplication.translate("DoctorTexts", entry.plain)
    return ErrorText(sentence, action_label(entry.action), entry.action)


def _readable(params: Mapping[str, str]) -> dict[str, str]:
    """The parameters that have a value, sizes with a unit: memory in steps of 1024, as it is sold."""
    shown = {key: value for key, value in params.items() if value}
    for key in ("total", "available", "needed"):
        if key in shown:
            shown[key] = f"{QLocale().toString(int(shown[key]) / _GIB, 'f', 1)} GB"
    if "free" in shown:
        size = QLocale.DataSizeFormat.DataSizeSIFormat
        shown["free"] = QLocale().formattedDataSize(int(shown["free"]), 1, size)
    return shown

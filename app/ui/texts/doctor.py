"""The findings of the doctor in words: one sentence for each, and what stands on the button that mends it.

Knows QtCore only, so that `doctor` in a terminal says the same as the window. The words around the findings
are `doctor_page`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale

from app.core.findings import DoctorRemedy, Finding, FindingCode
from app.core.privacy import StoredKind
from app.ui.text_format import installed_gigabytes, one_line, size_text
from app.ui.texts import privacy as privacy_texts
from app.ui.texts.errors import describe
from app.ui.texts.mark import QT_TRANSLATE_NOOP

_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class FindingText:
    """A finding as it is shown, in the language in use. `button` is empty where nothing mends it."""

    sentence: str
    button: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """`plain` takes the place of `sentence` when one of its parameters is not there."""

    sentence: str
    plain: str


_BUTTONS: Mapping[DoctorRemedy, str] = {
    DoctorRemedy.OPEN_MODELS_FOLDER: QT_TRANSLATE_NOOP("DoctorTexts", "Open the models folder"),
    DoctorRemedy.OPEN_DATA_FOLDER: QT_TRANSLATE_NOOP("DoctorTexts", "Open the data folder"),
    DoctorRemedy.OPEN_LOG_FOLDER: QT_TRANSLATE_NOOP("DoctorTexts", "Open the log folder"),
    DoctorRemedy.ADD_MODEL: QT_TRANSLATE_NOOP("DoctorTexts", "Add a model…"),
    DoctorRemedy.SHOW_MODELS: QT_TRANSLATE_NOOP("DoctorTexts", "Show your models"),
    DoctorRemedy.SHOW_MEMORY: QT_TRANSLATE_NOOP("DoctorTexts", "Show precision and context length"),
    DoctorRemedy.SHOW_STORAGE: QT_TRANSLATE_NOOP("DoctorTexts", "Show storage and backup"),
    DoctorRemedy.CHOOSE_INT8: QT_TRANSLATE_NOOP("DoctorTexts", "Choose INT8"),
    DoctorRemedy.REMOVE_ABANDONED: QT_TRANSLATE_NOOP("DoctorTexts", "Remove them…"),
    DoctorRemedy.REMOVE_ORPHANS: QT_TRANSLATE_NOOP("DoctorTexts", "Remove them…"),
    DoctorRemedy.REMOVE_DAMAGED_LISTS: QT_TRANSLATE_NOOP("DoctorTexts", "Remove the damaged list…"),
    DoctorRemedy.NARROW: QT_TRANSLATE_NOOP("DoctorTexts", "Let only my account read it"),
}


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
    FindingCode.MEMORY_USED_UP: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "Other programs take nearly all of the memory: {available} of {total} are free. Closing some of "
            "them makes room for the model.",
        ),
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "Other programs take nearly all of the memory. Closing some of them makes room for the model.",
        ),
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
    FindingCode.GRAPHICS_GOOD: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "The graphics card can help: {name}, with {total} of memory."),
        QT_TRANSLATE_NOOP("DoctorTexts", "The graphics card can help."),
    ),
    FindingCode.GRAPHICS_FAILING: _Entry(
        "",
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "There is a driver for a graphics card, but it does not answer. Models run on the processor; "
            "installing the driver once more usually helps.",
        ),
    ),
    FindingCode.GRAPHICS_TOO_OLD: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "The driver of the graphics card is too old (version {version}). Models run on the processor "
            "until a newer one is installed.",
        ),
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "The driver of the graphics card is too old. Models run on the processor until a newer one is "
            "installed.",
        ),
    ),
    FindingCode.ENGINE_CRASHED: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "The model ended by itself on {at}. What was written is kept; if it happens again, the log tells "
            "more.",
        ),
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "The model ended by itself. What was written is kept; if it happens again, the log tells more.",
        ),
    ),
    FindingCode.ENGINE_OUT_OF_MEMORY: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "The memory was used up on {at}, and the system ended the model. A smaller precision or a "
            "shorter context length helps.",
        ),
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "The memory was used up, and the system ended the model. A smaller precision or a shorter "
            "context length helps.",
        ),
    ),
    FindingCode.INT4_SLOWER: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "Models at INT8 answer faster here than at INT4 (in a short test {int8} ms against {int4} ms). "
            "INT8 is the better choice where the memory is enough.",
        ),
        QT_TRANSLATE_NOOP("DoctorTexts", "Models at INT8 answer faster here than at INT4."),
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
    ),
    FindingCode.DISK_FULL: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts", "The disk is nearly full: {free} left in {path}. Please make some room."
        ),
        QT_TRANSLATE_NOOP("DoctorTexts", "The disk is nearly full. Please make some room."),
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
    ),
    FindingCode.MODELS_FOUND: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "Models that can be used: {count}, in {path}."),
        QT_TRANSLATE_NOOP("DoctorTexts", "There are models that can be used."),
    ),
    FindingCode.MODELS_NONE: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "There is no model yet. It will be kept in {path}."),
        QT_TRANSLATE_NOOP("DoctorTexts", "There is no model yet."),
    ),
    FindingCode.MODEL_BROKEN: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "A model cannot be used: {path}"),
        QT_TRANSLATE_NOOP("DoctorTexts", "A model cannot be used."),
    ),
    FindingCode.LIGHT_EDITION: _Entry(
        "",
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "This is the light edition of Teahouse: it opens models in one file (.gguf). Models in folders "
            "need the full edition.",
        ),
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
    ),
}

_MORE_FILES: Mapping[FindingCode, _Entry] = {
    FindingCode.MODELS_FOLDER_GONE: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "The folder with your models is not there: {path}. Connect its disk and check again.",
        ),
        QT_TRANSLATE_NOOP(
            "DoctorTexts", "The folder with your models is not there. Connect its disk and check again."
        ),
    ),
    FindingCode.MODEL_GONE: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            'The model "{id}" is not where it was: {path}. Connect its disk, or take it off the list.',
        ),
        QT_TRANSLATE_NOOP(
            "DoctorTexts", "A model is not where it was. Connect its disk, or take it off the list."
        ),
    ),
    FindingCode.MODEL_CHANGED: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            'The model "{id}" has changed since it was published or first read: {files}. Please get it once '
            "more.",
        ),
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "A model has changed since it was published or first read. Please get it once more.",
        ),
    ),
    FindingCode.MODELS_UNCHANGED: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts", "Models of which every byte was read and is as it should be: {count}."
        ),
        QT_TRANSLATE_NOOP("DoctorTexts", "Every byte of the models is as it should be."),
    ),
    FindingCode.LIST_DAMAGED: _Entry(
        "",
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "The list of your models could not be read and was set aside. Models that were used where they "
            "lie have to be added again.",
        ),
    ),
    FindingCode.ABANDONED_COPIES: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts", "Copies of models that were never finished take {size} and are of no use."
        ),
        QT_TRANSLATE_NOOP("DoctorTexts", "Copies of models that were never finished are of no use."),
    ),
    FindingCode.PREPARED_ORPHANS: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", "Prepared copies whose models are gone take {size}."),
        QT_TRANSLATE_NOOP("DoctorTexts", "There are prepared copies whose models are gone."),
    ),
    FindingCode.PREPARED_NO_ROOM: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            'There is no room for the prepared copy of "{id}": it takes about {size}, and {free} are free. '
            "Without it each load takes longer.",
        ),
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "There is no room for the prepared copy of the model. Without it each load takes longer.",
        ),
    ),
    FindingCode.CONVERSATIONS_GOOD: _Entry(
        "", QT_TRANSLATE_NOOP("DoctorTexts", "The file with your conversations is sound.")
    ),
    FindingCode.CONVERSATIONS_DAMAGED: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "The file with your conversations is damaged: {path}. Teahouse mends it at the next start, with "
            "its newest safety copy.",
        ),
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "The file with your conversations is damaged. Teahouse mends it at the next start, with its "
            "newest safety copy.",
        ),
    ),
    FindingCode.LOCATIONS_DAMAGED: _Entry(
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "The note where your folders are cannot be read: {path}. At its next start Teahouse asks for the "
            "folder with your conversations.",
        ),
        QT_TRANSLATE_NOOP(
            "DoctorTexts",
            "The note where your folders are cannot be read. At its next start Teahouse asks for the folder "
            "with your conversations.",
        ),
    ),
    FindingCode.PRIVATE_GOOD: _Entry(
        "", QT_TRANSLATE_NOOP("DoctorTexts", "Only your account can read what you wrote.")
    ),
    FindingCode.OTHERS_CAN_READ: _Entry(
        QT_TRANSLATE_NOOP("DoctorTexts", 'Other accounts on this computer can read "{kind}": {path}'),
        QT_TRANSLATE_NOOP("DoctorTexts", "Other accounts on this computer can read files of yours."),
    ),
}

_ENTRIES: Mapping[FindingCode, _Entry] = {**_MACHINE, **_FILES, **_MORE_FILES}


def describe_finding(finding: Finding) -> FindingText:
    """`finding` in the language in use; a missing or odd parameter only makes the sentence shorter."""
    button = remedy_label(finding.remedy)
    if finding.error is not None:
        return FindingText(describe(finding.error).sentence, button)
    entry = _ENTRIES[finding.code]
    try:
        source = entry.sentence or entry.plain
        sentence = QCoreApplication.translate("DoctorTexts", source).format(**_readable(finding.params))
    except (KeyError, IndexError, ValueError):
        sentence = QCoreApplication.translate("DoctorTexts", entry.plain)
    return FindingText(sentence, button)


def remedy_label(remedy: DoctorRemedy) -> str:
    """What stands on the button of `remedy`; empty for NONE."""
    source = _BUTTONS.get(remedy, "")
    return QCoreApplication.translate("DoctorTexts", source) if source else ""


def _readable(params: Mapping[str, str]) -> dict[str, str]:
    """The parameters that have a value, sizes with a unit: memory in steps of 1024, as it is sold."""
    shown = {key: one_line(value) for key, value in params.items() if value}
    if "total" in shown:
        shown["total"] = f"{installed_gigabytes(int(shown['total']))} GB"
    for key in ("available", "needed"):
        if key in shown:
            shown[key] = f"{QLocale().toString(int(shown[key]) / _GIB, 'f', 1)} GB"
    for key in ("free", "size"):
        if key in shown:
            shown[key] = size_text(int(shown[key]))
    if "at" in shown:
        shown["at"] = privacy_texts.moment_text(int(shown["at"]))
    if "kind" in shown:
        shown["kind"] = privacy_texts.text(privacy_texts.THINGS[StoredKind(shown["kind"])].name)
    return shown

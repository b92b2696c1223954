"""What is said about the models that are there: what they are, how they were used, what becomes of them.

Whole sentences in the language in use; needs QtCore only. Knows values, no widget.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from app.core.engine import EngineKind, Precision
from app.core.errors import ErrorCode, ErrorInfo
from app.core.installed import PreparedCopy
from app.core.model_records import ModelRecord
from app.core.models import FoundModel
from app.core.settings import SettingGroup
from app.ui.text_format import count_text, date_text, size_text
from app.ui.texts.errors import describe
from app.ui.texts.importing import generation_name, short, shown_name
from app.ui.texts.mark import QT_TRANSLATE_NOOP
from app.ui.texts.memory import model_name, precision_of
from app.ui.texts.settings import GROUP_TEXTS
from app.ui.texts.settings import text as settings_text

_CONTEXT = "Models"
_UNBREAKABLE = {ord(" "): "\N{NO-BREAK SPACE}", ord("/"): "/\N{WORD JOINER}"}
_CHINESE = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_ACROSS = re.compile(rf"(?<={_CHINESE})(?=\S)|(?<=\S)(?={_CHINESE})")
"""Beside a Chinese character, where a line may end without any space."""

_PREPARED_TITLE = QT_TRANSLATE_NOOP("Models", "Prepared copies")

_PACKING: Mapping[ErrorCode, str] = {
    ErrorCode.DISK_FULL: QT_TRANSLATE_NOOP(
        "Models",
        'There is not enough room for the pack of "{name}" on that disk: it takes {size}. Nothing of it was '
        "left behind. Choose another disk, or make some room and try again.",
    ),
    ErrorCode.FILE_TOO_LARGE: QT_TRANSLATE_NOOP(
        "Models",
        'That disk takes no file as large as the pack of "{name}" ({size}): one that is formatted as FAT32 '
        "takes none above 4 GB. Choose another disk, or have this one formatted as exFAT, which erases what "
        "is on it.",
    ),
    ErrorCode.READ_ONLY: QT_TRANSLATE_NOOP(
        "Models", 'Teahouse may not write there, so "{name}" was not packed. Choose another folder.'
    ),
    ErrorCode.STORAGE_FAILED: QT_TRANSLATE_NOOP(
        "Models",
        'That disk refused to take the pack of "{name}". Nothing of it was left behind. Is it still '
        "connected? Try again, or choose another disk.",
    ),
}
_REMOVING: Mapping[ErrorCode, str] = {
    ErrorCode.READ_ONLY: QT_TRANSLATE_NOOP(
        "Models", 'Teahouse may not change the folder of the models, so "{name}" stays where it is.'
    ),
    ErrorCode.STORAGE_FAILED: QT_TRANSLATE_NOOP(
        "Models",
        '"{name}" could not be removed: another program may be using it. It stays as it is; try again later.',
    ),
}


def text(source: str) -> str:
    """A source string of this module in the language in use."""
    return QCoreApplication.translate(_CONTEXT, source)


def search_words(chinese: QTranslator) -> str:
    """Everything by which the page is found, in both languages, folded for comparison."""
    words = ["models", "default", "remove", "delete", "verify", "pack", "cache", "disk"]
    page = GROUP_TEXTS[SettingGroup.MODELS]
    for context, source in (
        ("SettingsTexts", page.title),
        ("SettingsTexts", page.about),
        (_CONTEXT, _PREPARED_TITLE),
        ("ModelRow", "Make a pack for another computer…"),
        ("ModelRow", "Check every byte"),
        ("ModelRow", "Remove…"),
    ):
        words += [source, chinese.translate(context, source) or ""]
    return "\n".join(words).casefold()


def title() -> str:
    """The headline of the page."""
    return settings_text(GROUP_TEXTS[SettingGroup.MODELS].title)


def about() -> str:
    """The line under it."""
    return settings_text(GROUP_TEXTS[SettingGroup.MODELS].about)


# A model


def name_of(model: FoundModel) -> str:
    """What it is called in a sentence."""
    return short(model_name(model))


def facts(model: FoundModel) -> str:
    """Generation, precision and size on one line; less where less is known."""
    is_file = model.ref.engine is EngineKind.LLAMA_CPP
    kind = (
        QCoreApplication.translate("Models", "one file") if is_file else generation_name(model.architecture)
    )
    found = [kind] if kind else []
    if label := precision_of(model):
        found.append(label)
    if model.file_bytes:
        found.append(size_text(model.file_bytes))
    return joined(found)


def place(model: FoundModel) -> str:
    """Where a model lies that is used in its own place."""
    if model.is_bundled:
        return QCoreApplication.translate("Models", "Comes with Teahouse")
    return QCoreApplication.translate("Models", "Used where it is: {path}").format(path=model.ref.path)


def use_line(record: ModelRecord, now: datetime) -> str:
    """When it was used, and how fast it wrote on this computer."""
    if record.last_used_ms:
        found = [
            QCoreApplication.translate("Models", "Last used: {date}").format(
                date=date_text(record.last_used_ms, now)
            )
        ]
    else:
        found = [QCoreApplication.translate("Models", "Not used yet")]
    speeds = {**record.speeds, **{precision: one.writes for precision, one in record.measured.items()}}
    found += [_speed(precision, speeds[precision]) for precision in Precision if precision in speeds]
    return joined(found)


def default_badge() -> str:
    """The model with which every start begins."""
    return QCoreApplication.translate("Models", "Chosen for every start")


def in_use_badge(*, is_loading: bool) -> str:
    """The model that answers."""
    if is_loading:
        return QCoreApplication.translate("Models", "Is being loaded")
    return QCoreApplication.translate("Models", "In use")


# Removing


def remove_question(model: FoundModel) -> str:
    """Before a model is taken away."""
    if model.is_elsewhere:
        return QCoreApplication.translate("Models", 'Take "{name}" off this list?').format(
            name=name_of(model)
        )
    return QCoreApplication.translate("Models", 'Move "{name}" to the recycle bin of this computer?').format(
        name=name_of(model)
    )


def remove_note(model: FoundModel, *, is_in_use: bool) -> str:
    """What becomes of it."""
    if model.is_elsewhere:
        note = QCoreApplication.translate("Models", "Its files stay where they are: {path}").format(
            path=model.ref.path
        )
    else:
        note = QCoreApplication.translate(
            "Models", "It takes {size} of the disk; you can bring it back as long as it is in the bin."
        ).format(size=size_text(model.file_bytes))
    if is_in_use:
        note += "\n" if model.is_elsewhere else " "  # no full stop behind a path, which it would belong to
        note += QCoreApplication.translate(
            "Models",
            "It is in use: it is taken out of memory first, and an answer that is being written ends.",
        )
    return note


def remove_button(model: FoundModel) -> str:
    """Stands on the button that does it."""
    if model.is_elsewhere:
        return QCoreApplication.translate("Models", "Take off the list")
    return QCoreApplication.translate("Models", "Move to the recycle bin")


def for_good_question(model: FoundModel) -> str:
    """The recycle bin does not take it."""
    return QCoreApplication.translate(
        "Models", 'The recycle bin of this computer does not take "{name}". Delete it for good?'
    ).format(name=name_of(model))


def for_good_note(model: FoundModel) -> str:
    """What that means."""
    return QCoreApplication.translate(
        "Models", "{size} become free. This cannot be undone; you would have to get the model again."
    ).format(size=size_text(model.file_bytes))


def for_good_button() -> str:
    """Stands on the button that does it."""
    return QCoreApplication.translate("Models", "Delete for good")


def removed(model: FoundModel, *, is_deleted: bool) -> str:
    """It is gone."""
    if model.is_elsewhere:
        pattern = QCoreApplication.translate("Models", '"{name}" is off the list; its files stay.')
    elif is_deleted:
        pattern = QCoreApplication.translate("Models", '"{name}" was deleted.')
    else:
        pattern = QCoreApplication.translate("Models", '"{name}" is in the recycle bin of this computer.')
    return pattern.format(name=name_of(model))


def undo_trouble(name: str) -> str:
    """It could not be brought back."""
    return QCoreApplication.translate(
        "Models",
        '"{name}" could not be brought back from here. Look for it in the recycle bin of this computer.',
    ).format(name=name)


def removing_trouble(error: ErrorInfo, name: str) -> str:
    """Why a model could not be taken away."""
    source = _REMOVING.get(error.code)
    return text(source).format(name=name) if source else describe(error).sentence


# Checking and packing


def checking() -> str:
    """While every byte of a model is read."""
    return QCoreApplication.translate("Models", "Checking every byte…")


def packing() -> str:
    """While a model is put into a pack."""
    return QCoreApplication.translate("Models", "Making a pack of it…")


def packed(path_text: str, size: int) -> str:
    """The pack is whole."""
    return QCoreApplication.translate(
        "Models",
        'The pack "{name}" is ready ({size}). Carry it to the other computer and drop it onto Teahouse '
        "there.",
    ).format(name=shown_name(path_text), size=size_text(size))


def packed_shortly(path_text: str) -> str:
    """The same in few words."""
    return QCoreApplication.translate("Models", 'The pack "{name}" is ready.').format(
        name=shown_name(path_text)
    )


def packing_trouble(error: ErrorInfo, name: str, size: int) -> str:
    """Why there is no pack; `size` of it in bytes."""
    source = _PACKING.get(error.code)
    return text(source).format(name=name, size=size_text(size)) if source else describe(error).sentence


# Prepared copies


def prepared_title() -> str:
    """The headline of the part about them."""
    return text(_PREPARED_TITLE)


def prepared_summary(copies: Sequence[PreparedCopy]) -> str:
    """How many there are, and what they are for."""
    if not copies:
        return QCoreApplication.translate(
            "Models",
            "None. When a large model is loaded more compactly for the first time, the result is kept here, "
            "so that it loads faster from then on.",
        )
    size = size_text(sum(copy.size for copy in copies))
    if len(copies) == 1:
        return QCoreApplication.translate(
            "Models", "1 prepared copy, {size}. It makes its model load faster, and can be made again."
        ).format(size=size)
    return QCoreApplication.translate(
        "Models", "{count} prepared copies, {size}. They make models load faster, and can be made again."
    ).format(count=count_text(len(copies)), size=size)


def prepared_line(copy: PreparedCopy, *, is_used: bool, is_orphan: bool) -> str:
    """One of them: "chatglm3-6b · INT4 · 3.9 GB · in use"."""
    found = [short(copy.made_from), size_text(copy.size)]
    if copy.precision is not None:
        found.insert(1, copy.precision.value.upper())
    if is_used:
        found.append(QCoreApplication.translate("Models", "in use"))
    elif copy.precision is None:
        found.append(QCoreApplication.translate("Models", "was never finished"))
    elif is_orphan:
        found.append(QCoreApplication.translate("Models", "its model is gone"))
    return " · ".join(found)


def prepared_question(copies: Sequence[PreparedCopy]) -> str:
    """Before they are removed."""
    size = size_text(sum(copy.size for copy in copies))
    if len(copies) == 1:
        return QCoreApplication.translate("Models", "Remove 1 prepared copy ({size})?").format(size=size)
    return QCoreApplication.translate("Models", "Remove {count} prepared copies ({size})?").format(
        count=count_text(len(copies)), size=size
    )


def prepared_note(kept: int) -> str:
    """What that means; `kept` are in use and stay."""
    note = QCoreApplication.translate(
        "Models", "The models themselves stay. The next time such a model is loaded takes some minutes again."
    )
    if kept:
        note += " " + QCoreApplication.translate("Models", "What the loaded model is using stays.")
    return note


def prepared_removed(size: int, left: int) -> str:
    """They are gone, except for `left` which another program holds."""
    if left:
        return QCoreApplication.translate(
            "Models", "{size} are free again. The rest is used by another program and stays."
        ).format(size=size_text(size))
    return QCoreApplication.translate("Models", "{size} are free again.").format(size=size_text(size))


def joined(facts: Sequence[str]) -> str:
    """Facts on one line, which ends between them where it is too narrow, and never inside of one."""
    return " · ".join(_ACROSS.sub("\N{WORD JOINER}", fact.translate(_UNBREAKABLE)) for fact in facts)


def _speed(precision: Precision, speed: float) -> str:
    number = QLocale().toString(speed, "f", 1) if speed < 10 else count_text(round(speed))
    if precision is Precision.NATIVE:
        return QCoreApplication.translate("Models", "{speed} tokens/s").format(speed=number)
    return QCoreApplication.translate("Models", "{speed} tokens/s at {precision}").format(
        speed=number, precision=precision.value.upper()
    )

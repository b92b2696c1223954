"""The world's errors in words: one sentence and one action for each `ErrorCode`.

A sentence says what happened, what was done about it and that nothing is lost. No code, no stack trace and no
detail of a library gets into it. Knows QtCore only, so that the command line says the same as the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath, PureWindowsPath

from PySide6.QtCore import QCoreApplication, QLocale

from app.core.errors import ErrorCode, ErrorInfo
from app.ui.texts.mark import QT_TRANSLATE_NOOP


class ErrorAction(StrEnum):
    """What the one button beside a sentence does; the window carries it out."""

    NONE = "none"
    TRY_AGAIN = "try_again"
    CHOOSE_MODEL = "choose_model"
    OPEN_MODELS_FOLDER = "open_models_folder"
    OPEN_DATA_FOLDER = "open_data_folder"
    EDIT_MESSAGE = "edit_message"


@dataclass(frozen=True, slots=True)
class ErrorText:
    """An error as it is shown, in the language in use. `action_label` is empty where there is no action."""

    sentence: str
    action_label: str
    action: ErrorAction


@dataclass(frozen=True, slots=True)
class _Entry:
    """`plain` takes the place of `sentence` when one of its parameters is not there."""

    action: ErrorAction
    sentence: str
    plain: str = ""


_CONTEXT = "ErrorTexts"

_LABELS: Mapping[ErrorAction, str] = {
    ErrorAction.TRY_AGAIN: QT_TRANSLATE_NOOP("ErrorTexts", "Try again"),
    ErrorAction.CHOOSE_MODEL: QT_TRANSLATE_NOOP("ErrorTexts", "Choose another model"),
    ErrorAction.OPEN_MODELS_FOLDER: QT_TRANSLATE_NOOP("ErrorTexts", "Open the models folder"),
    ErrorAction.OPEN_DATA_FOLDER: QT_TRANSLATE_NOOP("ErrorTexts", "Open the data folder"),
    ErrorAction.EDIT_MESSAGE: QT_TRANSLATE_NOOP("ErrorTexts", "Edit the message"),
}

_ENGINE: Mapping[ErrorCode, _Entry] = {
    ErrorCode.ENGINE_CRASHED: _Entry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The model ended unexpectedly. Everything written so far is kept, and the model starts again "
            "with your next try.",
        ),
    ),
    ErrorCode.ENGINE_OUT_OF_MEMORY: _Entry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "There was not enough memory for this model, so it had to end. Your conversation is kept. "
            "Closing other programs helps, and so does a smaller model.",
        ),
    ),
    ErrorCode.ENGINE_START_FAILED: _Entry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The part of Teahouse that runs models could not start. Your conversations are safe and can "
            "be read as always.",
        ),
    ),
    ErrorCode.ENGINE_PROTOCOL: _Entry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "Teahouse lost touch with the model and stopped it. Everything written so far is kept.",
        ),
    ),
    ErrorCode.CPU_UNSUPPORTED: _Entry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The processor of this computer is too old for this kind of model, so it cannot run here. "
            "Your conversations are safe.",
        ),
    ),
}

_MODELS: Mapping[ErrorCode, _Entry] = {
    ErrorCode.MODEL_MISSING: _Entry(
        ErrorAction.OPEN_MODELS_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'The model "{name}" is not where it was. Put it back into the models folder, '
            "or choose another model.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The model is not where it was. Put it back into the models folder, or choose another model.",
        ),
    ),
    ErrorCode.MODEL_UNREADABLE: _Entry(
        ErrorAction.OPEN_MODELS_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'The model "{name}" could not be read. Check that its disk is connected and that you may '
            "open it.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The model could not be read. Check that its disk is connected and that you may open it.",
        ),
    ),
    ErrorCode.MODEL_TRUNCATED: _Entry(
        ErrorAction.OPEN_MODELS_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'The model "{name}" is incomplete: {actual} of {expected} are there. Please get the file '
            "once more.",
        ),
        QT_TRANSLATE_NOOP("ErrorTexts", "The file of the model is incomplete. Please get it once more."),
    ),
    ErrorCode.MODEL_NOT_A_MODEL: _Entry(
        ErrorAction.OPEN_MODELS_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts", '"{name}" is not a model that can be used here. It was left as it is.'
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts", "This file is not a model that can be used here. It was left as it is."
        ),
    ),
    ErrorCode.MODEL_UNSUPPORTED: _Entry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'Teahouse cannot run the model "{name}" yet. It was left as it is; another model will do.',
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts", "Teahouse cannot run this model yet. It was left as it is; another model will do."
        ),
    ),
    ErrorCode.MODEL_LOAD_FAILED: _Entry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'The model "{name}" could not be loaded: its file may be damaged. Your conversations are safe.',
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The model could not be loaded: its file may be damaged. Your conversations are safe.",
        ),
    ),
    ErrorCode.NO_MODEL: _Entry(
        ErrorAction.OPEN_MODELS_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "There is no model here yet that can answer. What you wrote is kept; put a model into the models "
            "folder, and try again.",
        ),
    ),
    ErrorCode.PRECISION_UNAVAILABLE: _Entry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts", "This model cannot be used with the precision {precision}, only with {available}."
        ),
        QT_TRANSLATE_NOOP("ErrorTexts", "This model cannot be used with the chosen precision."),
    ),
}

_CONVERSATION: Mapping[ErrorCode, _Entry] = {
    ErrorCode.MESSAGE_TOO_LONG: _Entry(
        ErrorAction.EDIT_MESSAGE,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "This message is too long for the model: it has {tokens} tokens, and {limit} fit. It is kept; "
            "shorten it, or let the model remember more in the settings.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "This message is too long for the model. It is kept; shorten it, or let the model remember "
            "more in the settings.",
        ),
    ),
    ErrorCode.EMPTY_MESSAGE: _Entry(
        ErrorAction.NONE,
        QT_TRANSLATE_NOOP("ErrorTexts", "There is nothing to send yet. Write a few words first."),
    ),
}

_STORAGE: Mapping[ErrorCode, _Entry] = {
    ErrorCode.DISK_FULL: _Entry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The disk is full, so the last change could not be saved. Your text stays here; make some room "
            "and try again.",
        ),
    ),
    ErrorCode.READ_ONLY: _Entry(
        ErrorAction.OPEN_DATA_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "Teahouse may not write into the folder {folder}, so nothing new can be saved. What is there "
            "can still be read.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "Teahouse may not write into its folder, so nothing new can be saved. What is there can still "
            "be read.",
        ),
    ),
    ErrorCode.DATABASE_DAMAGED: _Entry(
        ErrorAction.OPEN_DATA_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts", "The file with your conversations is damaged. It was kept as it is: {path}"
        ),
        QT_TRANSLATE_NOOP("ErrorTexts", "The file with your conversations is damaged. It was kept as it is."),
    ),
    ErrorCode.DATABASE_NEWER: _Entry(
        ErrorAction.NONE,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "Your conversations were saved by a newer Teahouse. Here they can be read but not changed; "
            "install the newer version to go on.",
        ),
    ),
    ErrorCode.DATABASE_LOCKED: _Entry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "Another program is using the file with your conversations, so the last change could not be "
            "saved yet. Your text stays here.",
        ),
    ),
    ErrorCode.STORAGE_FAILED: _Entry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP("ErrorTexts", "The last change could not be saved. Your text stays here."),
    ),
}

_APPLICATION: Mapping[ErrorCode, _Entry] = {
    ErrorCode.ALREADY_RUNNING: _Entry(
        ErrorAction.NONE,
        QT_TRANSLATE_NOOP("ErrorTexts", "Teahouse is already open; its window comes to the front."),
    ),
    ErrorCode.NO_DISPLAY: _Entry(
        ErrorAction.NONE,
        QT_TRANSLATE_NOOP(
            "ErrorTexts", "There is no display for a window here. You can chat in the terminal instead."
        ),
    ),
}

_ENTRIES: Mapping[ErrorCode, _Entry] = {**_ENGINE, **_MODELS, **_CONVERSATION, **_STORAGE, **_APPLICATION}


def describe(error: ErrorInfo) -> ErrorText:
    """`error` in the language in use; a parameter that is missing or odd only makes the sentence shorter."""
    entry = _ENTRIES[error.code]
    try:
        sentence = QCoreApplication.translate(_CONTEXT, entry.sentence).format(**_readable(error.params))
    except (KeyError, IndexError, ValueError):
        sentence = QCoreApplication.translate(_CONTEXT, entry.plain or entry.sentence)
    return ErrorText(sentence, action_label(entry.action), entry.action)


def action_label(action: ErrorAction) -> str:
    """What stands on the button of `action`; empty for NONE."""
    source = _LABELS.get(action, "")
    return QCoreApplication.translate(_CONTEXT, source) if source else ""


def _readable(params: Mapping[str, str]) -> dict[str, str]:
    """The parameters as people read them: names for paths, sizes with a unit, numbers with separators."""
    shown = {key: params[key] for key in ("precision", "available") if params.get(key)}
    path = params.get("path", "")
    if path:
        pure = PureWindowsPath(path) if "\\" in path else PurePath(path)
        shown |= {"path": path, "name": pure.name or path}
        shown["folder"] = str(pure.parent) if pure.suffix else path
    for key in ("tokens", "limit"):
        if key in params:
            shown[key] = QLocale().toString(int(params[key]))
    for key in ("expected", "actual"):
        if key in params:
            shown[key] = QLocale().formattedDataSize(
                int(params[key]), 1, QLocale.DataSizeFormat.DataSizeSIFormat
            )
    return shown

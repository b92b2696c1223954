"""The world's errors in words: one sentence and one action for each `ErrorCode`.

A sentence says what happened, what was done about it and that nothing is lost. No code, no stack trace and no
detail of a library gets into it. Knows QtCore only, so that the command line says the same as the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath, PureWindowsPath

from PySide6.QtCore import QCoreApplication, QLocale

from app.core.errors import ErrorCode, ErrorInfo
from app.ui.texts.error_entry import ErrorAction, ErrorEntry
from app.ui.texts.mark import QT_TRANSLATE_NOOP
from app.ui.texts.memory import memory_size
from app.ui.texts.model_errors import MODEL_ERRORS
from app.ui.texts.storage_errors import STORAGE_ERRORS


@dataclass(frozen=True, slots=True)
class ErrorText:
    """An error as it is shown, in the language in use. `action_label` is empty where there is no action."""

    sentence: str
    action_label: str
    action: ErrorAction


_CONTEXT = "ErrorTexts"

_LABELS: Mapping[ErrorAction, str] = {
    ErrorAction.TRY_AGAIN: QT_TRANSLATE_NOOP("ErrorTexts", "Try again"),
    ErrorAction.CHOOSE_MODEL: QT_TRANSLATE_NOOP("ErrorTexts", "Choose another model"),
    ErrorAction.ADD_MODEL: QT_TRANSLATE_NOOP("ErrorTexts", "Add a model"),
    ErrorAction.OPEN_MODELS_FOLDER: QT_TRANSLATE_NOOP("ErrorTexts", "Open the models folder"),
    ErrorAction.OPEN_DATA_FOLDER: QT_TRANSLATE_NOOP("ErrorTexts", "Open the data folder"),
    ErrorAction.OPEN_SETTINGS: QT_TRANSLATE_NOOP("ErrorTexts", "Open the settings"),
    ErrorAction.EDIT_MESSAGE: QT_TRANSLATE_NOOP("ErrorTexts", "Edit the message"),
    ErrorAction.LOAD_ANYWAY: QT_TRANSLATE_NOOP("ErrorTexts", "Load it as chosen anyway"),
}

_ENGINE: Mapping[ErrorCode, ErrorEntry] = {
    ErrorCode.ENGINE_CRASHED: ErrorEntry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The model ended unexpectedly. Everything written so far is kept, and the model starts again "
            "with your next try.",
        ),
    ),
    ErrorCode.ENGINE_OUT_OF_MEMORY: ErrorEntry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "There was not enough memory for this model. Your conversation is kept. Closing other programs "
            "helps, and so does a smaller model.",
        ),
    ),
    ErrorCode.ENGINE_START_FAILED: ErrorEntry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The part of Teahouse that runs models could not start. Your conversations are safe and can "
            "be read as always.",
        ),
    ),
    ErrorCode.ENGINE_PROTOCOL: ErrorEntry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "Something went wrong between Teahouse and the model. Everything written so far is kept.",
        ),
    ),
    ErrorCode.CPU_UNSUPPORTED: ErrorEntry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The processor of this computer is too old for this kind of model, so it cannot run here. "
            "Your conversations are safe.",
        ),
    ),
}

_CONVERSATION: Mapping[ErrorCode, ErrorEntry] = {
    ErrorCode.MESSAGE_TOO_LONG: ErrorEntry(
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
    ErrorCode.EMPTY_MESSAGE: ErrorEntry(
        ErrorAction.NONE,
        QT_TRANSLATE_NOOP("ErrorTexts", "There is nothing to send yet. Write a few words first."),
    ),
}

_STORAGE: Mapping[ErrorCode, ErrorEntry] = {
    ErrorCode.DISK_FULL: ErrorEntry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The disk is full, so the last change could not be saved. Your text stays here; make some room "
            "and try again.",
        ),
    ),
    ErrorCode.READ_ONLY: ErrorEntry(
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
    ErrorCode.DATABASE_DAMAGED: ErrorEntry(
        ErrorAction.OPEN_DATA_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts", "The file with your conversations is damaged. It was kept as it is: {path}"
        ),
        QT_TRANSLATE_NOOP("ErrorTexts", "The file with your conversations is damaged. It was kept as it is."),
    ),
    ErrorCode.DATABASE_NEWER: ErrorEntry(
        ErrorAction.NONE,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "Your conversations were saved by a newer Teahouse. Here they can be read but not changed; "
            "install the newer version to go on.",
        ),
    ),
    ErrorCode.DATABASE_LOCKED: ErrorEntry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "Another program is using the file with your conversations, so the last change could not be "
            "saved yet. Your text stays here.",
        ),
    ),
    ErrorCode.STORAGE_FAILED: ErrorEntry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP("ErrorTexts", "The last change could not be saved. Your text stays here."),
    ),
}

_APPLICATION: Mapping[ErrorCode, ErrorEntry] = {
    ErrorCode.ALREADY_RUNNING: ErrorEntry(
        ErrorAction.NONE,
        QT_TRANSLATE_NOOP("ErrorTexts", "Teahouse is already open; its window comes to the front."),
    ),
    ErrorCode.NO_DISPLAY: ErrorEntry(
        ErrorAction.NONE,
        QT_TRANSLATE_NOOP(
            "ErrorTexts", "There is no display for a window here. You can chat in the terminal instead."
        ),
    ),
}

_ENTRIES: Mapping[ErrorCode, ErrorEntry] = {
    **_ENGINE,
    **MODEL_ERRORS,
    **_CONVERSATION,
    **_STORAGE,
    **STORAGE_ERRORS,
    **_APPLICATION,
}


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
    for key in ("tokens", "limit", "requested"):
        if key in params:
            shown[key] = QLocale().toString(int(params[key]))
    # What is `available` is a size of memory only where memory is `needed`.
    for key in ("needed", "available") if "needed" in params else ():
        shown[key] = memory_size(int(params[key]))
    for key in ("expected", "actual", "size"):
        if key in params:
            shown[key] = QLocale().formattedDataSize(
                int(params[key]), 1, QLocale.DataSizeFormat.DataSizeSIFormat
            )
    return shown

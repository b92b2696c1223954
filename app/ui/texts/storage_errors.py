"""The world's errors about folders and backup files in words; see `errors`."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.errors import ErrorCode
from app.ui.texts.error_entry import ErrorAction, ErrorEntry
from app.ui.texts.mark import QT_TRANSLATE_NOOP

STORAGE_ERRORS: Mapping[ErrorCode, ErrorEntry] = {
    ErrorCode.BACKUP_DAMAGED: ErrorEntry(
        ErrorAction.NONE,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "{name} is damaged or is no backup made by Teahouse, so nothing was taken from it. What you have "
            "here is as it was.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "This file is damaged or is no backup made by Teahouse, so nothing was taken from it. What you "
            "have here is as it was.",
        ),
    ),
    ErrorCode.BACKUP_NEWER: ErrorEntry(
        ErrorAction.NONE,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "This backup was made by a newer Teahouse. Install the newer version to restore it; what you "
            "have here is as it was.",
        ),
    ),
    ErrorCode.DATA_FOLDER_MISSING: ErrorEntry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The folder with your conversations is not there: {path}. Connect its disk and try again.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The folder with your conversations is not there. Connect its disk and try again.",
        ),
    ),
    ErrorCode.MODELS_FOLDER_MISSING: ErrorEntry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The folder with your models is not there: {path}. Connect its disk and try again. Your "
            "conversations can be read as always.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The folder with your models is not there. Connect its disk and try again. Your conversations "
            "can be read as always.",
        ),
    ),
    ErrorCode.LOCATIONS_DAMAGED: ErrorEntry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The note about where your conversations lie cannot be read, so Teahouse does not know their "
            "folder. The conversations themselves were not touched.",
        ),
    ),
    ErrorCode.FOLDER_NOT_EMPTY: ErrorEntry(
        ErrorAction.NONE,
        QT_TRANSLATE_NOOP(
            "ErrorTexts", "There is something in the folder {path} already. Choose an empty or a new one."
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts", "There is something in this folder already. Choose an empty or a new one."
        ),
    ),
    ErrorCode.FOLDER_INSIDE: ErrorEntry(
        ErrorAction.NONE,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The folder {path} lies inside the one that is to be moved. Choose a place outside of it.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "This folder lies inside the one that is to be moved. Choose a place outside of it.",
        ),
    ),
}

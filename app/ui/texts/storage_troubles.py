"""Why something on the page "Storage and backup" could not be done, for people. Needs QtCore only.

Says more than `errors` does of the same codes: what was tried, and that everything is as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from app.core.errors import ErrorCode, ErrorInfo
from app.core.paths import Kept
from app.ui.texts.errors import describe
from app.ui.texts.importing import short
from app.ui.texts.mark import QT_TRANSLATE_NOOP
from app.ui.texts.other_disk import other_disk, with_advice
from app.ui.texts.storage import Part

_MOVE_TROUBLE: Mapping[ErrorCode, str] = {
    ErrorCode.DISK_FULL: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "There is not enough room on that disk. Everything is where it was; make some room there, or choose "
        "another place.",
    ),
    ErrorCode.FILE_TOO_LARGE: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "That disk takes no file as large as one that would be moved: a disk that is formatted as FAT32 "
        "takes none above 4 GB. Everything is where it was; choose another place.",
    ),
    ErrorCode.READ_ONLY: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "Teahouse may not write there. Everything is where it was; choose another place.",
    ),
    ErrorCode.DATABASE_LOCKED: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "Another program is using your conversations just now. Everything is where it was; close that "
        "program and try again.",
    ),
    ErrorCode.MODEL_UNREADABLE: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "{name} could not be read. Everything is where it was; check the disk and try again.",
    ),
    ErrorCode.MODEL_CHANGED: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "{name} changed while it was copied. Everything is where it was; try again when nothing else is "
        "working on the models.",
    ),
    ErrorCode.STORAGE_FAILED: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "The disk refused to take it. Everything is where it was; try again, or choose another place.",
    ),
}
_BACKUP_TROUBLE: Mapping[ErrorCode, str] = {
    ErrorCode.DISK_FULL: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "There is not enough room on that disk for the backup. Make some room there, or choose another "
        "place.",
    ),
    ErrorCode.FILE_TOO_LARGE: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "That disk takes no file as large as this backup, so none was made: a disk that is formatted as "
        "FAT32 takes none above 4 GB. Choose another place.",
    ),
    ErrorCode.READ_ONLY: QT_TRANSLATE_NOOP(
        "StorageTexts", "Teahouse may not write there, so no backup was made. Choose another place."
    ),
    ErrorCode.STORAGE_FAILED: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "The disk refused to take the backup, so none was made. Try again, or choose another place.",
    ),
    ErrorCode.BACKUP_DAMAGED: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "What was written could not be read back from that disk, so no backup was made. Choose another "
        "place.",
    ),
}
_RESTORE_TROUBLE: Mapping[ErrorCode, str] = {
    ErrorCode.FILE_TOO_LARGE: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "The disk with your conversations takes no file as large as this backup holds. What you have here is "
        "as it was.",
    ),
    ErrorCode.DISK_FULL: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "There is not enough room to restore this backup. What you have here is as it was; make some room "
        "and try again.",
    ),
    ErrorCode.READ_ONLY: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "The backup could not be read, or nothing may be written here. What you have here is as it was.",
    ),
    ErrorCode.STORAGE_FAILED: QT_TRANSLATE_NOOP(
        "StorageTexts",
        "{name} could not be read. What you have here is as it was. Is its disk still connected?",
    ),
}


def move_trouble(error: ErrorInfo) -> str:
    """Why something was not moved."""
    return _trouble(_MOVE_TROUBLE, error)


def backup_trouble(error: ErrorInfo) -> str:
    """Why no backup was made."""
    return _trouble(_BACKUP_TROUBLE, error)


def restore_trouble(error: ErrorInfo, kept: Kept = Kept.MOVABLE) -> str:
    """Why nothing was restored; `kept` tells of the folder with the conversations."""
    sentence = _trouble(_RESTORE_TROUBLE, error)
    if error.code is ErrorCode.FILE_TOO_LARGE:
        return with_advice(sentence, other_disk(Part.CONVERSATIONS, kept, is_too_large=True))
    return sentence


def _trouble(table: Mapping[ErrorCode, str], error: ErrorInfo) -> str:
    source = table.get(error.code)
    if source is None:
        return describe(error).sentence
    name = Path(error.params.get("path", "")).name
    return QCoreApplication.translate("StorageTexts", source).format(name=short(name))

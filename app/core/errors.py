"""The world's errors: what can go wrong outside our code, as values.

An error is a code with parameters. It is never text for a person (that lives in `ui.texts`), never stored as
a message, and never sent to a model. Our own bugs are ordinary exceptions and go to the report dialog;
a cancel is neither.
"""

from __future__ import annotations

import errno
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ErrorCode(StrEnum):
    """Every kind of world's error; `ui.texts.errors` holds one sentence and one action for each."""

    # engine
    ENGINE_CRASHED = "engine_crashed"  # params: exit_code
    ENGINE_OUT_OF_MEMORY = "engine_out_of_memory"
    ENGINE_START_FAILED = "engine_start_failed"  # params: detail
    ENGINE_PROTOCOL = "engine_protocol"  # params: detail
    CPU_UNSUPPORTED = "cpu_unsupported"
    # model files
    MODEL_MISSING = "model_missing"  # params: path
    MODEL_UNREADABLE = "model_unreadable"  # params: path, detail
    MODEL_TRUNCATED = "model_truncated"  # params: path, expected, actual (bytes)
    MODEL_NOT_A_MODEL = "model_not_a_model"  # params: path
    MODEL_UNSUPPORTED = "model_unsupported"  # params: path, detail
    MODEL_NEEDS_FULL_EDITION = "model_needs_full_edition"  # params: path (a folder, in the light edition)
    MODEL_LOAD_FAILED = "model_load_failed"  # params: path, detail
    MODEL_LFS_POINTER = "model_lfs_pointer"  # params: path (a note of git-lfs stands in place of the file)
    MODEL_INCOMPLETE = "model_incomplete"  # params: path, detail (what is missing)
    MODEL_UNSAFE = "model_unsafe"  # params: path, detail (a pickle that would run code)
    MODEL_MIXED = "model_mixed"  # params: path, detail (files of several models or editions)
    MODEL_OUTSIDE = "model_outside"  # params: path, detail (a link leads out of what was brought)
    MODEL_CHANGED = "model_changed"  # params: path, detail (not the bytes published, or read before)
    MODEL_NOT_AS_PUBLISHED = "model_not_as_published"  # params: path, detail (the file that differs)
    MODEL_NAN = "model_nan"  # params: path, detail (the numbers of the model are not numbers)
    PREPARED_DAMAGED = "prepared_damaged"  # params: path (the copy made from a model, not the model)
    OUT_OF_MEMORY_PREDICTED = "out_of_memory_predicted"  # params: needed, available (bytes)
    CONTEXT_TOO_LONG = "context_too_long"  # params: requested, limit (tokens)
    NO_MODEL = "no_model"
    PACK_DAMAGED = "pack_damaged"  # params: path, detail (a model pack that is not what was packed)
    PACK_NEWER = "pack_newer"  # params: path
    FILE_TOO_LARGE = "file_too_large"  # params: path (of the disk's folder), size (bytes)
    PRECISION_UNAVAILABLE = "precision_unavailable"  # params: precision, available
    # conversation
    MESSAGE_TOO_LONG = "message_too_long"  # params: tokens, limit
    EMPTY_MESSAGE = "empty_message"
    # storage
    DISK_FULL = "disk_full"  # params: path
    READ_ONLY = "read_only"  # params: path
    DATABASE_DAMAGED = "database_damaged"  # params: path
    DATABASE_NEWER = "database_newer"  # params: path, found, known
    DATABASE_LOCKED = "database_locked"  # params: path
    STORAGE_FAILED = "storage_failed"  # params: path, detail
    BACKUP_DAMAGED = "backup_damaged"  # params: path, detail (also what is no backup file at all)
    BACKUP_NEWER = "backup_newer"  # params: path
    DATA_FOLDER_MISSING = "data_folder_missing"  # params: path
    MODELS_FOLDER_MISSING = "models_folder_missing"  # params: path
    LOCATIONS_DAMAGED = "locations_damaged"  # params: path (of the note where the folders are)
    FOLDER_NOT_EMPTY = "folder_not_empty"  # params: path
    FOLDER_INSIDE = "folder_inside"  # params: path (it lies inside the one that is to be moved)
    # application
    ALREADY_RUNNING = "already_running"
    NO_DISPLAY = "no_display"


FAULTS_OF_A_FILE = frozenset(
    {
        ErrorCode.MODEL_MISSING,
        ErrorCode.MODEL_UNREADABLE,
        ErrorCode.MODEL_TRUNCATED,
        ErrorCode.MODEL_NOT_A_MODEL,
        ErrorCode.MODEL_LFS_POINTER,
        ErrorCode.MODEL_INCOMPLETE,
        ErrorCode.MODEL_MIXED,
    }
)
"""What a person can mend by bringing the files in order: then the model is loaded."""


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """An error as a value that crosses threads, processes and the database."""

    code: ErrorCode
    params: Mapping[str, str] = field(default_factory=dict)


class WorldError(Exception):
    """Raised where the world's error is met; carries an `ErrorInfo`, no sentence."""

    def __init__(self, code: ErrorCode, **params: object) -> None:
        self.info = ErrorInfo(code, {name: str(value) for name, value in params.items()})
        super().__init__(f"{code.value} {dict(self.info.params)}")

    @classmethod
    def from_info(cls, info: ErrorInfo) -> WorldError:
        """The exception for a value that came over a border."""
        return cls(info.code, **info.params)


_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
_READ_ONLY = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_IN_USE = frozenset({32, 33})  # Windows' ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION


def disk_error(error: OSError, path: object, also_full: Collection[int] = ()) -> WorldError:
    """The world's error behind what the system says of a disk.

    DISK_FULL, FILE_TOO_LARGE (without a size), READ_ONLY, else STORAGE_FAILED: also where another program has
    the file open, which Windows refuses as it refuses what nobody may write. `also_full` are numbers of
    errors by which a disk says that it is full for what was asked.
    """
    if error.errno in _FULL or error.errno in also_full:
        return WorldError(ErrorCode.DISK_FULL, path=path)
    if error.errno == errno.EFBIG:
        return WorldError(ErrorCode.FILE_TOO_LARGE, path=path)
    if error.errno in _READ_ONLY and getattr(error, "winerror", None) not in _IN_USE:
        return WorldError(ErrorCode.READ_ONLY, path=path)
    return WorldError(ErrorCode.STORAGE_FAILED, path=path, detail=error.strerror or type(error).__name__)

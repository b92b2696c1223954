"""What the doctor finds, as values: kinds of findings, how each is meant, and what mends it.

Found by `model.doctor`, `model.doctor_models` and `workers.doctor_round`; the sentences are in
`ui.texts.doctor`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.errors import ErrorInfo


class Severity(StrEnum):
    """How a finding is meant, the worst first."""

    PROBLEM = "problem"  # something does not work, or is not as safe as it looks, until it is changed
    NOTE = "note"  # works, with a limit or something left over that is worth knowing
    GOOD = "good"


class FindingCode(StrEnum):
    """Every kind of finding; `ui.texts.doctor` holds one sentence for each. Sizes in bytes."""

    VERSIONS = "versions"  # params: app, python, system, parts
    LIGHT_EDITION = "light_edition"  # opens models in one file only
    MEMORY_GOOD = "memory_good"  # params: total, available
    MEMORY_SMALL = "memory_small"  # params: total, available
    MEMORY_TOO_SMALL = "memory_too_small"  # params: total, available, needed
    MEMORY_USED_UP = "memory_used_up"  # by other programs; params: total, available
    PROCESSOR_GOOD = "processor_good"  # params: name, cores
    PROCESSOR_FAST = "processor_fast"  # with AVX-512; params: name, cores
    PROCESSOR_TOO_OLD = "processor_too_old"  # params: name, cores
    PROCESSOR_UNKNOWN = "processor_unknown"  # params: name, cores
    GRAPHICS_GOOD = "graphics_good"  # params: name, total
    GRAPHICS_FAILING = "graphics_failing"  # the driver's program is there and tells no card
    GRAPHICS_TOO_OLD = "graphics_too_old"  # params: version (of the driver)
    INT4_SLOWER = "int4_slower"  # than INT8, as measured; params: int4, int8 (milliseconds)
    DISK_GOOD = "disk_good"  # params: free, path
    DISK_LOW = "disk_low"  # params: free, path
    DISK_FULL = "disk_full"  # params: free, path
    DATA_FOLDER_GOOD = "data_folder_good"  # params: path
    DATA_FOLDER_READ_ONLY = "data_folder_read_only"  # params: path
    MODELS_FOUND = "models_found"  # params: count, path
    MODELS_NONE = "models_none"  # params: path
    MODELS_FOLDER_GONE = "models_folder_gone"  # params: path
    MODEL_BROKEN = "model_broken"  # params: id, path; `error` says what is wrong
    MODEL_GONE = "model_gone"  # used in its own place; params: id, path
    MODEL_CHANGED = "model_changed"  # other bytes than those known; params: id, path, files
    MODELS_UNCHANGED = "models_unchanged"  # every byte was read; params: count
    LIST_DAMAGED = "list_damaged"  # of the models, kept under another name; params: count, path
    ABANDONED_COPIES = "abandoned_copies"  # params: count, size, path
    PREPARED_ORPHANS = "prepared_orphans"  # prepared files without their model; params: count, size, path
    PREPARED_NO_ROOM = "prepared_no_room"  # params: id, size, free
    STARTER_GOOD = "starter_good"  # params: path
    STARTER_MISSING = "starter_missing"  # params: path
    STARTER_DAMAGED = "starter_damaged"  # params: path
    CHINESE_FONT_GOOD = "chinese_font_good"
    CHINESE_FONT_MISSING = "chinese_font_missing"
    DISPLAY_GOOD = "display_good"
    DISPLAY_MISSING = "display_missing"
    CONVERSATIONS_GOOD = "conversations_good"  # params: path
    CONVERSATIONS_DAMAGED = "conversations_damaged"  # params: path
    LOCATIONS_DAMAGED = "locations_damaged"  # the note of the folders; params: path
    PRIVATE_GOOD = "private_good"  # nobody else may read what is personal
    OTHERS_CAN_READ = "others_can_read"  # params: kind (a `privacy.StoredKind`), path
    ENGINE_CRASHED = "engine_crashed"  # params: at (UTC milliseconds)
    ENGINE_OUT_OF_MEMORY = "engine_out_of_memory"  # params: at


class DoctorRemedy(StrEnum):
    """What the one button beside a finding does."""

    NONE = "none"
    OPEN_MODELS_FOLDER = "open_models_folder"
    OPEN_DATA_FOLDER = "open_data_folder"
    OPEN_LOG_FOLDER = "open_log_folder"
    ADD_MODEL = "add_model"
    SHOW_MODELS = "show_models"  # the page "Your models"
    SHOW_MEMORY = "show_memory"  # precision and context length
    SHOW_STORAGE = "show_storage"  # folders, backup and restore
    CHOOSE_INT8 = "choose_int8"
    REMOVE_ABANDONED = "remove_abandoned"
    REMOVE_ORPHANS = "remove_orphans"
    REMOVE_DAMAGED_LISTS = "remove_damaged_lists"
    NARROW = "narrow"  # nobody else reads it any more

    @property
    def removes(self) -> bool:
        """Whether files go: the person is asked first."""
        return self in _REMOVING

    @property
    def is_safe(self) -> bool:
        """Whether nothing is lost that cannot be made again: `doctor --mend` carries these out."""
        return self in _SAFE


_REMOVING = frozenset({
    DoctorRemedy.REMOVE_ABANDONED, DoctorRemedy.REMOVE_ORPHANS, DoctorRemedy.REMOVE_DAMAGED_LISTS,
})  # fmt: skip
_SAFE = frozenset({DoctorRemedy.REMOVE_ABANDONED, DoctorRemedy.REMOVE_ORPHANS, DoctorRemedy.NARROW})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    code: FindingCode
    severity: Severity
    params: Mapping[str, str] = field(default_factory=dict)
    error: ErrorInfo | None = None
    remedy: DoctorRemedy = DoctorRemedy.NONE


def finding(
    code: FindingCode, severity: Severity, remedy: DoctorRemedy = DoctorRemedy.NONE, /, **params: object
) -> Finding:
    """A finding with its parameters as text."""
    return Finding(code, severity, {name: str(value) for name, value in params.items()}, remedy=remedy)

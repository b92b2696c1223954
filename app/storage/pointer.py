"""The note `locations.json` in the app's usual folder: where the data and the models are, if not there.

It is the one thing that a move switches, in a single rename. It also names folders that hold a copy of what
is in use (`Spare`): of a move that was killed the new one, of a move that was finished the old one. They can
be removed, file by file, where the copy in use is seen to be there. Knows no SQLite: it is read first of all.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.core.errors import ErrorCode, WorldError
from app.core.new_names import rename
from app.storage.files import file_errors, make_private_folder, now_ms, time_stamp, write_atomically

FILE_NAME = "locations.json"
_VERSION = 1
_MAX_BYTES = 1 << 20
_MOST_SPARES = 50  # of disks that never came back
_log = logging.getLogger(__name__)
_one_at_a_time = threading.Lock()  # threads that change it lose nothing of each other's


class SpareKind(StrEnum):
    """What a spare folder is a copy of."""

    DATA = "data"
    MODELS = "models"


@dataclass(frozen=True, slots=True)
class Spare:
    """A folder with a copy of what is in use.

    `database_bytes` and `database_modified_ns` tell, for DATA, whether the database in it is still the one
    that was copied.
    """

    kind: SpareKind
    folder: Path
    database_bytes: int = 0
    database_modified_ns: int = 0


@dataclass(frozen=True, slots=True)
class Pointer:
    """What the note says; None: the usual folder."""

    data_dir: Path | None = None
    models_dir: Path | None = None
    spares: tuple[Spare, ...] = ()

    def without_spare(self, kind: SpareKind, folder: Path) -> Pointer:
        """The same, without what is said of this folder: it is in use, or nothing of ours is left in it."""
        others = tuple(one for one in self.spares if (one.kind, one.folder) != (kind, folder))
        return replace(self, spares=others)

    def without(self, spares: Collection[Spare]) -> Pointer:
        """The same, without just these spares."""
        return replace(self, spares=tuple(spare for spare in self.spares if spare not in spares))

    def with_spare(self, spare: Spare) -> Pointer:
        """The same, with this one as the newest. Others stay: their disks may be away just now."""
        spares = (*self.without_spare(spare.kind, spare.folder).spares, spare)
        return replace(self, spares=spares[-_MOST_SPARES:])


def read(home: Path) -> Pointer:
    """The note in `home`; an empty one where there is none. Raises LOCATIONS_DAMAGED."""
    path = home / FILE_NAME
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        return _parsed(json.loads(data.decode()))
    except (FileNotFoundError, NotADirectoryError):
        return Pointer()
    except (OSError, ValueError, RecursionError) as error:
        _log.warning("the note of the folders cannot be read: %s", error)
        raise WorldError(ErrorCode.LOCATIONS_DAMAGED, path=path) from error


def change(home: Path, changed: Callable[[Pointer], Pointer]) -> Pointer:
    """Write `changed` of what the note says now, at once and for good; gives it.

    Raises `WorldError` LOCATIONS_DAMAGED, DISK_FULL, READ_ONLY, STORAGE_FAILED.
    """
    with _one_at_a_time:
        pointer = changed(read(home))
        _write(home, pointer)
    return pointer


def _write(home: Path, pointer: Pointer) -> None:
    raw: dict[str, object] = {"version": _VERSION}
    for key, folder in (("data_dir", pointer.data_dir), ("models_dir", pointer.models_dir)):
        if folder is not None:
            raw[key] = str(folder)
    if pointer.spares:
        raw["spares"] = [
            {
                "kind": spare.kind.value,
                "folder": str(spare.folder),
                "database_bytes": spare.database_bytes,
                "database_modified_ns": spare.database_modified_ns,
            }
            for spare in pointer.spares
        ]
    with file_errors(home):
        make_private_folder(home)
        # ASCII: a name may hold what is no character, and comes back as it was.
        write_atomically(home / FILE_NAME, f"{json.dumps(raw, indent=1)}\n".encode())


def put_aside(home: Path) -> None:
    """Rename a note that cannot be read, so that a new one can be written. Raises `WorldError`."""
    path = home / FILE_NAME
    with file_errors(path):
        rename(path, path.with_name(f"{path.name}.{time_stamp(now_ms())}.bad"))


def holds_conversations(folder: Path) -> bool:
    """Whether a data folder is really there, and not only the empty place of a disk that is gone.

    A database that was set aside while it was mended counts, and so do copies of one.
    """
    try:
        found = any((folder / name).is_file() for name in ("teahouse.db", "teahouse.mended"))
        return found or any((folder / "backups").glob("teahouse-*.db"))
    except OSError:
        return False


def _parsed(raw: Any) -> Pointer:
    """Raises `ValueError` for what makes no sense."""
    if not isinstance(raw, dict) or raw.get("version") != _VERSION:
        raise ValueError("no note of ours")
    spares = raw.get("spares", [])
    if not isinstance(spares, list):
        raise ValueError("spares")
    return Pointer(
        _folder(raw, "data_dir"), _folder(raw, "models_dir"), tuple(_spare(spare) for spare in spares)
    )


def _spare(raw: Any) -> Spare:
    if not isinstance(raw, dict) or (folder := _folder(raw, "folder")) is None:
        raise ValueError("a spare without a folder")
    numbers = [raw.get(key, 0) for key in ("database_bytes", "database_modified_ns")]
    if not all(isinstance(number, int) for number in numbers):
        raise ValueError("a spare without numbers")
    return Spare(SpareKind(str(raw.get("kind"))), folder, *numbers)


def _folder(raw: Mapping[str, Any], key: str) -> Path | None:
    value = raw.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or "\0" in value or not Path(value).is_absolute():
        raise ValueError(f"{key} is no folder")
    return Path(value)

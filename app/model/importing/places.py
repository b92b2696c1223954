"""The list `models.json` in the models folder: what cannot be seen from the files that lie there.

Models used in their own place, generations that a person said, and hashes that were kept. Read tolerantly: a
damaged list is put aside and an empty one used. Written whole or not at all, under a lock, so that two apps
lose nothing of each other's. Knows no model file.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

from app.core.engine import EngineKind
from app.core.errors import WorldError
from app.core.new_names import new_file, put_in_place, rename
from app.model.disk import disk_errors, sync_folder
from app.model.importing.locking import locked

FILE_NAME = "models.json"
MAX_BYTES = 16 << 20
LOCK_NAME = ".models.lock"
COPY_LOCK_NAME = ".copying.lock"
"""Held by whoever copies a model in."""
_VERSION = 1
_PATIENCE_S = 10.0
"""The list is read and written in milliseconds; who holds its lock longer than this hangs."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the list.

    `path` is absolute for a model used in its own place, else relative to the models folder, with "/". `id`,
    `name` and `engine` are those of a model in its own place, for as long as it cannot be read; its id never
    changes. `family` is the generation that was said, "" for none. `hashes` are SHA-256 in hexadecimal by
    file name. `beside` is the way from the models folder of a portable copy to a model in its own place on
    the same disk, with "/", else "": tomorrow that disk may have another letter.
    """

    path: str
    id: str = ""
    name: str = ""
    engine: EngineKind = EngineKind.GLM_TORCH
    family: str = ""
    hashes: Mapping[str, str] = field(default_factory=dict)
    beside: str = ""

    @property
    def is_elsewhere(self) -> bool:
        return bool(self.beside) or PurePath(self.path).is_absolute()

    def absolute(self, models_dir: Path) -> Path:
        """Where the model lies; `path` counts where nothing is beside the folder, which may be a copy."""
        said = models_dir / self.path
        if not self.beside:
            return said
        near = Path(os.path.normpath(models_dir / self.beside))
        return said if os.path.lexists(said) and not os.path.lexists(near) else near


def read(models_dir: Path) -> tuple[Place, ...]:
    """The entries; none where there is no list or nobody may read it. A damaged list is put aside."""
    try:
        return _parsed(_content(models_dir / FILE_NAME))
    except OSError as error:
        _log.warning("the list of models cannot be read: %s", error.strerror)
    except ValueError as error:
        _put_aside(models_dir, error)
    return ()


def find(places: Sequence[Place], path: Path, models_dir: Path) -> Place | None:
    """The entry of the model at `path`."""
    return next((place for place in places if same_place(place.absolute(models_dir), path)), None)


def add(models_dir: Path, place: Place, taken: Collection[str] = ()) -> Place:
    """Add an entry, or bring the one of the same place up to date; gives what stands there now.

    What `place` leaves empty stays as it was, and so does an id once given. A new id is none of `taken`.
    Raises `WorldError` DISK_FULL, READ_ONLY and STORAGE_FAILED.
    """
    added = place

    def change(entries: list[Place]) -> list[Place]:
        nonlocal added
        old = find(entries, place.absolute(models_dir), models_dir)
        if old is None:
            used = {*taken, *(entry.id for entry in entries)}
            added = replace(place, id=free_id(place.id, used) if place.id else "")
            return [*entries, added]
        added = replace(
            old,
            name=place.name or old.name,
            family=place.family or old.family,
            hashes={**old.hashes, **place.hashes},
            beside=place.beside or old.beside,
        )
        return [added if entry is old else entry for entry in entries]

    _change(models_dir, change)
    return added


def remove(models_dir: Path, path: Path) -> bool:
    """Take the entry of the model at `path` off the list, if there is one; its files stay as they are.

    Raises like `add`.
    """
    removed = False

    def change(entries: list[Place]) -> list[Place]:
        nonlocal removed
        left = [entry for entry in entries if not same_place(entry.absolute(models_dir), path)]
        removed = len(left) < len(entries)
        return left

    _change(models_dir, change)
    return removed


def same_place(one: Path, other: Path) -> bool:
    """Whether two paths lead to the same file or folder, there or not."""
    if _key(one) == _key(other):
        return True
    with contextlib.suppress(OSError, ValueError):
        return one.samefile(other)  # a disk that does not tell large letters from small ones
    return False


def free_id(wanted: str, used: Collection[str]) -> str:
    """`wanted`, or with a number behind it where that is taken."""
    number, found = 1, wanted
    while found in used:
        number += 1
        found = f"{wanted} {number}"
    return found


def _key(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))


def _content(path: Path) -> bytes:
    """The list as it stands, empty where there is none; raises `ValueError` for something else there."""
    if not os.path.lexists(path):
        return b""
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        raise ValueError("no list")
    return path.read_bytes()


def _parsed(data: bytes) -> tuple[Place, ...]:
    """The entries that make sense; raises `ValueError` where the whole does not."""
    if not data:
        return ()
    try:
        entries = json.loads(data)["models"]
    except (RecursionError, KeyError, TypeError) as error:
        raise ValueError("no list") from error
    if not isinstance(entries, list):
        raise ValueError("no list")
    return tuple(place for entry in entries if (place := _place(entry)) is not None)


def _place(entry: Any) -> Place | None:
    try:
        texts = {key: entry.get(key, "") for key in ("path", "id", "name", "family", "beside")}
        hashes = entry.get("hashes", {})
        pairs = [*hashes.items(), *texts.items()]
        if not texts["path"] or not all(isinstance(value, str) for _, value in pairs):
            return None
        return Place(**texts, engine=EngineKind(entry.get("engine", EngineKind.GLM_TORCH)), hashes=hashes)
    except (AttributeError, ValueError, TypeError):
        return None


def _change(models_dir: Path, change: Callable[[list[Place]], list[Place]]) -> None:
    """Read, change and write under the lock."""
    path = models_dir / FILE_NAME
    with disk_errors(path):
        models_dir.mkdir(parents=True, exist_ok=True)
        with locked(models_dir / LOCK_NAME, patience_s=_PATIENCE_S):
            try:
                old = list(_parsed(_content(path)))
            except ValueError as error:
                _rename_damaged(path, error)
                old = []
            new = change(list(old))
            if new != old:
                _write(path, new)


def _put_aside(models_dir: Path, error: ValueError) -> None:
    """Rename a damaged list, unless another program has mended it meanwhile."""
    path = models_dir / FILE_NAME
    try:
        with locked(models_dir / LOCK_NAME, patience_s=_PATIENCE_S):
            try:
                _parsed(_content(path))
            except ValueError:
                _rename_damaged(path, error)
    except (OSError, WorldError):
        _log.warning("the list of models is damaged (%s) and cannot be put aside", error)


def _rename_damaged(path: Path, error: ValueError) -> None:
    kept = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    rename(path, kept)
    _log.warning("the list of models was damaged (%s); kept as %s", error, kept.name)


def _write(path: Path, places: Sequence[Place]) -> None:
    entries = [
        {
            key: value
            for key, value in (
                ("path", place.path),
                ("id", place.id),
                ("name", place.name),
                ("engine", place.engine.value),
                ("family", place.family),
                ("hashes", dict(place.hashes)),
                ("beside", place.beside),
            )
            if value
        }
        for place in places
    ]
    # ASCII: names of files may hold what is no character, and come back as they were.
    text = json.dumps({"version": _VERSION, "models": entries}, indent=1)
    descriptor, temporary = new_file(path.parent, f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(f"{text}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(PermissionError):  # a stick with FAT knows no rights
            temporary.chmod(0o644)  # 0600 would keep a second user of a shared folder out
        put_in_place(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)

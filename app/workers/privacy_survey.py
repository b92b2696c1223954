"""Looks where everything lies that the app keeps, how large it is and who may read it; takes reading away.

Blocking: for threads of their own. Knows the files of `storage` and of `model`, which do not know each
other. No Qt.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.paths import AppPaths
from app.core.privacy import Readers, StoredKind, StoredThing
from app.model.importing import places
from app.storage import pointer
from app.storage.connection_log import older_file

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_READ = stat.S_IRGRP | stat.S_IROTH
_OTHERS_PASS = stat.S_IXGRP | stat.S_IXOTH
_ALWAYS = (StoredKind.CONVERSATIONS, StoredKind.SETTINGS, StoredKind.MODELS)
"""Shown also before there is any."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What belongs to a kind: `shown` for the person, `parts` are the files and folders themselves."""

    shown: Path
    parts: tuple[Path, ...]
    without: Path | None = None  # a folder inside that counts as another kind


def survey(paths: AppPaths) -> tuple[StoredThing, ...]:
    """Everything that is there, in the order of `StoredKind`; what cannot be read counts 0 bytes."""
    found = []
    for kind in StoredKind:
        place = _place_of(kind, paths)
        parts = [part for part in place.parts if os.path.lexists(part)]
        if parts or kind in _ALWAYS:
            size = sum(_size(part, place.without) for part in parts)
            readers = _readers(parts)
            can_narrow = readers is Readers.OTHERS and all(_is_ours(part) for part in parts)
            folder = place.shown if place.shown.is_dir() else place.shown.parent
            found.append(StoredThing(kind, place.shown, folder, size, readers, can_narrow))
    return tuple(found)


def narrow(paths: AppPaths, kind: StoredKind) -> None:
    """Take the reading of what belongs to `kind` away from others; raises `OSError`.

    A folder that is closed keeps everything in it closed.
    """
    for part in _place_of(kind, paths).parts:
        if os.path.lexists(part) and not part.is_symlink():
            part.chmod(stat.S_IMODE(part.stat().st_mode) & ~_OTHERS)


def _place_of(kind: StoredKind, paths: AppPaths) -> _Place:
    data, models = paths.data_dir, paths.models_dir
    match kind:
        case StoredKind.CONVERSATIONS:
            sides = (paths.database.with_name(paths.database.name + side) for side in ("-wal", "-shm"))
            return _Place(paths.database, (paths.database, *sides))
        case StoredKind.SET_ASIDE:
            return _Place(data, (*_glob(data, "teahouse-damaged-*"), *_glob(data, "settings.json.*")))
        case StoredKind.CONNECTIONS:
            file = paths.connections_file
            return _Place(file, (file, older_file(file)))
        case StoredKind.MODELS:
            return _Place(models, (models,), paths.prepared_dir)
        case StoredKind.POINTER:
            file = (paths.home or data) / pointer.FILE_NAME
            return _Place(file, (file,))
        case StoredKind.TEMPORARY:
            folder = Path(tempfile.gettempdir())
            parts = tuple(_ours_in(folder))
            return _Place(parts[0] if parts else folder, parts)
    single = {
        StoredKind.COPIES: paths.backups_dir,
        StoredKind.SETTINGS: paths.settings_file,
        StoredKind.LOG: paths.log_dir,
        StoredKind.PREPARED: paths.prepared_dir,
        StoredKind.PLACES: models / places.FILE_NAME,
    }[kind]
    return _Place(single, (single,))


def _ours_in(folder: Path) -> Iterator[Path]:
    """What is there of the app's libraries: torch makes a folder as soon as it is loaded."""
    yield from (path for path in _glob(folder, "torchinductor_*") if _is_ours(path))


def _glob(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def _size(path: Path, without: Path | None) -> int:
    """Bytes of the files below `path`, each as it is listed; links are not followed."""
    total = 0
    if path.is_symlink() or not path.is_dir():
        with contextlib.suppress(OSError):
            total = path.lstat().st_size
        return total
    for folder, names, files in os.walk(path):
        names[:] = [name for name in names if Path(folder, name) != without]
        for name in files:
            with contextlib.suppress(OSError):
                total += Path(folder, name).lstat().st_size
    return total


def _readers(parts: Iterable[Path]) -> Readers:
    if os.name != "posix":
        return Readers.UNKNOWN
    is_open = any(_is_open_to_others(part) for part in parts)
    return Readers.OTHERS if is_open else Readers.OWNER


def _is_open_to_others(path: Path) -> bool:
    """Whether group or others may read it and get to it: through every folder above it.

    Access lists count as well: their widest right is what the marks of the group show.
    """
    real = Path(os.path.realpath(path))
    try:
        # Who may pass through a folder reads the files in it whose names are known.
        wanted = _OTHERS_READ | _OTHERS_PASS if real.is_dir() else _OTHERS_READ
        if not real.stat().st_mode & wanted:
            return False
        return all(folder.stat().st_mode & _OTHERS_PASS for folder in real.parents)
    except OSError:
        return False


def _is_ours(path: Path) -> bool:
    if os.name != "posix":
        return True
    try:
        return path.lstat().st_uid == os.getuid()
    except OSError:
        return False

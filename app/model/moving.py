"""Moves the models folder: a checked copy of all of it, one switch, and only then the old files go.

The copy (`copy_models`) takes minutes, and the models are used meanwhile; `switch_models` takes over what
changed until then and calls the switch, under the lock of the list of models; `remove_copied` and
`remove_spare` take away only what is seen to be in use at the other place. A kill at any moment leaves the
old folder whole and in use, or the new one. Blocking: not for the GUI thread. Knows no engine, and not where
it is noted which folder counts.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.core.paths import PREPARED_FOLDER
from app.model import disk, kernel_speeds
from app.model.disk import disk_errors
from app.model.importing import copying, places
from app.model.importing.hashing import Mark, mark_of
from app.model.importing.locking import locked

_PARTIAL = ".partial"
_LOCKS = (places.COPY_LOCK_NAME, places.LOCK_NAME)
_CHANGING = frozenset({places.FILE_NAME, f"{PREPARED_FOLDER}/{kernel_speeds.FILE_NAME}"})
"""Written anew with every model that is added, and by every start of an engine."""
_PATIENCE_S = 10.0
_TIME_SLACK_NS = 2_000_000_000  # two seconds is the unit of FAT

Report = Callable[[TaskProgress], None]


@dataclass(frozen=True, slots=True)
class CopiedModels:
    """A models folder that was copied: from where to where, and each file as it was when it was copied."""

    source: Path
    target: Path
    marks: Mapping[str, Mark]


def ensure_target(source: Path, target: Path) -> None:
    """Raise FOLDER_INSIDE or FOLDER_NOT_EMPTY where `source` cannot be moved to `target`."""
    real_source, real_target = Path(os.path.realpath(source)), Path(os.path.realpath(target))
    if real_target.is_relative_to(real_source) or places.same_place(source, target):
        raise WorldError(ErrorCode.FOLDER_INSIDE, path=target)
    with disk_errors(target):
        if os.path.lexists(target) and (not target.is_dir() or any(target.iterdir())):
            raise WorldError(ErrorCode.FOLDER_NOT_EMPTY, path=target)


def size_of(folder: Path) -> int:
    """Bytes of the files that a move would copy; 0 for a folder that is not there."""
    return sum(_sizes(folder))


def ensure_takes_models(source: Path, target: Path) -> None:
    """Raise FILE_TOO_LARGE where the disk of `target` takes no file as large as the largest in `source`."""
    disk.ensure_takes(target, max(_sizes(source), default=0))


def copy_models(source: Path, target: Path, report: Report, cancel: CancelToken) -> CopiedModels:
    """Copy every file of `source` into the new or empty folder `target`, each checked; switches nothing.

    Links that stay inside become links again in `switch_models`; those that lead out are not taken along.
    Raises `WorldError` FOLDER_INSIDE, FOLDER_NOT_EMPTY and what `copying.copy_files` raises; `Cancelled`.
    Then nothing is left behind.
    """
    ensure_target(source, target)
    with disk_errors(target):
        if target.is_dir():
            target.rmdir()
    source = Path(os.path.realpath(source))
    found = _files(source)
    marks = {name: mark_of(path) for name, path in found.items()}
    try:
        copying.copy_files([(path, name) for name, path in found.items()], target, report, cancel)
    except FileExistsError as error:
        raise WorldError(ErrorCode.FOLDER_NOT_EMPTY, path=target) from error
    return CopiedModels(source, target, marks)


def switch_models(
    copied: CopiedModels, switch: Callable[[], None], report: Report, cancel: CancelToken
) -> None:
    """Take over what changed since the copy, then call `switch`, after which the new folder counts.

    Nobody may write to the old folder from here on but other programs: one that copies a model in is waited
    for, and the list of models is locked. Raises like `copy_models`, and what `switch` raises: then the old
    folder is in use as before.
    """
    with contextlib.ExitStack() as stack:
        if copied.source.is_dir():
            with disk_errors(copied.source):
                copying_in, listing = (copied.source / name for name in _LOCKS)
                stack.enter_context(locked(copying_in, patience_s=None, cancel=cancel))
                stack.enter_context(locked(listing, patience_s=_PATIENCE_S, cancel=cancel))
        _catch_up(copied, report, cancel)
        _make_links(copied)
        switch()


def remove_copied(copied: CopiedModels) -> bool:
    """After the switch: remove the old files that are in the new folder; whether nothing is left."""

    def is_copy(name: str, old: Path, new: Path) -> bool:
        is_as_copied = _mark(old) == copied.marks.get(name) and _mark(new) is not None
        return is_as_copied or _is_same(old, new)  # the second for what came before the switch

    return _remove(copied.source, copied.target, is_copy)


def remove_spare(spare: Path, in_use: Path) -> bool:
    """At a start: remove what an ended or killed move left in `spare`; whether that was done.

    Only files that are in the folder in use under the same name, with the same size and time. Where the disk
    of one of the two is not there, nothing is removed, and it may be tried again.
    """
    copying.remove_abandoned(spare.parent)
    if not in_use.is_dir() or not spare.parent.is_dir() or places.same_place(spare, in_use):
        return False

    _remove(spare, in_use, lambda _name, old, new: _is_same(old, new))
    return True


def _is_same(old: Path, new: Path) -> bool:
    """Whether both are files with the same size and time."""
    one, other = _mark(old), _mark(new)
    if one is None or other is None or one.size != other.size:
        return False
    return abs(one.modified_ns - other.modified_ns) <= _TIME_SLACK_NS


def _sizes(folder: Path) -> Iterator[int]:
    for path in _files(folder).values():
        with contextlib.suppress(OSError):
            yield path.lstat().st_size


def _files(folder: Path) -> dict[str, Path]:
    """The files that belong to the models, by name with "/"; nothing unfinished, no lock, no link."""
    return {name: path for name, path in _entries(folder) if not path.is_symlink()}


def _entries(folder: Path) -> Iterator[tuple[str, Path]]:
    """Files and links below `folder`, names sorted. A folder that cannot be read holds nothing."""
    for at, folders, names in os.walk(folder):
        here = Path(at)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(
            name for name in folders if name not in links and not _is_passing(here, name, folder)
        )
        for name in sorted([*names, *links]):
            path = here / name
            if _is_passing(here, name, folder) or not (path.is_symlink() or path.is_file()):
                continue
            yield path.relative_to(folder).as_posix(), path


def _is_passing(here: Path, name: str, folder: Path) -> bool:
    """Locks, lists that are being written, copies that are being made."""
    ours = here in (folder, folder / PREPARED_FOLDER)
    return ours and (name.startswith(".") or name.endswith(_PARTIAL))


def _catch_up(copied: CopiedModels, report: Report, cancel: CancelToken) -> None:
    """Make the copy what the source is now."""
    found = _files(copied.source)
    for name, path in found.items():
        if mark_of(path) == copied.marks.get(name):
            continue
        place = copied.target / name
        with disk_errors(copied.target):
            place.unlink(missing_ok=True)
        copying.copy_files([(path, "")], place, report, cancel)
    with disk_errors(copied.target):
        for name in copied.marks.keys() - found.keys():
            (copied.target / name).unlink(missing_ok=True)


def _make_links(copied: CopiedModels) -> None:
    """Make the links that stay inside the folder anew; a file's copy in place of one where there are none."""
    for name, path in _entries(copied.source):
        if not path.is_symlink():
            continue
        led_to = Path(os.path.realpath(path))
        if not led_to.is_relative_to(copied.source) or not led_to.exists():
            continue
        place = copied.target / name
        with disk_errors(copied.target):
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.is_symlink():
                place.unlink()
            text = os.path.relpath(led_to, Path(os.path.realpath(path.parent)))
            try:
                place.symlink_to(text, target_is_directory=led_to.is_dir())
            except OSError:  # a file system without links, a system that allows none
                if led_to.is_file():
                    shutil.copy2(copied.target / led_to.relative_to(copied.source), place)


def _remove(old: Path, new: Path, is_copy: Callable[[str, Path, Path], bool]) -> bool:
    """Remove the files of `old` for which `is_copy` holds, then empty folders; raises no `OSError`."""
    for name, path in list(_entries(old)):
        other = new / name
        if path.is_symlink():
            is_there = os.path.lexists(other)
        elif name in _CHANGING:
            is_there = _mark(other) is not None
        else:
            is_there = is_copy(name, path, other)
        if is_there:
            with contextlib.suppress(OSError):
                path.unlink()
    for at, _folders, _names in sorted(os.walk(old), key=lambda entry: len(entry[0]), reverse=True):
        here = Path(at)
        with contextlib.suppress(OSError):
            if here == old and {path.name for path in old.iterdir()} <= set(_LOCKS):
                for name in _LOCKS:
                    (old / name).unlink(missing_ok=True)
            here.rmdir()
    return not old.exists()


def _mark(path: Path) -> Mark | None:
    """Size and time of a regular file; None where there is none."""
    try:
        facts = path.lstat()
    except OSError:
        return None
    return Mark(facts.st_size, facts.st_mtime_ns) if stat.S_ISREG(facts.st_mode) else None

"""Moves the data folder: what does not change is copied while the app goes on, the database at the end.

`prepare` runs in any thread. `finish` runs in the storage thread, so that nothing is written meanwhile: it
holds the database alone, copies it, checks the copy, and switches the note (`pointer`). A kill at any moment
leaves the old folder whole and in use, or the new one. What is not ours in the folder stays where it is.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from app.core.cancel import Cancelled, CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.new_names import rename
from app.core.paths import AppPaths
from app.core.task_progress import Progress, Report
from app.storage import pointer
from app.storage.archive_file import SPARE_BYTES
from app.storage.files import file_errors, make_private_folder, sync_folder
from app.storage.pointer import Pointer, Spare, SpareKind
from app.storage.scratch import Scratch, remove_abandoned
from app.storage.store import Store

_BLOCK_BYTES = 1 << 20
_OWNER_FILE = 0o600
_CHANGING = ("settings.json", "connections.jsonl")
"""Written all the time: copied at the end, and removed where there is one in use."""
_KEPT = (
    "settings.json*",
    "connections.jsonl*",
    "teahouse-damaged-*",
    "backups/teahouse-*.db",
)
"""What belongs to a person besides the database."""
_SIDE_FILES = (
    "teahouse.db-wal",
    "teahouse.db-shm",
    "teahouse.db-journal",
    "teahouse.lock",
    "teahouse.suspect",
)


class DataMove:
    """One move of `paths.data_dir` to `target`; `abandon` after whatever raised."""

    def __init__(self, paths: AppPaths, target: Path) -> None:
        if paths.home is None:
            raise ValueError("nothing can be moved in this run")
        self._paths = paths
        self._home = paths.home
        self._target = target.absolute()
        self._scratch: Scratch | None = None
        self._is_switched = False
        self._is_over = False
        self._at_work = threading.Lock()  # nothing is taken away from under who works on it

    def prepare(self, report: Report, cancel: CancelToken) -> None:
        """Check the target and its room, and copy what does not change. The progress counts bytes twice.

        Raises `WorldError` FOLDER_INSIDE, FOLDER_NOT_EMPTY, DISK_FULL, READ_ONLY, STORAGE_FAILED;
        `Cancelled`.
        """
        with self._at_work:
            if self._is_over:
                raise Cancelled
            self._prepare(report, cancel)

    def finish(self, store: Store, cancel: CancelToken) -> AppPaths:
        """Copy the database and switch; gives the paths that count now, for which a store is to be opened.

        `store` is still open, holds nothing that is in use any more, and is to be let go. Raises as
        `prepare`, and DATABASE_LOCKED where another program has the database open: then everything is as it
        was.
        """
        with self._at_work:
            if self._scratch is None:
                raise Cancelled
            return self._finish(store, self._scratch.path, cancel)

    def abandon(self) -> None:
        """Remove what was copied, unless it is in use; waits for what runs. Raises no `WorldError`."""
        with self._at_work:
            self._is_over = True
            scratch, self._scratch = self._scratch, None
            if scratch is not None:
                scratch.remove()
            if not self._is_switched and self._target.parent.is_dir():  # else its disk is away
                with contextlib.suppress(WorldError):
                    pointer.change(self._home, lambda note: note.without_spare(SpareKind.DATA, self._target))

    def remove_old(self) -> None:
        """Remove the old files, after a store was opened at the new place; what is left goes at a start."""
        for spare in pointer.read(self._home).spares:
            if (spare.kind, spare.folder) == (SpareKind.DATA, self._paths.data_dir):
                _remove(spare, self._target)

    def _prepare(self, report: Report, cancel: CancelToken) -> None:
        data_dir, target = self._paths.data_dir, self._target
        if Path(os.path.realpath(target)).is_relative_to(os.path.realpath(data_dir)):
            raise WorldError(ErrorCode.FOLDER_INSIDE, path=target)
        with file_errors(target):
            if os.path.lexists(target) and (not target.is_dir() or any(target.iterdir())):
                raise WorldError(ErrorCode.FOLDER_NOT_EMPTY, path=target)
            target.parent.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(target.parent).free < data_size(self._paths) + SPARE_BYTES:
                raise WorldError(ErrorCode.DISK_FULL, path=target)
            self._note(Spare(SpareKind.DATA, target))
            scratch = self._scratch = Scratch(target.parent)
            files = [path for path in _belongings(data_dir) if path.name not in _CHANGING]
            progress = Progress(2 * sum(path.stat().st_size for path in files), report)
            for path in files:
                _copy(path, scratch.path / path.relative_to(data_dir), progress, cancel)
            progress.finish()

    def _finish(self, store: Store, made: Path, cancel: CancelToken) -> AppPaths:
        data_dir, target = self._paths.data_dir, self._target
        with file_errors(target), store.exclusive():
            self._catch_up(made, cancel)
            database = store.snapshot(made / self._paths.database.name)
            sync_folder(made)
            cancel.raise_if_cancelled()
            self._note(_spare_of(target, database))
            if target.is_dir():
                target.rmdir()
            rename(made, target)
            sync_folder(target.parent)
            old = _spare_of(data_dir, self._paths.database)
            try:
                pointer.change(self._home, lambda note: _switched(note, target, old))
            except WorldError:
                is_written = pointer.read(self._home).data_dir == target  # though perhaps not for good
                if not is_written:
                    rename(target, made)
                    raise
            self._is_switched = True
        return replace(self._paths, data_dir=target)

    def _catch_up(self, made: Path, cancel: CancelToken) -> None:
        """Copies that were made or pruned since, and the settings."""
        data_dir, quiet = self._paths.data_dir, Progress(0, lambda _: None)
        wanted = {path.relative_to(data_dir): path for path in _belongings(data_dir)}
        for path in _belongings(made):
            if path.relative_to(made) not in wanted:
                path.unlink()
        for name, path in wanted.items():
            place = made / name
            if path.name in _CHANGING or not _is_alike(path, place):
                place.unlink(missing_ok=True)
                _copy(path, place, quiet, cancel)

    def _note(self, spare: Spare) -> None:
        pointer.change(self._home, lambda note: note.with_spare(spare))


def _switched(note: Pointer, target: Path, old: Spare) -> Pointer:
    return replace(note, data_dir=target).without_spare(SpareKind.DATA, target).with_spare(old)


def data_size(paths: AppPaths) -> int:
    """Bytes of the files that a move would copy."""
    files = [*_belongings(paths.data_dir), *paths.data_dir.glob(f"{paths.database.name}*")]
    total = 0
    for path in files:
        with contextlib.suppress(OSError):
            total += path.stat().st_size
    return total


def clear_spare(spare: Spare, in_use: Path) -> bool:
    """At a start: remove what an ended or killed move left in `spare`; whether that was done.

    Files that are in the folder in use too, and the database where it is still the one that was copied. A
    folder that never got as far as a database holds nothing of ours: it may hold somebody else's. Where the
    disk of one of the two is not there, nothing is done.
    """
    if not spare.folder.parent.is_dir():
        return False
    remove_abandoned(spare.folder.parent)
    if not spare.database_bytes:
        return True
    if not pointer.holds_conversations(in_use) or _is_one(spare.folder, in_use):
        return False
    _remove(spare, in_use)
    if not (spare.folder / "teahouse.db").exists():  # of the window that was open when it was moved
        with contextlib.suppress(OSError):
            (spare.folder / "window.lock").unlink()
        shutil.rmtree(spare.folder / "log", ignore_errors=True)
        with contextlib.suppress(OSError):
            spare.folder.rmdir()
    return True


def _is_one(folder: Path, other: Path) -> bool:
    """Whether both are the same folder, perhaps by two names; also where that cannot be told."""
    try:
        return folder == other or (folder.exists() and folder.samefile(other))
    except OSError:
        return True


def _belongings(folder: Path) -> Iterator[Path]:
    for pattern in _KEPT:
        for path in sorted(folder.glob(pattern)):
            if path.is_file() and not path.is_symlink():
                yield path


def _remove(spare: Spare, in_use: Path) -> None:
    """Remove what is in use at the other place from a folder that is not; raises no `OSError`."""
    folder, database = spare.folder, spare.folder / "teahouse.db"
    for path in list(_belongings(folder)):
        other = in_use / path.relative_to(folder)
        if other.is_file() and (path.name in _CHANGING or _is_alike(path, other)):
            with contextlib.suppress(OSError):
                path.unlink()
    with contextlib.suppress(OSError):
        facts = database.stat()
        wal = database.with_name(f"{database.name}-wal")
        is_written = wal.exists() and wal.stat().st_size > 0
        is_same = (facts.st_size, facts.st_mtime_ns) == (spare.database_bytes, spare.database_modified_ns)
        if is_same and not is_written:
            database.unlink()
    if not database.exists():
        for name in _SIDE_FILES:
            with contextlib.suppress(OSError):
                (folder / name).unlink()
    for empty in (folder / "backups", folder):
        with contextlib.suppress(OSError):
            empty.rmdir()


def _spare_of(folder: Path, database: Path) -> Spare:
    facts = database.stat()
    return Spare(SpareKind.DATA, folder, facts.st_size, facts.st_mtime_ns)


def _is_alike(path: Path, other: Path) -> bool:
    """Whether a file that is never changed after it got its name is the same in both places."""
    try:
        return path.stat().st_size == other.stat().st_size
    except OSError:
        return False


def _copy(source: Path, place: Path, progress: Progress, cancel: CancelToken) -> None:
    """Copy a file and read it from the disk again; raises STORAGE_FAILED where it differs."""
    make_private_folder(place.parent)
    digest, check = hashlib.sha256(), hashlib.sha256()
    descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_EXCL, _OWNER_FILE)
    with source.open("rb") as read, os.fdopen(descriptor, "r+b") as file:
        while block := read.read(_BLOCK_BYTES):
            cancel.raise_if_cancelled()
            digest.update(block)
            file.write(block)
            progress.add(len(block))
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        while block := file.read(_BLOCK_BYTES):
            cancel.raise_if_cancelled()
            check.update(block)
            progress.add(len(block))
    if check.digest() != digest.digest():
        raise WorldError(ErrorCode.STORAGE_FAILED, path=place, detail="the copy does not read back")

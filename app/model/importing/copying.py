"""Checked copies of files: room first, then the bytes, read back, and only then a name.

A copy is made under the name `.NAME.PID.partial` beside its target and renamed when every byte of it is on
the disk and was read from there again, so a target is whole or absent, whatever is killed, pulled out or
filled up. Sources are read as `hashing` does. Blocking: not for the GUI thread. Knows nothing of what is in
a model.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import FileIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.core.new_names import rename
from app.core.task_progress import Progress
from app.model import disk, hardware
from app.model.disk import SPARE_BYTES, disk_errors, ensure_takes, sync_folder
from app.model.importing.hashing import BLOCK_BYTES, Mark, Source, mark_of, path_of, read_blocks

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_NO_HARD_LINKS = {
    errno.EPERM,
    errno.EACCES,
    errno.ENOSYS,
    errno.EMLINK,
    errno.EINVAL,
    errno.EOPNOTSUPP,
    errno.ENOTSUP,
}
_OWNER_FILE, _OWNER_FOLDER = 0o600, 0o700
_CLUSTER_BYTES = 4096  # what a disk gives a file at least
_RESERVED_AT_ONCE = 1 << 30
_DROPPED_BEHIND = 8 * BLOCK_BYTES
_SYNCED_AT_LEAST_EVERY = 64 << 20
_MAX_NAME_BYTES = 255  # of a file system
_PARTIAL_NAME = re.compile(r"\.(.+)\.([0-9]{1,10})\.partial", re.DOTALL)
_FILE_END_OF_FILE_INFO = 6
_BINARY = getattr(os, "O_BINARY", 0)

_at_work: set[Path] = set()
_at_work_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Part:
    """One file: where it is, its name for the caller, where its copy is made, what it has to be."""

    source: Source
    name: str
    place: Path
    mark: Mark


def copy_files(
    files: Sequence[tuple[Source, str]],
    target: Path,
    report: Callable[[TaskProgress], None],
    cancel: CancelToken,
    expected: Mapping[str, str] = MappingProxyType({}),
    approve: Callable[[Path], None] = lambda _: None,
) -> dict[str, str]:
    """Copy files, given as resolved path and name, into the new folder `target`; gives SHA-256 by name.

    A name is relative to `target`, with "/". One file with the name "" becomes the file `target` itself. The
    progress counts every byte twice: copied, and read back. `expected` are hashes by name that have to come
    out, and `approve` may refuse the whole copy, by raising, where it lies before it has its name.

    Raises `WorldError` FILE_TOO_LARGE and DISK_FULL before anything is written where the disk takes no such
    file or has too little room (and later where that was not known), READ_ONLY and STORAGE_FAILED for the
    target's disk, MODEL_UNREADABLE (a source is gone), MODEL_NOT_AS_PUBLISHED (one is not as expected) and
    MODEL_CHANGED (one changed, or does not read back); `Cancelled`; `FileExistsError` where the target exists
    or another Teahouse is making it. Then nothing is left behind.
    """
    folder = target.parent
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    remove_abandoned(folder)
    with partial_of(target) as partial:
        parts = [_Part(path, name, _place(partial, name), mark_of(path)) for path, name in files]
        if len({part.place for part in parts}) < len(parts):
            raise ValueError("two files with one name")
        _ensure_room(parts, folder)
        with disk_errors(folder):
            folders = _make_folders(partial, parts)
            _reserve(parts, cancel)
        progress = Progress(2 * sum(part.mark.size for part in parts), report)
        hashes = {}
        with disk_errors(folder):
            for part in parts:
                progress.begin(part.name or path_of(part.source).name)
                digest = hashes[part.name] = _copy(part, progress.add, cancel)
                if expected.get(part.name, digest) != digest:
                    path, name = path_of(part.source), part.name or target.name
                    raise WorldError(ErrorCode.MODEL_NOT_AS_PUBLISHED, path=path, detail=name)
            for part in parts:
                progress.begin(part.name or path_of(part.source).name)
                _check(part, hashes[part.name], progress.add, cancel)
            for made in reversed(folders):
                sync_folder(made)
        approve(partial)
        publish(partial, target)
    progress.finish()
    return hashes


def remove_abandoned(folder: Path) -> None:
    """Remove the partial copies in `folder` whose processes are gone. Raises no `OSError`."""
    for entry in abandoned(folder):
        _remove(entry)


def abandoned(folder: Path) -> tuple[Path, ...]:
    """The partial copies and packs in `folder` whose processes are gone. Raises no `OSError`."""
    return tuple(entry for entry, _, is_alive in _partials(folder) if not is_alive)


def _partials(folder: Path) -> Iterator[tuple[Path, str, bool]]:
    """Partial copies: path, the name they are for (cut, where it is long), whether somebody is at it."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if match := _PARTIAL_NAME.fullmatch(entry.name):
            yield entry, match.group(1), _is_at_work(entry, int(match.group(2)))


def _is_at_work(partial: Path, process_id: int) -> bool:
    """Whether the thread or the process that began `partial` still runs."""
    if process_id == os.getpid():
        with _at_work_lock:
            return partial in _at_work
    return disk.is_at_work(partial, process_id)


@contextlib.contextmanager
def partial_of(target: Path, *, replaces: bool = False) -> Iterator[Path]:
    """The place where the target is made; whatever is there in the end is removed.

    Raises `FileExistsError` where another Teahouse makes the same, and where the target exists unless it is
    to be replaced.
    """
    name, partial = _cut_name(target.name), partial_name(target)
    others = (is_alive and made_for == name for _, made_for, is_alive in _partials(target.parent))
    with _at_work_lock:
        is_ours = partial not in _at_work
        if is_ours:
            _at_work.add(partial)
    try:
        is_taken = os.path.lexists(target) and not replaces
        if not is_ours or is_taken or any(others):
            raise FileExistsError(errno.EEXIST, "exists or is being made", str(target))
        yield partial
    finally:
        if is_ours:
            _remove(partial)
            with _at_work_lock:
                _at_work.discard(partial)


def partial_name(target: Path) -> Path:
    """Where this process makes the target, or has what is to go: `remove_abandoned` knows such names."""
    return target.with_name(f".{_cut_name(target.name)}.{os.getpid()}.partial")


def _cut_name(name: str) -> str:
    """A name that leaves room for what a partial's has besides; two long ones stay two."""
    room = _MAX_NAME_BYTES - len("..4294967295.partial")
    if len(os.fsencode(name)) <= room:
        return name
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
    while len(os.fsencode(name)) > room - len(digest) - 1:
        name = name[:-1]
    return f"{name}~{digest}"


def _place(partial: Path, name: str) -> Path:
    """Where the copy of `name` is made; raises `ValueError` for a name that leads out of the folder."""
    if not name:
        return partial
    parts = name.split("/")
    if set(parts) & {"", ".", ".."} or (os.name == "nt" and set(name) & set("\\:")):
        raise ValueError(f"not a name inside a folder: {name!r}")
    return partial.joinpath(*parts)


def _ensure_room(parts: Sequence[_Part], folder: Path) -> None:
    ensure_takes(folder, max((part.mark.size for part in parts), default=0))
    clusters = sum(part.mark.size // _CLUSTER_BYTES + 1 for part in parts)
    free = hardware.disk_free(folder)
    if free is not None and free < clusters * _CLUSTER_BYTES + SPARE_BYTES:
        raise WorldError(ErrorCode.DISK_FULL, path=folder)


def _make_folders(partial: Path, parts: Sequence[_Part]) -> list[Path]:
    """Make the folders of all parts, outer ones first; none where the partial is a file itself."""
    folders = {folder for part in parts for folder in part.place.parents if folder.is_relative_to(partial)}
    if not parts:
        folders.add(partial)
    ordered = sorted(folders)
    for folder in ordered:
        folder.mkdir(mode=_OWNER_FOLDER)
    return ordered


def _reserve(parts: Sequence[_Part], cancel: CancelToken) -> None:
    """Make every file at its full length, on room that nobody else can take where the system allows that."""
    for part in parts:
        descriptor = os.open(part.place, os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY, _OWNER_FILE)
        try:
            for start in range(0, part.mark.size, _RESERVED_AT_ONCE):
                cancel.raise_if_cancelled()
                _allocate(descriptor, start, min(_RESERVED_AT_ONCE, part.mark.size - start))
            _set_length(descriptor, part.mark.size)
        finally:
            os.close(descriptor)


def _allocate(descriptor: int, start: int, length: int) -> None:
    """Reserve room for a part of a file; does nothing where the system or the file system cannot.

    Not `os.posix_fallocate`: where the file system cannot, glibc writes into every block instead.
    """
    allocate = _linux_fallocate()
    if allocate is not None and allocate(descriptor, 0, start, length) != 0:
        code = ctypes.get_errno()
        if code in _FULL:
            raise OSError(code, os.strerror(code))


@cache
def _linux_fallocate() -> Any:
    """fallocate(2) of the C library; None on other systems."""
    if sys.platform != "linux":
        return None
    function = getattr(ctypes.CDLL(None, use_errno=True), "fallocate64", None)
    if function is not None:
        function.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return function


def _set_length(descriptor: int, size: int) -> None:
    """Give a new file its length, on room of the disk where the system sees to that.

    On Windows not by C's function: it writes as many zeros, 4 KiB at a time, minutes for a large model, in
    which nothing is told and no cancel is heard. The system's own takes the room at once.
    """
    if sys.platform == "win32":
        import msvcrt

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(descriptor))
        length = ctypes.c_int64(size)
        if not kernel.SetFileInformationByHandle(handle, _FILE_END_OF_FILE_INFO, ctypes.byref(length), 8):
            raise ctypes.WinError(ctypes.get_last_error())
    else:
        os.ftruncate(descriptor, size)


def _copy(part: _Part, on_bytes: Callable[[int], None], cancel: CancelToken) -> str:
    """Copy one file onto its reserved room; gives the SHA-256 of what was read."""
    digest = hashlib.sha256()
    written = 0
    with part.place.open("r+b", buffering=0) as file:
        for block in read_blocks(part.source, part.mark, cancel):
            digest.update(block)
            _write(file, block)
            written += len(block)
            push(file.fileno(), written)
            on_bytes(len(block))
    return digest.hexdigest()


def _write(file: FileIO, block: memoryview) -> None:
    """Write all of `block`; the system may take less at once."""
    while block:
        block = block[file.write(block) :]


def push(descriptor: int, written: int) -> None:
    """Have the disk begin with the first `written` bytes, so that no wait of minutes stands at the end.

    Linux starts writing, without waiting, when it is told that pages are not needed; it also drops those that
    are on the disk, and a copy does not push everything else out of the memory.
    """
    if sys.platform == "linux":
        start = max(0, written - _DROPPED_BEHIND)
        os.posix_fadvise(descriptor, start, written - start, os.POSIX_FADV_DONTNEED)
    elif written % _SYNCED_AT_LEAST_EVERY < BLOCK_BYTES:
        os.fsync(descriptor)


def _check(part: _Part, wanted: str, on_bytes: Callable[[int], None], cancel: CancelToken) -> None:
    """Have a copy on the disk, and read it from there again; raises MODEL_CHANGED where it differs.

    Only then it gets its source's time: until then its own tells when it was begun.
    """
    digest = hashlib.sha256()
    block = memoryview(bytearray(min(BLOCK_BYTES, part.mark.size + 1)))
    with part.place.open("r+b", buffering=0) as file:
        os.fsync(file.fileno())
        if sys.platform == "linux":
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while count := file.readinto(block):
            cancel.raise_if_cancelled()
            digest.update(block[:count])
            on_bytes(count)
    if digest.hexdigest() != wanted:
        path = path_of(part.source)
        raise WorldError(ErrorCode.MODEL_CHANGED, path=path, detail="the copy does not read back")
    with contextlib.suppress(OSError, OverflowError):  # a time that this disk does not know
        os.utime(part.place, ns=(part.mark.modified_ns, part.mark.modified_ns))


def publish(partial: Path, target: Path) -> None:
    """Give the whole copy its name; raises `FileExistsError` where somebody took it in the meantime."""
    with disk_errors(target.parent, passed_on=(FileExistsError,)):
        try:
            if os.path.lexists(target):  # a rename would take the place of an empty folder
                raise FileExistsError
            if partial.is_dir() or os.name == "nt":
                rename(partial, target)
            else:
                _link(partial, target)
        except OSError as error:
            if os.path.lexists(target):
                raise FileExistsError(errno.EEXIST, "exists", str(target)) from error
            raise
        sync_folder(target.parent)


def _link(partial: Path, target: Path) -> None:
    """Name a file without ever taking the place of another one, which a rename would."""
    try:
        os.link(partial, target)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS or os.path.lexists(target):
            raise
        partial.rename(target)


def _remove(path: Path) -> None:
    """Remove a file or a folder with all in it, as far as the system lets us; follows no link."""
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

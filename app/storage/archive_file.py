"""The backup file `NAME.teahouse`: a zip with a manifest, a copy of the database, and the settings.

The manifest names every other member with its length and SHA-256, and says when and by which version the
file was made. Nothing in a file is believed before it was checked: members are told by name and never
written under a name out of the file, and no more is unpacked than the manifest promises and the disk holds.
Knows no table. Blocking: not for the GUI thread.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from app.core.archives import ArchiveInfo
from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.new_names import put_in_place
from app.core.task_progress import Progress, Report
from app.storage.files import file_errors, sync_file, sync_folder
from app.storage.scratch import Scratch

SUFFIX = ".teahouse"
FORMAT = 1
"""Grows when an older app could not read the file rightly any more."""
DATABASE = "conversations.db"
SETTINGS = "settings.json"
MAX_SETTINGS_BYTES = 4 << 20
SPARE_BYTES = 64 << 20
"""Room that is left on a disk: a computer with a full one is in trouble."""

_MANIFEST = "manifest.json"
_MAX_MANIFEST_BYTES = 1 << 20
_MAX_DATABASE_BYTES = 1 << 40
_MAX_MEMBERS = 8
_LARGEST_READ = 4 << 20
"""More at once asks only for a table of contents that no file of ours has."""
_BLOCK_BYTES = 1 << 20
_OWNER_FILE = 0o600
_LIMITS = {DATABASE: _MAX_DATABASE_BYTES, SETTINGS: MAX_SETTINGS_BYTES}
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NONSENSE = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, struct.error, ValueError)


@dataclass(frozen=True, slots=True)
class Member:
    """What the manifest promises of a member."""

    byte_count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest, believed as far as it makes sense; `schema` is the database's version."""

    info: ArchiveInfo
    schema: int
    members: Mapping[str, Member]


def write(
    target: Path,
    database: Path,
    settings: bytes,
    info: ArchiveInfo,
    schema: int,
    report: Report,
    cancel: CancelToken,
) -> None:
    """Make the backup file `target` from a copy of the database, which is closed, and the settings (or b"").

    Written beside `target` under another name, on the disk, read back, and only then put in its place, where
    an older file stays until that moment. The progress counts every byte twice. Raises `WorldError`
    DISK_FULL, READ_ONLY, STORAGE_FAILED, BACKUP_DAMAGED (it does not read back); `Cancelled`.
    """
    with file_errors(target), Scratch(target.parent) as scratch:
        made = scratch.path / "archive"
        sources: dict[str, Callable[[], IO[bytes]]] = {DATABASE: lambda: database.open("rb")}
        size = database.stat().st_size
        if settings:
            sources[SETTINGS] = lambda: io.BytesIO(settings)
            size += len(settings)
        progress = Progress(2 * size, report)
        members = _fill(made, sources, info, schema, progress, cancel)
        sync_file(made)
        with _opened(made) as archive:
            for name, member in members.items():
                for block in _checked_blocks(archive, name, member, made, cancel):
                    progress.add(len(block))
        put_in_place(made, target)
        sync_folder(target.parent)
        progress.finish()


def unpack(path: Path, folder: Path, report: Report, cancel: CancelToken) -> Manifest:
    """Write the members of a backup file into `folder` under our own names, every byte checked.

    Raises `WorldError` BACKUP_DAMAGED (also what is no backup file), BACKUP_NEWER, DISK_FULL before anything
    is written, STORAGE_FAILED; `Cancelled`.
    """
    with file_errors(path), _opened(path) as archive:
        manifest = _manifest_of(archive, path)
        size = sum(member.byte_count for member in manifest.members.values())
        if shutil.disk_usage(folder).free < size + SPARE_BYTES:
            raise WorldError(ErrorCode.DISK_FULL, path=folder)
        progress = Progress(size, report)
        for name, member in manifest.members.items():
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_FILE)
            with os.fdopen(descriptor, "wb") as file:
                for block in _checked_blocks(archive, name, member, path, cancel):
                    file.write(block)
                    progress.add(len(block))
        progress.finish()
        return manifest


class _BoundedFile(io.FileIO):
    """A file of which nobody reads very much at once.

    `zipfile` reads a table of contents whole, however long it is; one of our files has a few hundred bytes.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = max(0, os.fstat(self.fileno()).st_size - self.tell())
        if size > _LARGEST_READ:
            raise zipfile.BadZipFile("a table of contents without end")
        return super().read(size) or b""


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip for reading; raises BACKUP_DAMAGED for whatever makes no sense in it."""
    try:
        with _BoundedFile(path) as file, zipfile.ZipFile(file) as archive:
            yield archive
    except (*_NONSENSE, NotImplementedError, RuntimeError, KeyError) as error:
        raise _damaged(path, str(error)) from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise _damaged(path, "a place before its beginning") from error


def _fill(
    made: Path,
    sources: Mapping[str, Callable[[], IO[bytes]]],
    info: ArchiveInfo,
    schema: int,
    progress: Progress,
    cancel: CancelToken,
) -> dict[str, Member]:
    members = {}
    descriptor = os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL, _OWNER_FILE)
    with (
        os.fdopen(descriptor, "r+b") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, opened in sources.items():
            digest, written = hashlib.sha256(), 0
            with opened() as source, archive.open(name, "w", force_zip64=True) as member:
                while block := source.read(_BLOCK_BYTES):
                    cancel.raise_if_cancelled()
                    member.write(block)
                    digest.update(block)
                    written += len(block)
                    progress.add(len(block))
            members[name] = Member(written, digest.hexdigest())
        archive.writestr(_MANIFEST, _manifest_text(info, schema, members))
    return members


def _manifest_text(info: ArchiveInfo, schema: int, members: Mapping[str, Member]) -> str:
    return json.dumps(
        {
            "format": FORMAT,
            "app": "Teahouse",
            "app_version": info.app_version,
            "made_at": info.made_at,
            "schema": schema,
            "conversations": info.conversations,
            "messages": info.messages,
            "members": {
                name: {"bytes": member.byte_count, "sha256": member.sha256}
                for name, member in members.items()
            },
        },
        indent=1,
    )


def _manifest_of(archive: zipfile.ZipFile, path: Path) -> Manifest:
    names = archive.namelist()
    if len(names) > _MAX_MEMBERS or len(set(names)) < len(names):
        raise _damaged(path, "too many members")
    if archive.getinfo(_MANIFEST).file_size > _MAX_MANIFEST_BYTES:
        raise _damaged(path, "the manifest is too long")
    try:
        with archive.open(_MANIFEST) as file:
            raw = json.loads(file.read(_MAX_MANIFEST_BYTES))
    except RecursionError as error:
        raise _damaged(path, "the manifest makes no sense") from error
    if not isinstance(raw, dict) or raw.get("app") != "Teahouse":
        raise _damaged(path, "not a backup of this app")
    if _number(raw, "format") > FORMAT:
        raise WorldError(ErrorCode.BACKUP_NEWER, path=path)
    manifest = _parsed(raw)
    if set(names) != {_MANIFEST, *manifest.members} or DATABASE not in manifest.members:
        raise _damaged(path, "other members than the manifest names")
    for name, member in manifest.members.items():
        found = archive.getinfo(name)
        if found.file_size != member.byte_count or found.compress_type not in _METHODS:
            raise _damaged(path, f"{name} is not as the manifest says")
    return manifest


def _parsed(raw: Mapping[str, Any]) -> Manifest:
    """Raises `ValueError` for what makes no sense."""
    listed = raw.get("members")
    if not isinstance(listed, dict) or not set(listed) <= set(_LIMITS):
        raise ValueError("members that are not known")
    members = {}
    for name, facts in listed.items():
        if not isinstance(facts, dict) or not isinstance(facts.get("sha256"), str):
            raise ValueError(f"{name}: no facts")
        byte_count = _number(facts, "bytes")
        if byte_count > _LIMITS[name]:
            raise ValueError(f"{name}: {byte_count} bytes")
        members[name] = Member(byte_count, facts["sha256"])
    version = raw.get("app_version")
    info = ArchiveInfo(
        made_at=_number(raw, "made_at"),
        app_version=version if isinstance(version, str) else "",
        conversations=_number(raw, "conversations"),
        messages=_number(raw, "messages"),
        has_settings=SETTINGS in members,
    )
    return Manifest(info, _number(raw, "schema"), members)


def _number(raw: Mapping[str, Any], key: str) -> int:
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 53:
        raise ValueError(f"{key} is no number")
    return value


def _checked_blocks(
    archive: zipfile.ZipFile, name: str, member: Member, path: Path, cancel: CancelToken
) -> Iterator[bytes]:
    """The bytes of a member; raises BACKUP_DAMAGED at the end where they are not those of the manifest."""
    digest, left = hashlib.sha256(), member.byte_count
    with archive.open(name) as source:
        while block := source.read(_BLOCK_BYTES):
            cancel.raise_if_cancelled()
            left -= len(block)
            if left < 0:
                break
            digest.update(block)
            yield block
    if left or digest.hexdigest() != member.sha256:
        raise _damaged(path, f"{name} has other bytes than the manifest says")


def _damaged(path: Path, detail: str) -> WorldError:
    return WorldError(ErrorCode.BACKUP_DAMAGED, path=path, detail=detail)

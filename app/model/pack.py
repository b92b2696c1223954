"""Making a model pack: one file with a model in it, for a computer without internet (`pack_format` is what).

Written under another name, read back and compared, and only then named, so a pack is whole or absent.
Deterministic: the same model gives the same bytes. Blocking: not for the GUI thread.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BufferedRandom
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.engine import EngineKind
from app.core.errors import ErrorCode, WorldError
from app.core.imports import FileCheck, FileRole, InspectedModel, TaskProgress
from app.core.new_names import put_in_place
from app.core.task_progress import Progress
from app.model import hardware
from app.model.disk import SPARE_BYTES, disk_errors, ensure_takes
from app.model.importing.copying import (
    partial_of,
    publish,
    push,
    remove_abandoned,
)
from app.model.importing.hashing import hash_file, mark_of, read_blocks
from app.model.importing.importer import expected_hashes, keep_hashes, sources_of
from app.model.names import MAX_NAME_BYTES, portable_name, published_name
from app.model.pack_format import (
    FOLDER,
    MANIFEST_NAME,
    MIMETYPE,
    MIMETYPE_NAME,
    Manifest,
    PackedFile,
    is_file_name,
    manifest_bytes,
    read_pack,
)

_GGUF_SUFFIX = ".gguf"
_OVERHEAD = 64 << 10  # heads and the directory of the archive, at most for a few files
_README, _README_BYTES = "README.md", 64 << 10
_LICENCE = re.compile(r"^license(_name)?:[ \t]*[\"']?([^\"'\r\n]{1,80}?)[\"']?[ \t\r]*$", re.MULTILINE)
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = stat.S_IFREG | 0o644

Report = Callable[[TaskProgress], None]


def write_pack(
    model: InspectedModel,
    models_dir: Path,
    target: Path,
    report: Report,
    cancel: CancelToken,
    *,
    replaces: bool = False,
) -> None:
    """Put a model that was looked at into the new pack `target`; its hashes are kept for later checks.

    The progress counts every byte twice: packed, and read back. Raises `WorldError`: the model's problem,
    MODEL_UNREADABLE and MODEL_CHANGED (also where its files are not those that were published or kept),
    DISK_FULL, FILE_TOO_LARGE, READ_ONLY and STORAGE_FAILED for the target's disk; `Cancelled`;
    `FileExistsError` where the target exists and is not to be replaced. Then nothing is left behind.
    """
    if model.model.problem is not None:
        raise WorldError.from_info(model.model.problem)
    if model.is_packed:
        raise ValueError("it is packed already")
    files = _files(model)
    total = sum(mark_of(source).size for source, _ in files)
    folder = target.parent
    expected = expected_hashes(model, models_dir)
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    _ensure_room(folder, total + _OVERHEAD)
    remove_abandoned(folder)
    progress = Progress(2 * total, report)
    with partial_of(target, replaces=replaces) as partial, disk_errors(folder, passed_on=(FileExistsError,)):
        with partial.open("x+b") as file:
            written = _write(file, model, files, progress, cancel, expected)
            file.flush()
            os.fsync(file.fileno())
        _read_back(partial, written, progress, cancel)
        if replaces:
            put_in_place(partial, target)
        else:
            publish(partial, target)
    progress.finish()
    if not expected:
        keep_hashes(model, models_dir, {_own_name(model, name): digest for name, digest in written.items()})


def pack_name(model: InspectedModel) -> str:
    """A file name for the pack, without its suffix."""
    return _folder_name(model)


def _files(model: InspectedModel) -> list[tuple[Path, FileCheck]]:
    """Where the files lie, and what is known of them, by the names that they get in the pack.

    A text that goes along is left out where its name is none for every system.
    """
    is_file = model.model.ref.engine is EngineKind.LLAMA_CPP
    checks = {one.name: one for one in model.files}
    found = []
    for source, name in sources_of(model):
        check = replace(checks[name], name=_folder_name(model) + _GGUF_SUFFIX) if is_file else checks[name]
        if is_file_name(check.name):
            found.append((source, check))
        elif check.role is not FileRole.OTHER:
            detail = f"no name for every system: {name}"
            raise WorldError(ErrorCode.STORAGE_FAILED, path=model.model.ref.path, detail=detail)
    return found


def _own_name(model: InspectedModel, name: str) -> str:
    """What a file is called in the model's place, by its name in the pack."""
    return Path(model.model.ref.path).name if model.model.ref.engine is EngineKind.LLAMA_CPP else name


def _folder_name(model: InspectedModel) -> str:
    """What the model is to be called on the other computer, without a suffix."""
    path = Path(model.model.ref.path)
    if model.model.ref.engine is not EngineKind.LLAMA_CPP:
        return portable_name(published_name(path))
    room = MAX_NAME_BYTES - len(_GGUF_SUFFIX)
    return portable_name(portable_name(path.stem).encode()[:room].decode(errors="ignore"))


def _write(
    file: BufferedRandom,
    model: InspectedModel,
    files: Sequence[tuple[Path, FileCheck]],
    progress: Progress,
    cancel: CancelToken,
    expected: dict[str, str],
) -> dict[str, str]:
    """Write the archive; gives the hashes by the names in it."""
    packed: list[PackedFile] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_info(MIMETYPE_NAME), MIMETYPE)
        for source, check in files:
            progress.begin(check.name)
            digest, size = hashlib.sha256(), 0
            with archive.open(_info(FOLDER + check.name), "w", force_zip64=True) as member:
                for block in read_blocks(source, mark_of(source), cancel):
                    digest.update(block)
                    size += member.write(block)
                    push(file.fileno(), file.tell())
                    progress.add(len(block))
            hashed = digest.hexdigest()
            if expected.get(_own_name(model, check.name), hashed) != hashed:
                raise WorldError(ErrorCode.MODEL_CHANGED, path=model.model.ref.path, detail=check.name)
            packed.append(PackedFile(check.name, check.role, size, hashed))
        licence = _licence(next((source for source, check in files if check.name == _README), None))
        archive.writestr(_info(MANIFEST_NAME), manifest_bytes(_manifest(model, packed, licence)))
    return {one.name: one.sha256 for one in packed}


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.create_system = 3  # Unix, whatever this is: the same model gives the same pack
    info.external_attr = _MODE << 16
    return info


def _manifest(model: InspectedModel, files: Sequence[PackedFile], licence: str) -> Manifest:
    found = model.model
    is_open = bool(model.families)
    return Manifest(
        name=found.name,
        folder=_folder_name(model),
        engine=found.ref.engine,
        family=found.ref.family or (found.architecture if is_open else ""),
        architecture=found.architecture,
        precision_label=found.precision_label,
        trained_context=found.trained_context,
        parameter_count=found.parameter_count,
        licence=licence,
        files=tuple(files),
    )


def _licence(readme: Path | None) -> str:
    """The licence by the name that the publisher's README gives it; "" where there is none, or it names none.

    `readme` is one of the files that are packed: anything else of that name may be a pipe, or lead out.
    """
    if readme is None:
        return ""
    with readme.open("rb") as file:
        head = file.read(_README_BYTES).decode("utf-8", errors="replace")
    named = {bool(match[1]): match[2] for match in reversed(list(_LICENCE.finditer(head)))}
    return named.get(True) or named.get(False, "")


def _read_back(partial: Path, written: dict[str, str], progress: Progress, cancel: CancelToken) -> None:
    """Open the pack as another computer will, and read all of it from the disk."""
    partial = Path(os.path.realpath(partial))
    if hasattr(os, "posix_fadvise"):
        descriptor = os.open(partial, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)
    pack = read_pack(partial)
    for name, part in pack.slices.items():
        progress.begin(name)
        if hash_file(part, progress.add, cancel) != written[name]:
            raise WorldError(ErrorCode.STORAGE_FAILED, path=partial.parent, detail="does not read back")


# The disk


def _ensure_room(folder: Path, needed: int) -> None:
    ensure_takes(folder, needed)
    free = hardware.disk_free(folder)
    if free is not None and free < needed + SPARE_BYTES:
        raise WorldError(ErrorCode.DISK_FULL, path=folder)

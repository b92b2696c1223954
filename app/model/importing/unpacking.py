"""Copying a model out of a pack: as any copy, and what comes out is held against the pack's list.

Every byte has to be what was packed, and the whole a sound model of the kind that the list names, before it
gets a name in the models folder. Blocking: not for the GUI thread. What a pack is, is `pack_format`'s.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.engine import EngineKind
from app.core.errors import ErrorCode, WorldError
from app.core.imports import HashReport, InspectedModel, TaskProgress
from app.model import library
from app.model.importing import places
from app.model.importing.copying import copy_files
from app.model.importing.hashing import Source, hash_files
from app.model.importing.inspection import inspect
from app.model.importing.places import Place
from app.model.pack_format import Manifest, Pack, read_pack

_GGUF_SUFFIX = ".gguf"

Report = Callable[[TaskProgress], None]
_NOT_AS_PACKED = frozenset({ErrorCode.MODEL_CHANGED, ErrorCode.MODEL_NOT_AS_PUBLISHED})


def unpack(model: InspectedModel, models_dir: Path, report: Report, cancel: CancelToken) -> Path:
    """Copy a model out of its pack into the models folder, which is locked; gives where it lies then.

    Raises `WorldError` PACK_DAMAGED, PACK_NEWER, the problem of the model that came out, and what
    `copying.copy_files` raises; `Cancelled`. Then nothing is left behind.
    """
    path = Path(os.path.realpath(model.model.ref.path))
    pack = read_pack(path)
    try:
        return _copy(pack, models_dir, report, cancel)
    except WorldError as error:
        if error.info.code in _NOT_AS_PACKED and Path(error.info.params["path"]) == path:
            detail = error.info.params.get("detail", "")
            raise WorldError(ErrorCode.PACK_DAMAGED, path=path, detail=detail) from error
        raise


def check(model: InspectedModel, report: Report, cancel: CancelToken) -> HashReport:
    """Hash every file in a pack and hold it against the pack's list. Raises as `unpack` does."""
    pack = read_pack(Path(os.path.realpath(model.model.ref.path)))
    hashes = hash_files([(part, name) for name, part in pack.slices.items()], report, cancel)
    wanted = {file.name: file.sha256 for file in pack.manifest.files}
    confirmed = tuple(name for name, digest in hashes.items() if wanted[name] == digest)
    return HashReport(hashes, confirmed, tuple(name for name in hashes if name not in confirmed))


def _copy(pack: Pack, models_dir: Path, report: Report, cancel: CancelToken) -> Path:
    said = pack.manifest
    is_file = said.engine is EngineKind.LLAMA_CPP
    files: list[tuple[Source, str]] = [(part, "" if is_file else name) for name, part in pack.slices.items()]
    expected = {"" if is_file else file.name: file.sha256 for file in said.files}

    def approve(partial: Path) -> None:
        _ensure_as_packed(pack, partial, models_dir, cancel)

    for name in _names(said, models_dir):
        target = models_dir / name
        family = "" if is_file else said.family or said.architecture
        kept = {packed or name: digest for packed, digest in expected.items()}
        places.remove(models_dir, target)  # of a copy that was killed
        # First, so that no kill parts the model from what is known of it.
        places.add(models_dir, Place(name, engine=said.engine, family=family, hashes=kept))
        try:
            copy_files(files, target, report, cancel, expected, approve)
        except FileExistsError:
            _forget(models_dir, target)
            continue
        except BaseException:
            _forget(models_dir, target)
            raise
        return target
    raise WorldError(ErrorCode.STORAGE_FAILED, path=models_dir, detail="no free name")


def _names(said: Manifest, models_dir: Path) -> Iterator[str]:
    """Free names for the copy, the packed one first; ends only after more copies than anybody has."""
    suffix = _GGUF_SUFFIX if said.engine is EngineKind.LLAMA_CPP else ""
    ids = {known.ref.id for known in library.scan(models_dir)}
    for number in range(1, 1000):
        name = said.folder if number == 1 else f"{said.folder} {number}"
        if name not in ids and not os.path.lexists(models_dir / f"{name}{suffix}"):
            yield f"{name}{suffix}"


def _ensure_as_packed(pack: Pack, partial: Path, models_dir: Path, cancel: CancelToken) -> None:
    """Look at what came out as at any model that is brought; raises its problem, or PACK_DAMAGED."""
    said = pack.manifest
    found = [one.model for one in inspect(partial, models_dir, cancel, said.family).models]
    problem = next((one.problem for one in found if one.problem is not None), None)
    if problem is not None:
        raise WorldError(problem.code, **{**problem.params, "path": str(pack.path)})
    if [(one.ref.engine, one.architecture) for one in found] != [(said.engine, said.architecture)]:
        raise WorldError(ErrorCode.PACK_DAMAGED, path=pack.path, detail="another model than its list says")


def _forget(models_dir: Path, target: Path) -> None:
    with contextlib.suppress(WorldError):  # it is about a file that is not there
        places.remove(models_dir, target)

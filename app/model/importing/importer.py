"""Taking a model over that was looked at: used in its own place, or copied into the models folder.

Only sound models are taken. A copy holds what the model needs and the texts that go with it, under a name
that every system takes; it appears when it is whole. Blocking: not for the GUI thread.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePath

from app.core.cancel import CancelToken
from app.core.engine import EngineKind
from app.core.errors import ErrorCode, WorldError
from app.core.imports import FileState, HashReport, InspectedModel, TaskProgress
from app.core.models import FoundModel
from app.core.paths import PREPARED_FOLDER
from app.model import library, starter
from app.model.disk import disk_errors, on_one_disk
from app.model.glm.family import family_named
from app.model.importing import places, unpacking
from app.model.importing.boundary import Boundary
from app.model.importing.copying import copy_files
from app.model.importing.hashing import hash_files, published_hashes
from app.model.importing.known import known_id
from app.model.importing.locking import locked
from app.model.importing.places import Place, same_place
from app.model.names import portable_name, published_name

_GGUF_SUFFIX = ".gguf"

Report = Callable[[TaskProgress], None]


def use_in_place(
    model: InspectedModel,
    family: str,
    models_dir: Path,
    hashes: Mapping[str, str] | None = None,
    *,
    is_portable: bool = False,
) -> str:
    """Put a model on the list and leave it where it is; gives the library's id.

    `family` is the generation that was said, "" for the likely one; `hashes` are kept for later checks. A
    model that is there already keeps its id. `is_portable` is whether the models folder stays beside the
    program: what lies on its disk is found again when that has another letter. Raises `WorldError`: the
    model's problem, DISK_FULL, READ_ONLY or STORAGE_FAILED, and `ValueError` for what lies in a pack.
    """
    _ensure_sound(model)
    if model.is_packed:
        raise ValueError("out of a pack it can only be copied")
    found = model.model
    path = Path(found.ref.path)
    own = [known for known in library.scan(models_dir) if not known.is_elsewhere]
    inside = next((known for known in own if same_place(Path(known.ref.path), path)), None)
    said, kept = _said(found, family), hashes or {}
    if inside is not None:
        if said or kept:
            relative = Path(inside.ref.path).relative_to(models_dir).as_posix()
            places.add(models_dir, Place(relative, engine=found.ref.engine, family=said, hashes=kept))
        return inside.ref.id
    beside = _beside(path, models_dir) if is_portable else ""
    place = Place(str(path), found.ref.id, found.name, found.ref.engine, said, kept, beside)
    return places.add(models_dir, place, taken={known.ref.id for known in own}).id


def copy_in(model: InspectedModel, family: str, models_dir: Path, report: Report, cancel: CancelToken) -> str:
    """Copy a model into the models folder; gives the library's id.

    One copy at a time: another app that copies is waited for, and where it brought the same model meanwhile,
    its copy is the model. What somebody published of its files has to come out. Raises `WorldError` (the
    model's problem, and what `copying.copy_files` raises) and `Cancelled`; then nothing is left behind.
    """
    _ensure_sound(model)
    with disk_errors(models_dir):
        models_dir.mkdir(parents=True, exist_ok=True)
    with _copy_lock(models_dir, cancel):
        if model.is_packed:
            target = unpacking.unpack(model, models_dir, report, cancel)
        elif known := _known_inside(model, models_dir, cancel):
            return known
        else:
            target = _copy(model, family, models_dir, report, cancel)
    found = (one for one in library.scan(models_dir) if Path(one.ref.path) == target)
    return next((one.ref.id for one in found), target.stem)


def _known_inside(model: InspectedModel, models_dir: Path, cancel: CancelToken) -> str:
    """The id under which the library has the model, so that no copy is needed; "" where one is."""
    present = library.scan(models_dir)
    known = model.known_id or known_id(model.model, model.files, present, cancel)
    # One that is known in another place is copied: its own disk may go away.
    is_there = any(one.ref.id == known and (not one.is_elsewhere or not model.known_id) for one in present)
    return known if is_there else ""


def check_hashes(model: InspectedModel, models_dir: Path, report: Report, cancel: CancelToken) -> HashReport:
    """Hash every file that the model needs, and hold it against what was published or kept before.

    Of a model of the library the hashes are kept. Raises `WorldError` MODEL_UNREADABLE and MODEL_CHANGED
    (while it was read), what `places.add` raises, and `Cancelled`.
    """
    if model.is_packed:
        return unpacking.check(model, report, cancel)
    expected = expected_hashes(model, models_dir)
    hashes = hash_files(sources_of(model), report, cancel)
    changed = tuple(name for name, digest in hashes.items() if expected.get(name, digest) != digest)
    confirmed = tuple(name for name, digest in hashes.items() if expected.get(name) == digest)
    keep_hashes(model, models_dir, {name: digest for name, digest in hashes.items() if name not in expected})
    return HashReport(hashes, confirmed, changed)


def expected_hashes(model: InspectedModel, models_dir: Path) -> dict[str, str]:
    """The hashes of its files, by name, that somebody published or that were kept at an earlier check."""
    place = places.find(places.read(models_dir), Path(model.model.ref.path), models_dir)
    return {**(place.hashes if place is not None else {}), **_published(model)}


def keep_hashes(model: InspectedModel, models_dir: Path, hashes: Mapping[str, str]) -> None:
    """Keep hashes by file name for later checks, if it is a model of the library. Raises as `places.add`."""
    path = Path(model.model.ref.path)
    known = next((one for one in library.scan(models_dir) if same_place(Path(one.ref.path), path)), None)
    if known is not None and hashes:
        inside = "" if known.is_elsewhere else Path(known.ref.path).relative_to(models_dir).as_posix()
        places.add(models_dir, Place(inside or known.ref.path, engine=known.ref.engine, hashes=hashes))


def _beside(path: Path, models_dir: Path) -> str:
    """The way from the models folder, which may not be there yet, to a model on the same disk; else ""."""
    folder = next((one for one in (models_dir, *models_dir.parents) if one.is_dir()), models_dir)
    if not on_one_disk(path, folder):
        return ""
    with contextlib.suppress(ValueError):  # two names for one disk
        return PurePath(os.path.relpath(path, models_dir)).as_posix()
    return ""


def _ensure_sound(model: InspectedModel) -> None:
    if model.model.problem is not None:
        raise WorldError.from_info(model.model.problem)


def _said(model: FoundModel, family: str) -> str:
    """The generation to write down; a GGUF file says its own, and what is no generation is none."""
    if model.ref.engine is not EngineKind.GLM_TORCH:
        return ""
    return family if family_named(family) is not None else model.ref.family


def _is_file(model: InspectedModel) -> bool:
    return model.model.ref.engine is EngineKind.LLAMA_CPP


def sources_of(model: InspectedModel) -> list[tuple[Path, str]]:
    """The files that the model needs and those that go with it: where they really lie, and their names.

    Looked at once more, because time has gone by: raises MODEL_OUTSIDE for a link that leads out by now,
    MODEL_CHANGED for another size and MODEL_UNREADABLE for a file that is gone.
    """
    path = Path(model.model.ref.path)
    folder = path.parent if _is_file(model) else path
    boundary = Boundary(Path(model.brought) if model.brought else folder)
    boundary.add(folder)
    sources = []
    for one in (one for one in model.files if one.state is FileState.GOOD):
        look = boundary.look(folder / one.name)
        if look.state is FileState.OUTSIDE:
            raise WorldError(ErrorCode.MODEL_OUTSIDE, path=path, detail=one.name)
        if look.state in (FileState.MISSING, FileState.UNREADABLE):
            raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail=one.name)
        if look.state is not FileState.GOOD or look.byte_count != one.byte_count:
            raise WorldError(ErrorCode.MODEL_CHANGED, path=path, detail=one.name)
        sources.append((Path(os.path.realpath(folder / one.name)), one.name))
    return sources


def _published(model: InspectedModel) -> dict[str, str]:
    """The hashes that somebody published for the model's files."""
    path = Path(model.model.ref.path)
    names = [name for _, name in sources_of(model)]
    found = published_hashes(path.parent if _is_file(model) else path, names)
    if model.model.is_starter:
        found[path.name] = starter.SHA256
    return found


def _copy(model: InspectedModel, family: str, models_dir: Path, report: Report, cancel: CancelToken) -> Path:
    """The copy; what was said of it is on the list before it appears, so that no kill parts the two."""
    files = sources_of(model)
    found = model.model
    engine, said = found.ref.engine, _said(found, family) or _said(found, found.architecture)
    if _is_file(model):
        files = [(source, "") for source, _ in files]
    published = {"" if _is_file(model) else key: digest for key, digest in _published(model).items()}
    ids = {known.ref.id for known in library.scan(models_dir)}
    for name in _names(model):
        target = models_dir / name
        if os.path.lexists(target) or name.removesuffix(_GGUF_SUFFIX) in ids:
            continue
        places.remove(models_dir, target)  # of a copy that was killed
        if said:
            places.add(models_dir, Place(name, engine=engine, family=said))
        try:
            hashes = copy_files(files, target, report, cancel, expected=published)
        except FileExistsError:
            _forget(models_dir, target)
            continue
        except BaseException:
            _forget(models_dir, target)
            raise
        kept = {name_of or target.name: digest for name_of, digest in hashes.items()}
        places.add(models_dir, Place(name, engine=engine, hashes=kept))
        return target
    raise WorldError(ErrorCode.STORAGE_FAILED, path=models_dir, detail="no free name")


def _names(model: InspectedModel) -> Iterator[str]:
    """Names for the copy, the model's own first; ends only after more copies than anybody has."""
    path = Path(model.model.ref.path)
    suffix = _GGUF_SUFFIX if _is_file(model) else ""
    name = portable_name(path.stem if suffix else published_name(path))
    if name.casefold() != PREPARED_FOLDER:  # there nobody looks for models
        yield name + suffix
    for number in range(2, 1000):
        yield f"{name} {number}{suffix}"


def _forget(models_dir: Path, target: Path) -> None:
    with contextlib.suppress(WorldError):  # it is about a file that is not there
        places.remove(models_dir, target)


@contextlib.contextmanager
def _copy_lock(models_dir: Path, cancel: CancelToken) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        with disk_errors(models_dir):
            stack.enter_context(locked(models_dir / places.COPY_LOCK_NAME, patience_s=None, cancel=cancel))
        yield

"""Looking after the models that are there: removing them, and the files that were prepared from them.

Nothing is deleted that the system's recycle bin takes. A folder disappears under its name at once and only
then piece by piece, so that a kill leaves no half of a model. Blocking: not for the GUI thread.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.engine import LoadPlan, ModelRef, Precision
from app.core.errors import ErrorCode, WorldError
from app.core.imports import InspectedModel
from app.core.installed import PreparedCopy
from app.core.models import FoundModel
from app.core.new_names import rename
from app.model import disk, library
from app.model.disk import disk_errors
from app.model.importing import places
from app.model.importing.copying import partial_name, remove_abandoned
from app.model.importing.inspection import inspect
from app.model.importing.places import Place, same_place
from app.model.names import hub_folder

_PREPARED = re.compile(r"(.+)-(int8|int4)-[0-9a-f]{16}")
_UNFINISHED = re.compile(r"(.+)\.([0-9]{1,10})\.partial")
_NAME_BYTES = 120  # of a model's name that a prepared file keeps

TakeToBin = Callable[[Path], Path | None]
"""Moves a file or folder to the system's recycle bin: where it lies then, None where the bin does not take
it. An empty path stands for a place that the system does not tell.
"""


@dataclass(frozen=True, slots=True)
class Removal:
    """What was taken away, for undoing it. `in_bin` is None for a model that was only taken off the list.

    `models_dir` is the folder of the models at that moment.
    """

    model_id: str
    path: Path
    in_bin: Path | None
    entry: Place | None
    models_dir: Path

    @property
    def can_be_undone(self) -> bool:
        """Whether it is known where everything is; else the person finds it in the bin."""
        return self.in_bin is None or self.in_bin != Path()


def where_it_is(model: FoundModel, models_dir: Path) -> FoundModel:
    """A model of the library, where it lies now: the folder may have been moved since the library was read.

    Raises MODEL_MISSING where the folder has it no more.
    """
    if model.is_elsewhere or model.is_bundled or Path(model.ref.path).is_relative_to(models_dir):
        return model
    found = next((one for one in library.scan(models_dir) if one.ref.id == model.ref.id), None)
    if found is None:
        raise WorldError(ErrorCode.MODEL_MISSING, path=model.ref.path)
    return found


def look_at(model: FoundModel, models_dir: Path, cancel: CancelToken) -> InspectedModel:
    """A model of the library, looked at file by file.

    Raises `WorldError` MODEL_MISSING and MODEL_UNREADABLE, the problem that is found, and `Cancelled`.
    """
    path = Path(model.ref.path)
    found = inspect(path, models_dir, cancel, model.ref.family).models
    same = next((one for one in found if same_place(Path(one.model.ref.path), path)), None)
    if same is None:
        raise WorldError(ErrorCode.MODEL_MISSING, path=path)
    if same.model.problem is not None:
        raise WorldError.from_info(same.model.problem)
    return same


def remove(model: FoundModel, models_dir: Path, take_to_bin: TakeToBin) -> Removal | None:
    """Take a model away: to the bin where it lies in the models folder, else off the list and no more.

    None where the bin does not take it; then nothing was changed. Raises `WorldError` READ_ONLY,
    STORAGE_FAILED and DISK_FULL, and `ValueError` for the starter inside the program.
    """
    if model.is_bundled:
        raise ValueError("a part of the program")
    path = Path(model.ref.path)
    in_bin: Path | None = None
    if not model.is_elsewhere:
        what = _what_goes(path, models_dir)
        if os.path.lexists(what):
            with disk_errors(what.parent):
                in_bin = take_to_bin(what)
            if in_bin is None:
                return None
        path = what
    entry = _take_off_the_list(Path(model.ref.path), models_dir)
    return Removal(model.ref.id, path, in_bin, entry, models_dir)


def delete_for_good(model: FoundModel, models_dir: Path) -> None:
    """Delete a model of the models folder. Raises `WorldError` READ_ONLY and STORAGE_FAILED, before anything
    was deleted.
    """
    what = _what_goes(Path(model.ref.path), models_dir)
    with disk_errors(what.parent):
        # As a partial copy in the models folder: the next look at the library removes what a kill leaves.
        is_near = what.lstat().st_dev == models_dir.stat().st_dev
        doomed = partial_name((models_dir if is_near else what.parent) / what.name)
        rename(what, doomed)
    _take_off_the_list(Path(model.ref.path), models_dir)
    remove_abandoned(doomed.parent)


def undo(removal: Removal, models_dir: Path) -> None:
    """Bring back what was removed, to the folder where the models lie now.

    Raises `WorldError` MODEL_MISSING where the bin has it no more or its place is taken, STORAGE_FAILED
    where the bin is on another disk by now, and what `places.add` raises.
    """
    if removal.in_bin is not None:
        path = removal.path
        if path.is_relative_to(removal.models_dir):
            path = models_dir / path.relative_to(removal.models_dir)
        if not os.path.lexists(removal.in_bin) or os.path.lexists(path):
            raise WorldError(ErrorCode.MODEL_MISSING, path=path)
        with disk_errors(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            rename(removal.in_bin, path)
        _forget_in_bin(removal.in_bin)
    if removal.entry is not None:
        places.add(models_dir, removal.entry)


def _what_goes(path: Path, models_dir: Path) -> Path:
    """The model's file or folder; the whole repository of a hub's cache, where its files really lie.

    Raises `ValueError` for anything outside of the models folder: never is another folder removed.
    """
    what = hub_folder(path) or path
    if what == models_dir or not what.is_relative_to(models_dir) or ".." in what.parts:
        what = path
    if what == models_dir or not what.is_relative_to(models_dir) or ".." in what.parts:
        raise ValueError(f"not in the models folder: {path}")
    return what


def _take_off_the_list(path: Path, models_dir: Path) -> Place | None:
    """What stood on the list of the model, which does not stand there any more."""
    entry = places.find(places.read(models_dir), path, models_dir)
    if entry is not None:
        places.remove(models_dir, path)
    return entry


def _forget_in_bin(in_bin: Path) -> None:
    """The bins of Linux and Windows keep a note beside what lies in them."""
    if in_bin.parent.name == "files":
        note = in_bin.parent.parent / "info" / f"{in_bin.name}.trashinfo"
    elif in_bin.name.startswith("$R"):
        note = in_bin.with_name(f"$I{in_bin.name[2:]}")
    else:
        return
    with contextlib.suppress(OSError):
        note.unlink()


# Prepared files


def prepared_copies(prepared_dir: Path) -> tuple[PreparedCopy, ...]:
    """All that was prepared, ordered by name, and what was begun by processes that are gone. Never raises."""
    found = []
    try:
        entries = sorted(prepared_dir.iterdir())
    except OSError:
        return ()
    for entry in entries:
        if entry.is_symlink() or not entry.is_dir():
            continue
        if match := _PREPARED.fullmatch(entry.name):
            found.append(PreparedCopy(entry.name, match[1], Precision(match[2]), _size(entry)))
        elif (match := _UNFINISHED.fullmatch(entry.name)) and not disk.is_at_work(entry, int(match[2])):
            made_from = _PREPARED.fullmatch(match[1])
            found.append(
                PreparedCopy(entry.name, made_from[1] if made_from else match[1], None, _size(entry))
            )
    return tuple(found)


def is_of(copy: PreparedCopy, model: FoundModel) -> bool:
    """Whether `copy` was made from a model of this name; it may have been another one of the same name."""
    return copy.made_from == _kept_name(model.ref)


def is_used(copy: PreparedCopy, ref: ModelRef | None, plan: LoadPlan | None) -> bool:
    """Whether `copy` may be mapped by an engine that holds the model `ref`, loaded by `plan`."""
    if ref is None or plan is None or copy.made_from != _kept_name(ref):
        return False
    return copy.precision is not None and plan.precision in (copy.precision, Precision.NATIVE)


def remove_prepared(prepared_dir: Path, copies: Collection[PreparedCopy]) -> tuple[PreparedCopy, ...]:
    """Remove prepared files; gives those that the system did not give up, as they were."""
    left = []
    for copy in copies:
        folder = prepared_dir / copy.folder
        # The name of an unfinished one: what a kill leaves is no prepared file, and goes with the next.
        doomed = folder.with_name(f"{folder.name.removesuffix('.partial')}.{os.getpid()}.partial")
        try:
            folder.rename(doomed)
        except FileNotFoundError:
            continue
        except OSError:
            left.append(copy)
            continue
        shutil.rmtree(doomed, ignore_errors=True)
    return tuple(left)


def without_model(copies: Sequence[PreparedCopy], models: Sequence[FoundModel]) -> tuple[PreparedCopy, ...]:
    """The copies whose models are not there any more, and what was not finished."""
    return tuple(
        copy for copy in copies if copy.precision is None or not any(is_of(copy, model) for model in models)
    )


def _kept_name(ref: ModelRef) -> str:
    return Path(ref.path).name.encode()[:_NAME_BYTES].decode(errors="ignore")


def _size(folder: Path) -> int:
    total = 0
    with contextlib.suppress(OSError):
        for entry in folder.iterdir():
            with contextlib.suppress(OSError):
                total += entry.lstat().st_size
    return total

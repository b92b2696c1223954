"""The doctor's look at the models: what can be used, what is gone, damaged, changed or left over.

Looks, and changes nothing (a list of models that cannot be read is put aside, as at every look). Blocking: it
reads the whole starter model, and when it is asked to be thorough every model whose hashes are known.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.core import memory_plan
from app.core import settings as declared
from app.core.cancel import CancelToken
from app.core.computing import computing_of, machine_for
from app.core.engine import EngineKind, Precision
from app.core.errors import ErrorCode, WorldError
from app.core.findings import DoctorRemedy, Finding, FindingCode, Severity, finding
from app.core.imports import TaskProgress
from app.core.load_plan import PlannedLoad, plan_for
from app.core.memory import Fit, MachineMemory, MemoryChoice
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.model import edition, hardware, library, managing, starter
from app.model.disk import SPARE_BYTES
from app.model.importing import copying, importer, places
from app.model.importing.hashing import hash_files
from app.model.kernel_speeds import read_speeds
from app.model.moving import size_of
from app.model.prepared_names import prepared_precisions

Report = Callable[[TaskProgress], None]

_SMALLER = (Precision.INT8, Precision.INT4)


@dataclass(frozen=True, slots=True)
class Request:
    """What an examination is for.

    `model_id` is the model in use, "" for the one that a start would take. `engine_pid` is the engine child,
    whose memory is ours. A thorough one reads every byte of every model whose hashes are known. `has_window`
    is whether a window asks, and no terminal.
    """

    settings: Settings = field(default_factory=Settings)
    model_id: str = ""
    engine_pid: int | None = None
    is_thorough: bool = False
    has_window: bool = False


def examine(paths: AppPaths, request: Request, report: Report, cancel: CancelToken) -> Iterator[Finding]:
    """Everything worth telling about the models of `paths`, one after the other; raises `Cancelled`."""
    if paths.models_were_moved and not paths.models_dir.is_dir():
        remedy = DoctorRemedy.SHOW_STORAGE
        yield finding(FindingCode.MODELS_FOLDER_GONE, Severity.PROBLEM, remedy, path=paths.models_dir)
        return
    if not edition.opens_folders():
        yield finding(FindingCode.LIGHT_EDITION, Severity.NOTE)
    models = library.scan(paths.models_dir)
    yield from _usable(models, paths.models_dir)
    yield from _left_over(models, paths)
    yield from _planned(models, paths, request)
    yield _starter(models, paths.models_dir, report, cancel)
    if request.is_thorough:
        yield from _changed(models, paths.models_dir, report, cancel)


def damaged_lists(models_dir: Path) -> tuple[Path, ...]:
    """Lists of models that could not be read and were put aside."""
    try:
        return tuple(sorted(models_dir.glob(f"{places.FILE_NAME}.damaged-*")))
    except OSError:
        return ()


def planned_load(models: Sequence[FoundModel], paths: AppPaths, request: Request) -> PlannedLoad | None:
    """How the model in use would be loaded now; None where there is none."""
    usable = [model for model in models if model.problem is None]
    last, chosen = (request.settings.text(key) for key in (declared.LAST_MODEL, declared.DEFAULT_MODEL))
    model = next((one for one in usable if one.ref.id == request.model_id), None)
    model = model or library.default_model(usable, last, chosen)
    return None if model is None else plan_for(model, request.settings, paths, _machine(paths, request))


def _machine(paths: AppPaths, request: Request) -> MachineMemory:
    machine = hardware.memory_now(request.engine_pid, paths.prepared_dir)
    return machine_for(machine, computing_of(request.settings).device)


def _usable(models: Sequence[FoundModel], folder: Path) -> Iterator[Finding]:
    usable = sum(model.problem is None for model in models)
    if usable:
        yield finding(FindingCode.MODELS_FOUND, Severity.GOOD, count=usable, path=folder)
    else:
        yield finding(FindingCode.MODELS_NONE, Severity.PROBLEM, DoctorRemedy.ADD_MODEL, path=folder)
    for model in models:
        if model.problem is None:
            continue
        params = {"id": model.ref.id, "path": model.ref.path}
        remedy = DoctorRemedy.SHOW_MODELS
        if model.is_elsewhere and model.problem.code is ErrorCode.MODEL_MISSING:
            yield finding(FindingCode.MODEL_GONE, Severity.PROBLEM, remedy, **params)
        else:
            yield Finding(FindingCode.MODEL_BROKEN, Severity.PROBLEM, params, model.problem, remedy)


def _left_over(models: Sequence[FoundModel], paths: AppPaths) -> Iterator[Finding]:
    """What takes room and is of no use any more."""
    folder = paths.models_dir
    if lists := damaged_lists(folder):
        remedy = DoctorRemedy.REMOVE_DAMAGED_LISTS
        yield finding(FindingCode.LIST_DAMAGED, Severity.NOTE, remedy, count=len(lists), path=folder)
    if partials := copying.abandoned(folder):
        size = sum(_size(path) for path in partials)
        sizes = {"count": len(partials), "size": size}
        remedy = DoctorRemedy.REMOVE_ABANDONED
        yield finding(FindingCode.ABANDONED_COPIES, Severity.NOTE, remedy, **sizes, path=folder)
    if orphans := managing.without_model(managing.prepared_copies(paths.prepared_dir), models):
        sizes = {"count": len(orphans), "size": sum(copy.size for copy in orphans)}
        remedy = DoctorRemedy.REMOVE_ORPHANS
        yield finding(FindingCode.PREPARED_ORPHANS, Severity.NOTE, remedy, **sizes, path=paths.prepared_dir)


def _planned(models: Sequence[FoundModel], paths: AppPaths, request: Request) -> Iterator[Finding]:
    """What is in the way of the model in use."""
    planned = planned_load(models, paths, request)
    yield from _slower(planned, paths, request)
    if planned is None or planned.memory is None or planned.model.shape is None:
        return
    precision, folder = planned.load.precision, Path(planned.model.ref.path)
    is_prepared = precision in prepared_precisions(paths.prepared_dir, folder)
    has_own = planned.model.shape.quantization_bits or planned.model.ref.engine is not EngineKind.GLM_TORCH
    if precision not in _SMALLER or is_prepared or has_own or _machine(paths, request).card is not None:
        return
    size, free = planned.memory.estimate.model, hardware.disk_free(paths.prepared_dir)
    if free is not None and free < size + SPARE_BYTES:
        params = {"id": planned.model.ref.id, "size": size, "free": free}
        yield finding(FindingCode.PREPARED_NO_ROOM, Severity.NOTE, DoctorRemedy.SHOW_STORAGE, **params)


def _slower(planned: PlannedLoad | None, paths: AppPaths, request: Request) -> Iterator[Finding]:
    """INT4 that the torch engine measured to be slower here than INT8, unless another one is in use."""
    speeds = read_speeds(paths.prepared_dir)
    if speeds is None or not speeds.int4_is_slower:
        return
    remedy = DoctorRemedy.NONE
    if planned is not None and planned.model.ref.engine is EngineKind.GLM_TORCH:
        if planned.load.precision is not Precision.INT4:
            return
        if _takes_int8(planned, _machine(paths, request)):
            remedy = DoctorRemedy.CHOOSE_INT8
    params = {"int4": f"{speeds.int4_ms:.1f}", "int8": f"{speeds.int8_ms:.1f}"}
    if remedy is DoctorRemedy.CHOOSE_INT8 and planned is not None:
        params |= {"id": planned.model.ref.id, "context": str(planned.load.context_length)}
    yield finding(FindingCode.INT4_SLOWER, Severity.NOTE, remedy, **params)


def _takes_int8(planned: PlannedLoad, machine: MachineMemory) -> bool:
    shape = planned.model.shape
    if shape is None or Precision.INT8 not in memory_plan.precisions(shape):
        return False
    choice = MemoryChoice(Precision.INT8, planned.load.context_length)
    return memory_plan.fit(memory_plan.estimate(shape, choice), machine) is not Fit.TOO_LARGE


def _starter(models: Iterable[FoundModel], folder: Path, report: Report, cancel: CancelToken) -> Finding:
    path = next((Path(model.ref.path) for model in models if model.is_starter), folder / starter.FILE_NAME)

    def tell(share: float) -> None:
        cancel.raise_if_cancelled()
        report(TaskProgress(round(share * starter.FILE_BYTES), starter.FILE_BYTES, path.name))

    try:
        is_good = starter.verify(path, tell)
    except OSError:
        is_good = False
    if is_good:
        return finding(FindingCode.STARTER_GOOD, Severity.GOOD, path=path)
    if os.path.lexists(path):
        remedy = DoctorRemedy.OPEN_MODELS_FOLDER
        return finding(FindingCode.STARTER_DAMAGED, Severity.PROBLEM, remedy, path=path)
    return finding(FindingCode.STARTER_MISSING, Severity.NOTE, path=path)


def _changed(
    models: Sequence[FoundModel], folder: Path, report: Report, cancel: CancelToken
) -> Iterator[Finding]:
    """Hold every model against the hashes that were published with it or kept of it."""
    same = 0
    for model in models:
        if model.problem is not None or model.is_starter:  # the starter was read already
            continue
        try:
            changed = _changed_files(model, folder, report, cancel)
        except WorldError as error:
            params = {"id": model.ref.id, "path": model.ref.path}
            remedy = DoctorRemedy.SHOW_MODELS
            yield Finding(FindingCode.MODEL_BROKEN, Severity.PROBLEM, params, error.info, remedy)
            continue
        if changed:
            params = {"id": model.ref.id, "path": model.ref.path, "files": ", ".join(changed)}
            yield finding(FindingCode.MODEL_CHANGED, Severity.PROBLEM, DoctorRemedy.SHOW_MODELS, **params)
        same += changed == ()
    if same:
        yield finding(FindingCode.MODELS_UNCHANGED, Severity.GOOD, count=same)


def _changed_files(
    model: FoundModel, folder: Path, report: Report, cancel: CancelToken
) -> tuple[str, ...] | None:
    """Names of the files with other bytes than are known; None where no hash of the model is known."""
    looked_at = managing.look_at(model, folder, cancel)
    expected = importer.expected_hashes(looked_at, folder)
    sources = [(path, name) for path, name in importer.sources_of(looked_at) if name in expected]
    if not sources:
        return None
    hashes = hash_files(sources, report, cancel)
    return tuple(name for name, digest in hashes.items() if expected[name] != digest)


def _size(path: Path) -> int:
    if path.is_dir() and not path.is_symlink():
        return size_of(path)
    try:
        return path.lstat().st_size
    except OSError:
        return 0

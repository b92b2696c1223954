"""The work behind the page of the models as plain functions, called in the threads of `Background` only.

They read or write disks for as long as it takes, and raise `WorldError` and `Cancelled`. Knows no widget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.imports import HashReport
from app.core.installed import PreparedCopy
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.model.managing import Removal
from app.ui.importing.jobs import Report


@dataclass(frozen=True, slots=True)
class ModelJobs:
    """What can be done with the models that are there.

    `pack` gives the bytes of the pack. `remove` gives None where the recycle bin does not take the model;
    `remove_prepared` those that could not be removed.
    """

    check: Callable[[FoundModel, Report, CancelToken], HashReport]
    pack: Callable[[FoundModel, Path, Report, CancelToken], int]
    remove: Callable[[FoundModel], Removal | None]
    delete: Callable[[FoundModel], None]
    undo: Callable[[Removal], None]
    prepared: Callable[[], tuple[PreparedCopy, ...]]
    remove_prepared: Callable[[Sequence[PreparedCopy]], tuple[PreparedCopy, ...]]


def jobs_for(paths: Callable[[], AppPaths]) -> ModelJobs:
    """The real ones; `paths` tells where things are at that moment."""

    def check(model: FoundModel, report: Report, cancel: CancelToken) -> HashReport:
        from app.model import managing
        from app.model.importing import importer

        models_dir = paths().models_dir
        looked_at = managing.look_at(managing.where_it_is(model, models_dir), models_dir, cancel)
        return importer.check_hashes(looked_at, models_dir, report, cancel)

    def pack(model: FoundModel, target: Path, report: Report, cancel: CancelToken) -> int:
        from app.model import managing
        from app.model.pack import write_pack

        models_dir = paths().models_dir
        looked_at = managing.look_at(managing.where_it_is(model, models_dir), models_dir, cancel)
        # The system's dialog asked before it gave the name of a file that is there.
        write_pack(looked_at, models_dir, target, report, cancel, replaces=True)
        return target.stat().st_size

    def remove(model: FoundModel) -> Removal | None:
        from app.model import managing
        from app.ui.models.trash import take_to_bin

        models_dir = paths().models_dir
        return managing.remove(managing.where_it_is(model, models_dir), models_dir, take_to_bin)

    def delete(model: FoundModel) -> None:
        from app.model import managing

        models_dir = paths().models_dir
        managing.delete_for_good(managing.where_it_is(model, models_dir), models_dir)

    def undo(removal: Removal) -> None:
        from app.model import managing

        managing.undo(removal, paths().models_dir)

    def prepared() -> tuple[PreparedCopy, ...]:
        from app.model import managing

        return managing.prepared_copies(paths().prepared_dir)

    def remove_prepared(copies: Sequence[PreparedCopy]) -> tuple[PreparedCopy, ...]:
        from app.model import managing

        return managing.remove_prepared(paths().prepared_dir, copies)

    return ModelJobs(check, pack, remove, delete, undo, prepared, remove_prepared)

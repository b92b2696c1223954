"""Moves of the models folder with the note that says where it is: what `model.moving` and `storage.pointer`
do together. And what a start removes of moves that ended or were killed.

Blocking: for threads of their own. Knows no Qt.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.errors import WorldError
from app.core.paths import PREPARED_FOLDER, AppPaths
from app.model import managing, moving
from app.model.importing.copying import remove_abandoned as remove_abandoned_copies
from app.model.moving import CopiedModels, Report
from app.storage import data_move, pointer
from app.storage.pointer import Pointer, Spare, SpareKind
from app.storage.scratch import remove_abandoned


def copy_models(paths: AppPaths, target: Path, report: Report, cancel: CancelToken) -> CopiedModels:
    """Copy the models to the new or empty folder `target`; they stay in use where they are.

    Raises as `moving.copy_models`; then nothing is left behind.
    """
    home = _home(paths)
    target = target.absolute()
    moving.ensure_target(paths.models_dir, target)
    pointer.change(home, lambda note: note.with_spare(Spare(SpareKind.MODELS, target)))
    try:
        return moving.copy_models(paths.models_dir, target, report, cancel)
    except BaseException:
        _forget_spare(home, target)
        raise


def switch_models(paths: AppPaths, copied: CopiedModels, report: Report, cancel: CancelToken) -> AppPaths:
    """Let the copy count from now on, also at the next start; gives the paths.

    No model may be loaded, and none be added. Raises as `moving.switch_models`: then the old folder counts
    as before, and the copy is gone.
    """
    home, target = _home(paths), copied.target

    def switch() -> None:
        old = Spare(SpareKind.MODELS, paths.models_dir)
        try:
            pointer.change(home, lambda note: _switched(note, target, old))
        except WorldError:
            is_written = pointer.read(home).models_dir == target  # though perhaps not for good
            if not is_written:
                raise

    try:
        moving.switch_models(copied, switch, report, cancel)
    except BaseException:
        give_up_models(paths, copied)
        raise
    return replace(paths, models_dir=target)


def give_up_models(paths: AppPaths, copied: CopiedModels) -> None:
    """Remove a copy that was not switched to. Raises no `WorldError`."""
    moving.remove_spare(copied.target, copied.source)
    _forget_spare(_home(paths), copied.target)


def remove_old_models(paths: AppPaths, copied: CopiedModels) -> bool:
    """After the switch: remove the old files; whether nothing is left of the old folder.

    No model out of it may be loaded any more. What a load made or began there after the last look is made
    again in the new folder when it is needed.
    """
    old, new = (folder / PREPARED_FOLDER for folder in (copied.source, copied.target))
    late = [copy for copy in managing.prepared_copies(old) if not (new / copy.folder).exists()]
    managing.remove_prepared(old, late)
    remove_abandoned_copies(copied.source)
    removed = moving.remove_copied(copied)
    if removed:  # else the next start tries once more
        _forget_spare(_home(paths), paths.models_dir)
    return removed


def clear_spares(paths: AppPaths) -> None:
    """At a start: remove what moves and backups left that ended or were killed. Raises no `WorldError`.

    Only copies of files that are in use; where the disk of one of the two is not there, a later start does
    it.
    """
    remove_abandoned(paths.data_dir)
    home = paths.home
    if home is None:
        return
    with contextlib.suppress(WorldError):
        cleared = [spare for spare in pointer.read(home).spares if _clear_spare(spare, paths)]
        if cleared:  # of the note as it is by now: a folder may have been moved meanwhile
            pointer.change(home, lambda note: note.without(cleared))


def _clear_spare(spare: Spare, paths: AppPaths) -> bool:
    if spare.kind is SpareKind.DATA:
        return paths.can_move_data and data_move.clear_spare(spare, paths.data_dir)
    return paths.can_move_models and moving.remove_spare(spare.folder, paths.models_dir)


def _home(paths: AppPaths) -> Path:
    if paths.home is None:
        raise ValueError("nothing can be moved in this run")
    return paths.home


def _switched(note: Pointer, target: Path, old: Spare) -> Pointer:
    return replace(note, models_dir=target).without_spare(SpareKind.MODELS, target).with_spare(old)


def _forget_spare(home: Path, folder: Path) -> None:
    """Nothing of ours is left in `folder`, unless its disk is away: then a later start looks."""
    if folder.parent.is_dir():
        with contextlib.suppress(WorldError):
            pointer.change(home, lambda note: note.without_spare(SpareKind.MODELS, folder))

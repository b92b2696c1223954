"""Where conversations and models lie: shown on the page "Storage and backup", and moved from there.

Disks are read and written in threads and awaited. What the rest of the window has to do with a new folder is
told by `paths_changed`.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.cancel import Cancelled
from app.core.errors import WorldError
from app.core.paths import AppPaths, Kept
from app.core.records import MendAction, StartReport
from app.model import moving
from app.model.moving import CopiedModels
from app.storage import data_move
from app.storage.data_move import DataMove
from app.ui.engine_controller import EngineController
from app.ui.folders import show_folder
from app.ui.importing.places import DiskKind, disk_kind, free_bytes
from app.ui.measure_controller import MeasureController
from app.ui.settings.storage_page import FolderView
from app.ui.settings.task_panel import Question, Text
from app.ui.storage_picker import StoragePicker
from app.ui.storage_tasks import StorageTasks, Task
from app.ui.tasks import Gate
from app.ui.texts import storage as texts
from app.ui.texts import storage_troubles as troubles
from app.ui.texts.storage import Part
from app.workers import folder_moves
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineState

_LOOK_AGAIN_S = 0.1
_FOLDER_NAMES = {Part.CONVERSATIONS: "Teahouse", Part.MODELS: "Teahouse models"}


@dataclass(frozen=True, slots=True)
class Talkers:
    """Who uses the models folder; whatever changes it goes through `gate`."""

    engine: EngineClient
    engines: EngineController
    measure: MeasureController
    gate: Gate


@dataclass(frozen=True, slots=True)
class _Plan:
    """A move that was asked for. Sizes in bytes."""

    part: Part
    target: Path
    size: int
    kind: DiskKind
    free_bytes: int


class StorageController(QObject):
    """One for the window.

    Signals:
        paths_changed: (AppPaths) that count from now on.
    """

    paths_changed = Signal(object)

    def __init__(
        self, tasks: StorageTasks, paths: AppPaths, talkers: Talkers, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._page = tasks.page
        self._paths = paths
        self._talkers = talkers
        self._plan: _Plan | None = None
        self._picker = StoragePicker(self._page, self)
        self._page.shown.connect(self.refresh)
        self._page.show_wanted.connect(self._on_show)
        self._page.move_wanted.connect(self._picker.pick_folder)
        self._page.confirmed.connect(self._on_confirmed)
        self._page.cancelled.connect(self._on_cancelled)
        self._picker.folder_picked.connect(self.ask_move)

    @property
    def paths(self) -> AppPaths:
        """The folders in use."""
        return self._paths

    def opened(self, report: StartReport) -> None:
        """The database is open: what former moves left can go, if all is well and nothing is being moved."""
        if report.mended is MendAction.NONE and not report.read_only and not self._tasks.is_busy:
            self._tasks.spawn(self._tasks.call(folder_moves.clear_spares, self._paths))

    def refresh(self) -> None:
        """Look again where things lie and how much they take."""
        self._tasks.spawn(self._look())

    def ask_move(self, part: Part, chosen: str) -> None:
        """The person chose a place: look at it, and ask."""
        self._tasks.begin(part, texts.looking_text, partial(self._ask, Path(chosen)), troubles.move_trouble)

    async def _look(self) -> None:
        for part, view in (await self._tasks.call(_views, self._paths)).items():
            self._page.set_folder(part, view)

    async def _ask(self, chosen: Path, task: Task) -> None:
        plan = self._plan = await self._tasks.call(_plan_of, task.part, self._paths, chosen)
        self._page.panel(task.part).ask(
            Question(
                lambda: texts.move_question(plan.part, plan.target, plan.size),
                lambda: texts.move_note(plan.part, plan.kind, plan.free_bytes),
                texts.move_label,
            )
        )

    def _on_confirmed(self, part: Part, _checked: bool) -> None:
        plan, self._plan = self._plan, None
        if plan is None or plan.part is not part:
            return
        work = self._move_models if part is Part.MODELS else self._move_data
        self._tasks.begin(
            part, partial(texts.moving_text, part), partial(work, plan.target), troubles.move_trouble
        )

    def _on_cancelled(self, part: Part) -> None:
        if self._plan is not None and self._plan.part is part:
            self._plan = None
            self._page.panel(part).clear()
            self._tasks.settled()

    async def _move_models(self, target: Path, task: Task) -> Text:
        paths, call = self._paths, self._tasks.call
        talkers = self._talkers
        copied = await call(folder_moves.copy_models, paths, target, task.meter.report, task.cancel)
        talkers.gate.close()  # what is begun from now on is done in the new folder
        try:
            await self._wait_for_quiet(task, paths, copied)
            talkers.measure.end_for_move()
            moved = await call(folder_moves.switch_models, paths, copied, task.meter.report, task.cancel)
            self._take(moved)
        finally:
            talkers.gate.open()
        talkers.measure.end_for_move()  # one that was begun in this moment
        talkers.engines.move_to(moved)
        await self._wait_until_unused(paths.models_dir)
        is_gone = await call(folder_moves.remove_old_models, paths, copied)
        self.refresh()
        return partial(texts.moved, Part.MODELS, target, is_rest_left=not is_gone)

    async def _move_data(self, target: Path, task: Task) -> Text:
        call = self._tasks.call
        move = DataMove(self._paths, target)
        try:
            await call(move.prepare, task.meter.report, task.cancel)
            self._take(await self._tasks.relocate(lambda store: move.finish(store, task.cancel)))
            await call(move.remove_old)
        except asyncio.CancelledError:  # the app closes
            move.abandon()
            raise
        except (Cancelled, WorldError):
            await call(move.abandon)
            raise
        await call(move.abandon)
        self.refresh()
        return partial(texts.moved, Part.CONVERSATIONS, target, is_rest_left=False)

    @property
    def _is_at_work(self) -> bool:
        """Whether the old folder is being changed: a load may make a prepared file of the model there."""
        is_loading = self._talkers.engine.status.state is EngineState.LOADING
        return self._talkers.gate.is_occupied or (is_loading and not self._talkers.measure.is_running)

    async def _wait_for_quiet(self, task: Task, paths: AppPaths, copied: CopiedModels) -> None:
        """Until nothing is changed in the old folder; gives the copy up where that is cancelled."""
        if self._is_at_work:
            self._page.panel(task.part).work(texts.idle_text)
        while self._is_at_work:
            if task.cancel.is_cancelled:
                await self._tasks.call(folder_moves.give_up_models, paths, copied)
                raise Cancelled
            await self._tasks.pause(_LOOK_AGAIN_S)

    async def _wait_until_unused(self, folder: Path) -> None:
        """Until no model out of `folder` is loaded: an answer that is being written comes to its end."""
        self._page.panel(Part.MODELS).work(texts.clearing_text, can_cancel=False)
        while self._talkers.engine.status.uses(folder):
            await self._tasks.pause(_LOOK_AGAIN_S)

    def _take(self, moved: AppPaths) -> None:
        if moved != self._paths:
            self._paths = moved
            self.paths_changed.emit(moved)

    def _on_show(self, part: Part) -> None:
        folder = self._paths.models_dir if part is Part.MODELS else self._paths.data_dir
        self._tasks.spawn(show_folder(self._tasks.call, folder))


def _views(paths: AppPaths) -> dict[Part, FolderView]:
    """Blocks."""
    data, models = paths.data_dir, paths.models_dir
    has_data, has_models = data.is_dir(), models.is_dir()
    return {
        Part.CONVERSATIONS: FolderView(
            str(data),
            data_move.data_size(paths),
            free_bytes(data),
            can_move=paths.can_move_data,
            is_there=has_data,
            is_lost=not has_data,
            is_portable=paths.data_kept is Kept.PORTABLE,
        ),
        Part.MODELS: FolderView(
            str(models),
            moving.size_of(models),
            free_bytes(models),
            can_move=paths.can_move_models,
            is_there=has_models,
            is_lost=paths.models_were_moved and not has_models,
            is_portable=paths.models_kept is Kept.PORTABLE,
        ),
    }


def _plan_of(part: Part, paths: AppPaths, chosen: Path) -> _Plan:
    """Where a part goes when `chosen` was chosen; raises FOLDER_INSIDE and FILE_TOO_LARGE. Blocks."""
    source = paths.models_dir if part is Part.MODELS else paths.data_dir
    size = moving.size_of(source) if part is Part.MODELS else data_move.data_size(paths)
    target = _target_in(chosen.absolute(), _FOLDER_NAMES[part])
    moving.ensure_target(source, target)
    if part is Part.MODELS:
        moving.ensure_takes_models(source, target)
    return _Plan(part, target, size, disk_kind(chosen), free_bytes(target))


def _target_in(chosen: Path, name: str) -> Path:
    """The chosen folder where it is empty, else a new one in it."""
    try:
        if not os.path.ismount(chosen) and not any(chosen.iterdir()):
            return chosen
    except OSError:
        return chosen
    number, target = 1, chosen / name
    while os.path.lexists(target):
        number += 1
        target = chosen / f"{name} {number}"
    return target

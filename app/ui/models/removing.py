"""Taking a model away: asked in its row, taken out of memory first, undone by a toast.

To the system's recycle bin; where that does not take it, asked once more and deleted. One that is used in its
own place is only taken off the list.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject

from app.core import settings as declared
from app.core.errors import WorldError
from app.core.models import FoundModel
from app.model.managing import Removal
from app.ui.engine_controller import EngineController
from app.ui.importing.jobs import Background
from app.ui.models.jobs import ModelJobs
from app.ui.models.page import ModelsPage
from app.ui.settings.task_panel import Question
from app.ui.settings_controller import SettingsController
from app.ui.tasks import Gate
from app.ui.texts import models as texts
from app.ui.toast import Toast
from app.workers.engine_client import EngineClient
from app.workers.engine_status import HOLDING, EngineStatus


@dataclass(frozen=True, slots=True)
class _Undo:
    """What the toast can bring back."""

    removal: Removal
    name: str
    was_default: bool


class ModelRemoval(QObject):
    """One for the page."""

    def __init__(
        self,
        page: ModelsPage,
        toast: Toast,
        engine: EngineClient,
        engines: EngineController,
        settings: SettingsController,
        jobs: ModelJobs,
        background: Background,
        gate: Gate,
        loop: asyncio.AbstractEventLoop,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._toast = toast
        self._engine = engine
        self._engines = engines
        self._settings = settings
        self._jobs = jobs
        self._background = background
        self._gate = gate
        self._asked: dict[str, bool] = {}  # by id, whether it is to be deleted for good
        self._loop = loop
        self._changed: asyncio.Future[None] | None = None  # while a model is waited for to be let go
        toast.action_triggered.connect(self._on_toast)
        engines.status_changed.connect(self._on_status)

    def ask(self, model: FoundModel) -> None:
        """Ask in the model's row whether it is to go."""
        row = self._page.row(model.ref.id)
        if row is None:
            return
        self._asked[model.ref.id] = False
        is_in_use = row.entry.is_in_use
        row.panel.ask(
            Question(
                sentence=lambda: texts.remove_question(model),
                note=lambda: texts.remove_note(model, is_in_use=is_in_use),
                confirm=lambda: texts.remove_button(model),
            )
        )

    def confirm(self, model: FoundModel) -> None:
        """The question was answered with yes."""
        is_for_good, row = self._asked.pop(model.ref.id, None), self._page.row(model.ref.id)
        if is_for_good is not None and row is not None:
            row.panel.clear()
            self._background.spawn(self._remove(model, for_good=is_for_good))

    def withdraw(self, model_id: str) -> None:
        """It was answered with no."""
        self._asked.pop(model_id, None)

    async def _remove(self, model: FoundModel, *, for_good: bool) -> None:
        try:
            async with self._gate.passage():
                await self._take_away(model, for_good=for_good)
        finally:
            self._engines.keep(model.ref.id)

    async def _take_away(self, model: FoundModel, *, for_good: bool) -> None:
        removal = None
        try:
            await self._free(model)
            if for_good:
                await self._background.call(self._jobs.delete, model)
            else:
                removal = await self._background.call(self._jobs.remove, model)
        except WorldError as error:
            row = self._page.row(model.ref.id)
            if row is not None:
                sentence = partial(texts.removing_trouble, error.info, texts.name_of(model))
                row.panel.tell(sentence, is_trouble=True)
            return
        if removal is None and not for_good:
            self._ask_for_good(model)
            return
        was_default = self._settings.settings.text(declared.DEFAULT_MODEL) == model.ref.id
        if was_default:
            self._settings.set(declared.DEFAULT_MODEL, "")
        said = texts.removed(model, is_deleted=for_good)
        if removal is not None and removal.can_be_undone:
            undo = _Undo(removal, texts.name_of(model), was_default)
            self._toast.show_toast(said, self.tr("Undo"), undo)
        else:
            self._toast.show_toast(said)
        self._engines.look_again()

    async def _free(self, model: FoundModel) -> None:
        """Have the model taken out of memory, and wait until it is: Windows removes nothing that is open."""
        status = self._engine.status
        is_held = status.state in HOLDING and status.ref is not None and status.ref.id == model.ref.id
        self._engines.forget(model.ref.id)
        while is_held and _may_hold(self._engine.status, model):
            # No asyncio.Event: qasync's loop never calls itself running.
            self._changed = self._changed or self._loop.create_future()
            await asyncio.shield(self._changed)

    def _on_status(self, _status: EngineStatus) -> None:
        changed, self._changed = self._changed, None
        if changed is not None and not changed.done():
            changed.set_result(None)

    def _ask_for_good(self, model: FoundModel) -> None:
        row = self._page.row(model.ref.id)
        if row is not None:
            self._asked[model.ref.id] = True
            row.panel.ask(
                Question(
                    sentence=lambda: texts.for_good_question(model),
                    note=lambda: texts.for_good_note(model),
                    confirm=texts.for_good_button,
                    is_danger=True,
                )
            )

    def _on_toast(self, token: object) -> None:
        if isinstance(token, _Undo):
            self._background.spawn(self._undo(token))

    async def _undo(self, undo: _Undo) -> None:
        try:
            async with self._gate.passage():
                await self._background.call(self._jobs.undo, undo.removal)
        except WorldError:
            self._toast.show_toast(texts.undo_trouble(undo.name))
            return
        if undo.was_default:
            self._settings.set(declared.DEFAULT_MODEL, undo.removal.model_id)
        self._engines.look_again()


def _may_hold(status: EngineStatus, model: FoundModel) -> bool:
    """Whether a process that had `model` loaded may have its files open still.

    Another model is told as loading before that process is gone, and has a process of its own only after.
    """
    if status.state not in HOLDING or status.ref is None:
        return False
    return status.ref.id == model.ref.id or not status.child_pid

"""The page of the models at work: fills it, and passes on what the person wants of a model.

Disks are read and written in threads of its own (`models.jobs`) and awaited; what takes a while is
`models.working`'s, taking models away `models.removing`'s. Which model answers stays the engine controller's
to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core import settings as declared
from app.core.engine import EngineKind
from app.core.errors import ErrorCode, ErrorInfo
from app.core.installed import PreparedCopy
from app.core.model_records import read_record
from app.core.models import FoundModel
from app.model import library, managing
from app.ui.engine_controller import EngineController
from app.ui.folders import show_folder
from app.ui.importing.jobs import Background
from app.ui.models.jobs import ModelJobs
from app.ui.models.page import ModelsPage
from app.ui.models.prepared_part import PreparedEntry
from app.ui.models.removing import ModelRemoval
from app.ui.models.row import ModelEntry
from app.ui.models.working import ModelWork
from app.ui.settings_controller import SettingsController
from app.ui.tasks import Gate
from app.ui.texts import models as texts
from app.ui.toast import Toast
from app.workers.engine_client import EngineClient
from app.workers.engine_status import HOLDING, EngineState, EngineStatus


class ModelsController(QObject):
    """One for the window.

    Signals:
        trouble: ErrorInfo: the model that is loaded is not where it was.
    """

    trouble = Signal(object)

    def __init__(
        self,
        page: ModelsPage,
        toast: Toast,
        engine: EngineClient,
        engines: EngineController,
        settings: SettingsController,
        jobs: ModelJobs,
        gate: Gate,
        loop: asyncio.AbstractEventLoop,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._engine = engine
        self._engines = engines
        self._settings = settings
        self._jobs = jobs
        self._gate = gate  # to the models folder
        self._background = Background(loop)
        self._work = ModelWork(page, toast, jobs, self._background, gate, self)
        self._removal = ModelRemoval(
            page, toast, engine, engines, settings, jobs, self._background, gate, loop, self
        )
        self._copies: tuple[PreparedCopy, ...] = ()
        self._sound: frozenset[str] = frozenset()  # places of sound models, when the library was last read
        self._connect()

    def show(self) -> None:
        """Bring the page up to date with what is known; reads nothing."""
        self._page.show_entries([self._entry(model) for model in self._engines.models])
        self._work.show()
        self._show_prepared()

    def close(self) -> None:
        """The app closes: everything that runs stops and is waited for."""
        self._work.close()
        self._background.close()

    # What is shown

    def _on_shown(self) -> None:
        self.show()
        self._engines.look_again()
        self._background.spawn(self._read_prepared())

    def _on_models(self, models: Sequence[FoundModel]) -> None:
        """The model that is loaded may be deleted, or its disk gone: it answers as long as it can."""
        sound = frozenset(model.ref.path for model in models if model.problem is None)
        gone, self._sound = self._sound - sound, sound
        status = self._engine.status
        if status.ref is not None and status.state in HOLDING and status.ref.path in gone:
            self.trouble.emit(ErrorInfo(ErrorCode.MODEL_MISSING, {"path": status.ref.path}))
        self._show_if_seen()

    def _on_status(self, status: EngineStatus) -> None:
        if status.state is EngineState.READY and self._page.isVisible():
            self._background.spawn(self._read_prepared())  # the load may have made one
        self._show_if_seen()

    def _show_if_seen(self, *_: object) -> None:
        if self._page.isVisible():
            self.show()

    def _entry(self, model: FoundModel) -> ModelEntry:
        settings, state, wanted = self._settings.settings, self._engine.status.state, self._engines.wanted
        chosen = library.default_model(self._engines.models, chosen=model.ref.id)
        return ModelEntry(
            model,
            read_record(settings, model.ref.id),
            is_in_use=wanted is not None and wanted.id == model.ref.id and state in HOLDING,
            is_loading=state is EngineState.LOADING,
            is_default=settings.text(declared.DEFAULT_MODEL) == model.ref.id,
            can_be_default=chosen is not None and chosen.ref.id == model.ref.id,
        )

    # What the person wants

    def _on_look_again(self, _model_id: str) -> None:
        self._engines.look_again()

    def _on_default(self, model_id: str, is_default: bool) -> None:
        self._settings.set(declared.DEFAULT_MODEL, model_id if is_default else "")
        self.show()

    def _on_folder(self, model_id: str) -> None:
        model = self._model(model_id)
        if model is not None:
            path = Path(model.ref.path)
            folder = path.parent if model.ref.engine is EngineKind.LLAMA_CPP else path
            self._background.spawn(show_folder(self._background.call, folder))

    def _on_check(self, model_id: str) -> None:
        if (model := self._model(model_id)) is not None:
            self._work.check(model)

    def _on_pack(self, model_id: str) -> None:
        if (model := self._model(model_id)) is not None:
            self._work.pack(model)

    def _on_remove(self, model_id: str) -> None:
        if (model := self._model(model_id)) is not None:
            self._removal.ask(model)

    def _on_confirmed(self, model_id: str) -> None:
        if (model := self._model(model_id)) is not None:
            self._removal.confirm(model)

    def _on_cancelled(self, model_id: str) -> None:
        """A question was answered with no, or work is to stop."""
        if not self._work.cancel(model_id):
            self._removal.withdraw(model_id)
        row = self._page.row(model_id)
        if row is not None:
            row.panel.clear()

    def _model(self, model_id: str) -> FoundModel | None:
        return next((model for model in self._engines.models if model.ref.id == model_id), None)

    # Prepared copies

    async def _read_prepared(self) -> None:
        self._copies = await self._background.call(self._jobs.prepared)
        self._show_prepared()

    def _show_prepared(self) -> None:
        orphans = managing.without_model(self._copies, self._engines.models)
        entries = [PreparedEntry(copy, self._is_used(copy), copy in orphans) for copy in self._copies]
        self._page.prepared.show_copies(entries)

    def _is_used(self, copy: PreparedCopy) -> bool:
        status = self._engine.status
        return status.state in HOLDING and managing.is_used(copy, status.ref, status.plan)

    def _on_prepared(self, copies: tuple[PreparedCopy, ...]) -> None:
        self._background.spawn(self._remove_prepared(copies))

    async def _remove_prepared(self, copies: tuple[PreparedCopy, ...]) -> None:
        """Those that a load took into use since the person was asked stay."""
        async with self._gate.passage():
            doomed = [copy for copy in copies if not self._is_used(copy)]
            left = await self._background.call(self._jobs.remove_prepared, doomed)
        await self._read_prepared()
        freed = sum(copy.size for copy in doomed if copy not in left)
        kept = len(left) + len(copies) - len(doomed)
        sentence = partial(texts.prepared_removed, freed, kept)
        self._page.prepared.panel.tell(sentence, is_trouble=bool(kept))

    def _connect(self) -> None:
        page = self._page
        page.shown.connect(self._on_shown)
        page.use_requested.connect(self._engines.choose)
        page.look_again_requested.connect(self._on_look_again)
        page.default_changed.connect(self._on_default)
        page.folder_requested.connect(self._on_folder)
        page.check_requested.connect(self._on_check)
        page.pack_requested.connect(self._on_pack)
        page.remove_requested.connect(self._on_remove)
        page.confirmed.connect(self._on_confirmed)
        page.cancelled.connect(self._on_cancelled)
        page.prepared.remove_requested.connect(self._on_prepared)
        self._engines.models_found.connect(self._on_models)
        self._engines.status_changed.connect(self._on_status)
        self._settings.changed.connect(self._show_if_seen)

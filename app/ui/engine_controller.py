"""Which model answers: finds the models, loads the right one, tells header and status line.

Scanning reads disks, so it runs in an executor thread and is awaited (qasync); the GUI thread never waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.core import settings as declared
from app.core.engine import LoadPlan, ModelRef
from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.load_plan import plan_for
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.model import library
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineState, EngineStatus

_FAULTS_OF_A_FILE = (
    ErrorCode.MODEL_MISSING,
    ErrorCode.MODEL_UNREADABLE,
    ErrorCode.MODEL_TRUNCATED,
    ErrorCode.MODEL_NOT_A_MODEL,
    ErrorCode.MODEL_LFS_POINTER,
    ErrorCode.MODEL_INCOMPLETE,
    ErrorCode.MODEL_MIXED,
)


class EngineController(QObject):
    """One for the window.

    Signals:
        models_found: tuple of FoundModel, whenever the library was read.
        status_changed: EngineStatus, passed on.
        trouble: ErrorInfo: no model, or one that cannot be loaded.
        model_used: id of a model that was loaded, to be remembered.
    """

    models_found = Signal(object)
    status_changed = Signal(object)
    trouble = Signal(object)
    model_used = Signal(str)

    def __init__(
        self,
        engine: EngineClient,
        paths: AppPaths,
        settings: Callable[[], Settings],
        loop: asyncio.AbstractEventLoop,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._paths = paths
        self._settings = settings
        self._loop = loop
        self._models: tuple[FoundModel, ...] = ()
        self._wanted: ModelRef | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_closing = False
        engine.status_changed.connect(self._on_status)

    @property
    def models(self) -> tuple[FoundModel, ...]:
        """What the library holds, as last read."""
        return self._models

    @property
    def wanted(self) -> ModelRef | None:
        """The model that is, or should be, loaded."""
        return self._wanted

    @property
    def current(self) -> FoundModel | None:
        """The library's entry of `wanted`."""
        return next((m for m in self._models if self._wanted and m.ref.id == self._wanted.id), None)

    def start(self, ref: ModelRef | None = None) -> None:
        """Read the library, then load `ref`, or the model used last, or the best there is."""
        if ref is not None:
            self._load(ref)
        self._spawn(self._find_and_load())

    def refresh(self) -> None:
        """Read the library again, and load the wanted model, or the best there is, if it is not loaded."""
        self._spawn(self._find_and_load())
        if self._wanted is not None:
            self._bring_back(self._wanted)

    def look_again(self) -> None:
        """The person comes back from another program, perhaps with a model: read the library again.

        A model whose file was missing or broken is loaded once the file is in order. Says nothing where
        nothing changed: it was said already.
        """
        if not self._tasks:  # else the library is being read right now
            self._spawn(self._find_again())

    def choose(self, model_id: str) -> None:
        """A person picked another model."""
        found = next((model for model in self._models if model.ref.id == model_id), None)
        if found is not None and found.problem is None:
            self._load(found.ref)

    def adopt(self, model_id: str, *, load: bool) -> None:
        """A model came into the library: read it again, and load that model where `load` says so."""
        self._spawn(self._find_adopted(model_id, load=load))

    def unload(self) -> None:
        """Give the memory back; the next message loads the model again."""
        self._engine.unload()

    def reload_for_settings(self) -> None:
        """Context length or precision changed: load again, if anything is loaded to which that matters."""
        status, wanted = self._engine.status, self._wanted
        if wanted is not None and status.state is not EngineState.EMPTY and status.plan != self._plan(wanted):
            self._load(wanted)

    def prepare(self, then: Callable[[], None]) -> None:
        """Before a message goes to the engine: find a model, or bring one back, and call `then`.

        `then` is called at once while a model is wanted, also while it still loads; else when the library was
        read, whether it held a model or not; and never once the app closes: the next start finds the reply
        interrupted.
        """
        if self._is_closing:
            return
        if self._wanted is None:
            self._spawn(self._find_and_load(then))
            return
        self._bring_back(self._wanted)
        then()

    def cancel_background(self) -> None:
        """The app closes: what is still awaited is dropped."""
        self._is_closing = True
        for task in self._tasks:
            task.cancel()

    async def _find_and_load(self, then: Callable[[], None] | None = None) -> None:
        await self._scan()
        if self._wanted is None and not self._load_default():
            problems = [model.problem for model in self._models if model.problem is not None]
            self.trouble.emit(problems[0] if problems else ErrorInfo(ErrorCode.NO_MODEL))
        if then is not None:
            then()

    async def _find_adopted(self, model_id: str, *, load: bool) -> None:
        await self._scan()
        if load:
            self.choose(model_id)

    async def _find_again(self) -> None:
        await self._scan()
        if self._wanted is None:
            self._load_default()
            return
        current, error = self.current, self._engine.status.error
        if error is not None and error.code in _FAULTS_OF_A_FILE and current and current.problem is None:
            self._load(self._wanted)

    async def _scan(self) -> None:
        found = await self._loop.run_in_executor(None, library.scan, self._paths.models_dir)
        self._models = tuple(found)
        self.models_found.emit(self._models)

    def _load_default(self) -> bool:
        """Load the model used last, or the best there is; False when there is none."""
        default = library.default_model(self._models, self._settings().text(declared.LAST_MODEL))
        if default is not None:
            self._load(default.ref)
        return default is not None

    def _bring_back(self, ref: ModelRef) -> None:
        """Load a model that was unloaded or failed; nothing where it is loaded or loads."""
        if self._engine.status.state in (EngineState.EMPTY, EngineState.FAILED):
            self._load(ref)

    def _load(self, ref: ModelRef) -> None:
        self._wanted = ref
        self._engine.load(ref, self._plan(ref))

    def _plan(self, ref: ModelRef) -> LoadPlan:
        return plan_for(ref.engine, self._settings(), self._paths)

    def _on_status(self, status: EngineStatus) -> None:
        self.status_changed.emit(status)
        if status.state is EngineState.READY and status.ref is not None:
            self.model_used.emit(status.ref.id)
        elif status.state is EngineState.FAILED and status.error is not None:
            self.trouble.emit(status.error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)  # asyncio itself holds tasks only weakly
        task.add_done_callback(self._on_task_done)

    def _on_task_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), WorldError):
            self.trouble.emit(error.info)
        elif not task.cancelled() and error is not None:
            raise error

"""Which model answers: finds the models, plans and starts the load, tells header and status line.

Scanning reads disks, so it runs in an executor thread and is awaited (qasync); the GUI thread never waits.
How a model is loaded is `core.load_plan`'s to say, with the memory of this computer at that moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.computing import Computing, computing_of
from app.core.engine import LoadPlan, ModelRef
from app.core.errors import FAULTS_OF_A_FILE, ErrorCode
from app.core.load_plan import (
    LoadAdjustment,
    PlannedLoad,
    adjustment_of,
    after_failure,
    other_that_fits,
    plan_for,
    plan_wish,
    too_large_error,
)
from app.core.memory import MachineMemory, MemoryChoice
from app.core.model_records import wish_of
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.ui.library_reader import LibraryReader
from app.ui.machine_watch import MachineWatch, MemoryProbe
from app.ui.tasks import Tasks
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineState, EngineStatus

_Key = tuple[str, MemoryChoice, Computing]  # a model's id and how it is to be loaded


class EngineController(QObject):
    """One for the window.

    Signals:
        models_found: tuple of FoundModel, whenever the library was read.
        status_changed: EngineStatus, passed on.
        trouble: ErrorInfo: no model, or one that cannot be loaded.
        model_used: id of the model that was asked for, to be remembered once one is loaded.
        adjusted: LoadAdjustment where another load than was asked for begins, None where it is that.
        reclaimed: the engine, which was lent, is needed for what a person wants now.
    """

    models_found = Signal(object)
    status_changed = Signal(object)
    trouble = Signal(object)
    model_used = Signal(str)
    adjusted = Signal(object)
    reclaimed = Signal()

    def __init__(
        self,
        engine: EngineClient,
        paths: AppPaths,
        settings: Callable[[], Settings],
        loop: asyncio.AbstractEventLoop,
        parent: QObject | None = None,
        probe: MemoryProbe | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._paths = paths
        self._settings = settings
        self._watch = MachineWatch(loop, probe)
        self._asked: FoundModel | None = None  # what a person wants
        self._asked_how: tuple[MemoryChoice, Computing] | None = None  # and how, when it was last loaded
        self._wanted: ModelRef | None = None  # what is to answer: another model where that one does not fit
        self._planned: PlannedLoad | None = None
        self._machine: MachineMemory | None = None  # as it was for the plan
        self._adjustment: LoadAdjustment | None = None
        self._orders: set[_Key] = set()  # "load it as chosen anyway", for this run
        self._failed: dict[_Key, LoadPlan] = {}  # the plan after those that ran out
        self._is_lent = False  # somebody else has models loaded by the engine
        self._is_reload_due = False
        self._library = LibraryReader(loop)
        self._leaving: set[str] = set()  # ids of models that are being taken away
        self._tasks = Tasks(loop, self.trouble.emit)
        self._is_closing = False
        self._is_look_due = False  # somebody asked for one while the disk was being read
        engine.status_changed.connect(self._on_status)

    @property
    def models(self) -> tuple[FoundModel, ...]:
        """What the library holds, as last read."""
        return self._library.models

    @property
    def wanted(self) -> ModelRef | None:
        """The model that is, or should be, loaded."""
        return self._wanted

    @property
    def asked(self) -> FoundModel | None:
        """The model that a person wants; another one may be loaded where it does not fit."""
        return self._library.newest(self._asked) if self._asked is not None else None

    @property
    def current(self) -> FoundModel | None:
        """The library's entry of `wanted`."""
        return self._library.named(self._wanted.id) if self._wanted is not None else None

    @property
    def is_reload_due(self) -> bool:
        """Whether a load waits for the end of an answer."""
        return self._is_reload_due

    @property
    def adjustment(self) -> LoadAdjustment | None:
        """What of the present load is not as it was asked for."""
        return self._adjustment

    @property
    def accelerator(self) -> str:
        """What the graphics card of this computer is called, used or not; "" where none is known."""
        return self._watch.accelerator

    def is_order(self, model: FoundModel) -> bool:
        """Whether `model` is loaded as it is wished in this run, whether that fits or not."""
        return self._key(model) in self._orders

    def machine(self) -> MachineMemory:
        """The memory of this computer at this moment, as far as the device that was chosen uses it."""
        return self._watch.look(self._engine.status.child_pid, computing_of(self._settings()).device)

    def ask_card_again(self) -> None:
        """Have the driver of the graphics card asked what is free now; `machine` tells it some time later."""
        if not self._is_closing:
            self._tasks.spawn(self._watch.ask_card(self._engine.status.child_pid))

    def start(self, ref: ModelRef | None = None) -> None:
        """Read the library, then load `ref`, or the model used last, or the best there is."""
        if ref is not None:
            self._load(FoundModel(ref, ref.id))
        self._tasks.spawn(self._find_and_load())

    def refresh(self) -> None:
        """Read the library again, and load the wanted model, or the best there is, if it is not loaded."""
        self._tasks.spawn(self._find_and_load())
        self._bring_back()

    def look_again(self) -> None:
        """The person comes back from another program, perhaps with a model: read the library again.

        A model whose file was missing or broken is loaded once the file is in order, and one that was too
        large once it fits. Says nothing where nothing changed: it was said already.
        """
        if self._library.is_reading:
            self._is_look_due = True  # what that read began with may be out of date
        else:
            self._tasks.spawn(self._find_again())

    def choose(self, model_id: str) -> None:
        """A person picked another model."""
        found = self._library.named(model_id)
        if found is not None and found.problem is None:
            self._load(found)

    def adopt(self, model_id: str, *, load: bool) -> None:
        """A model came into the library: read it again, and load that model where `load` says so."""
        self._tasks.spawn(self._find_adopted(model_id, load=load))

    def unload(self) -> None:
        """Give the memory back; the next message loads the model again."""
        self._reclaim()
        self._set_adjustment(None)
        self._engine.unload()

    def forget(self, model_id: str) -> None:
        """A model is taken away: give its memory back; until `keep` a message finds another one."""
        self._leaving.add(model_id)
        is_asked = self._asked is not None and self._asked.ref.id == model_id
        if self._wanted is not None and self._wanted.id == model_id:
            self._wanted = self._planned = None
            self.unload()
        if is_asked and self._wanted is not None:  # the one that is loaded in its place is the person's now
            self._asked = self.current
            self._set_adjustment(None)
        elif is_asked:
            self._asked = None

    def keep(self, model_id: str) -> None:
        """It was taken away, or could not be: what the library holds counts again."""
        self._leaving.discard(model_id)

    def load_anyway(self) -> None:
        """Load the model as it was asked for, whether it fits or not; remembered until the app ends."""
        if self._asked is not None:
            self._orders.add(self._key(self._asked))
            self._load(self._asked)

    def lend(self) -> None:
        """Let somebody else have models loaded by the engine, until `take_back` or `reclaimed`."""
        self._is_lent = True

    def take_back(self, *, load: bool) -> None:
        """The engine is not needed any more: bring the model back, or leave the memory free."""
        self._is_lent = False
        if load and self._asked is not None:
            self._load(self._asked)
        else:
            self.unload()

    def reload_for_settings(self) -> None:
        """What is chosen for the model changed: load again if one is loaded, after an answer that runs."""
        if self._is_lent:
            return  # it counts when the model is brought back
        state, asked = self._engine.status.state, self._asked
        is_due = asked is not None and state is not EngineState.EMPTY and self._how(asked) != self._asked_how
        self._is_reload_due = is_due and state is EngineState.BUSY
        if is_due and asked is not None and not self._is_reload_due:
            self._load(asked)

    def prepare(self, then: Callable[[], None]) -> None:
        """Before a message goes to the engine: find a model, or bring one back, and call `then`.

        `then` is called at once while a model is wanted, also while it still loads; else when the library was
        read, whether it held a model or not; and never once the app closes: the next start finds the reply
        interrupted.
        """
        if self._is_closing:
            return
        if self._wanted is None:
            self._tasks.spawn(self._find_and_load(then))
            return
        self._bring_back()
        then()

    def move_to(self, paths: AppPaths) -> None:
        """The models lie elsewhere now: use them from there, after an answer that runs."""
        left, self._paths = self._paths.models_dir, paths
        self._tasks.spawn(self._find_moved(left))

    def cancel_background(self) -> None:
        """The app closes: what is still awaited is dropped."""
        self._is_closing = True
        self._tasks.close()

    # The library

    async def _find_and_load(self, then: Callable[[], None] | None = None) -> None:
        await self._scan()
        if self._wanted is None and not self._load_default():
            problems = [model.problem for model in self.models if model.problem is not None]
            self.trouble.emit(problems[0] if problems else self._library.look.why_none)
        if then is not None:
            then()

    async def _find_moved(self, left: Path) -> None:
        await self._scan()
        old, status = self._asked, self._engine.status
        if old is None:
            return
        self._asked, state = self._library.named(old.ref.id) or old, status.state
        if self._is_lent or (self._asked.ref == old.ref and not status.uses(left)):
            return  # it is loaded once the engine is back, or has nothing to do with the folder that was left
        self._asked_how = None  # what is loaded has to be loaded again
        self._is_reload_due = state is EngineState.BUSY
        if state is EngineState.EMPTY:
            self._wanted = self._asked.ref
        elif state is not EngineState.BUSY:
            self._load(self._asked)

    async def _find_adopted(self, model_id: str, *, load: bool) -> None:
        await self._scan()
        if load:
            self.choose(model_id)

    async def _find_again(self) -> None:
        await self._scan()
        if self._is_lent:
            return
        asked, error = self.asked, self._engine.status.error
        if asked is None:
            self._load_default()
        elif error is None:
            return
        elif error.code is ErrorCode.OUT_OF_MEMORY_PREDICTED:
            if not self._plan(asked, self.machine()).is_too_large:
                self._load(asked)
        elif error.code in FAULTS_OF_A_FILE and asked in self.models and asked.problem is None:
            self._load(asked)

    async def _scan(self) -> None:
        if not self._watch.is_card_known:  # a plan counts with it
            await self._watch.ask_card(self._engine.status.child_pid)
        await self._library.read(self._paths)
        self._watch.int4_is_slower = self._library.look.int4_is_slower
        self.models_found.emit(self.models)
        if self._is_look_due and not self._library.is_reading:
            self._is_look_due = False
            self.look_again()

    def _load_default(self) -> bool:
        """Load the model to begin with; False when there is none."""
        default = self._library.default(self._settings(), self._leaving)
        if default is not None:
            self._load(default)
        return default is not None

    # Loading

    def _bring_back(self) -> None:
        """Load a model that was unloaded or failed; nothing where it is loaded or loads."""
        is_gone = self._engine.status.state in (EngineState.EMPTY, EngineState.FAILED)
        if self._asked is not None and (is_gone or self._is_lent):
            self._load(self._asked)

    def _load(self, model: FoundModel) -> None:
        """Load `model` as far as it fits, or another one, or say why not."""
        self._reclaim()
        asked = self._asked = self._library.newest(model)
        self._asked_how = self._how(asked)
        self._is_reload_due = False
        machine = self._machine = self.machine()
        wanted = planned = self._plan(asked, machine)
        if wanted.is_too_large and not self.is_order(asked):
            other = self._other(wanted, machine)
            if other is None:
                self._refuse(wanted, machine)
                return
            planned = other
        plan, smaller = planned.load, planned.smaller
        known = self._failed.get(self._key(planned.model))
        if known in smaller:
            plan, smaller = known, smaller[smaller.index(known) + 1 :]
        self._wanted, self._planned = planned.model.ref, planned
        self._set_adjustment(after_failure(planned, plan, machine) or adjustment_of(wanted, planned, machine))
        self._engine.load(planned.model.ref, plan, smaller)

    def _refuse(self, planned: PlannedLoad, machine: MachineMemory) -> None:
        self._wanted, self._planned = planned.model.ref, None
        self._set_adjustment(None)
        self._engine.refuse(planned.model.ref, planned.load, too_large_error(planned, machine))

    def _plan(self, model: FoundModel, machine: MachineMemory) -> PlannedLoad:
        wish, computing = self._how(model)
        return plan_wish(model, wish, self._paths, machine, computing, is_order=self.is_order(model))

    def _other(self, planned: PlannedLoad, machine: MachineMemory) -> PlannedLoad | None:
        """A model that fits in place of one that does not: the one that is loaded, or the largest."""
        status, loaded = self._engine.status, self.current
        if loaded is not None and loaded.ref != planned.model.ref and status.state is EngineState.READY:
            present = plan_for(loaded, self._settings(), self._paths, machine)
            if present.memory is not None and not present.is_too_large:
                return present
        return other_that_fits(planned, self.models, self._settings(), self._paths, machine)

    def _how(self, model: FoundModel) -> tuple[MemoryChoice, Computing]:
        settings = self._settings()
        return wish_of(settings, model.ref.id), computing_of(settings)

    def _key(self, model: FoundModel) -> _Key:
        return model.ref.id, *self._how(model)

    def _reclaim(self) -> None:
        if self._is_lent:
            self._is_lent = False
            self.reclaimed.emit()

    def _set_adjustment(self, adjustment: LoadAdjustment | None) -> None:
        self._adjustment = adjustment
        self.adjusted.emit(adjustment)

    # The engine

    def _on_status(self, status: EngineStatus) -> None:
        if self._is_lent:
            self.status_changed.emit(status)
            return
        self._see_step(status)
        self.status_changed.emit(status)
        if status.state is EngineState.READY and self._asked is not None:
            self.model_used.emit(self._asked.ref.id)
            if self._is_reload_due:
                self.reload_for_settings()
        elif status.state is EngineState.FAILED and status.error is not None:
            if self._planned is not None:  # the next try begins where this one did
                self._failed.pop(self._key(self._planned.model), None)
            self.trouble.emit(status.error)

    def _see_step(self, status: EngineStatus) -> None:
        """Say that a load ran out of memory and goes on with a smaller plan."""
        planned, machine, plan = self._planned, self._machine, status.plan
        if planned is None or machine is None or plan is None or status.ref != planned.model.ref:
            return
        key = self._key(planned.model)
        if plan in planned.smaller and self._failed.get(key) != plan:
            self._failed[key] = plan
            self._set_adjustment(after_failure(planned, plan, machine))

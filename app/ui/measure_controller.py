"""Measuring the model on this computer: begun on its page, kept in its record, given up for what people want.

A message, or anything else that a person wants of the model, ends it at once: measuring can wait, a person
cannot. What was measured till then is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject

from app.core import settings as declared
from app.core.computing import computing_of
from app.core.engine import EngineKind, Precision
from app.core.errors import ErrorInfo
from app.core.measuring import (
    MeasureEnd,
    MeasurePlan,
    MeasureProgress,
    MeasureState,
    plan_measuring,
)
from app.core.model_records import SpeedMeasure, read_record, wish_of
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.core.settings import Setting
from app.model import hardware
from app.model.prepared_names import prepared_precisions
from app.ui.engine_controller import EngineController
from app.ui.settings.model_page import ModelPage
from app.ui.settings_controller import SettingsController
from app.ui.tasks import Tasks
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineState
from app.workers.measure_run import MeasureRun

_CAN_MEASURE = frozenset({EngineState.EMPTY, EngineState.READY, EngineState.FAILED})
_CHANGES = frozenset({declared.DEVICE, declared.THREADS, declared.MODEL_RECORDS})
"""Settings on which it depends what can be measured."""


class MeasureController(QObject):
    """One for the window."""

    def __init__(
        self,
        engine: EngineClient,
        engines: EngineController,
        settings: SettingsController,
        page: ModelPage,
        paths: Callable[[], AppPaths],
        loop: asyncio.AbstractEventLoop,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._engines = engines
        self._settings = settings
        self._page = page
        self._paths = paths
        self._loop = loop
        self._run: MeasureRun | None = None
        self._model: FoundModel | None = None  # the one that is being measured
        self._was_loaded = False
        self._state = MeasureState()
        self._prepared: dict[str, frozenset[Precision]] = {}  # by model id, as last looked
        self._tasks = Tasks(loop, engines.trouble.emit)
        page.shown.connect(self._on_shown)
        page.measure_box.wanted.connect(self.start)
        page.measure_box.cancelled.connect(self.cancel)
        engines.status_changed.connect(self._refresh)
        engines.models_found.connect(self._refresh)
        engines.reclaimed.connect(self._on_reclaimed)
        settings.changed.connect(self._on_setting)

    @property
    def state(self) -> MeasureState:
        """What a person is told now."""
        return self._state

    @property
    def is_running(self) -> bool:
        return self._run is not None

    def start(self) -> None:
        """Measure the model that a person uses, at every precision that fits; nothing where it cannot be."""
        model = self._engines.asked
        plan = self._plan(model) if model is not None else MeasurePlan()
        state = self._engine.status.state
        if model is None or not plan.steps or state not in _CAN_MEASURE or self._run is not None:
            return
        if self._engine.is_asked:  # in this moment: the message goes first
            return
        self._model = model
        self._was_loaded = state is EngineState.READY
        self._engines.lend()
        run = self._run = MeasureRun(self._engine, model.ref, plan.steps, self)
        run.progressed.connect(self._on_progress)
        run.measured.connect(self._on_measured)
        run.failed.connect(self._on_failed)
        run.ended.connect(self._on_ended)
        self._state = MeasureState(plan)
        run.begin()

    def cancel(self) -> None:
        """Stop measuring and bring the model back."""
        self._end(MeasureEnd.CANCELLED)

    def end_for_move(self) -> None:
        """The models go to another folder: end what is loaded from the old one, and bring the model back."""
        self._end(MeasureEnd.MOVED)

    def close(self) -> None:
        """The app closes: nothing is brought back."""
        self._tasks.close()
        self._let_go_of_run()

    # What happens

    def _on_progress(self, progress: MeasureProgress) -> None:
        self._show(replace(self._state, progress=progress))

    def _on_measured(self, precision: Precision, measure: SpeedMeasure) -> None:
        if self._model is None:
            return
        model_id = self._model.ref.id
        record = read_record(self._settings.settings, model_id)
        measured = {**record.measured, precision: measure}
        ordered = {one: measured[one] for one in Precision if one in measured}
        self._settings.set_record(model_id, replace(record, measured=ordered))
        self._page.measure_box.show_measured(ordered)

    def _on_failed(self, precision: Precision, error: ErrorInfo) -> None:
        self._state = replace(self._state, failed=(*self._state.failed, (precision, error)))

    def _on_ended(self) -> None:
        self._end(MeasureEnd.DONE)

    def _on_reclaimed(self) -> None:
        """Somebody took the engine: whoever that is loads what is needed."""
        self._end(MeasureEnd.NEEDED, is_taken=True)

    def _end(self, end: MeasureEnd, *, is_taken: bool = False) -> None:
        if self._run is None:
            return
        self._let_go_of_run()
        self._show(replace(self._state, progress=None, end=end))
        if not is_taken:
            self._engines.take_back(load=self._was_loaded)
        self._look_for_prepared()
        self._refresh()

    def _let_go_of_run(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.stop()
            run.deleteLater()

    # What is shown

    def _on_shown(self) -> None:
        self._look_for_prepared()
        self._refresh()

    def _on_setting(self, setting: Setting) -> None:
        if setting in _CHANGES:
            self._refresh()

    def _refresh(self, *_: object) -> None:
        """What could be measured now; nothing while it is being done, or while nobody sees it."""
        if self._run is not None or not self._page.isVisible():
            return
        model = self._engines.asked
        if self._model is not None and model is not None and model.ref != self._model.ref:
            self._model, self._state = None, MeasureState()  # how the last one ended was said of another
        plan = self._plan(model) if model is not None else MeasurePlan()
        is_possible = model is not None and self._engine.status.state in _CAN_MEASURE
        self._show(replace(self._state, plan=plan, is_possible=is_possible))

    def _show(self, state: MeasureState) -> None:
        self._state = state
        model = self._model or self._engines.asked
        self._page.measure_box.show_state(state, model.precision_label if model is not None else "")

    def _plan(self, model: FoundModel) -> MeasurePlan:
        settings = self._settings.settings
        computing = computing_of(settings)
        return plan_measuring(
            model,
            wish_of(settings, model.ref.id),
            self._paths(),
            self._engines.machine(),
            computing,
            hardware.threads_for(computing.threads),
            self._prepared.get(model.ref.id, frozenset()),
        )

    def _look_for_prepared(self) -> None:
        model = self._engines.asked
        if model is not None and model.ref.engine is EngineKind.GLM_TORCH:
            self._tasks.spawn(self._find_prepared(model))

    async def _find_prepared(self, model: FoundModel) -> None:
        folder, of = self._paths().prepared_dir, Path(model.ref.path)
        self._prepared[model.ref.id] = await self._loop.run_in_executor(None, prepared_precisions, folder, of)
        self._refresh()

"""Memory told honestly: keeps the page "Model and memory" up to date, measures loads, says what was changed.

Between the engine, the settings and the window: knows what each of them tells, computes no memory itself.
"""

from __future__ import annotations

import time
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer

from app.core import memory_plan
from app.core import settings as declared
from app.core.load_plan import LoadAdjustment
from app.core.memory import MemoryChoice
from app.core.model_records import LoadMeasure, ModelRecord, read_record, wish_of, with_wish
from app.core.models import FoundModel
from app.core.records import AnswerFigures
from app.core.settings import Setting
from app.model.hardware import has_unified_memory, peak_memory, threads_for
from app.ui.banner import BannerLevel
from app.ui.engine_controller import EngineController
from app.ui.settings.device_row import DeviceFacts
from app.ui.settings.model_page import PAUSE_MS, ModelPage, PageValues
from app.ui.settings_controller import SettingsController
from app.ui.text_format import percent_text
from app.ui.texts.error_entry import ErrorAction
from app.ui.texts.errors import ErrorText, action_label, describe
from app.ui.texts.memory import adjustment_sentence
from app.ui.troubles import Origin, Troubles
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineState, EngineStatus

LOOK_EVERY_MS = 2500
"""How often the memory of the computer is looked at while the page is shown."""
NOTICEABLE = 0.01
"""A peak that grew by less is not written again."""
_ANSWERS_TO_COUNT = 16
"""Tokens below which the speed of an answer says nothing."""


class MemoryController(QObject):
    """One for the window."""

    def __init__(
        self,
        engine: EngineClient,
        engines: EngineController,
        settings: SettingsController,
        page: ModelPage,
        troubles: Troubles,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._engines = engines
        self._settings = settings
        self._page = page
        self._troubles = troubles
        self._has_conversation = False
        self._was_ready = False  # any model, in this run
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._reload = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._reload.timeout.connect(self.settings_replaced)
        settings.changed.connect(self._on_setting)
        self._timer.timeout.connect(self._look)
        page.shown.connect(self._begin)
        page.wish_changed.connect(self._on_wish)
        page.anyway_wanted.connect(engines.load_anyway)
        engines.models_found.connect(self._on_models)
        engines.status_changed.connect(self._on_status)
        engines.adjusted.connect(self._on_adjusted)

    def show(self) -> None:
        """Bring the page up to date, also after a change of the language."""
        self._page.show_values(self._values())
        self._page.set_news(self._news(self._engine.status))

    def set_has_conversation(self, has_conversation: bool) -> None:
        """Whether a conversation is open, which is read again after a load."""
        self._has_conversation = has_conversation

    def settings_replaced(self) -> None:
        """What is chosen for loads may have changed: it counts from now on."""
        self._reload.stop()
        self._engines.reload_for_settings()
        self.show()
        self._look()

    def measure(self) -> None:
        """Keep what the load took so far at most, with what it was estimated to take.

        Only where the processor computes: what lies on a graphics card is in no process's memory.
        """
        status, model = self._engine.status, self._engines.current
        if status.state not in (EngineState.READY, EngineState.BUSY) or status.plan is None:
            return
        if model is None or model.shape is None or status.model is None or status.model.device:
            return
        choice = MemoryChoice(status.plan.precision, status.plan.context_length)
        used = peak_memory(status.child_pid)
        record = self._record(model)
        old = record.measure
        if not used or (old is not None and old.choice == choice and used <= old.used * (1 + NOTICEABLE)):
            return
        estimated = memory_plan.estimate(model.shape, choice).total
        self._keep(model, replace(record, measure=LoadMeasure(choice, estimated, used)))

    def answered(self, figures: AnswerFigures) -> None:
        """An answer ended: its memory is measured, and how fast it was written is kept."""
        self.measure()
        plan, model = self._engine.status.plan, self._engines.current
        speed = figures.tokens_per_s
        if plan is None or model is None or not speed or (figures.output_tokens or 0) < _ANSWERS_TO_COUNT:
            return
        record = self._record(model)
        self._keep(model, replace(record, speeds={**record.speeds, plan.precision: speed}))

    def close(self) -> None:
        """The app closes: a choice that is not told yet counts."""
        self._timer.stop()
        self._reload.stop()
        self._page.flush()

    # What happens

    def _begin(self) -> None:
        """The page comes to the front: from now on it is kept up to date until it is gone."""
        self._timer.start()
        self.show()
        self._look()

    def _on_wish(self, model_id: str, wish: MemoryChoice) -> None:
        record = with_wish(read_record(self._settings.settings, model_id), wish)
        self._settings.set_record(model_id, record)
        self._engines.reload_for_settings()
        self.show()

    def _on_setting(self, setting: Setting) -> None:
        if setting in (declared.DEVICE, declared.THREADS):
            self._reload.start()  # after the last move of a slider: the model is loaded again for it
            self._show_device()

    def _on_models(self, _models: object) -> None:
        self.show()

    def _on_status(self, status: EngineStatus) -> None:
        if status.state is EngineState.READY:
            self._was_ready = True
            self._note_use(status)
            self.measure()
        if self._page.isVisible():
            self.show()

    def _on_adjusted(self, adjustment: LoadAdjustment | None) -> None:
        if adjustment is None:
            self._troubles.settle(Origin.MEMORY)
        else:
            self._troubles.show_note(Origin.MEMORY, lambda: _note(adjustment), BannerLevel.INFO)

    def _look(self) -> None:
        """The memory as it is now; the timer ends with the page."""
        if not self._page.isVisible():
            self._timer.stop()
            return
        self._page.set_machine(self._engines.machine())
        self._show_device()
        if self._engines.accelerator and not has_unified_memory():
            self._engines.ask_card_again()
        self.measure()

    # What is known

    def _show_device(self) -> None:
        model = self._engines.asked
        self._page.set_device(
            DeviceFacts(
                card=self._engines.accelerator,
                threads=threads_for(self._settings.settings.number(declared.THREADS)),
                engine=model.ref.engine if model is not None else None,
                is_unified=has_unified_memory(),
            )
        )

    def _values(self) -> PageValues:
        model = self._engines.asked
        if model is None:
            return PageValues()
        status = self._engine.status
        if status.model is not None and status.ref == model.ref and model.name == model.ref.id:
            model = replace(model, name=status.model.name)  # not of the library: nothing else names it
        settings = self._settings.settings
        wish = wish_of(settings, model.ref.id)
        return PageValues(model, wish, self._record(model), self._engines.is_order(model))

    def _record(self, model: FoundModel) -> ModelRecord:
        return read_record(self._settings.settings, model.ref.id)

    def _keep(self, model: FoundModel, record: ModelRecord) -> None:
        self._settings.set_record(model.ref.id, record)
        if self._page.isVisible():
            self.show()

    def _note_use(self, status: EngineStatus) -> None:
        """When a model was last loaded."""
        model = self._engines.current
        if model is not None and status.ref == model.ref:
            record = replace(self._record(model), last_used_ms=int(time.time() * 1000))
            self._settings.set_record(model.ref.id, record)

    def _news(self, status: EngineStatus) -> str:
        match status.state:
            case EngineState.LOADING:
                if not self._was_ready:
                    loading = self.tr("The model is being loaded: {percent}.")
                elif not self._has_conversation:
                    loading = self.tr("The model is loaded again: {percent}.")
                else:
                    loading = self.tr(
                        "The model is loaded again: {percent}. Before its next answer it reads the open "
                        "conversation again."
                    )
                return loading.format(percent=percent_text(status.load_fraction))
            case EngineState.BUSY if self._engines.is_reload_due:
                return self.tr("It counts as soon as the answer that is being written is finished.")
            case EngineState.FAILED if status.error is not None:
                return describe(status.error).sentence
            case EngineState.EMPTY if self._engines.asked is not None:
                return self.tr("Its memory was freed; the model is loaded this way when you write.")
        return ""


def _note(adjustment: LoadAdjustment) -> ErrorText:
    action = ErrorAction.LOAD_ANYWAY
    return ErrorText(adjustment_sentence(adjustment), action_label(action), action)

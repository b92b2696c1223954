"""The controllers behind the pages of the settings that act on the engine or the program, made and ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from app.core.paths import AppPaths
from app.core.settings import Settings
from app.ui.about_controller import AboutController
from app.ui.advanced_controller import AdvancedController
from app.ui.doctor_controller import DoctorController
from app.ui.engine_controller import EngineController
from app.ui.idle_controller import IdleController
from app.ui.measure_controller import MeasureController
from app.ui.memory_controller import MemoryController
from app.ui.models.jobs import jobs_for
from app.ui.models_controller import ModelsController
from app.ui.privacy_controller import PrivacyController
from app.ui.settings.pane import SettingsPane
from app.ui.settings_controller import SettingsController
from app.ui.tasks import Gate
from app.ui.toast import Toast
from app.workers.engine_client import EngineClient
from app.workers.exchange_runner import ExchangeRunner


class PaneControllers(QObject):
    """Measuring, idle memory, models, privacy, check-up, "Advanced", "About"; `memory` hears of changes.

    Whatever changes the models folder goes through `gate`.
    """

    def __init__(
        self,
        pane: SettingsPane,
        engine: EngineClient,
        engines: EngineController,
        settings: SettingsController,
        memory: MemoryController,
        runner: ExchangeRunner,
        paths: Callable[[], AppPaths],
        gate: Gate,
        loop: asyncio.AbstractEventLoop,
        open_folder: Callable[[Path], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)

        def current() -> Settings:
            return settings.settings

        def is_answering() -> bool:
            return bool(runner.running_replies)

        self.measure = MeasureController(engine, engines, settings, pane.model_page, paths, loop, self)
        self.idle = IdleController(engine, engines, current, is_answering, self)
        self.advanced = AdvancedController(pane, settings, paths, loop, open_folder, self)
        self.advanced.settings_replaced.connect(memory.settings_replaced)
        self.about = AboutController(pane.about_page, self)
        self.privacy = PrivacyController(pane.privacy_page, paths, loop, open_folder, self)
        self.doctor = DoctorController(
            pane, Toast(pane), engine, engines, current, paths, gate, loop, open_folder, self
        )
        self.models = ModelsController(
            pane.models_page, Toast(pane), engine, engines, settings, jobs_for(paths), gate, loop, self
        )

    def retranslate(self) -> None:
        """The language changed."""
        self.advanced.retranslate()

    def close(self) -> None:
        """The app closes."""
        self.measure.close()
        self.advanced.close()
        self.models.close()
        self.privacy.close()
        self.doctor.close()

"""Frees the memory of a model that wrote nothing for a while; the next message has it loaded again."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.core import settings as declared
from app.core.settings import Settings
from app.ui.engine_controller import EngineController
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineState, EngineStatus

LOOK_EVERY_MS = 15_000


class IdleController(QObject):
    """Counts from the end of the last answer, or of the load. What a person is typing does not count.

    Signals:
        freed: the model was unloaded.
    """

    freed = Signal()

    def __init__(
        self,
        engine: EngineClient,
        engines: EngineController,
        settings: Callable[[], Settings],
        is_answering: Callable[[], bool],
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`is_answering` is whether an answer is being written, waits, or is not stored yet."""
        super().__init__(parent)
        self._engine = engine
        self._engines = engines
        self._settings = settings
        self._is_answering = is_answering
        self._clock = clock
        self._idle_since: float | None = None
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        engine.status_changed.connect(self._on_status)

    def look(self) -> None:
        """Free the memory if it is time."""
        minutes = self._settings().number(declared.IDLE_MINUTES)
        if self._is_answering():
            self._idle_since = self._clock()
        elif minutes and self._idle_since is not None and self._clock() - self._idle_since >= minutes * 60:
            self._engines.unload()
            self.freed.emit()

    def _on_status(self, status: EngineStatus) -> None:
        if status.state is not EngineState.READY:
            self._idle_since = None
            self._timer.stop()
        elif self._idle_since is None:
            self._idle_since = self._clock()
            self._timer.start()

"""A model loaded for one verb: event loop, engine client and storage without a window."""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from app.core.engine import LoadNote, LoadPlan, ModelInfo
from app.core.errors import ErrorInfo
from app.core.load_plan import PlannedLoad, after_failure
from app.model.hardware import memory_now
from app.ui.texts.errors import describe
from app.ui.texts.load_notes import note_sentence
from app.ui.texts.memory import adjustment_sentence
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineState, EngineStatus

EXIT_OK, EXIT_WORLD, EXIT_USAGE, EXIT_STOPPED = 0, 1, 2, 130


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """What was loaded, how long it took (seconds) and in which process."""

    info: ModelInfo
    load_s: float
    child_pid: int


def say_error(error: ErrorInfo) -> int:
    """The world's error as one sentence on stderr; gives the exit code."""
    print(" ".join(describe(error).sentence.split()), file=sys.stderr)
    return EXIT_WORLD


class EngineSession(QObject):
    """Loads one model and tells when it is there.

    Signals:
        ready: LoadedModel, once.
        failed: ErrorInfo: the model cannot be loaded.
        interrupted: Ctrl-C.
    """

    ready = Signal(object)
    failed = Signal(object)
    interrupted = Signal()

    def __init__(self, planned: PlannedLoad, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._planned = planned
        self._plan = planned.load  # the one in use
        self._is_ready = False
        self._told: set[LoadNote] = set()
        self.engine = EngineClient(None, parent=self)
        self.engine.status_changed.connect(self._on_status)
        # Python sees a signal only while its own code runs: a slow timer gives it the chance.
        self._pulse = QTimer(self)
        self._pulse.start(100)
        self._pulse.timeout.connect(self._pulse_tick)

    def start(self) -> None:
        """Begin to load."""
        signal.signal(signal.SIGINT, self._on_interrupt)
        self.engine.load(self._planned.model.ref, self._planned.load, self._planned.smaller)

    def end(self, exit_code: int) -> None:
        """Leave the event loop with `exit_code`."""
        QCoreApplication.exit(exit_code)

    def close(self) -> None:
        """End the child and the thread."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        self.engine.shutdown()

    def _on_status(self, status: EngineStatus) -> None:
        if status.plan is not None and status.plan != self._plan:
            self._tell_step(status.plan)
        for note in status.notes:
            if note not in self._told:
                self._told.add(note)
                print(note_sentence(note), file=sys.stderr)
        if status.state is EngineState.READY and status.model is not None and not self._is_ready:
            self._is_ready = True
            self.ready.emit(LoadedModel(status.model, status.load_s, status.child_pid))
        elif status.state is EngineState.FAILED and status.error is not None and not self._is_ready:
            self.failed.emit(status.error)

    def _tell_step(self, plan: LoadPlan) -> None:
        """The memory ran out, and the load goes on with a smaller plan."""
        self._plan = plan
        step = after_failure(self._planned, plan, memory_now())
        if step is not None:
            print(adjustment_sentence(step), file=sys.stderr)

    def _on_interrupt(self, *_: object) -> None:
        self.interrupted.emit()

    def _pulse_tick(self) -> None:
        pass

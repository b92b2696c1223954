"""The copies that are made, one after the other, while the person goes on: their order, progress and end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from app.core.cancel import Cancelled, CancelToken
from app.core.errors import ErrorInfo, WorldError
from app.core.imports import InspectedModel
from app.core.paths import Kept
from app.ui.importing.jobs import Background, ImportJobs, Meter
from app.ui.importing.task_strip import TaskState, TaskView
from app.ui.tasks import Gate
from app.ui.texts.adding_troubles import adding_trouble

SHOW_EVERY_MS = 200


@dataclass(slots=True)
class _Copy:
    number: int
    model: InspectedModel
    family: str
    kept: Kept
    state: TaskState = TaskState.WAITING
    meter: Meter = field(default_factory=Meter)
    cancel: CancelToken = field(default_factory=CancelToken)
    error: ErrorInfo | None = None

    def view(self) -> TaskView:
        """As the strip shows it."""
        return TaskView(
            self.number,
            self.model.model.name,
            self.state,
            self.meter.latest,
            self.meter.seconds_left,
            self._trouble(self.error) if self.error is not None else None,
        )

    def _trouble(self, error: ErrorInfo) -> Callable[[], str]:
        model = self.model
        name, size, kept = model.model.name, model.copy_bytes, self.kept
        return partial(adding_trouble, error, name, size, is_packed=model.is_packed, kept=kept)


class CopyQueue(QObject):
    """One for the window.

    Signals:
        changed: tuple of TaskView, for the strip.
        copied: (id of the library, name) a copy is complete.
    """

    changed = Signal(object)
    copied = Signal(str, str)

    def __init__(
        self, jobs: ImportJobs, background: Background, gate: Gate, parent: QObject | None = None
    ) -> None:
        """No copy begins while `gate` is closed."""
        super().__init__(parent)
        self._jobs = jobs
        self._background = background
        self._gate = gate
        self._copies: list[_Copy] = []
        self._next_number = 1
        self._is_working = False
        self._timer = QTimer(self, interval=SHOW_EVERY_MS)
        self._timer.timeout.connect(self._tell)

    def add(self, model: InspectedModel, family: str) -> None:
        """Copy `model` as soon as those before it are done; nothing where it is being copied already."""
        path = model.model.ref.path
        if any(
            copy.model.model.ref.path == path and copy.state is not TaskState.FAILED for copy in self._copies
        ):
            return
        self._copies.append(_Copy(self._next_number, model, family, self._jobs.kept()))
        self._next_number += 1
        self._go_on()

    def cancel(self, number: int) -> None:
        """Stop a copy, or take it out of the queue; nothing of it stays."""
        copy = self._find(number)
        if copy is not None:
            copy.cancel.cancel()
            self._forget(copy)

    def retry(self, number: int) -> None:
        """Try a copy that failed once more, behind those that wait."""
        copy = self._find(number)
        if copy is not None and copy.state is TaskState.FAILED:
            self._forget(copy)
            self.add(copy.model, copy.family)

    def dismiss(self, number: int) -> None:
        """The person has read what went wrong."""
        self.cancel(number)

    def close(self) -> None:
        """The app closes: whatever is copied stops and leaves nothing."""
        self._timer.stop()
        for copy in self._copies:
            copy.cancel.cancel()

    def _find(self, number: int) -> _Copy | None:
        return next((copy for copy in self._copies if copy.number == number), None)

    def _forget(self, copy: _Copy) -> None:
        if copy in self._copies:
            self._copies.remove(copy)
        self._tell()

    def _go_on(self) -> None:
        self._tell()
        if not self._is_working:
            self._is_working = True
            self._background.spawn(self._work())

    async def _work(self) -> None:
        self._timer.start()
        try:
            while waiting := [copy for copy in self._copies if copy.state is TaskState.WAITING]:
                async with self._gate.passage():
                    await self._copy(waiting[0])
        finally:
            self._timer.stop()
            self._is_working = False

    async def _copy(self, copy: _Copy) -> None:
        copy.state = TaskState.RUNNING
        self._tell()
        try:
            model_id = await self._background.call(
                self._jobs.copy_in, copy.model, copy.family, copy.meter.report, copy.cancel
            )
        except Cancelled:
            self._forget(copy)
            return
        except WorldError as error:
            if copy.cancel.is_cancelled:
                self._forget(copy)
                return
            copy.state, copy.error = TaskState.FAILED, error.info
            self._tell()
            return
        self._forget(copy)
        self.copied.emit(model_id, copy.model.model.name)

    def _tell(self) -> None:
        self.changed.emit(tuple(copy.view() for copy in self._copies))

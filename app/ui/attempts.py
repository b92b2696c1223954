"""Storage jobs of a person's clicks, of which the last one that was refused can be tried again.

Renaming, pinning, deleting, answering once more: nothing typed is in them, so the job itself is all there is
to keep. What a person typed is kept by the composer and by `drafts`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from app.storage.store import Store
from app.workers.storage_client import StorageClient

T = TypeVar("T")


class Attempts(QObject):
    """Runs jobs on the store for several controllers.

    Signals:
        refused: ErrorInfo of a job; `try_again` repeats it.
        settled: the job that was refused is done now.
    """

    refused = Signal(object)
    settled = Signal()

    def __init__(self, storage: StorageClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._storage = storage
        self._again: Callable[[], None] | None = None

    def run(self, job: Callable[[Store], T], done: Callable[[T], object]) -> None:
        """Run `job` in the storage thread, then `done` with its result here."""
        self._storage.run(job, done, partial(self._on_refused, job, done))

    def try_again(self) -> None:
        """Repeat the last job that was refused; nothing where none was."""
        again, self._again = self._again, None
        if again is not None:
            again()

    def forget(self) -> None:
        """What was refused is not wanted any more."""
        self._again = None

    def _on_refused(self, job: Callable[[Store], T], done: Callable[[T], object], error: object) -> None:
        def done_at_last(result: T) -> None:
            done(result)
            self.settled.emit()

        self._again = partial(self.run, job, done_at_last)
        self.refused.emit(error)

"""The GUI thread's side of the storage: hands jobs over and calls back in this thread.

Thread rules. Everything here runs in the thread that made the client (the GUI thread). A job runs in the
storage thread: it gets the `Store`, and whatever else it captured must be frozen values, never widgets. The
callbacks run here again, out of the event loop; they are looked up by ticket in slots of this QObject,
because a function connected to the worker's signal would run in the worker's thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QThread, Signal, Slot

from app.core.errors import ErrorInfo
from app.core.paths import AppPaths
from app.core.records import StartReport
from app.storage.store import Store
from app.workers.storage_worker import COPY_AFTER_MS, StorageWorker

ANSWER_POLL_MS = 5  # only while closing

T = TypeVar("T")
Failed = Callable[[ErrorInfo], object]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Callbacks:
    done: Callable[[Any], object] | None
    failed: Failed | None


class StorageClient(QObject):
    """Runs jobs on the store, in the order in which they are given.

    Signals:
        opened: StartReport; the database is there (perhaps mended, perhaps for reading only).
        failed: ErrorInfo; it could not be opened. `open` may be tried again.
        error: ErrorInfo of a job that had no `failed` callback.
        bug: traceback of a job that broke by a mistake of ours; none of its callbacks is called.
    """

    opened = Signal(object)
    failed = Signal(object)
    error = Signal(object)
    bug = Signal(str)

    _open_requested = Signal(object)
    _run_requested = Signal(int, object)
    _relocate_requested = Signal(int, object)
    _close_requested = Signal()

    def __init__(self, parent: QObject | None = None, *, copy_after_ms: int = COPY_AFTER_MS) -> None:
        super().__init__(parent)
        self._thread = QThread()
        self._thread.setObjectName("storage")
        self._worker = StorageWorker(copy_after_ms)
        self._worker.moveToThread(self._thread)
        self._waiting: dict[int, _Callbacks] = {}
        self._held: list[tuple[int, object]] = []  # given before `open`
        self._open_was_requested = False
        self._last_ticket = 0
        self._is_closing = False
        self._closed = False
        self._connect()

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called; no job is taken any more."""
        return self._closed

    def open(self, paths: AppPaths) -> None:
        """Open the database; `opened` or `failed` follows. Jobs may be given at once, they wait.

        May be asked again after `failed`, and when the database is open for reading only.
        """
        if self._closed:
            raise RuntimeError("the storage is closed")
        if not self._thread.isRunning():
            self._thread.start()
        self._open_was_requested = True
        self._open_requested.emit(paths)
        held, self._held = self._held, []
        for ticket, job in held:
            self._run_requested.emit(ticket, job)

    def run(
        self,
        job: Callable[[Store], T],
        done: Callable[[T], object] | None = None,
        failed: Failed | None = None,
    ) -> None:
        """Run `job` in the storage thread; then `done` with its result, or `failed`, in this thread.

        Given before `open`, it waits for it. Raises `RuntimeError` after `close`: what is given then could
        not be kept any more.
        """
        if self._closed:
            raise RuntimeError("the storage is closed")
        self._last_ticket += 1
        self._waiting[self._last_ticket] = _Callbacks(done, failed)
        if self._open_was_requested:
            self._run_requested.emit(self._last_ticket, job)
        else:
            self._held.append((self._last_ticket, job))

    def relocate(
        self,
        move: Callable[[Store], AppPaths],
        done: Callable[[AppPaths | None], object],
        failed: Failed,
    ) -> None:
        """Let `move` bring the files of the open store to another place, in its turn among the jobs.

        Then `done` with the paths that count from now on, and `opened` when they are open; the jobs given
        meanwhile run there. `done` with None where it was cancelled, `failed` where it could not be: then
        nothing changed.
        """
        if self._closed:
            raise RuntimeError("the storage is closed")
        self._last_ticket += 1
        self._waiting[self._last_ticket] = _Callbacks(done, failed)
        self._relocate_requested.emit(self._last_ticket, move)

    def close(self) -> None:
        """Finish every job, close the database, end the thread; safe to call twice.

        Blocks until it is done (a copy that is due is made now). Callbacks are called meanwhile, and what
        they give to `run` is done too; no other event of the application is worked on.
        """
        if self._closed or self._is_closing:
            return
        self._is_closing = True
        if self._thread.isRunning():
            while self._waiting:
                self._thread.wait(ANSWER_POLL_MS)
                QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)
            self._closed = True
            self._close_requested.emit()
            self._thread.wait()
        self._closed = True
        if self._held:
            _log.warning("%d storage jobs were given, but the database was never opened", len(self._held))

    @Slot(object)
    def _on_opened(self, report: StartReport) -> None:
        self.opened.emit(report)

    @Slot(object)
    def _on_open_failed(self, error: ErrorInfo) -> None:
        self.failed.emit(error)

    @Slot(int, object)
    def _on_done(self, ticket: int, result: object) -> None:
        callbacks = self._waiting.pop(ticket)
        if callbacks.done is not None:
            callbacks.done(result)

    @Slot(int, object)
    def _on_failed(self, ticket: int, error: ErrorInfo) -> None:
        callbacks = self._waiting.pop(ticket)
        if callbacks.failed is not None:
            callbacks.failed(error)
        else:
            self.error.emit(error)

    @Slot(int, str)
    def _on_broke(self, ticket: int, trace: str) -> None:
        self._waiting.pop(ticket, None)
        self.bug.emit(trace)

    def _connect(self) -> None:
        queued = Qt.ConnectionType.QueuedConnection
        worker = self._worker
        self._open_requested.connect(worker.open, queued)
        self._run_requested.connect(worker.run, queued)
        self._relocate_requested.connect(worker.relocate, queued)
        self._close_requested.connect(worker.close, queued)
        worker.opened.connect(self._on_opened, queued)
        worker.open_failed.connect(self._on_open_failed, queued)
        worker.done.connect(self._on_done, queued)
        worker.failed.connect(self._on_failed, queued)
        worker.broke.connect(self._on_broke, queued)

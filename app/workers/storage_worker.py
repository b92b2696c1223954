"""The storage thread's side: one store, used here and nowhere else.

Lives on the `QThread` named "storage". It is spoken to by queued signals only (`StorageClient` sends them),
so the database is serialised by construction: jobs run one after the other in the order in which they came.
Knows no widget and no callback: it answers with tickets.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core.cancel import Cancelled
from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.paths import AppPaths
from app.core.traces import trace_text
from app.storage.opening import open_store
from app.storage.store import Store

COPY_AFTER_MS = 10_000  # a copy that is due waits until the start is over
COPY_STEP_EVERY_MS = 5  # between two steps every waiting job has its turn

_log = logging.getLogger(__name__)


class StorageWorker(QObject):
    """Runs jobs on the store.

    Signals (all received in the client's thread):
        opened: StartReport. open_failed: ErrorInfo.
        done: (ticket, result). failed: (ticket, ErrorInfo). broke: (ticket, traceback as text).
        closed: nothing more will come.
    """

    opened = Signal(object)
    open_failed = Signal(object)
    done = Signal(int, object)
    failed = Signal(int, object)
    broke = Signal(int, str)
    closed = Signal()

    def __init__(self, copy_after_ms: int = COPY_AFTER_MS) -> None:
        super().__init__()
        self._copy_after_ms = copy_after_ms
        self._store: Store | None = None
        self._refusal = ErrorInfo(ErrorCode.STORAGE_FAILED, {"path": "", "detail": "not open"})
        self._copy_timer: QTimer | None = None

    @Slot(object)
    def open(self, paths: AppPaths) -> None:
        """Open the store; jobs that are already waiting come after this.

        One that is open for reading only is opened afresh: there may be room on the disk again.
        """
        if self._store is not None and not self._store.is_read_only:
            return
        if self._store is not None:
            self._store.close()
            self._store = None
        try:
            self._store, report = open_store(paths)
        except WorldError as error:
            _log.warning("the database does not open: %s", error)
            self._refusal = error.info
            self.open_failed.emit(error.info)
            return
        except Exception as error:  # noqa: BLE001 - a bug is reported, the thread lives on
            _log.exception("opening the database broke")
            self._refusal = ErrorInfo(
                ErrorCode.STORAGE_FAILED, {"path": str(paths.database), "detail": type(error).__name__}
            )
            self.open_failed.emit(self._refusal)
            self.broke.emit(0, trace_text(error))
            return
        self.opened.emit(report)
        self._plan_copy()

    @Slot(int, object)
    def run(self, ticket: int, job: Callable[[Store], object]) -> None:
        """Run one job and answer its ticket exactly once."""
        if self._store is None:
            self.failed.emit(ticket, self._refusal)
            return
        try:
            result = job(self._store)
        except WorldError as error:
            self.failed.emit(ticket, error.info)
        except Exception as error:  # noqa: BLE001 - a bug is reported, the thread lives on
            _log.exception("a storage job broke")
            self.broke.emit(ticket, trace_text(error))
        else:
            self.done.emit(ticket, result)

    @Slot(int, object)
    def relocate(self, ticket: int, move: Callable[[Store], AppPaths]) -> None:
        """Let `move` bring the store's files to another place, and open them there: `opened` follows.

        The ticket is answered with the new paths as soon as they count. Where `move` fails, the store that is
        open stays in use.
        """
        if self._store is None:
            self.failed.emit(ticket, self._refusal)
            return
        try:
            paths = move(self._store)
        except WorldError as error:
            self.failed.emit(ticket, error.info)
            return
        except Cancelled:
            self.done.emit(ticket, None)
            return
        except Exception as error:  # noqa: BLE001 - a bug is reported, the thread lives on
            _log.exception("moving the database broke")
            self.broke.emit(ticket, trace_text(error))
            return
        store, self._store = self._store, None
        store.let_go()
        self.done.emit(ticket, paths)
        self.open(paths)

    @Slot()
    def close(self) -> None:
        """Close the store; everything that was submitted before has run. Ends the thread."""
        if self._copy_timer is not None:
            self._copy_timer.stop()
        store, self._store = self._store, None
        try:
            if store is not None:
                store.close()
        except WorldError as error:
            _log.warning("closing the database: %s", error)
        except Exception:  # noqa: BLE001 - a bug is reported, the thread lives on
            _log.exception("closing the database broke")
        self.closed.emit()
        self.thread().quit()

    @Slot()
    def _copy_step(self) -> None:
        """A little work on a copy, while nothing else is to be done."""
        if self._store is None or self._copy_timer is None:
            return
        try:
            finished = self._store.backup_step()
        except WorldError as error:
            _log.warning("no copy of the database was made: %s", error)
            finished = True
        if not finished:
            self._copy_timer.start(COPY_STEP_EVERY_MS)

    def _plan_copy(self) -> None:
        if self._store is None or not self._store.backup_due():
            return
        if self._copy_timer is None:
            self._copy_timer = QTimer(self)  # made here, so that it lives in this thread
            self._copy_timer.setSingleShot(True)
            self._copy_timer.timeout.connect(self._copy_step)
        self._copy_timer.start(self._copy_after_ms)

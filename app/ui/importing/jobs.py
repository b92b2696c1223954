"""The work behind an import as plain functions, and the threads that it runs in.

Everything here reads or writes disks for as long as it takes: the functions are called in the threads of
`Background` only. They raise `WorldError` and `Cancelled`. Knows no widget.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from app.core.cancel import CancelToken
from app.core.imports import HashReport, InspectedModel, Inspection, TaskProgress
from app.core.paths import AppPaths, Kept
from app.ui.importing.places import Place, place_of
from app.ui.tasks import Tasks

_log = logging.getLogger(__name__)

Report = Callable[[TaskProgress], None]
_Result = TypeVar("_Result")

_THREADS = 3
"""Looking, checking bytes and copying go on side by side; of each there is one at a time."""
_FIRST_GUESS_S = 1.0


@dataclass(frozen=True, slots=True)
class ImportJobs:
    """What can be done with what a person brings; and how the models folder is kept, which asks no disk.

    Beside a model stands the generation that was answered, or "", and what a check hashed, by file name.
    """

    inspect: Callable[[Path, CancelToken], Inspection]
    use_in_place: Callable[[InspectedModel, str, Mapping[str, str]], str]
    copy_in: Callable[[InspectedModel, str, Report, CancelToken], str]
    check_hashes: Callable[[InspectedModel, Report, CancelToken], HashReport]
    place_of: Callable[[Path], Place]
    kept: Callable[[], Kept]


def jobs_for(paths: Callable[[], AppPaths]) -> ImportJobs:
    """The real ones, for the library of `paths`, which may be moved; imported when one is called."""

    def models_dir() -> Path:
        return paths().models_dir

    def inspect(path: Path, cancel: CancelToken) -> Inspection:
        from app.model.importing import inspection

        return inspection.inspect(path, models_dir(), cancel)

    def use_in_place(model: InspectedModel, family: str, hashes: Mapping[str, str]) -> str:
        from app.model.importing import importer

        is_portable = paths().models_kept is Kept.PORTABLE
        return importer.use_in_place(model, family, models_dir(), hashes, is_portable=is_portable)

    def copy_in(model: InspectedModel, family: str, report: Report, cancel: CancelToken) -> str:
        from app.model.importing import importer

        return importer.copy_in(model, family, models_dir(), report, cancel)

    def check_hashes(model: InspectedModel, report: Report, cancel: CancelToken) -> HashReport:
        from app.model.importing import importer

        return importer.check_hashes(model, models_dir(), report, cancel)

    def place(path: Path) -> Place:
        from app.model.disk import SPARE_BYTES

        return place_of(path, models_dir(), SPARE_BYTES)

    return ImportJobs(inspect, use_in_place, copy_in, check_hashes, place, lambda: paths().models_kept)


class Meter:
    """How far a job has come: written by its thread, read by the window as often as it paints."""

    __slots__ = ("_began_at", "_first_done", "latest")

    def __init__(self) -> None:
        self.latest: TaskProgress | None = None
        self._began_at: float | None = None
        self._first_done = 0

    def report(self, progress: TaskProgress) -> None:
        """Called in the thread of the job."""
        if self._began_at is None:
            self._began_at, self._first_done = time.monotonic(), progress.done
        self.latest = progress

    @property
    def seconds_left(self) -> float | None:
        """How long it will still take at the pace so far; None in the first second."""
        latest, began_at = self.latest, self._began_at
        if latest is None or began_at is None:
            return None
        elapsed, read = time.monotonic() - began_at, latest.done - self._first_done
        if elapsed < _FIRST_GUESS_S or read <= 0:
            return None
        return elapsed * (latest.total - latest.done) / read


class Background:
    """The threads of the imports and the coroutines that wait for them. Ends with `close`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._executor: ThreadPoolExecutor | None = None
        self._tasks = Tasks(loop)

    async def call(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """Run `function` in a thread and give what it gives or raises."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="import")
        return await self._loop.run_in_executor(self._executor, function, *arguments)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin `work`; an exception that it lets out is our own bug and is reported as one."""
        self._tasks.spawn(work)

    def close(self) -> None:
        """Drop what is awaited and wait for the threads; whoever runs in them was told to stop before."""
        self._tasks.close()
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

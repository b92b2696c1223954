"""One thing at a time on the page "Storage and backup": how far it has come, how it ends, how it is stopped.

Shared by the controllers behind the page. What blocks runs in threads, or in the storage thread, and is
awaited.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer

from app.core.cancel import Cancelled, CancelToken
from app.core.errors import ErrorInfo, WorldError
from app.core.paths import AppPaths
from app.storage.scratch import Scratch
from app.storage.store import Store
from app.ui.importing.jobs import Background, Meter
from app.ui.settings.storage_page import StoragePage
from app.ui.settings.task_panel import Text
from app.ui.texts.storage import Part
from app.workers.storage_client import StorageClient

_SHOW_EVERY_MS = 200
_Result = TypeVar("_Result")


@dataclass(slots=True)
class Task:
    """Something that is done for a part of the page."""

    part: Part
    cancel: CancelToken = field(default_factory=CancelToken)
    meter: Meter = field(default_factory=Meter)


class StorageTasks(QObject):
    """One for the page."""

    def __init__(
        self,
        page: StoragePage,
        storage: StorageClient,
        loop: asyncio.AbstractEventLoop,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.page = page
        self._storage = storage
        self._loop = loop
        self._background = Background(loop)
        self._task: Task | None = None
        self._timer = QTimer(self, interval=_SHOW_EVERY_MS)
        self._timer.timeout.connect(self._show_progress)
        page.cancelled.connect(self._on_cancelled)

    @property
    def is_busy(self) -> bool:
        """Whether something is done now."""
        return self._task is not None

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin `work`, which is awaited somewhere in the background."""
        self._background.spawn(work)

    def begin(
        self,
        part: Part,
        sentence: Text,
        work: Callable[[Task], Coroutine[Any, Any, Text | None]],
        trouble: Callable[[ErrorInfo], str],
    ) -> None:
        """Do `work` and say in the part's panel how it ends; what it gives is the last sentence.

        None where something else was said already. Does nothing while something is done.
        """
        if self._task is None:
            task = self._task = Task(part)
            self.page.set_busy(True)
            self.page.panel(part).work(sentence)
            self._timer.start()
            self.spawn(self._do(task, work, trouble))

    async def call(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """Run `function` in a thread and give what it gives or raises."""
        return await self._background.call(function, *arguments)

    @asynccontextmanager
    async def using(self, scratch: Scratch) -> AsyncIterator[Path]:
        """The folder of `scratch`, removed in the end."""
        try:
            yield scratch.path
        except asyncio.CancelledError:  # the app closes, and its threads are gone
            scratch.remove()
            raise
        except Exception:
            await self.call(scratch.remove)
            raise
        await self.call(scratch.remove)

    async def pause(self, seconds: float) -> None:
        """Let the rest of the window go on for a moment."""
        over: asyncio.Future[None] = self._loop.create_future()
        self._loop.call_later(seconds, _setter(over), None)
        await over

    async def in_storage(self, job: Callable[[Store], _Result]) -> _Result:
        """Run `job` in the storage thread and give what it gives or raises."""
        answer: asyncio.Future[_Result | Exception] = self._loop.create_future()

        def told(store: Store) -> _Result | Exception:
            try:
                return job(store)
            except WorldError:
                raise
            except Exception as error:  # noqa: BLE001 - raised again where it is awaited
                return error

        self._storage.run(told, _setter(answer), _failer(answer))
        result = await answer
        if isinstance(result, Exception):
            raise result
        return result

    async def relocate(self, move: Callable[[Store], AppPaths]) -> AppPaths:
        """Let `move` bring the open database to another place; raises as `in_storage`."""
        answer: asyncio.Future[AppPaths | None] = self._loop.create_future()
        broken: list[Exception] = []

        def told(store: Store) -> AppPaths:
            try:
                return move(store)
            except (WorldError, Cancelled):
                raise
            except Exception as error:
                broken.append(error)
                raise Cancelled from error  # the store that is open stays in use

        self._storage.relocate(told, _setter(answer), _failer(answer))
        moved = await answer
        if broken:
            raise broken[0]
        if moved is None:
            raise Cancelled
        return moved

    def settled(self) -> None:
        """A question was answered with no, or needs no answer any more."""
        self.page.set_busy(self.is_busy)

    def close(self) -> None:
        """The app closes: everything that runs stops and is waited for."""
        self._timer.stop()
        if self._task is not None:
            self._task.cancel.cancel()
        self._background.close()

    async def _do(
        self,
        task: Task,
        work: Callable[[Task], Coroutine[Any, Any, Text | None]],
        trouble: Callable[[ErrorInfo], str],
    ) -> None:
        panel = self.page.panel(task.part)
        try:
            result = await work(task)
        except Cancelled:
            panel.clear()
        except WorldError as error:
            info = error.info
            panel.tell(lambda: trouble(info), is_trouble=True)
        else:
            if result is not None:
                panel.tell(result)
        finally:
            self._task = None
            self._timer.stop()
            if panel.is_working:  # a mistake of ours, which is reported
                panel.clear()
            self.page.set_busy(panel.is_asking)

    def _show_progress(self) -> None:
        if self._task is not None:
            meter = self._task.meter
            self.page.panel(self._task.part).show_progress(meter.latest, meter.seconds_left)

    def _on_cancelled(self, part: Part) -> None:
        if self._task is not None and self._task.part is part:
            self._task.cancel.cancel()


def _setter(answer: asyncio.Future[Any]) -> Callable[[Any], None]:
    def set_result(result: Any) -> None:
        if not answer.done():  # dropped, as the app closes
            answer.set_result(result)

    return set_result


def _failer(answer: asyncio.Future[Any]) -> Callable[[ErrorInfo], None]:
    def set_error(error: ErrorInfo) -> None:
        if not answer.done():
            answer.set_exception(WorldError.from_info(error))

    return set_error

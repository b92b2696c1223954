"""Coroutines that a controller begins and nobody awaits: kept alive, ended with it, never failing unseen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

from app.core.errors import ErrorInfo, WorldError


class Tasks:
    """Those of one controller, until `close`.

    The world's errors go to `on_trouble`, where there is one; any other is our own bug, and raised.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, on_trouble: Callable[[ErrorInfo], None] | None = None
    ) -> None:
        self._loop = loop
        self._on_trouble = on_trouble
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[asyncio.Task[Any]]:
        return iter(tuple(self._tasks))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin `work`; after `close` it is dropped."""
        if self._is_closed:
            work.close()
            return
        task = self._loop.create_task(work)
        self._tasks.add(task)  # asyncio itself holds tasks only weakly
        task.add_done_callback(self._on_done)

    def close(self) -> None:
        """Drop everything that is still awaited."""
        self._is_closed = True
        for task in self:
            task.cancel()

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, WorldError) and self._on_trouble is not None:
            self._on_trouble(error.info)
        elif error is not None:
            raise error


class Gate:
    """What coroutines go through, and can be kept from for a while. For the thread of the loop only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._opened: asyncio.Future[None] | None = None
        self._inside = 0

    @property
    def is_occupied(self) -> bool:
        """Whether somebody is in it, who came while it was open."""
        return self._inside > 0

    def close(self) -> None:
        """Let nobody in until `open`."""
        if self._opened is None:
            self._opened = self._loop.create_future()

    def open(self) -> None:
        """Let those in who wait, and everybody after them."""
        opened, self._opened = self._opened, None
        if opened is not None and not opened.done():
            opened.set_result(None)

    @asynccontextmanager
    async def passage(self) -> AsyncIterator[None]:
        """Wait until it is open, and be in it."""
        while self._opened is not None:
            await asyncio.shield(self._opened)  # one that is cancelled takes nobody with it
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

"""Coroutines that a controller begins and nobody awaits: kept alive, ended with it, never failing unseen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from app.core.errors import ErrorInfo, WorldError


class Tasks:
    """Those of one controller. The world's errors go to `on_trouble`; any other is our bug, and raised."""

    def __init__(self, loop: asyncio.AbstractEventLoop, on_trouble: Callable[[ErrorInfo], None]) -> None:
        self._loop = loop
        self._on_trouble = on_trouble
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[asyncio.Task[Any]]:
        return iter(tuple(self._tasks))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin `work`."""
        task = self._loop.create_task(work)
        self._tasks.add(task)  # asyncio itself holds tasks only weakly
        task.add_done_callback(self._on_done)

    def cancel(self) -> None:
        """Drop everything that is still awaited."""
        for task in self:
            task.cancel()

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, WorldError):
            self._on_trouble(error.info)
        elif error is not None:
            raise error

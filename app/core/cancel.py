"""The cancel token: a flag that one thread sets and another reads, without a queue in between."""

from __future__ import annotations

import threading


class Cancelled(Exception):  # noqa: N818 - a cancel is not an error
    """Raised by work that noticed its cancel token; never shown to a person."""


class CancelToken:
    """Set once, from any thread; read often, by the one that works."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def is_cancelled(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        self._event.set()

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` when the flag is set."""
        if self._event.is_set():
            raise Cancelled

"""Counts what long work has done, and tells it at most twenty times a second."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.core.imports import TaskProgress

_REPORT_EVERY_S = 0.05

Report = Callable[[TaskProgress], None]


class Progress:
    """Bytes, or whatever the work counts in; the beginning and the end are always told."""

    def __init__(self, total: int, report: Report) -> None:
        self._total = total
        self._report = report
        self._done = 0
        self._name = ""
        self._tell()

    def begin(self, name: str) -> None:
        """The file in work from now on."""
        self._name = name

    def add(self, count: int) -> None:
        """So much more is done."""
        self._done += count
        if time.monotonic() >= self._due:
            self._tell()

    def finish(self) -> None:
        """All of it is done."""
        self._done = self._total
        self._tell()

    def _tell(self) -> None:
        self._due = time.monotonic() + _REPORT_EVERY_S
        # A total may be an estimate, as that of a database is.
        self._report(TaskProgress(min(self._done, self._total), self._total, self._name))

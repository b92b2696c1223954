"""How far a long task is, on a terminal; nothing of it is left there when it ends."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from app.core.imports import TaskProgress
from app.ui.text_format import percent_text


@contextlib.contextmanager
def progress_line() -> Iterator[ProgressLine]:
    """A line that is gone behind the context."""
    line = ProgressLine()
    try:
        yield line
    finally:
        line.clear()


class ProgressLine:
    """Percent on stderr, if that is a terminal."""

    def __init__(self) -> None:
        self._width = 0

    def clear(self) -> None:
        """Nothing stands there any more."""
        self._write("")

    def show(self, progress: TaskProgress) -> None:
        """So far it has come."""
        if sys.stderr.isatty() and progress.total:
            self._write(percent_text(progress.done / progress.total))

    def _write(self, text: str) -> None:
        if text or self._width:
            sys.stderr.write(f"\r{text.ljust(self._width)}\r{text}")
            sys.stderr.flush()
        self._width = len(text)

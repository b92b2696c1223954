"""Files and folders that the system asks the app to open: kept until somebody looks at them.

They come from the command line (a double click), from a second start that found this window
(`single_instance`) and, on macOS, as events. Also the one line in which a second start says them. Looks at no
disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QFileOpenEvent

MAX_LINE_BYTES = 1 << 18
"""No path of Windows is longer, and hundreds of usual ones are not."""


class OpenRequests(QObject):
    """One for the app; as an event filter of it, it takes macOS's events."""

    def __init__(self, places: Sequence[str] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting = list(places)
        self._deliver: Callable[[Sequence[str]], None] | None = None

    def deliver_to(self, deliver: Callable[[Sequence[str]], None]) -> None:
        """Whoever looks at places is there: give it what waits, and what comes from now on."""
        self._deliver = deliver
        waiting, self._waiting = self._waiting, []
        if waiting:
            deliver(waiting)

    def ask(self, places: Sequence[str]) -> None:
        """Somebody asks for these places."""
        if self._deliver is not None:
            self._deliver(places)
        else:
            self._waiting += places

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Takes a file that macOS opens with the app; everything else goes on."""
        if isinstance(event, QFileOpenEvent):
            if place := event.file():
                self.ask([place])
            return True
        return super().eventFilter(watched, event)


def line_of(places: Sequence[str]) -> bytes:
    """The places as one line, absolute, as many as one line holds; ASCII, also where a name is no text."""
    wanted = [str(Path(place).absolute()) for place in places]
    line = _line(wanted)
    while len(line) > MAX_LINE_BYTES:
        wanted.pop()
        line = _line(wanted)
    return line


def places_in(line: bytes) -> list[str]:
    """The places that a line names; none where it is no line of `line_of`. Believes nothing."""
    try:
        found = json.loads(line.decode("ascii"))
    except (ValueError, RecursionError):
        return []
    if not isinstance(found, list):
        return []
    is_sound = all(isinstance(one, str) and "\0" not in one and Path(one).is_absolute() for one in found)
    return found if is_sound else []


def _line(places: Sequence[str]) -> bytes:
    return json.dumps(places).encode("ascii") + b"\n"

"""Qt's event loop with asyncio in it (qasync), so that disk work in executor threads can be awaited."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop


def run_until_quit(app: QApplication, start: Callable[[asyncio.AbstractEventLoop], None]) -> int:
    """Call `start` as the loop begins, and run until the application quits; gives the exit code."""
    loop = QEventLoop(app)
    asyncio.set_event_loop(loop)
    app.aboutToQuit.connect(loop.stop)
    QTimer.singleShot(0, lambda: start(loop))
    with loop, _quitting_on_signals(app):
        loop.run_forever()
    return 0


@contextmanager
def _quitting_on_signals(app: QApplication) -> Iterator[None]:
    """Ctrl+C in the terminal (and Ctrl+Break) and the end of the session close the app in order."""

    def quit_soon(*_: object) -> None:
        # Not here: this may be the middle of an import, whose lock a thread needs that closing waits for.
        QTimer.singleShot(0, app.quit)

    before = {number: signal.signal(number, quit_soon) for number in _SIGNALS}
    try:
        with _hearing_at_once() if os.name == "posix" else _hearing_soon():
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _hearing_at_once() -> Iterator[None]:
    """Python runs a signal's handler when it next runs Python code; the pipe makes Qt do so at once."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    os.set_blocking(reader, False)
    notifier = QSocketNotifier(reader, QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: os.read(reader, 64))
    old_fd = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(old_fd)
        notifier.setEnabled(False)
        os.close(reader)
        os.close(writer)


@contextmanager
def _hearing_soon() -> Iterator[None]:
    """On Windows Qt cannot wait for pipes: a timer lets Python run, where there is a terminal with keys."""
    if sys.stdin is None:  # the installed program, which has none
        yield
        return
    timer = QTimer()
    timer.timeout.connect(lambda: None)
    timer.start(_PULSE_MS)
    try:
        yield
    finally:
        timer.stop()


_PULSE_MS = 200
_SIGNALS = tuple(
    signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGBREAK") if name in signal.Signals.__members__
)

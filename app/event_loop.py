"""Qt's event loop with asyncio in it (qasync), so that disk work in executor threads can be awaited."""

from __future__ import annotations

import asyncio
import os
import signal
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
    """Ctrl+C in the terminal and the end of the session close the app in order. POSIX only.

    Python runs a signal's handler when it next runs Python code; the pipe makes Qt do so at once.
    """
    if os.name != "posix":
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    os.set_blocking(reader, False)
    notifier = QSocketNotifier(reader, QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: os.read(reader, 64))

    def quit_soon(*_: object) -> None:
        # Not here: this may be the middle of an import, whose lock a thread needs that closing waits for.
        QTimer.singleShot(0, app.quit)

    before = {number: signal.signal(number, quit_soon) for number in _SIGNALS}
    old_fd = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(old_fd)
        for number, handler in before.items():
            signal.signal(number, handler)
        notifier.setEnabled(False)
        os.close(reader)
        os.close(writer)


_SIGNALS = (signal.SIGINT, signal.SIGTERM)

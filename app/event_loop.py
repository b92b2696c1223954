"""Qt's event loop with asyncio in it (qasync), so that disk work in executor threads can be awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop


def run_until_quit(app: QApplication, start: Callable[[asyncio.AbstractEventLoop], None]) -> int:
    """Call `start` as the loop begins, and run until the application quits; gives the exit code."""
    loop = QEventLoop(app)
    asyncio.set_event_loop(loop)
    app.aboutToQuit.connect(loop.stop)
    QTimer.singleShot(0, lambda: start(loop))
    with loop:
        loop.run_forever()
    return 0

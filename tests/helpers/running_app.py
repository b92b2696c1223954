"""The whole application in a test process, with Qt's loop driven by pytest-qt."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from app.application import Application, StartOptions
from app.core.paths import AppPaths


@contextmanager
def running_application(paths: AppPaths, options: StartOptions | None = None) -> Iterator[Application]:
    """A shown and started application; closed in order at the end, whatever happened."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    loop = QEventLoop(app)
    asyncio.set_event_loop(loop)
    application = Application(app, paths, options)
    try:
        application.window.show()
        application.start(loop)
        yield application
    finally:
        application.close()
        application.window.close()
        application.window.deleteLater()
        app.processEvents()
        loop.close()
        asyncio.set_event_loop(None)

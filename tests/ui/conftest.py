"""For tests of widgets: what a test closed is really gone before the next one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent


@pytest.fixture(autouse=True)
def widgets_are_gone() -> Iterator[None]:
    """Carry out every `deleteLater`: without a running event loop Qt would keep them all.

    They pile up, and each new style sheet is then worked out for all of them (2 s a test after 40 tests).
    """
    yield
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

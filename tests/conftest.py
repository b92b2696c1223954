"""Fixtures for every test: offscreen Qt, and no thread, process or window left behind."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psutil
import pytest

from app.cli.offscreen import add_fonts, draw_offscreen

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

draw_offscreen(os.environ)
os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.fonts=false")
# libgomp reads it when the first test imports torch; the engine sets it for itself (decisions.md).
os.environ.setdefault("GOMP_SPINCOUNT", "200")


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """pytest-qt's application, with the fonts that the system has."""
    add_fonts(os.environ)
    return qapp


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail the test that leaves a Python thread or a child process running."""
    threads_before = set(threading.enumerate())
    children_before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    # A QThread that ran Python code stays listed as a "Dummy" for ever, also when it has ended.
    threads = [t for t in threading.enumerate() if t not in threads_before and not t.name.startswith("Dummy")]
    for thread in threads:
        thread.join(timeout=2)
    threads = [t for t in threads if t.is_alive()]
    assert not threads, f"threads left behind: {threads}"
    children = [c for c in psutil.Process().children(recursive=True) if c.pid not in children_before]
    _, alive = psutil.wait_procs(children, timeout=2)
    for child in alive:
        child.kill()
    assert not alive, f"processes left behind: {alive}"

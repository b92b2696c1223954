"""A file of which Linux tells whether anybody opened it: in this process, by whatever library."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_OPENED = 0x20
_EVENT_BYTES = 4096


class WatchedFile:
    """Say `was_opened()` when all is done; asking twice tells what happened in between."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def was_opened(self) -> bool:
        try:
            return bool(os.read(self._descriptor, _EVENT_BYTES))
        except BlockingIOError:
            return False


@contextmanager
def watched(path: Path) -> Iterator[WatchedFile]:
    """Watch a file that exists; skips the test where the system cannot."""
    if sys.platform != "linux":
        pytest.skip("only Linux tells who opens a file")
    library = ctypes.CDLL(None, use_errno=True)
    descriptor = library.inotify_init1(os.O_NONBLOCK)
    if descriptor < 0 or library.inotify_add_watch(descriptor, os.fsencode(path), _OPENED) < 0:
        pytest.skip(f"no inotify: {os.strerror(ctypes.get_errno())}")
    try:
        yield WatchedFile(path, descriptor)
    finally:
        os.close(descriptor)

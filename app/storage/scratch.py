"""Folders for unfinished work: owner-only, hidden, and gone afterwards, also when the app was killed.

Their names hold the number of the process at work; the next one to make such a folder in the same place
removes those of processes that are gone. Raises `OSError`.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from app.core.new_names import new_folder

_NAME = re.compile(r"\.teahouse-(\d{1,10})-.+\.partial")
_CLOCK_SLACK_S = 5  # two seconds is the unit of FAT
_ours: set[Path] = set()
_ours_lock = threading.Lock()


class Scratch:
    """A new folder inside `parent`; gone after `remove`, which is safe to call twice."""

    def __init__(self, parent: Path) -> None:
        remove_abandoned(parent)
        prefix = f".teahouse-{os.getpid()}-"
        with _ours_lock:  # or another thread takes it for one that was abandoned
            self.path = new_folder(parent, prefix, ".partial")
            _ours.add(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the folder with all in it, as far as the system lets us."""
        shutil.rmtree(self.path, ignore_errors=True)
        with _ours_lock:
            _ours.discard(self.path)


def remove_abandoned(parent: Path) -> None:
    """Remove what processes that are gone left in `parent`. Raises no `OSError`."""
    try:
        entries = list(parent.iterdir())
    except OSError:
        return
    for entry in entries:
        match = _NAME.fullmatch(entry.name)
        if match is not None and not _is_at_work(entry, int(match[1])):
            shutil.rmtree(entry, ignore_errors=True)


def _is_at_work(folder: Path, process_id: int) -> bool:
    """Whether the process that made `folder` still runs.

    A process that began later than the last change in the folder has only got the number of the one that is
    gone: after a restart of the computer they are given again from the start, and what a power cut left,
    perhaps a copy of the conversations, would stay.
    """
    if process_id == os.getpid():
        with _ours_lock:
            return folder in _ours
    try:
        started = psutil.Process(process_id).create_time()
    except psutil.AccessDenied:
        return True
    except (psutil.Error, OverflowError, ValueError):  # it is gone, or a number that no process has
        return False
    try:
        return started <= folder.stat().st_mtime + _CLOCK_SLACK_S
    except OSError:  # renamed or removed in this moment, so somebody is at it
        return True

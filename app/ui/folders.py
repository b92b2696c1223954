"""Opens folders in the system's file manager.

The disk is asked in a thread: one that sleeps, or lies in a network that is gone, may take half a minute.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from app.core.errors import ErrorCode, WorldError

Call = Callable[..., Awaitable[Path | None]]
"""Runs a function in a thread and gives what it gives or raises."""


async def show_folder(call: Call, folder: Path) -> None:
    """Open `folder`, or what is left of the way to it."""
    there = await call(_nearest, folder)
    if there is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(there)))


async def open_folder(call: Call, folder: Path) -> None:
    """Open `folder`, made where it is not there; raises `WorldError` READ_ONLY where it cannot be made."""
    await call(_made, folder)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def _nearest(folder: Path) -> Path | None:
    return next((one for one in (folder, *folder.parents) if one.is_dir()), None)


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorldError(ErrorCode.READ_ONLY, path=folder) from error

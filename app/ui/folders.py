"""Opens a folder in the system's file manager."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def show_folder(folder: Path) -> None:
    """Open `folder`, or what is left of the way to it."""
    there = next((one for one in (folder, *folder.parents) if one.is_dir()), None)
    if there is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(there)))

"""The system's recycle bin. Blocking: not for the GUI thread. QtCore only; knows nothing of models."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFile


def take_to_bin(path: Path) -> Path | None:
    """Move a file or folder to the bin, and say where it lies then; an empty path where that is not told.

    None where there is no bin for that disk, or it does not take it; then nothing was changed.
    """
    file = QFile(str(path))
    if not file.moveToTrash():
        return None
    told = Path(file.fileName())
    return told if told != path else Path()

"""What kind of disk a model lies on, and how much room there is for a copy.

Asks the system, which may take long for a disk that sleeps or a network that is gone: not for the GUI
thread. QtCore only.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QStorageInfo

_NETWORKS = ("nfs", "cifs", "smb", "9p", "afpfs", "webdav", "davfs", "sshfs", "fuse.sshfs", "ncpfs")
_MOUNTED_BY_HAND = ("/media/", "/run/media/", "/Volumes/")
_REMOVABLE, _REMOTE, _DISC = 2, 4, 5  # of GetDriveTypeW


class DiskKind(StrEnum):
    """Whether a disk is always there."""

    LOCAL = "local"
    PORTABLE = "portable"  # a stick, a card, an external disk
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model lies, and the free bytes where a copy would go; -1 where the system does not tell.

    `spare_bytes` is what a copy leaves free.
    """

    kind: DiskKind = DiskKind.LOCAL
    free_bytes: int = -1
    spare_bytes: int = 0

    @property
    def is_portable(self) -> bool:
        """Whether the disk may be gone tomorrow."""
        return self.kind is not DiskKind.LOCAL


def place_of(path: Path, models_dir: Path, spare_bytes: int = 0) -> Place:
    """The disk of `path`, and the room for a copy in `models_dir` (which may not exist yet)."""
    return Place(disk_kind(path), free_bytes(models_dir), spare_bytes)


def disk_kind(path: Path) -> DiskKind:
    """What the system tells of the disk of `path`; LOCAL where it tells nothing."""
    storage = QStorageInfo(str(path))
    if not storage.isValid():
        return DiskKind.LOCAL
    system = bytes(storage.fileSystemType().data()).decode("ascii", "replace").lower()
    if system.startswith(_NETWORKS):
        return DiskKind.NETWORK
    if sys.platform == "win32":
        return _windows_kind(storage.rootPath())
    if f"{storage.rootPath()}/".startswith(_MOUNTED_BY_HAND):
        return DiskKind.PORTABLE
    return DiskKind.LOCAL


def _windows_kind(root: str) -> DiskKind:
    if sys.platform == "win32":
        import ctypes

        kind = ctypes.windll.kernel32.GetDriveTypeW(root.replace("/", "\\"))
        if kind == _REMOTE:
            return DiskKind.NETWORK
        if kind in (_REMOVABLE, _DISC):
            return DiskKind.PORTABLE
    return DiskKind.LOCAL


def free_bytes(folder: Path) -> int:
    """On the disk of `folder`, which may not exist yet; -1 where the system does not tell."""
    from app.model.hardware import disk_free  # psutil is not to be waited for before the first paint

    free = disk_free(folder)
    return -1 if free is None else free

"""What a model is called: by its publisher, and as a file name on any system. Touches no disk.

Standard library only.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePath

MAX_NAME_BYTES = 100
"""In UTF-8; file systems take 255, and hidden names beside it add their own."""

HUB_PREFIX, HUB_SNAPSHOTS, HUB_BLOBS = "models--", "snapshots", "blobs"
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)


def hub_folder(path: Path) -> Path | None:
    """The folder `models--OWNER--NAME` of a hub's cache that `path` is or lies in; None where there is none.

    Such a folder holds files under their hashes in `blobs`, and in `snapshots` folders of links to them.
    """
    for folder in (path, *path.parents):
        if folder.name.startswith(HUB_PREFIX):
            below = path.relative_to(folder).parts[:1]
            return folder if below in ((), (HUB_SNAPSHOTS,), (HUB_BLOBS,)) else None
    return None


def published_name(folder: PurePath) -> str:
    """What a person calls the model: the folder's name, or the repository's where a hub's cache holds it."""
    repository = folder.parent.parent.name
    if folder.parent.name == HUB_SNAPSHOTS and repository.startswith(HUB_PREFIX):
        return repository.rpartition("--")[2] or folder.name
    return folder.name or folder.drive or str(folder)  # a stick may hold the files at its root


def portable_name(name: str) -> str:
    """`name` as every system takes it for a file or folder, of at most `MAX_NAME_BYTES`; never empty.

    Replaced is what Windows refuses: its separators and wildcards, control characters, a dot or space at the
    end, the names of devices. A dot at the beginning would hide the model.
    """
    text = _FORBIDDEN.sub("_", name)
    text = text.encode()[:MAX_NAME_BYTES].decode(errors="ignore").strip(" .")
    return f"_{text}" if not text or _RESERVED.match(text) else text


def is_portable(name: str) -> bool:
    """Whether every system takes `name` for a file or folder just as it is."""
    return portable_name(name) == name

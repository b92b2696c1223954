"""The settings as a JSON file: read leniently, written at once or not at all.

What this app does not know stays in the file (a newer one wrote it); what nobody can read is kept beside it
under another name and reported, never overwritten in silence. Raises `WorldError` where the disk refuses.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.core.new_names import rename
from app.core.settings import Settings
from app.storage.files import (
    file_errors,
    make_private_folder,
    narrow_file,
    now_ms,
    time_stamp,
    write_atomically,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SettingsReadout:
    """The settings at start; `unreadable_copy` is where a file that made no sense was kept (else empty)."""

    settings: Settings
    unreadable_copy: str = ""


def read_settings(path: Path) -> SettingsReadout:
    """The settings in `path`, or the defaults; raises `WorldError` when the disk refuses."""
    with file_errors(path):
        raw, unreadable_copy = _read(path)
    return SettingsReadout(Settings.from_mapping(raw), unreadable_copy)


def write_settings(path: Path, settings: Settings) -> None:
    """Write `settings` over the values in `path`; what else stands there stays. Raises `WorldError`."""
    with file_errors(path):
        make_private_folder(path.parent)
        raw, _ = _read(path)
        merged = {**raw, **settings.values}
        text = json.dumps(merged, ensure_ascii=False, indent=2, sort_keys=True)
        write_atomically(path, f"{text}\n".encode())


def read_mapping(data: bytes) -> dict[str, object] | None:
    """The keys in the bytes of a settings file; None where they make no sense."""
    try:
        loaded = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return loaded if isinstance(loaded, dict) else None


def _read(path: Path) -> tuple[dict[str, object], str]:
    """The keys in the file, and where it was kept if nobody can read it."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}, ""
    loaded = read_mapping(data)
    if loaded is None:
        kept = path.with_name(f"{path.name}.{time_stamp(now_ms())}.bad")
        rename(path, kept)
        with suppress(OSError):  # somebody else made it, or edited it
            narrow_file(kept)
        _log.warning("settings were unreadable; kept as %s", kept.name)
        return {}, str(kept)
    return loaded, ""

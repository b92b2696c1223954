"""Files to be copied, and what is asked of their copies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.errors import WorldError
from app.model.importing.copying import copy_files
from app.model.importing.hashing import BLOCK_BYTES

posix = pytest.mark.skipif(sys.platform == "win32", reason="links, modes, and names in use")
Files = list[tuple[Path, str]]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A model's files: nested, empty, large, with names of all kinds."""
    found = []
    folder = tmp_path / "source"
    for number, (name, size) in enumerate(
        (
            ("config.json", 700),
            ("weights-1.bin", 2 * BLOCK_BYTES + 5),
            ("weights-2.bin", BLOCK_BYTES),
            ("空/茶🍵/empty", 0),
            ("空/" + "n" * 250, 10),
        )
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((bytes([number]) + bytes(range(250))) * (size // 251) + b"e" * (size % 251))
        os.utime(path, ns=(10**18, 10**18 + number * 10**9))
        found.append((path, name))
    return found


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def copy(files: Files, target: Path, cancel: CancelToken | None = None) -> dict[str, str]:
    return copy_files(files, target, lambda _: None, cancel or CancelToken())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def refused(files: Files, target: Path, cancel: CancelToken | None = None) -> WorldError:
    """The error of a copy; it left nothing."""
    with pytest.raises(WorldError) as caught:
        copy(files, target, cancel)
    assert names(target.parent) == []
    return caught.value


def ensure_copied(files: Files, target: Path) -> None:
    for source, name in files:
        made = target / name if name else target
        assert made.read_bytes() == source.read_bytes(), name
        assert made.stat().st_mtime_ns == source.stat().st_mtime_ns
    found = [path for path in target.rglob("*") if path.is_file()] if target.is_dir() else [target]
    assert len(found) == len(files)

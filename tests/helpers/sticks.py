"""A place that the system calls a stick with FAT, and a system that refuses large files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from app.model import disk


def stick_at(place: Path, limit: int, monkeypatch: pytest.MonkeyPatch) -> list[SimpleNamespace]:
    """The list of mounted disks, the last of them FAT at `place`, which takes files of `limit` bytes."""
    kinds = [("/", "ext4"), (str(place), "ext4"), (str(place), "vfat")]
    mounts = [SimpleNamespace(mountpoint=at, fstype=kind) for at, kind in kinds]
    monkeypatch.setattr(disk, "FAT_LIMIT", limit)
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: mounts)
    return mounts


def said_where_large_files_are_refused(attempt: str, *arguments: Path) -> str:
    """The code of the world's error of `attempt`, lines of Python over `places`, where no file may be larger
    than 100,000 bytes: EFBIG comes from the system, as a stick would give it at 4 GB.
    """
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from app.core.errors import WorldError\n"
        "places = [Path(one) for one in sys.argv[1:]]\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))\n"
        "try:\n"
        + "".join(f"    {line}\n" for line in attempt.splitlines())
        + "except WorldError as error: print(error.info.code.value)\n"
    )
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()

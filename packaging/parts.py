"""Divides a frozen folder that is too large for one archive: the edition with CUDA, on Linux.

Each part is an archive of whole files, small enough for every host of releases. All of them unpack into the
same folder; no program is needed to put files together again. The installer for Windows divides itself.
"""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

from layout import DIST, Edition, artefact

PART_LIMIT = 1_900_000_000
"""Bytes: hosts of releases take 2 GiB a file, a stick formatted as FAT32 4 GiB."""


class PartError(Exception):
    """A file that fits into no part; the text names it."""


def plan_parts(sizes: Mapping[str, int], limit: int = PART_LIMIT) -> list[tuple[str, ...]]:
    """The names of `sizes` (bytes before compression) in few parts, each within `limit`.

    The largest first, each into the first part that has room, so a part depends on names and sizes alone.
    What compression gains is left as room. Raises `PartError` where one file alone is larger than a part.
    """
    parts: list[list[str]] = []
    room: list[int] = []
    for name, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        if size > limit:
            raise PartError(f"{name} has {size} bytes, and a part takes {limit}")
        at = next((at for at, free in enumerate(room) if size <= free), len(parts))
        if at == len(parts):
            parts.append([])
            room.append(limit)
        parts[at].append(name)
        room[at] -= size
    return [tuple(sorted(part)) for part in parts]


def make(folder: Path, edition: Edition, limit: int = PART_LIMIT, target: Path = DIST) -> list[Path]:
    """Write the parts of the frozen `folder` into `target` as `.tar.xz`; gives their paths.

    By `tar`, which keeps links and marks, and `xz` with every core. Raises `PartError`, `CalledProcessError`
    and `OSError`.
    """
    files = {
        path.relative_to(folder.parent).as_posix(): path.lstat().st_size
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }
    target.mkdir(parents=True, exist_ok=True)
    planned = plan_parts(files, limit)
    made = []
    for number, names in enumerate(planned, 1):
        suffix = f"-linux-{platform.machine()}-part{number}of{len(planned)}.tar.xz"
        path = target / artefact(suffix, edition).name
        command = ["tar", "--create", "--use-compress-program=xz -6 -T0", f"--file={path}"]
        command += [f"--directory={folder.parent}", "--no-recursion", "--null", "--files-from=-"]
        subprocess.run(command, input="\0".join(names).encode(), check=True)
        made.append(path)
    return made

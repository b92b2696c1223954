"""Divides a frozen folder that no single file may hold into archives: the edition with CUDA.

Each part is an archive of whole files, small enough for every installer and host of releases. It unpacks into
the same folder as the others; no program is needed to put files together again. Knows no installer.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from layout import DIST, Edition, artefact

PART_LIMIT = 1_900_000_000
"""Bytes: NSIS takes 2 GiB of data, hosts of releases 2 GiB a file, a stick formatted as FAT32 4 GiB."""


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
    """Write the parts of the frozen `folder` into `target`; gives their paths.

    They are `.tar.xz`, on Windows `.zip`. Raises `PartError`, `CalledProcessError` and `OSError`.
    """
    files = {
        path.relative_to(folder.parent).as_posix(): path.lstat().st_size
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }
    target.mkdir(parents=True, exist_ok=True)
    made = []
    planned = plan_parts(files, limit)
    for number, names in enumerate(planned, 1):
        suffix = f"-{system_name()}-part{number}of{len(planned)}"
        if sys.platform == "win32":
            path = target / artefact(f"{suffix}.zip", edition).name
            _write_zip(path, folder.parent, names)
        else:
            path = target / artefact(f"{suffix}.tar.xz", edition).name
            _write_tar(path, folder.parent, names)
        made.append(path)
    return made


def system_name() -> str:
    """As files of a release are called: windows, macos or linux."""
    return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")


def _write_zip(path: Path, root: Path, names: tuple[str, ...]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.write(root / name, name)


def _write_tar(path: Path, root: Path, names: tuple[str, ...]) -> None:
    """By `tar`, which keeps links and marks, and `xz` with every core."""
    command = ["tar", "--create", "--use-compress-program=xz -6 -T0", f"--file={path}", f"--directory={root}"]
    text = "".join(f"{name}\n" for name in names)
    subprocess.run([*command, "--files-from=-"], input=text, text=True, encoding="utf-8", check=True)

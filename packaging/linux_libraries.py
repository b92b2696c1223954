"""Which shared libraries a Linux package carries, and which it asks the system for.

PyInstaller copies most of what it finds on the machine that freezes. Two kinds do not belong into a package:
what stands between the system and its drivers, fonts and session (an old C++ runtime beside a new graphics
driver ends a program), and what nothing in the folder asks for any more. The rest stays, so that a folder
which is only unpacked starts too. Reads the files with binutils' `objdump`, which PyInstaller needs anyway;
changes nothing.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

INTERNAL = "_internal"
"""Of a frozen folder, where the libraries lie."""
QT_LIBRARIES = Path("PySide6/Qt/lib")

LEFT_TO_THE_SYSTEM = {
    "libstdc++.so.6": "libstdc++6 (>= 12)",
    "libgcc_s.so.1": "libgcc-s1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libexpat.so.1": "libexpat1",
    "libz.so.1": "zlib1g",
    "libdbus-1.so.3": "libdbus-1-3",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdrm.so.2": "libdrm2",
    "libglib-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgio-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
}
"""By the name a library is asked for, the Debian package that has it, from Debian 12 and Ubuntu 22.04 on."""
C_LIBRARY = frozenset(
    {
        "libc.so.6",
        "libm.so.6",
        "libdl.so.2",
        "libpthread.so.0",
        "librt.so.1",
        "libutil.so.1",
        "libresolv.so.2",
    }
    | {"ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
)
FROM_DRIVERS = frozenset(
    {
        "libcuda.so.1",
        "libnvidia-ml.so.1",
        "libibverbs.so.1",
        "librdmacm.so.1",
        "libmlx5.so.1",
        "libfabric.so.1",
    }
    | {"libmpi.so.40", "liboshmem.so.40", "libpmix.so.2", "libucs.so.0", "libucp.so.0"}
)
"""Of NVIDIA's libraries: the driver brings them, or they join many machines and are not used in one."""
OLDEST_CXX = (3, 4, 30)
"""The C++ runtime's symbols in GCC 12, which both oldest systems have."""

_ELF = b"\x7fELF"
_BATCH = 200
_FILE = re.compile(r"^(.+):\s+file format elf")
_GLIBC = re.compile(r"\sGLIBC_(\d+)\.(\d+)(?:\.\d+)?$")
_CXX = re.compile(r"\sGLIBCXX_(\d+)\.(\d+)\.(\d+)$")


class LibraryError(Exception):
    """A library that no list here knows, or one that is too new; the text says which."""


@dataclass(frozen=True, slots=True)
class Binary:
    """A program or library, what it is called by others, and what it asks for."""

    path: Path
    soname: str
    needs: frozenset[str]
    glibc: tuple[int, int]
    """The newest symbols of the C library that it uses; (0, 0) for none."""
    cxx: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to leave out of a package, and what the system has to have."""

    left_out: frozenset[Path]
    packages: tuple[str, ...]
    """For `Depends`, sorted."""
    glibc: tuple[int, int]


def plan(folder: Path) -> Plan:
    """Look at every program and library of a frozen folder.

    Raises `LibraryError` where one is asked for that neither lies there nor is listed, or where the C++
    runtime of the oldest systems would be too old; `OSError` and `CalledProcessError` where `objdump` fails.
    """
    binaries = read_binaries(folder)
    kept = _kept(binaries, folder / INTERNAL)
    left_out = frozenset(one.path for one in binaries) - frozenset(one.path for one in kept)
    inside = {name for one in kept for name in (one.soname, one.path.name)}
    outside = {name for one in kept for name in one.needs} - inside
    if unknown := outside - set(LEFT_TO_THE_SYSTEM) - C_LIBRARY - FROM_DRIVERS:
        raise LibraryError(f"no list of linux_libraries.py knows {', '.join(sorted(unknown))}")
    newest = max((one.cxx for one in kept), default=(0, 0, 0))
    if newest > OLDEST_CXX:
        raise LibraryError(f"GLIBCXX_{'.'.join(map(str, newest))} is newer than the oldest systems have")
    glibc = max((one.glibc for one in kept), default=(0, 0))
    packages = {LEFT_TO_THE_SYSTEM[name] for name in outside if name in LEFT_TO_THE_SYSTEM}
    packages.add(f"libc6 (>= {glibc[0]}.{glibc[1]})")
    return Plan(left_out, tuple(sorted(packages)), glibc)


def read_binaries(folder: Path) -> list[Binary]:
    """Every ELF file below `folder`, links aside, in the order of their paths."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    paths = [path for path in paths if _begins_as_elf(path)]
    found: list[Binary] = []
    for at in range(0, len(paths), _BATCH):
        found += _read_batch(paths[at : at + _BATCH])
    return found


def _kept(binaries: Sequence[Binary], internal: Path) -> list[Binary]:
    """All but copies from the machine, and parts of Qt, that are the system's or that nothing asks for."""
    places = (internal, internal / QT_LIBRARIES)
    copies: dict[str, Binary] = {}
    for one in binaries:
        if one.path.parent in places and _is_copy(one.path.name):
            copies[one.path.name] = copies[one.soname or one.path.name] = one
    copied = {one.path for one in copies.values()}
    reached = [one for one in binaries if one.path not in copied]
    seen = set(LEFT_TO_THE_SYSTEM)
    for one in reached:  # grows on the way
        for name in one.needs - seen:
            seen.add(name)
            if name in copies:
                reached.append(copies[name])
    return sorted(set(reached), key=lambda one: one.path)


def _is_copy(name: str) -> bool:
    # Modules of Python are imported by their names, and Python's own library is opened by the program.
    return name.startswith("lib") and not name.startswith("libpython")


def _begins_as_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ELF)) == _ELF


def _read_batch(paths: Sequence[Path]) -> list[Binary]:
    result = subprocess.run(
        ["objdump", "-p", *map(str, paths)],
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    )
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in result.stdout.splitlines():
        if head := _FILE.match(line):
            lines = sections.setdefault(head[1], [])
        else:
            lines.append(line)
    return [_binary(path, sections[str(path)]) for path in paths]


def _binary(path: Path, lines: Iterable[str]) -> Binary:
    soname, needs, glibc, cxx = "", set(), (0, 0), (0, 0, 0)
    is_required = False
    for line in lines:
        words = line.split()
        if words[:1] == ["SONAME"]:
            soname = words[1]
        elif words[:1] == ["NEEDED"]:
            needs.add(words[1])
        elif line.startswith("Version References"):
            is_required = True
        elif not is_required:
            continue
        elif match := _GLIBC.search(line):
            glibc = max(glibc, (int(match[1]), int(match[2])))
        elif match := _CXX.search(line):
            cxx = max(cxx, (int(match[1]), int(match[2]), int(match[3])))
    return Binary(path, soname, frozenset(needs), glibc, cxx)

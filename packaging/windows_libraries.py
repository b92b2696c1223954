"""Which libraries the frozen app asks of Windows, and whether a Windows that was just installed has them.

What is neither inside nor Windows' own would be found on the computer that builds, and on a person's not: the
program ends at its start with a message in hexadecimal. So every program and library is read (`pe`). Knows
where a frozen app looks; runs on any system. Run it by hand with the frozen folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterator
from pathlib import Path, PurePath

import pe

OF_WINDOWS = frozenset(
    f"{name}.dll"
    for name in (
        "advapi32", "authz", "bcrypt", "bcryptprimitives", "cfgmgr32", "combase", "comctl32", "comdlg32",
        "crypt32", "cryptbase", "d2d1", "d3d11", "d3d12", "d3d9", "d3dcompiler_47", "dbghelp", "dnsapi",
        "dwmapi", "dwrite", "dxgi", "gdi32", "icu", "icuin", "icuuc", "imagehlp", "imm32", "iphlpapi",
        "kernel32", "kernelbase", "mpr", "msimg32", "msvcrt", "ncrypt", "netapi32", "normaliz", "ntdll",
        "odbc32", "ole32", "oleaut32", "opengl32", "pdh", "powrprof", "propsys", "psapi", "rpcrt4", "secur32",
        "setupapi", "shcore", "shell32", "shlwapi", "sspicli", "ucrtbase", "uiautomationcore", "urlmon",
        "user32", "userenv", "usp10", "uxtheme", "version", "windowscodecs", "winhttp", "wininet", "winmm",
        "wintrust", "wldap32", "ws2_32", "wsock32", "wtsapi32",
    )
) | {"winspool.drv"}  # fmt: skip
"""In System32 of every Windows 10 since 1809, the oldest for Qt 6. The runtime of Visual C++ is not there."""
SETS_OF_WINDOWS = ("api-ms-win-", "ext-ms-win-")
"""Names that lead to one of the libraries above."""

SENT = {"PySide6": ("PySide6", "shiboken6"), "torch": ("torch/lib",)}
"""Below `_internal`: where these packages, once imported, have Windows look as well for what is theirs."""
BESIDE = ".libs"
"""The same for the folder beside a package that delvewheel made."""
INSIDE = "_internal"


def lacking(folder: Path) -> Iterator[str]:
    """A line for every library that is named in `folder` and would be found on no clean Windows.

    Also for a file that is for another processor, or wine's own.
    """
    binaries = pe.find(folder)
    there = {binary.path.relative_to(folder).as_posix().lower() for binary in binaries}
    for binary in binaries:
        place = binary.path.relative_to(folder)
        if binary.machine != pe.X86_64:
            yield f"{place.as_posix()} is for another processor ({binary.machine:#x})"
        if binary.is_of_wine:
            yield f"{place.as_posix()} is wine's own"
        for name in sorted({*binary.imports, *binary.delayed}, key=str.lower):
            if not is_of_windows(name) and not is_inside(name, place, there):
                yield f"{place.as_posix()} needs {name}"


def is_of_windows(name: str) -> bool:
    """Whether every Windows 10 has the library of this name."""
    return name.lower() in OF_WINDOWS or name.lower().startswith(SETS_OF_WINDOWS)


def is_inside(name: str, wanted_by: PurePath, there: Collection[str]) -> bool:
    """Whether Windows finds the library among the files `there`, whatever is loaded already.

    That is beside who wants it, at the top of `_internal`, or where its own package sends Windows.
    """
    package = wanted_by.parts[1] if wanted_by.parts[0] == INSIDE else ""
    sent = (*SENT.get(package, ()), f"{package}{BESIDE}")
    folders = [wanted_by.parent, PurePath(INSIDE), *(PurePath(INSIDE, folder) for folder in sent)]
    return any((folder / name).as_posix().lower() in there for folder in folders)


def main() -> int:
    """Name what a clean Windows would lack; 1 where that is anything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the frozen app of Windows")
    found = list(lacking(parser.parse_args().folder))
    for line in found:
        print(f"windows: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

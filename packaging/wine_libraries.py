"""Makes wine a Windows on which the app's libraries can be loaded, and that has no more than a new one has.

Two libraries are compiled by mingw and put in: what wine lacks. The runtime of Visual C++ is taken out: wine
has its own, a Windows that was just installed has none. For trials on this computer; nothing of it is packed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pe
from contents import RUNTIME
from layout import ROOT

COMPILER = "x86_64-w64-mingw32-gcc"
SOURCES = ROOT / "packaging" / "wine_files"
OWN_PREFIX = "own_"
_OWN = re.compile(r"c(?:real|imag|abs|arg|pow|cosh?|exp|sinh?|tanh?)[fl]?")
"""What `complex.c` has."""
_ORIGINAL, _RENAMED = "ucrtbase", "wineucrt"

OVERRIDES = ";".join([f"{_ORIGINAL}=n", *(f"{name.removesuffix('.dll')}=n" for name in sorted(RUNTIME))])
"""For `WINEDLLOVERRIDES`: of these take no library of wine's own, but the file that is found."""


def furnish(system32: Path, work: Path) -> None:
    """Put the libraries in, and take the runtime out; once is enough. Compiles in the folder `work`."""
    for name in RUNTIME:
        (system32 / name).unlink(missing_ok=True)
    if (system32 / f"{_RENAMED}.dll").exists():
        return
    work.mkdir(parents=True, exist_ok=True)
    shutil.copy(_compiled(work / "icuuc.dll", SOURCES / "icuuc.c"), system32)
    original = system32 / f"{_ORIGINAL}.dll"
    definitions = work / f"{_ORIGINAL}.def"
    definitions.write_text(_definitions(pe.exports(original)), encoding="ascii")
    own = _compiled(work / original.name, SOURCES / "complex.c", definitions)
    data = bytearray(original.read_bytes())
    data[pe.WINE_AT : pe.WINE_AT + 16] = bytes(16)  # or wine would look for its own library of the new name
    (system32 / f"{_RENAMED}.dll").write_bytes(data)
    original.unlink()
    shutil.copy(own, original)


def _definitions(names: list[str]) -> str:
    """Whence the new library has each function of the original."""
    lines = [
        f"{name} = {OWN_PREFIX}{name}" if _OWN.fullmatch(name) else f'"{name}" = "{_RENAMED}.{name}"'
        for name in names
    ]
    return "\n".join(["EXPORTS", *lines]) + "\n"


def _compiled(library: Path, *sources: Path) -> Path:
    command = [COMPILER, "-O1", "-shared", "-s", "-static-libgcc", "-o", str(library), *map(str, sources)]
    subprocess.run(command, check=True)
    return library

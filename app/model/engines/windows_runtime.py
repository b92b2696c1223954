"""Windows: Microsoft's C++ runtime, which the libraries of the engines need, taken from the folder of Qt.

llama.cpp's library and torch's want MSVCP140.dll and VCOMP140.dll. Windows itself has neither: they come with
a package that some other program may have brought, or not, or in a version that is too old for them (then
they end the process at their first lock). Qt's wheels bring both along. A library that is loaded from a full
path is the one that is meant by its name from then on. Does nothing on other systems.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

NAMES = ("vcruntime140_1.dll", "msvcp140.dll", "vcomp140.dll")


@cache
def load_runtime() -> None:
    """Load what is there; what is not, is left for the system to find."""
    if sys.platform == "win32":
        folders = _folders()
        for name in NAMES:
            found = next((path for folder in folders if (path := folder / name).is_file()), None)
            if found is not None:
                with contextlib.suppress(OSError):
                    ctypes.WinDLL(str(found))  # ctypes never gives a library back


def _folders() -> list[Path]:
    """Where Qt lies, without importing it, and, in the frozen app, where its own libraries lie."""
    spec = find_spec("PySide6")
    folders = spec.submodule_search_locations if spec is not None else None
    return [*map(Path, folders or ()), Path(sys.prefix)]

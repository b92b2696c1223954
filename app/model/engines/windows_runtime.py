"""Windows: Microsoft's C++ runtime, which the libraries of the engines need, taken from the app's own copy.

llama.cpp's library and torch's want MSVCP140.dll, VCOMP140.dll and their like. Windows itself has none: they
come with a package that some other program may have brought, or not, or in a version that is too old for them
(then they end the process at their first lock). The distribution `msvc-runtime` brings them along. A library
that is loaded from a full path is the one that is meant by its name from then on. Does nothing elsewhere.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from functools import cache
from pathlib import Path

NAMES = ("vcruntime140_1.dll", "msvcp140.dll", "msvcp140_atomic_wait.dll", "vcomp140.dll")


@cache
def load_runtime() -> None:
    """Load what is there; what is not, is left for the system to find."""
    if sys.platform == "win32":
        for name in NAMES:
            found = runtime_folder() / name
            if found.is_file():
                with contextlib.suppress(OSError):
                    ctypes.WinDLL(str(found))  # ctypes never gives a library back


def runtime_folder() -> Path:
    """Where the whole runtime lies: among the frozen app's libraries, or where `msvc-runtime` puts it."""
    inside = Path(sys.prefix)
    return inside if getattr(sys, "frozen", False) else inside / "Scripts"

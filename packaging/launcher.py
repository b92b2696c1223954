"""What the frozen programs start with: the same entry as `python -m app`, the engine child included."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping

from app.__main__ import run

_LIBRARIES = "LD_LIBRARY_PATH"
_AFRESH = "PYINSTALLER_RESET_ENVIRONMENT"


def give_back(environment: MutableMapping[str, str]) -> None:
    """Undo what PyInstaller's loader did to the environment, on Linux.

    It sends this process to its own libraries, and the system has looked at that by now. A file manager that
    is opened from here must not load them: it would fail, or look unlike everything else.
    """
    original = environment.pop(f"{_LIBRARIES}_ORIG", None)
    if original is not None:
        environment[_LIBRARIES] = original
    else:
        environment.pop(_LIBRARIES, None)
    # The engine child is this program again. Its loader would take the way to the libraries as laid already.
    environment[_AFRESH] = "1"


if __name__ == "__main__":
    if sys.platform.startswith("linux"):
        give_back(os.environ)
    sys.exit(run(sys.argv[1:]))

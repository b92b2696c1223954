"""What a crash of native code may leave behind: nothing that was in the memory.

A core file holds every word of every open conversation, readable by whoever keeps such files. Standard
library only.
"""

from __future__ import annotations

import contextlib
import sys

_FAIL_CRITICAL_ERRORS, _NO_FAULT_BOX = 0x0001, 0x0002


def leave_no_memory_behind() -> None:
    """Write no core file when this process or a child of it crashes; on Windows, call no error reporting.

    A person who debugs can raise the limit again: the hard one stays as it is.
    """
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetErrorMode(kernel.GetErrorMode() | _FAIL_CRITICAL_ERRORS | _NO_FAULT_BOX)
    else:
        import resource

        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))

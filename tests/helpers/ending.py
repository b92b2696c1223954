"""A program that is asked to end from its terminal: by Ctrl+C, on Windows by Ctrl+Break.

Windows sends Ctrl+C to every program of a console, the test included; Ctrl+Break goes to one group.
"""

from __future__ import annotations

import signal
import subprocess
import sys

if sys.platform == "win32":
    OF_ITS_OWN = subprocess.CREATE_NEW_PROCESS_GROUP
    _KEYS = signal.CTRL_BREAK_EVENT
else:
    OF_ITS_OWN = 0
    _KEYS = signal.SIGINT
"""OF_ITS_OWN: the flags with which such a program is to be started."""


def press_ctrl_c(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """The keys; the program ends when it has put everything in order."""
    process.send_signal(_KEYS)

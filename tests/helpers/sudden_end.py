"""A process that ends as after a crash: of its code, of the processor, of the memory."""

from __future__ import annotations

import ctypes
import signal
import sys

import psutil

_ENDS = {
    "memory": ("SIGKILL", 0xC0000017),  # STATUS_NO_MEMORY
    "crash": ("SIGSEGV", 0xC0000005),  # STATUS_ACCESS_VIOLATION
    "processor": ("SIGILL", 0xC000001D),  # STATUS_ILLEGAL_INSTRUCTION
}
"""By what POSIX ends it, and with which number Windows does."""


def end_suddenly(process: psutil.Process, of: str) -> None:
    """End it now, for the reason `of`."""
    name, number = _ENDS[of]
    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32")
        kernel.OpenProcess.restype = ctypes.c_void_p
        handle = ctypes.c_void_p(kernel.OpenProcess(0x0001, 0, process.pid))
        assert kernel.TerminateProcess(handle, ctypes.c_uint32(number))
        kernel.CloseHandle(handle)
    else:
        process.send_signal(signal.Signals[name])

"""Standard input and output, whatever they are: a console, a file, a pipe whose reader leaves."""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QCoreApplication

_IS_WINDOWS = os.name == "nt"
_SIGNS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),  # as Windows PowerShell writes files
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def ready_output() -> None:
    """Have both streams take every text: also Chinese on a console of another code page.

    Whoever started the program may have given it none, as a window does or `>&-`; then printing goes nowhere.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            stream = Path(os.devnull).open("w")  # noqa: SIM115 - it stays as long as the program
            setattr(sys, name, stream)
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody can sit there; Windows calls the device that is always empty a terminal, too."""
    if stream is None or not stream.isatty():
        return False
    return sys.platform != "win32" or _is_console(stream.fileno())


def read_all(stream: TextIO) -> str:
    """What a file or another program gives, whole."""
    data: bytes = stream.buffer.read()
    return text_of(data, stream.encoding)


def text_of(data: bytes, usual: str) -> str:
    """Bytes as text: by their mark, as UTF-8 where they are that, else in the `usual` encoding.

    Python itself would take them for the code page of Windows, which few files are written in today.
    """
    encoding = next((name for sign, name in _SIGNS if data.startswith(sign)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode(usual, "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_reader_gone(error: BaseException) -> bool:
    """Whether `error` came of writing to a pipe that nobody reads any more.

    The C library of Windows has no word of its own for it: it calls it an argument that makes no sense.
    """
    if isinstance(error, BrokenPipeError):
        return True
    return _IS_WINDOWS and isinstance(error, OSError) and error.errno == errno.EINVAL and _takes_nothing()


def say_no_more() -> None:
    """Print into nothing from now on: Python would complain once more while it exits."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


def end_with_the_reader(exit_code: int) -> None:
    """Have the event loop end with `exit_code` when a slot prints for a reader that is gone."""
    usual = sys.excepthook

    def on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if is_reader_gone(error):
            say_no_more()
            QCoreApplication.exit(exit_code)
        else:
            usual(kind, error, trace)

    sys.excepthook = on_exception


def _takes_nothing() -> bool:
    """What could not be written is still waiting, so that it fails again; of much, Python keeps nothing."""
    try:
        sys.stdout.flush()
        sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError:
        return True
    return False


if sys.platform == "win32":

    def _is_console(descriptor: int) -> bool:
        import ctypes
        import msvcrt

        handle, mode = msvcrt.get_osfhandle(descriptor), ctypes.c_uint32()
        return bool(ctypes.WinDLL("kernel32").GetConsoleMode(ctypes.c_void_p(handle), ctypes.byref(mode)))

"""Exceptions as text that quotes nothing: where they happened and what they are called.

What an exception says may be what a person or a model wrote ("cannot encode ..."), so it stands neither in a
log nor in a report. Lines of our source code do, values never. Standard library only.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable

_MOST_CAUSES = 8
_CAUSE = "\nwhich was the cause of\n\n"
_WHILE = "\nand while that was dealt with\n\n"


def trace_text(error: BaseException) -> str:
    """The frames of `error` and its type, after those that led to it; no message of any of them."""
    parts = [_one(error)]
    seen = {id(error)}
    while len(seen) < _MOST_CAUSES:
        cause = error.__cause__
        link = _CAUSE if cause is not None else _WHILE
        before = cause if cause is not None or error.__suppress_context__ else error.__context__
        if before is None or id(before) in seen:
            break
        seen.add(id(before))
        parts += [link, _one(before)]
        error = before
    return "".join(reversed(parts)).rstrip()


def tell_uncaught(tell: Callable[[BaseException], None], note: Callable[[BaseException], None]) -> None:
    """Have `tell` what nobody caught, in any thread; else Python prints it with its message.

    `note` gets what was raised where nothing depends on it: while an object was taken apart.
    """

    def on_exception(_kind: type[BaseException], error: BaseException, _trace: object) -> None:
        tell(error)

    def on_thread(end: threading.ExceptHookArgs) -> None:
        if end.exc_value is not None and end.exc_type is not SystemExit:
            tell(end.exc_value)

    def on_unraisable(end: sys.UnraisableHookArgs) -> None:
        if end.exc_value is not None:
            note(end.exc_value)

    sys.excepthook, threading.excepthook, sys.unraisablehook = on_exception, on_thread, on_unraisable


def _one(error: BaseException) -> str:
    frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
    return f"{frames}{type(error).__name__}\n"

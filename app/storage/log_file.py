"""The files of the logs: of their owner alone, small, rotating, and without a word that anybody wrote.

What our own modules log is written with care; other libraries put into their messages whatever they have at
hand (asyncio the arguments of a callback), so of theirs only the place is kept, and of no exception its
message. Knows no name of a file.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from app.core.traces import trace_text
from app.storage.files import narrow_file

_OWNER_FILE = 0o600
_OURS = "app"


class PrivateLogFile(RotatingFileHandler):
    """Every file that it opens, also after a rotation, is its owner's alone, whatever the umask."""

    def _open(self) -> TextIOWrapper:
        with contextlib.suppress(OSError):  # made by an older version
            narrow_file(Path(self.baseFilename))
        # The builtin: that of a path takes no opener. A file that rotates is always appended to.
        return open(self.baseFilename, "a", encoding=self.encoding, opener=_for_its_owner)


class Discreet(logging.Formatter):
    """Quotes nothing: no message of an exception, and none of a module that is not ours."""

    def format(self, record: logging.LogRecord) -> str:
        kept = copy.copy(record)
        kept.exc_text = None  # another handler may have put it into words
        if record.name != _OURS and not record.name.startswith(f"{_OURS}."):
            kept.msg, kept.args = f"({record.filename}, line {record.lineno})", None
        return super().format(kept)

    def formatException(  # noqa: N802 - overrides logging's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        return trace_text(ei[1]) if ei[1] is not None else ""


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, _OWNER_FILE)

"""The log of the engine child: what native libraries print to standard error, in a rotating file."""

from __future__ import annotations

import logging
from pathlib import Path

from app.storage.files import make_private_folder
from app.storage.log_file import PrivateLogFile

LOG_NAME = "engine.log"
LOG_MAX_BYTES = 1_000_000
LOG_BACKUPS = 2


class _QuietFileHandler(PrivateLogFile):
    """A full disk or a read-only folder costs the log, never the answer."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - overrides logging's
        """Drop the record."""


def open_child_log(log_dir: Path | None) -> logging.Logger:
    """A logger outside the tree of loggers, into `log_dir`; into nothing when None or not to be made."""
    log = logging.Logger("engine-child")  # noqa: LOG001 - each has its own file
    log.addHandler(logging.NullHandler())  # without any handler, logging prints to standard error
    if log_dir is None:
        return log
    try:
        make_private_folder(log_dir)
    except OSError:
        return log
    handler = _QuietFileHandler(
        log_dir / LOG_NAME, maxBytes=LOG_MAX_BYTES, backupCount=LOG_BACKUPS, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    return log


def close_child_log(log: logging.Logger) -> None:
    """Close the file; the next line opens it again."""
    for handler in log.handlers:
        handler.close()

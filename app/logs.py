"""The log file: what the program did, never what anybody wrote. Owner-only, small, rotating."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

_MAX_BYTES = 1_000_000
_FILES_KEPT = 3


def start_log(log_dir: Path) -> None:
    """Send the program's log to `log_dir`; a folder that cannot be written is no reason not to start."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    try:
        log_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = log_dir / "teahouse.log"
        path.touch(mode=0o600, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=_MAX_BYTES, backupCount=_FILES_KEPT, encoding="utf-8")
    except OSError:
        root.addHandler(logging.NullHandler())
        return
    handler.setFormatter(logging.Formatter(f"%(asctime)s {os.getpid()} %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)


def move_log(log_dir: Path) -> None:
    """Go on in `log_dir`; what was written until now stays where it is."""
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, RotatingFileHandler)]:
        root.removeHandler(handler)
        handler.close()
    start_log(log_dir)

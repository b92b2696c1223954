"""The log file: what the program did, never what anybody wrote. Owner-only, small, rotating."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from app.storage.files import make_private_folder
from app.storage.log_file import Discreet, PrivateLogFile

_MAX_BYTES = 1_000_000
_FILES_KEPT = 3


def start_log(log_dir: Path) -> None:
    """Send the program's log to `log_dir`; a folder that cannot be written is no reason not to start."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    try:
        make_private_folder(log_dir)
        path = log_dir / "teahouse.log"
        handler = PrivateLogFile(path, maxBytes=_MAX_BYTES, backupCount=_FILES_KEPT, encoding="utf-8")
    except OSError:
        root.addHandler(logging.NullHandler())
        return
    handler.setFormatter(Discreet(f"%(asctime)s {os.getpid()} %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)


def move_log(log_dir: Path) -> None:
    """Go on in `log_dir`; what was written until now stays where it is."""
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, RotatingFileHandler)]:
        root.removeHandler(handler)
        handler.close()
    start_log(log_dir)

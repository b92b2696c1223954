"""Another start of the app, in a process of its own: takes the data folder, or calls the window of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CALL = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.ui.single_instance import SingleInstance
app = QCoreApplication([])
instance = SingleInstance(Path(sys.argv[1]))
print("calling", flush=True)
print(instance.acquire_or_call(sys.argv[2:]).name, flush=True)
"""


@contextmanager
def second_start(data_dir: Path, *places: str) -> Iterator[Callable[[], str | None]]:
    """Another start of the app, in a process of its own; gives what it found out, None before it did."""
    process = subprocess.Popen(
        [sys.executable, "-c", CALL, str(data_dir), *places], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "calling\n"
    lines: list[str] = []

    def told() -> str | None:
        if not lines and process.poll() is not None and process.stdout is not None:
            lines.append(process.stdout.read().strip())
        return lines[0] if lines else None

    try:
        yield told
    finally:
        process.kill()
        process.wait()
        process.stdout.close()

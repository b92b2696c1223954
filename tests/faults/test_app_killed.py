"""The whole app is killed at random moments while it streams: nothing painted is lost or damaged."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.faults.dice import dice, kills
from tests.helpers.starter import starter_path

SAVE_LAG_S = 1.5
"""The answer is saved once a second; half a second more for a busy machine to carry it out."""


@dataclass
class Seen:
    """What a person could have seen before the kill."""

    painted: list[str] = field(default_factory=list)
    text: list[tuple[float, int, int]] = field(default_factory=list)  # seconds, question, characters
    child: int = 0


def _read(process: subprocess.Popen[str], seen: Seen) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "PAINTED":
            seen.painted.append(rest)
        elif word == "TEXT":
            at, number, length = rest.split()
            seen.text.append((float(at), int(number), int(length)))
        elif word == "CHILD":
            seen.child = int(rest)


def _run_and_kill(data_dir: Path, models_dir: Path, delay_s: float) -> tuple[Seen, float]:
    command = [
        sys.executable, "-m", "tests.helpers.window_driver", str(data_dir), str(models_dir),
        "Tell me a very long story about a river.",
    ]  # fmt: skip
    seen = Seen()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    reader = threading.Thread(target=_read, args=(process, seen))
    reader.start()
    try:
        deadline = time.monotonic() + 60
        while not seen.painted and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.01)
        assert seen.painted, "the window never painted a message"
        time.sleep(delay_s)
        killed_at = time.monotonic()
        process.kill()
        process.wait(timeout=10)
    finally:
        process.kill()
        reader.join()
        assert process.stdout is not None
        process.stdout.close()
    return seen, killed_at


def _check(data_dir: Path, seen: Seen, killed_at: float) -> None:
    """Look with Python's own sqlite3, as anybody could."""
    connection = sqlite3.connect(data_dir / "teahouse.db")
    try:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        users = [
            row[0] for row in connection.execute("SELECT text FROM message WHERE role='user' ORDER BY id")
        ]
        replies = [
            row[0]
            for row in connection.execute("SELECT text FROM message WHERE role='assistant' ORDER BY id")
        ]
    finally:
        connection.close()
    missing = set(seen.painted) - set(users)
    assert not missing, f"painted but not stored: {missing}"
    old = [(number, length) for at, number, length in seen.text if at < killed_at - SAVE_LAG_S]
    for number, length in old:
        stored = len(replies[len(replies) - len(seen.painted) + number - 1])
        assert stored >= length, f"answer {number}: {stored} characters stored, {length} seen long before"


def _child_is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.starter
@pytest.mark.timeout(60 + 12 * kills("streaming"))
def test_killed_while_streaming(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    models_dir = starter_path().parent
    chance = dice("streaming")
    data_dir = tmp_path / "对话 data"
    painted = 0
    for _ in range(kills("streaming")):
        seen, killed_at = _run_and_kill(data_dir, models_dir, chance.uniform(0.0, 4.0))
        _check(data_dir, seen, killed_at)
        painted += len(seen.painted)
        deadline = time.monotonic() + 2
        while not _child_is_gone(seen.child) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert _child_is_gone(seen.child), "the engine child outlived the app"
    assert painted >= kills("streaming")
    record_property("kills", kills("streaming"))
    record_property("messages painted", painted)

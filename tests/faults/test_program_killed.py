"""The installed program is killed while its window answers. Judged from outside: what is in its database.

Run by `dev.py faults --program PROGRAM`, with a screen of its own for every start. The starter model is the
program's own, or the one in the person's models folder.
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import prove_window
import psutil
import pytest

from tests.faults.dice import dice, kills

PROGRAM_VARIABLE = "TEAHOUSE_FAULTS_PROGRAM"
PROGRAM = os.environ.get(PROGRAM_VARIABLE, "")
QUESTION = "Tell me a very long story about a river."
SAVE_LAG_S = 1.5
"""The answer is saved once a second; half a second more for a busy machine to carry it out."""
LOOK_EVERY_S = 0.05
PATIENCE_S = 60
pytestmark = [
    pytest.mark.skipif(not PROGRAM, reason="dev.py faults --program names the program"),
    pytest.mark.skipif(bool(prove_window.lacking_tools()), reason="needs Xvfb, xdotool and import"),
]


@dataclass(frozen=True)
class Seen:
    """What the database held at a moment: questions, and the answers' texts with their states."""

    questions: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()

    @property
    def is_writing(self) -> bool:
        return bool(self.answers) and self.answers[-1][1] == "STREAMING" and bool(self.answers[-1][0])


def look(data_dir: Path) -> Seen:
    """As anybody could, beside the running program."""
    path = data_dir / prove_window.DATABASE
    if not path.is_file():
        return Seen()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        try:
            rows = connection.execute("SELECT role, text, status FROM message ORDER BY id").fetchall()
        except sqlite3.OperationalError:  # its tables are being made
            return Seen()
    return Seen(
        tuple(text for role, text, _ in rows if role == "user"),
        tuple((text, status) for role, text, status in rows if role == "assistant"),
    )


def start_and_kill(data_dir: Path, display: str, is_first: bool, delay_s: float) -> tuple[Seen, float]:
    """Ask in the window, wait until the answer grows, kill; the last look, and how old its news was."""
    # The tests themselves draw offscreen, and the program is to be seen.
    environment = {**os.environ, "TEAHOUSE_DATA_DIR": str(data_dir), "QT_QPA_PLATFORM": "xcb"}
    window = prove_window.RealWindow([PROGRAM], environment, display)
    family: list[psutil.Process] = []
    try:
        window.wait_for_window()
        if is_first:
            window.press("Tab", "Tab", "Return")  # past the welcome, to the model that is built in
        before = look(data_dir)
        window.write(QUESTION)
        window.press("Return")
        until = time.monotonic() + PATIENCE_S
        seen = before
        while len(seen.questions) == len(before.questions) or not seen.is_writing:
            assert time.monotonic() < until, "no answer began"
            time.sleep(LOOK_EVERY_S)
            seen = look(data_dir)
        changed_at = time.monotonic()
        kill_at = changed_at + delay_s
        while time.monotonic() < kill_at:
            time.sleep(LOOK_EVERY_S)
            now = look(data_dir)
            changed_at, seen = (time.monotonic() if now != seen else changed_at), now
        root = psutil.Process(window.process.pid)
        family = [root, *root.children(recursive=True)]
        root.kill()
        return seen, time.monotonic() - changed_at
    finally:
        window.process.wait(timeout=10)
        _, alive = psutil.wait_procs(family, timeout=3)
        for process in alive:
            process.kill()
        assert window.process.stderr is not None
        window.process.stderr.close()
        assert not alive, "the engine outlived the window"


def check(data_dir: Path, seen: Seen, age_s: float) -> None:
    with closing(sqlite3.connect(data_dir / prove_window.DATABASE)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    found = look(data_dir)
    assert found.questions == seen.questions
    assert len(found.answers) == len(seen.answers)
    for (text, status), (seen_text, _) in zip(found.answers, seen.answers, strict=True):
        assert text.startswith(seen_text), status
    if seen.is_writing:
        assert age_s < SAVE_LAG_S, "what it wrote was not saved for too long"


def moments(chance: random.Random) -> Iterator[float]:
    for _ in range(kills("streaming")):
        yield chance.uniform(0.0, 4.0)


@pytest.mark.skipif(sys.platform != "linux", reason="a screen of X11")
def test_the_program_killed_while_streaming(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    data_dir = tmp_path / "对话 data"
    count = 0
    writing = 0
    with prove_window.screen() as display:
        for delay_s in moments(dice("program")):
            seen, age_s = start_and_kill(data_dir, display, is_first=count == 0, delay_s=delay_s)
            check(data_dir, seen, age_s)
            count += 1
            writing += seen.is_writing
    record_property("kills", count)
    record_property("in the middle of an answer", writing)

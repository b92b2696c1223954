"""A long day at the real window, watched: whether memory, threads, handles and processes stay as they were.

Runs `tests/faults/soak.py` in a process of its own and reads its samples. The first part of a day is not held
against the app: libraries are imported, caches fill, a conversation grows to its usual length.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import machine

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = 0.02  # of what was taken after the warm-up
WARM_UP = (0.2, 0.4)  # parts of the day: at its end, here, the app is held to be warm
END = (0.8, 1.0)
WHAT = {
    "window_mb": "memory of the window, MB",
    "engine_mb": "memory of the engine, MB",
    "threads": "threads",
    "handles": "files, pipes, sockets",
    "processes": "processes",
}

Sample = dict[str, float]


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one day: `status` is the program's exit status."""

    engine: str
    exchanges: int
    seconds: float
    status: int
    samples: tuple[Sample, ...]

    @property
    def is_flat(self) -> bool:
        """Whether it went through, and nothing grew by more than is allowed."""
        if self.status or not self.samples:
            return False
        return all(self.end(what) <= self.warm(what) * (1 + ALLOWED) for what in WHAT)

    def warm(self, what: str) -> float:
        """The most that was taken at the end of the warm-up."""
        return self._most(what, *WARM_UP)

    def end(self, what: str) -> float:
        """The most that was taken at the end of the day."""
        return self._most(what, *END)

    def _most(self, what: str, begin: float, end: float) -> float:
        among = [
            sample[what]
            for sample in self.samples
            if begin * self.exchanges <= sample["exchanges"] <= end * self.exchanges
        ]
        return max(among, default=0.0)


def run(engine: str, exchanges: int) -> Run:
    """A day of so many exchanges with the engine `scripted` or `starter`."""
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.faults.soak", engine, str(exchanges)]
    samples: list[Sample] = []
    with subprocess.Popen(
        command, cwd=ROOT, env=machine.environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            samples.append(json.loads(line))
    return Run(engine, exchanges, time.monotonic() - began, process.returncode, tuple(samples))


def as_markdown(day: Run) -> str:
    """A table of what was taken, and the verdict."""
    name = "the scripted engine" if day.engine == "scripted" else "the starter model"
    verdict = "flat within 2 %" if day.is_flat else "**NOT flat within 2 %**"
    if day.status:
        verdict = f"**ended with {day.status} after {len(day.samples)} samples**"
    rows = [
        f"| {words} | {day.warm(what):,.1f} | {day.end(what):,.1f} | {_change(day, what)} |"
        for what, words in WHAT.items()
    ]
    return "\n".join(
        [
            f"{day.exchanges:,} exchanges with {name}: {verdict}, in {day.seconds / 60:.1f} minutes.",
            "",
            "| the most that was taken | after the warm-up | at the end | change |",
            "| --- | ---: | ---: | ---: |",
            *rows,
        ]
    )


def _change(day: Run, what: str) -> str:
    warm = day.warm(what)
    return f"{(day.end(what) / warm - 1) * 100:+.1f} %" if warm else ""

"""A person at the real window: a screen of its own (Xvfb), real keys (xdotool), and what is on disk.

The program under proof is any command that opens the window: the frozen app, the installed package, either
inside a clean root. It is judged from outside only: by its window, its processes and its database. Needs
Linux with Xvfb, xdotool and ImageMagick's `import`; says so where one is missing.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SCREEN = "1280x800x24"
SHORT_QUESTION = "What is the capital of France?"
EXPECTED = "Paris"
LONG_QUESTION = "Write a long story about a tea house in the mountains."
PATIENCE_S = 60.0
STOP_PATIENCE_S = 5.0
SETTLE_S = 0.5
"""For what only a picture can show, such as the focus having moved."""
TOOLS = ("Xvfb", "xdotool", "import")
DATABASE = "teahouse.db"


class ProofError(Exception):
    """What the program did not do; the text says what."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One stored answer: its text, and its state by the name that stands in the database."""

    text: str
    status: str


def lacking_tools() -> list[str]:
    """The programs that are needed here and not installed."""
    return [name for name in TOOLS if shutil.which(name) is None]


@contextlib.contextmanager
def screen() -> Iterator[str]:
    """A screen of its own, by its DISPLAY; it is gone afterwards."""
    if missing := lacking_tools():
        raise ProofError(f"these programs are not installed: {', '.join(missing)}")
    reading, writing = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"],
        pass_fds=[writing],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as pipe:
                yield f":{pipe.readline().strip()}"
        finally:
            server.terminate()


class RealWindow:
    """One start of the program on a screen; `leave` is the key by which a person ends it there."""

    def __init__(
        self, command: Sequence[str], environment: dict[str, str], display: str, leave: str = "ctrl+q"
    ) -> None:
        self._display = display
        self._leave = leave
        self._started = time.monotonic()
        self.process = subprocess.Popen(
            command,
            env={"QT_QPA_PLATFORM": "xcb", **environment, "DISPLAY": display},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._window = ""

    def wait_for_window(self) -> float:
        """Until the window is on the screen and has the keyboard; gives the seconds since the start."""

        def appeared() -> bool:
            if self.process.poll() is not None:
                _, errors = self.process.communicate()
                raise ProofError(f"the program ended with {self.process.returncode}: {errors.decode()}")
            found = self._run("search", "--onlyvisible", "--name", "Teahouse|茶馆").split()
            self._window = found[-1] if found else ""
            return bool(found)

        wait_until(appeared, "no window appeared", pause_s=0.05)
        took = time.monotonic() - self._started
        time.sleep(SETTLE_S)
        self._run("windowfocus", "--sync", self._window)
        return took

    def press(self, *keys: str) -> None:
        """Press keys one after the other, by their X names."""
        for key in keys:
            self._run("key", "--clearmodifiers", key)
            time.sleep(SETTLE_S)

    def write(self, text: str) -> None:
        """Type a text into what has the keyboard."""
        self._run("type", "--delay", "15", text)
        time.sleep(SETTLE_S)

    def picture(self, path: Path) -> None:
        """Keep what the screen shows."""
        subprocess.run(
            ["import", "-window", "root", str(path)],
            env={**os.environ, "DISPLAY": self._display},
            check=True,
        )

    def close(self) -> None:
        """Leave by the keyboard as a person does, and see that every process ends."""
        family = [self.process.pid, *(child.pid for child in _children(self.process.pid))]
        self._run("key", "--clearmodifiers", self._leave)
        wait_until(lambda: self.process.poll() is not None, "the program did not end when it was left")
        if self.process.returncode != 0:
            _, errors = self.process.communicate()
            raise ProofError(f"the program ended with {self.process.returncode}: {errors.decode()}")
        wait_until(lambda: not any(map(psutil.pid_exists, family)), "a process was left behind")

    def kill(self) -> None:
        """End it at once, whatever state it is in; for the way out after a failure."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in [*_children(self.process.pid), psutil.Process(self.process.pid)]:
                process.kill()
        self.process.wait()

    def _run(self, *words: str) -> str:
        result = subprocess.run(
            ["xdotool", *words],
            env={**os.environ, "DISPLAY": self._display},
            capture_output=True,
            text=True,
            check=False,
        )
        return result.stdout


@contextlib.contextmanager
def open_window(
    command: Sequence[str], environment: dict[str, str], display: str, leave: str = "ctrl+q"
) -> Iterator[tuple[RealWindow, float]]:
    """Start the program and wait for its window; gives it, and the seconds that took."""
    window = RealWindow(command, environment, display, leave)
    try:
        yield window, window.wait_for_window()
        window.close()
    finally:
        window.kill()


def first_chat(
    command: Sequence[str], environment: dict[str, str], data_dir: Path, pictures: Path
) -> Iterator[str]:
    """The first start of a person who only has the starter: one answer, and one that is stopped.

    Yields what was seen, line by line. `data_dir` is the folder of the conversations as seen from here;
    `pictures` gets what the screen showed.
    """
    pictures.mkdir(parents=True, exist_ok=True)
    with screen() as display, open_window(command, environment, display) as (window, took):
        yield f"the window was there {took:.1f} s after the start"
        yield from first_questions(window, data_dir, pictures)


def later_chat(
    command: Sequence[str], environment: dict[str, str], data_dir: Path, pictures: Path
) -> Iterator[str]:
    """A start over conversations that are there: they are shown, and one more question is answered."""
    pictures.mkdir(parents=True, exist_ok=True)
    before = answers(data_dir)
    with screen() as display, open_window(command, environment, display) as (window, took):
        yield f"the window was there {took:.1f} s after the start, over {len(before)} stored answers"
        window.write(SHORT_QUESTION)
        window.press("Return")
        wait_until(lambda: len(complete(data_dir)) > len(finished(before)), "no further answer was stored")
        window.picture(pictures / "later-start.png")
    after = answers(data_dir)
    if after[: len(before)] != before:
        raise ProofError("what was written before has changed")
    yield f"another answer: {after[-1].text!r}; the earlier ones are as they were"


def first_questions(window: RealWindow, data_dir: Path, pictures: Path) -> Iterator[str]:
    """From the welcome of a first start: one answer, and one that is stopped."""
    window.picture(pictures / "first-start.png")
    window.press("Tab", "Tab", "Return")  # past the two buttons of the card, to the small built-in model
    window.write(SHORT_QUESTION)
    window.press("Return")
    wait_until(lambda: bool(complete(data_dir)), "no answer was stored")
    answer = answers(data_dir)[-1].text
    window.picture(pictures / "answer.png")
    if EXPECTED not in answer:
        raise ProofError(f"the answer was {answer!r}")
    yield f"the starter answered: {answer!r}"
    window.write(LONG_QUESTION)
    window.press("Return")
    wait_until(
        lambda: len(answers(data_dir)) == 2 and bool(answers(data_dir)[-1].text), "no long answer began"
    )
    window.press("Escape")
    wait_until(
        lambda: answers(data_dir)[-1].status == "STOPPED", "Esc did not stop the answer", STOP_PATIENCE_S
    )
    window.picture(pictures / "stopped.png")
    yield f"Esc stopped the second answer, which kept {len(answers(data_dir)[-1].text)} characters"


def answers(data_dir: Path) -> list[Answer]:
    """The stored answers in their order, read beside the running program; none where there is no database."""
    path = data_dir / DATABASE
    if not path.is_file():
        return []
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT text, status FROM message WHERE role = 'assistant' ORDER BY id")
        return [Answer(text, status) for text, status in rows]


def wait_until(
    holds: Callable[[], bool], failure: str, patience_s: float = PATIENCE_S, pause_s: float = 0.1
) -> None:
    """Wait for `holds`; raises `ProofError` with `failure` after `patience_s` seconds."""
    give_up_at = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > give_up_at:
            raise ProofError(f"{failure} within {patience_s:.0f} s")
        time.sleep(pause_s)


def finished(found: list[Answer]) -> list[Answer]:
    """Those that came to their end."""
    return [answer for answer in found if answer.status == "COMPLETE"]


def complete(data_dir: Path) -> list[Answer]:
    """The stored answers that came to their end."""
    return finished(answers(data_dir))


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []

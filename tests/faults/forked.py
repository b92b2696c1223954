"""Work in forked processes that are killed or held back, without starting Python for each.

A program that imports what the work needs ends with `serve(work)`. A test starts it with `processes(module)`
and gives orders. An order is a JSON object for the work, and if wanted `kill_after` (seconds; without it
never) and `largest_file` (bytes that a file may have: a disk that says no at that point). For each a forked
process works; what comes back is what the work gave, or "killed", and the seconds that it took.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

Order = dict[str, object]
KILLED, BROKE = "killed", "broke"


@dataclass(frozen=True, slots=True)
class Said:
    """What a process answered: `word` is "killed" where it could not any more."""

    word: str
    seconds: float


class Processes:
    """The test's end: processes that do what they are told."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self._program = program

    def begin(self, **order: object) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(json.dumps(order) + "\n")
        self._program.stdin.flush()

    def end(self) -> Said:
        assert self._program.stdout is not None
        said = Said(*json.loads(self._program.stdout.readline()))
        assert said.word != BROKE, "the work raised what it should not"
        return said

    def run(self, **order: object) -> Said:
        self.begin(**order)
        return self.end()


@contextmanager
def processes(module: str, *words: str) -> Iterator[Processes]:
    """The program `module` with its arguments, ended with the block."""
    command = [sys.executable, "-m", module, *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        yield Processes(program)
        program.stdin.close()
        program.wait(timeout=20)


def serve(work: Callable[[Order], str]) -> None:
    """The program's end: a process for each order, until there are no more."""
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_in_a_process_of_its_own(work, json.loads(line))), flush=True)


def _in_a_process_of_its_own(work: Callable[[Order], str], order: Order) -> tuple[str, float]:
    reader, writer = os.pipe()
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.close(reader)
        said = BROKE
        try:
            _hold_back(order.get("largest_file"))
            said = work(order)
        except Exception:  # noqa: BLE001 - told here, and by the answer
            traceback.print_exc()
        finally:
            os.write(writer, said.encode())
            os._exit(0)
    os.close(writer)
    after = order.get("kill_after")
    if isinstance(after, float):
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said or KILLED, time.perf_counter() - started


def _hold_back(largest: object) -> None:
    if isinstance(largest, int):
        import resource  # not on Windows, which looks at this file all the same

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

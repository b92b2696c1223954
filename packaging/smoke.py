"""Asks the frozen app: on the console, through the real window without a display, and a model in a folder.

Run by `dev.py package --smoke`, or by hand with the folder of the frozen app. The starter is the one inside
the app; the folder is a small model of random numbers, which the frozen engine must continue token by token
like the one of this tree. Everything is kept in a folder that is thrown away. The environment is made anew,
without a PATH, so that nothing of the Python that runs this, and no compiler, reaches the frozen app.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from layout import APP_NAME, CONSOLE_NAME, ROOT, executable

QUESTION = "What is the capital of France?"
ANSWER = "Paris"
PRECISIONS = ("fp16", "int8", "int4")
TOKENS = 8
LIGHT_REFUSAL = "Install the full edition to use it"
KEPT_VARIABLES = ("HOME", "SYSTEMROOT", "USERPROFILE", "LOCALAPPDATA", "APPDATA")
LANGUAGE = {"LANG": "C.UTF-8", "LANGUAGE": "en"}
PATIENCE_S = 180.0
LAST_PROCESS_GONE_S = 2.0


class SmokeError(Exception):
    """What the frozen app did not do; the text says what."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a program of the frozen app ended, and whether it had started an engine child."""

    status: int
    output: str
    saw_child: bool

    def events(self) -> list[dict[str, object]]:
        """What was told as JSON, one object a line."""
        return [json.loads(line) for line in self.output.splitlines() if line.startswith("{")]


def main() -> int:
    """Every question; 1 with a sentence when the frozen app fails one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the frozen app, for instance dist/Teahouse")
    folder = parser.parse_args().folder.resolve()
    try:
        with tempfile.TemporaryDirectory(prefix="teahouse-smoke-") as name:
            place = Path(name)
            ask_on_the_console(folder, place)
            ask_through_the_window(folder, place)
            ask_a_folder(folder, place)
            see_nothing_was_built(place)
    except SmokeError as error:
        print(f"smoke: FAILED: {error}", file=sys.stderr)
        return 1
    print("smoke: passed")
    return 0


def ask_on_the_console(folder: Path, place: Path) -> None:
    """`teahouse-cli ask --json`: text, one `finished`, the right answer, the engine in its own process."""
    run = start(folder, place, CONSOLE_NAME, ["ask", "--json", "--temperature", "0", QUESTION])
    events = run.events()
    text = "".join(str(event["text"]) for event in events if event.get("event") == "text")
    finished = sum(event.get("event") == "finished" for event in events)
    if run.status != 0 or ANSWER not in text or finished != 1:
        raise SmokeError(f"no answer on the console ({run.status}):\n{run.output}")
    if not run.saw_child:
        raise SmokeError("no process with --engine-child was seen")
    if not (place / "data" / "teahouse.db").is_file():
        raise SmokeError("the exchange was not stored")
    print(f"smoke: {CONSOLE_NAME} answered: {text.strip()!r}", flush=True)


def ask_through_the_window(folder: Path, place: Path) -> None:
    """`Teahouse show-once`: the real window, offscreen; it writes its picture."""
    picture = place / "window.png"
    run = start(folder, place, APP_NAME, ["show-once", "--out", str(picture)])
    if run.status != 0 or not run.saw_child:
        raise SmokeError(f"the window had no answer ({run.status}):\n{run.output}")
    if not picture.is_file() or not picture.read_bytes().startswith(b"\x89PNG"):
        raise SmokeError(f"the window left no picture:\n{run.output}")
    print(f"smoke: {APP_NAME} painted a picture of {picture.stat().st_size} bytes", flush=True)


def ask_a_folder(folder: Path, place: Path) -> None:
    """A model in a folder is continued as by this tree's engine; the light edition says that it cannot."""
    model = make_model(place)
    if not has_torch(folder):
        run = start(folder, place, CONSOLE_NAME, question_for(model, PRECISIONS[0]))
        if run.status != 1 or LIGHT_REFUSAL not in run.output:
            raise SmokeError(f"no plain word to a folder from an edition without torch:\n{run.output}")
        print("smoke: a model in a folder was refused: this is the light edition", flush=True)
        return
    for precision in PRECISIONS:
        words = question_for(model, precision)
        run = start(folder, place, CONSOLE_NAME, words)
        ids = tokens_of(run)
        expected = tokens_of(ask_this_tree(words, place))
        if run.status != 0 or len(ids) != TOKENS or ids != expected:
            raise SmokeError(f"{precision}: {ids}, and not {expected} as from source:\n{run.output}")
        print(f"smoke: a model in a folder answered at {precision} with the tokens {ids}", flush=True)


def make_model(place: Path) -> Path:
    """A small model of random numbers, as one is published."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from app.model.glm.family import Family\n"
        "from tests.helpers.glm_folder import make_folder\n"
        "print(make_folder(Path(sys.argv[1]), Family.GLM4_0414))\n"
    )
    command = [sys.executable, "-c", code, str(place / "made")]
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return Path(result.stdout.strip())


def question_for(model: Path, precision: str) -> list[str]:
    """The words of the verb that has `model` continue a question, the likeliest token each time."""
    words = ["ask", "--json", "--temperature", "0", "--max-tokens", str(TOKENS)]
    return [*words, "--model", str(model), "--precision", precision, QUESTION]


def tokens_of(run: Run) -> list[int]:
    """The ids of the answer."""
    found = [event["ids"] for event in run.events() if "ids" in event]
    return [token for ids in found if isinstance(ids, list) for token in ids]


def ask_this_tree(words: Sequence[str], place: Path) -> Run:
    """The same verb from source."""
    command = [sys.executable, "-m", "app", *words, *folders(place / "source")]
    result = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False
    )
    return Run(result.returncode, result.stdout, saw_child=False)


def has_torch(folder: Path) -> bool:
    """Whether the edition holds the engine for models in folders."""
    return next(folder.rglob("torch/version.py"), None) is not None


def see_nothing_was_built(place: Path) -> None:
    """Torch's own compiler and its cache must not have been at work."""
    left = sorted(path.name for path in (place / "tmp").iterdir())
    if left:
        raise SmokeError(f"temporary files were left behind: {left}")


def folders(place: Path) -> list[str]:
    """Options that keep everything below `place`; the models folder in it is empty."""
    return ["--data-dir", str(place / "data"), "--models-dir", str(place / "models")]


def start(folder: Path, place: Path, name: str, words: Sequence[str]) -> Run:
    """Run a program of the frozen app to its end, and see that it leaves no process behind."""
    program = executable(folder, name)
    if not program.is_file():
        raise SmokeError(f"{program} is not there")
    temporary = place / "tmp"
    temporary.mkdir(exist_ok=True)
    environment = {key: os.environ[key] for key in KEPT_VARIABLES if key in os.environ}
    environment |= {"QT_QPA_PLATFORM": "offscreen", **LANGUAGE} | dict.fromkeys(
        ("TMPDIR", "TEMP", "TMP"), str(temporary)
    )
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [str(program), *words, *folders(place)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        saw_child = False
        give_up_at = time.monotonic() + PATIENCE_S
        while process.poll() is None:
            if time.monotonic() > give_up_at:
                process.kill()
                raise SmokeError(f"{name} did not end within {PATIENCE_S:.0f} s")
            saw_child = saw_child or any("--engine-child" in one for one in command_lines(folder))
            time.sleep(0.05)
        output.seek(0)
        told = output.read().decode("utf-8", "replace")
    wait_until_gone(folder)
    return Run(process.returncode, told, saw_child)


def wait_until_gone(folder: Path) -> None:
    """No process of the frozen app may be left after two seconds."""
    give_up_at = time.monotonic() + LAST_PROCESS_GONE_S
    while left := command_lines(folder):
        if time.monotonic() > give_up_at:
            raise SmokeError(f"processes were left behind: {left}")
        time.sleep(0.05)


def command_lines(folder: Path) -> list[list[str]]:
    """The command lines of every process whose program lies in `folder`."""
    found = []
    for process in psutil.process_iter(["exe", "cmdline"]):
        program = process.info["exe"]
        if program and Path(program).is_relative_to(folder):
            found.append(process.info["cmdline"] or [])
    return found


if __name__ == "__main__":
    sys.exit(main())

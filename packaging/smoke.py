"""Asks the frozen app one question, twice: on the console, and through the real window without a display.

Run by `dev.py package --smoke`, or by hand with the folder of the frozen app. The starter model is taken from
the person's models folder (or `TEAHOUSE_MODELS_DIR`); conversations go to a folder that is thrown away. The
environment is made anew, so that nothing of the Python that runs this reaches the frozen one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

QUESTION = "What is the capital of France?"
ANSWER = "Paris"
KEPT_VARIABLES = (
    "PATH", "HOME", "LANG", "TMPDIR", "TEAHOUSE_MODELS_DIR",
    "SYSTEMROOT", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "TEMP", "TMP",
)  # fmt: skip
PATIENCE_S = 180.0
LAST_PROCESS_GONE_S = 2.0


class SmokeError(Exception):
    """What the frozen app did not do; the text says what."""


def main() -> int:
    """Both questions; 1 with a sentence when the frozen app fails one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the frozen app, for instance dist/Teahouse")
    folder = parser.parse_args().folder.resolve()
    try:
        with tempfile.TemporaryDirectory(prefix="teahouse-smoke-") as place:
            ask_on_the_console(folder, Path(place) / "console")
            ask_through_the_window(folder, Path(place) / "window")
    except SmokeError as error:
        print(f"smoke: FAILED: {error}", file=sys.stderr)
        return 1
    print("smoke: passed")
    return 0


def ask_on_the_console(folder: Path, data_dir: Path) -> None:
    """`teahouse-cli ask --json`: text, one `finished`, the right answer, the engine in its own process."""
    command = [str(executable(folder, "teahouse-cli")), "ask", "--json", "--temperature", "0"]
    output, saw_child = run(folder, [*command, "--data-dir", str(data_dir), QUESTION])
    events = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    text = "".join(event["text"] for event in events if event.get("event") == "text")
    if ANSWER not in text or sum(event.get("event") == "finished" for event in events) != 1:
        raise SmokeError(f"no answer on the console:\n{output}")
    if not saw_child:
        raise SmokeError("no process with --engine-child was seen")
    if not (data_dir / "teahouse.db").is_file():
        raise SmokeError("the exchange was not stored")
    print(f"smoke: teahouse-cli answered: {text.strip()!r}", flush=True)


def ask_through_the_window(folder: Path, data_dir: Path) -> None:
    """`Teahouse show-once`: the real window, offscreen; it writes its picture."""
    picture = data_dir.with_suffix(".png")
    command = [str(executable(folder, "Teahouse")), "show-once", "--out", str(picture)]
    output, saw_child = run(folder, [*command, "--data-dir", str(data_dir)])
    if not saw_child:
        raise SmokeError("the window started no process with --engine-child")
    if not picture.is_file() or not picture.read_bytes().startswith(b"\x89PNG"):
        raise SmokeError(f"the window left no picture:\n{output}")
    print(f"smoke: Teahouse painted a picture of {picture.stat().st_size} bytes", flush=True)


def run(folder: Path, command: list[str]) -> tuple[str, bool]:
    """Run a frozen executable to its end; gives its output, and whether it started an engine child."""
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    environment["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
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
                raise SmokeError(f"{Path(command[0]).name} did not end within {PATIENCE_S:.0f} s")
            saw_child = saw_child or any("--engine-child" in words for words in command_lines(folder))
            time.sleep(0.05)
        output.seek(0)
        told = output.read().decode("utf-8", "replace")
    if process.returncode != 0:
        raise SmokeError(f"{Path(command[0]).name} ended with {process.returncode}:\n{told}")
    wait_until_gone(folder)
    return told, saw_child


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


def executable(folder: Path, name: str) -> Path:
    """The executable `name`; raises `SmokeError` when it is not there."""
    path = folder / (f"{name}.exe" if os.name == "nt" else name)
    if not path.is_file():
        raise SmokeError(f"{path} is not there")
    return path


if __name__ == "__main__":
    sys.exit(main())

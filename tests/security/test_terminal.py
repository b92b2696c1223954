"""A terminal takes no orders from a model, a file name or what a file calls itself."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.harmless import HarmlessStream, guard_terminals
from tests.helpers.gguf_files import with_values

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "tea\x1b]0;title\x07\x1b]52;c;cm0gLXJm\x07\x1b[2J\x9b31m\x90q\x08\x7f pot"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def controls(text: str) -> set[str]:
    return {letter for letter in text if ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0}


def test_control_characters_are_shown_and_nothing_else_changes() -> None:
    terminal = Terminal()
    stream = HarmlessStream(terminal, may_return=False)
    print(HOSTILE, "茶 🍵\t\u202e", file=stream)
    print("two\r\nlines\rover", file=stream)
    shown = terminal.getvalue()
    assert controls(shown) == {"\n", "\t"}
    assert shown.startswith("tea␛]0;title␇␛]52;c;cm0gLXJm␇␛[2J\ufffd31m\ufffdq␈␡ pot 茶 🍵\t\u202e\n")
    assert shown.endswith("two\nlines␍over\n")


def test_progress_may_begin_its_line_anew() -> None:
    terminal = Terminal()
    HarmlessStream(terminal, may_return=True).write("\r12 %\x1b[2J")
    assert terminal.getvalue() == "\r12 %␛[2J"


def test_files_and_pipes_get_every_character(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = io.StringIO(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    guard_terminals()
    assert sys.stdout is out
    assert isinstance(sys.stderr, HarmlessStream)


@pytest.mark.skipif(os.name != "posix", reason="a terminal of the test's own is POSIX's")
@pytest.mark.parametrize("verb", [["models"], ["models", "--json"]])
def test_a_model_that_calls_itself_an_escape(tmp_path: Path, verb: list[str]) -> None:
    """The real verb on a real terminal, with a file that is named so and calls itself so."""
    import pty

    with_values(general__name=HOSTILE).write(tmp_path / "models" / "tea\x1b[2Jpot.gguf")
    ours, theirs = pty.openpty()
    folders = ["--data-dir", str(tmp_path / "data"), "--models-dir", str(tmp_path / "models")]
    process = subprocess.Popen(
        [sys.executable, "-m", "app", *verb, *folders], stdout=theirs, stderr=theirs, cwd=ROOT
    )
    os.close(theirs)
    printed = b""
    while True:
        try:
            block = os.read(ours, 4096)
        except OSError:  # Linux says so when the last writer has gone
            break
        if not block:
            break
        printed += block
    os.close(ours)
    assert process.wait() == 0
    shown = printed.decode("utf-8").replace("\r\n", "\n")
    assert "tea" in shown
    assert controls(shown) <= {"\n"}

"""The engine child alone, driven over its pipes without Qt."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from helpers.engine_host import PARAMS, PLAN, ask, script_ref

from app.core import wire
from app.core.chat import FinishReason, Role, Turn
from app.core.engine import EngineKind, Failed, Finished, LoadProgress, ModelRef, PromptReady, TextDelta
from app.core.errors import ErrorCode
from app.model.engines.script import Fault, Script
from app.workers.engine_process import child_command

TEA = Script(answers=("One cup of 绿茶, please. 🍵\n",))
SLOW = Script(answers=("slow words " * 2000,), delay_ms=5)
ROOT = Path(__file__).resolve().parents[2]


class Child:
    """A child and what it says."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._decoder = wire.FrameDecoder()
        self._waiting: list[wire.Reply] = []

    def send(self, *commands: wire.Command) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"".join(wire.encode_command(command) for command in commands))
        self.process.stdin.flush()

    def reply(self) -> wire.Reply:
        """The next reply; raises `EOFError` when the child has ended."""
        assert self.process.stdout is not None
        while not self._waiting:
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            if not data:
                raise EOFError
            self._waiting += [wire.decode_reply(payload) for payload in self._decoder.feed(data)]
        return self._waiting.pop(0)

    def until(self, kind: type) -> wire.Reply:
        """The next reply or event of a kind."""
        while True:
            reply = self.reply()
            if isinstance(reply, kind) or (
                isinstance(reply, wire.RequestReply) and isinstance(reply.event, kind)
            ):
                return reply


@contextmanager
def running(kind: str = "scripted") -> Iterator[Child]:
    command = child_command(EngineKind.SCRIPTED)[:-1]
    with subprocess.Popen(
        [*command, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        yield Child(process)
        process.kill()


def test_it_says_hello_loads_and_answers(tmp_path: Path) -> None:
    with running() as child:
        assert child.reply() == wire.Hello(EngineKind.SCRIPTED, child.process.pid)
        child.send(wire.Load(script_ref(tmp_path, TEA), PLAN))
        assert isinstance(child.reply(), LoadProgress)
        loaded = child.until(wire.Loaded)
        assert isinstance(loaded, wire.Loaded)
        assert loaded.model.name == "Script"
        child.send(wire.Generate(5, ask(), PARAMS))
        first = child.reply()
        assert isinstance(first, wire.RequestReply)
        assert first.request_id == 5
        assert isinstance(first.event, PromptReady)
        end = child.until(Finished)
        assert isinstance(end, wire.RequestReply)


def test_it_imports_no_qt_and_nothing_heavy() -> None:
    code = (
        "import sys, app.__main__, app.model.engine_child;"
        "print([name for name in ('PySide6', 'torch', 'numpy', 'xllamacpp') if name in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert output.stdout.strip() == "[]"


def test_cancel_is_heard_while_it_generates(tmp_path: Path) -> None:
    with running() as child:
        child.send(wire.Load(script_ref(tmp_path, SLOW), PLAN), wire.Generate(1, ask(), PARAMS))
        child.until(TextDelta)
        child.send(wire.Cancel(77), wire.Cancel(1))
        end = child.until(Finished)
        assert isinstance(end, wire.RequestReply)
        assert isinstance(end.event, Finished)
        assert end.event.reason is FinishReason.CANCELLED


def test_cancel_before_its_turn_gives_no_prompt(tmp_path: Path) -> None:
    with running() as child:
        child.send(
            wire.Load(script_ref(tmp_path, TEA), PLAN), wire.Generate(1, ask(), PARAMS), wire.Cancel(1)
        )
        child.until(wire.Loaded)
        reply = child.reply()
        assert reply == wire.RequestReply(1, Finished(FinishReason.CANCELLED))


def test_a_request_without_a_model_fails() -> None:
    with running() as child:
        child.send(wire.Generate(1, ask(), PARAMS))
        child.until(wire.Hello)
        reply = child.reply()
        assert isinstance(reply, wire.RequestReply)
        assert isinstance(reply.event, Failed)
        assert reply.event.error.code is ErrorCode.NO_MODEL


def test_a_failed_load_leaves_it_usable(tmp_path: Path) -> None:
    with running() as child:
        child.send(wire.Load(ModelRef("x", EngineKind.SCRIPTED, str(tmp_path / "none")), PLAN))
        failed = child.until(wire.LoadFailed)
        assert isinstance(failed, wire.LoadFailed)
        assert failed.error.code is ErrorCode.MODEL_MISSING
        child.send(wire.Load(script_ref(tmp_path, TEA), PLAN), wire.CountTokens(9, ask("one two")))
        assert child.until(wire.TokenCount) == wire.TokenCount(9, 6)


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_it_ends_when_nobody_is_there_any_more(tmp_path: Path, busy: bool) -> None:
    with running() as child:
        child.send(wire.Load(script_ref(tmp_path, SLOW), PLAN))
        child.until(wire.Loaded)
        if busy:
            child.send(wire.Generate(1, ask(), PARAMS))
            child.until(TextDelta)
        assert child.process.stdin is not None
        child.process.stdin.close()
        assert child.process.wait(timeout=2) == 0


def test_rubbish_on_its_input_ends_it() -> None:
    with running() as child:
        child.until(wire.Hello)
        assert child.process.stdin is not None
        child.process.stdin.write(b"hello there, this is no frame")
        child.process.stdin.flush()
        assert child.process.wait(timeout=5) == 4


def test_prints_of_native_code_go_to_standard_error(tmp_path: Path) -> None:
    script = replace(TEA, fault=Fault.NATIVE_PRINT, fault_after=1)
    with running() as child:
        child.send(wire.Load(script_ref(tmp_path, script), PLAN), wire.Generate(1, ask(), PARAMS))
        child.until(Finished)
        assert child.process.stderr is not None
        assert b"llama_context" in os.read(child.process.stderr.fileno(), 1000)


def test_it_gives_way_to_others() -> None:
    with running() as child:
        child.until(wire.Hello)
        assert psutil.Process(child.process.pid).nice() != psutil.Process().nice()


def test_an_engine_that_cannot_start_says_why() -> None:
    """As when its library is missing: the import of the engine's module fails."""
    code = (
        "import sys; sys.modules['app.model.engines.scripted'] = None;"
        "from app.__main__ import run; raise SystemExit(run(['--engine-child', 'scripted']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        child = Child(process)
        child.send(wire.Load(ModelRef("x", EngineKind.SCRIPTED, ""), PLAN))
        failed = child.until(wire.LoadFailed)
        assert isinstance(failed, wire.LoadFailed)
        assert failed.error.code is ErrorCode.ENGINE_START_FAILED
        assert process.wait(timeout=5) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_in_the_terminal_is_left_to_the_app(tmp_path: Path) -> None:
    import signal

    with running() as child:
        child.send(wire.Load(script_ref(tmp_path, TEA), PLAN))
        child.until(wire.Loaded)
        child.process.send_signal(signal.SIGINT)
        child.send(wire.Generate(1, ask(), PARAMS))
        child.until(Finished)


def test_odd_text_goes_through(tmp_path: Path) -> None:
    odd = "\ud800 \x00 \u202e 🍵 \r\n"
    with running() as child:
        child.send(wire.Load(script_ref(tmp_path, replace(TEA, answers=("ok " + odd,))), PLAN))
        child.send(wire.Generate(1, (Turn(Role.USER, odd),), PARAMS))
        text = ""
        while True:
            reply = child.reply()
            if isinstance(reply, wire.RequestReply):
                if isinstance(reply.event, TextDelta):
                    text += reply.event.text
                if isinstance(reply.event, Finished):
                    break
        assert text == "ok " + odd


@pytest.mark.parametrize("name", ["Teahouse", "teahouse-cli"])
@pytest.mark.parametrize("suffix", ["", ".exe"])
def test_both_frozen_programs_start_that_of_the_console(
    monkeypatch: pytest.MonkeyPatch, name: str, suffix: str
) -> None:
    assert child_command(EngineKind.SCRIPTED) == [sys.executable, "-m", "app", "--engine-child", "scripted"]
    folder = Path("/opt") / "tea 1.2"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(folder / f"{name}{suffix}"))
    program = str(folder / f"teahouse-cli{suffix}")
    assert child_command(EngineKind.SCRIPTED) == [program, "--engine-child", "scripted"]


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        ("ModuleNotFoundError", ErrorCode.ENGINE_START_FAILED),
        ("RuntimeError", ErrorCode.MODEL_LOAD_FAILED),
    ],
)
def test_a_missing_library_of_ours_is_no_damaged_model(tmp_path: Path, raised: str, code: ErrorCode) -> None:
    """Parts of torch and transformers are only looked for when a model is loaded."""
    breaking = (
        "from app.core.engine import EngineKind\n"
        "from app.model.engine_child import run_engine_child\n"
        "from app.model.engines.scripted import ScriptedEngine\n"
        "def load(*_): raise " + raised + "('a part')\n"
        "ScriptedEngine.load = load\n"
        "run_engine_child(EngineKind.SCRIPTED)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", breaking],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    ) as process:
        child = Child(process)
        child.send(wire.Load(script_ref(tmp_path, TEA), PLAN))
        failed = child.until(wire.LoadFailed)
        assert isinstance(failed, wire.LoadFailed)
        assert failed.error.code is code
        process.kill()

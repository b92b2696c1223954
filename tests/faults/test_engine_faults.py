"""What becomes of requests and processes when the engine child misbehaves or is killed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from helpers.engine_fixtures import engine as engine
from helpers.engine_host import PLAN, EngineRecorder, ask, script_ref
from pytestqt.qtbot import QtBot

from app.core.chat import FinishReason
from app.core.engine import EngineKind, Failed, Finished
from app.core.errors import ErrorCode
from app.model.engines.script import Fault, FaultPoint, Script
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineState
from tests.helpers.sudden_end import end_suddenly

TEA = Script(answers=("One cup of 绿茶, please. 🍵\n",))
SLOW = Script(answers=("slow words " * 2000,), delay_ms=5)
BAD = "please fail"


def failed_with(engine: EngineRecorder, request: int) -> ErrorCode:
    end = engine.wait_end(request)
    assert isinstance(end, Failed)
    return end.error.code


def test_a_crash_is_an_error_message_and_the_next_request_works(
    engine: EngineRecorder, tmp_path: Path
) -> None:
    script = replace(TEA, fault=Fault.CRASH, fault_after=3, fault_when=BAD)
    engine.load(script_ref(tmp_path, script))
    crashing, waiting = engine.ask(BAD), engine.ask()
    end = engine.wait_end(crashing)
    assert isinstance(end, Failed)
    assert end.error.code is ErrorCode.ENGINE_CRASHED
    assert end.error.params["exit_code"]
    assert engine.text(crashing) == "One cup of"
    assert isinstance(engine.wait_end(waiting), Finished)
    assert engine.text(waiting) == TEA.answers[0]


@pytest.mark.parametrize(
    ("end", "code"),
    [("memory", ErrorCode.ENGINE_OUT_OF_MEMORY), ("crash", ErrorCode.ENGINE_CRASHED)],
)
def test_a_killed_child_keeps_the_text_and_comes_back(
    engine: EngineRecorder, tmp_path: Path, end: str, code: ErrorCode
) -> None:
    engine.load(script_ref(tmp_path, SLOW))
    request = engine.ask()
    engine.wait_text(request)
    end_suddenly(engine.child(), end)
    assert failed_with(engine, request) is code
    assert SLOW.answers[0].startswith(engine.text(request))
    engine.wait_state(EngineState.READY)
    again = engine.ask()
    engine.wait_text(again)
    engine.client.stop(again)
    engine.wait_end(again)


def test_an_illegal_instruction_is_told_and_not_tried_again(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, SLOW))
    request = engine.ask()
    engine.wait_text(request)
    end_suddenly(engine.child(), "processor")
    assert failed_with(engine, request) is ErrorCode.CPU_UNSUPPORTED
    engine.wait_state(EngineState.FAILED)


def test_an_idle_child_that_dies_comes_back_silently(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, TEA))
    child = engine.child()
    child.kill()
    engine.wait(lambda: engine.client.status.child_pid not in {0, child.pid})
    engine.answered(ask())
    assert EngineState.FAILED not in engine.states


def test_three_crashes_in_a_row_are_enough_until_the_person_acts(
    engine: EngineRecorder, tmp_path: Path
) -> None:
    script = replace(TEA, fault=Fault.CRASH, fault_at=FaultPoint.PROMPT, fault_when=BAD)
    engine.load(script_ref(tmp_path, script))
    requests = [engine.ask(BAD) for _ in range(4)]
    codes = [failed_with(engine, request) for request in requests]
    assert codes == [ErrorCode.ENGINE_CRASHED] * 4
    assert engine.client.status.state is EngineState.FAILED
    assert engine.states.count(EngineState.LOADING) == 3
    assert failed_with(engine, engine.ask(BAD)) is ErrorCode.ENGINE_CRASHED
    engine.wait_state(EngineState.READY)  # the person asked again: it has its three tries again
    engine.answered(ask())


def test_crashes_with_good_answers_between_are_not_in_a_row(engine: EngineRecorder, tmp_path: Path) -> None:
    script = replace(TEA, fault=Fault.CRASH, fault_at=FaultPoint.PROMPT, fault_when=BAD)
    engine.load(script_ref(tmp_path, script))
    for _ in range(4):
        assert failed_with(engine, engine.ask(BAD)) is ErrorCode.ENGINE_CRASHED
        engine.answered(ask())
    assert EngineState.FAILED not in engine.states


def test_killed_by_the_system_while_loading_is_not_tried_again(
    engine: EngineRecorder, tmp_path: Path
) -> None:
    """A model too big for the memory must not bring the machine to its knees three times."""
    ref = script_ref(tmp_path, replace(TEA, load_ms=60_000))
    engine.client.load(ref, PLAN)
    waiting = engine.ask()
    engine.wait(lambda: engine.client.status.load_fraction > 0 or engine.client.status.child_pid > 0)
    end_suddenly(engine.child(), "memory")
    assert failed_with(engine, waiting) is ErrorCode.ENGINE_OUT_OF_MEMORY
    assert engine.client.status.state is EngineState.FAILED
    script_ref(tmp_path, TEA)
    engine.load(ref)
    engine.answered(ask())


def test_a_crash_while_loading_gives_up_in_the_end(engine: EngineRecorder, tmp_path: Path) -> None:
    script = replace(TEA, fault=Fault.CRASH, fault_at=FaultPoint.LOAD)
    engine.client.load(script_ref(tmp_path, script), PLAN)
    assert failed_with(engine, engine.ask()) is ErrorCode.ENGINE_CRASHED
    engine.wait_state(EngineState.FAILED)


def test_stop_while_native_code_hangs_kills_and_loads_again(engine: EngineRecorder, tmp_path: Path) -> None:
    script = replace(TEA, fault=Fault.HANG, fault_at=FaultPoint.PROMPT, fault_when=BAD)
    engine.load(script_ref(tmp_path, script))
    child = engine.child()
    hanging = engine.ask(BAD)
    engine.wait(lambda: bool(engine.of(hanging)))
    waiting = engine.ask()
    engine.client.stop(hanging)
    end = engine.wait_end(hanging)
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.CANCELLED
    assert engine.client.status.state is EngineState.BUSY
    assert isinstance(engine.wait_end(waiting), Finished)
    assert engine.text(waiting) == TEA.answers[0]
    assert not child.is_running()
    assert EngineState.FAILED not in engine.states


def test_stop_of_an_engine_that_does_not_listen(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, replace(SLOW, fault=Fault.DEAF)))
    child = engine.child()
    request = engine.ask()
    engine.wait_text(request)
    engine.client.stop(request)
    text = engine.text(request)
    end = engine.wait_end(request)
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.CANCELLED
    assert end.usage.output_tokens > 0
    engine.wait(lambda: engine.client.status.child_pid not in {0, child.pid})
    engine.wait_state(EngineState.READY)
    assert engine.text(request) == text
    assert not child.is_running()


def test_unload_while_native_code_hangs(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.client.load(script_ref(tmp_path, replace(TEA, fault=Fault.HANG, fault_at=FaultPoint.LOAD)), PLAN)
    request = engine.ask()
    engine.wait(lambda: engine.client.status.load_fraction > 0.8)
    engine.client.unload()
    assert engine.wait_end(request) == Finished(FinishReason.CANCELLED)
    engine.wait_state(EngineState.EMPTY)


def test_a_child_that_dies_right_after_stop_is_still_a_stop(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.load(script_ref(tmp_path, replace(SLOW, fault=Fault.DEAF)))
    request = engine.ask()
    engine.wait_text(request)
    engine.client.stop(request)
    engine.child().kill()
    end = engine.wait_end(request)
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.CANCELLED
    engine.wait_state(EngineState.READY)


def test_what_native_code_prints_does_not_break_the_frames(engine: EngineRecorder, tmp_path: Path) -> None:
    script = replace(TEA, fault=Fault.NATIVE_PRINT, fault_after=2)
    engine.load(script_ref(tmp_path, script))
    request = engine.answered(ask())
    assert engine.text(request) == TEA.answers[0]
    log = tmp_path / "log" / "engine.log"
    engine.wait(lambda: log.exists() and "llama_context" in log.read_text("utf-8"))


def test_a_bug_of_the_engine_is_told_without_quoting_anyone(engine: EngineRecorder, tmp_path: Path) -> None:
    script = replace(TEA, fault=Fault.EXCEPTION, fault_after=3, fault_when=BAD)
    engine.load(script_ref(tmp_path, script))
    end = engine.wait_end(engine.ask(f"my secret {BAD}"))
    assert isinstance(end, Failed)
    assert end.error.code is ErrorCode.ENGINE_PROTOCOL
    log = tmp_path / "log" / "engine.log"
    engine.wait(lambda: log.exists() and "ArithmeticError" in log.read_text("utf-8"))
    assert "secret" not in log.read_text("utf-8")
    assert "One cup" not in log.read_text("utf-8")
    engine.answered(ask())


@pytest.mark.parametrize("seed", range(4))
def test_a_storm_of_everything_at_once(engine: EngineRecorder, tmp_path: Path, seed: int) -> None:
    """Whatever happens in whatever order: one terminal event each, no text after Stop, and it works after."""
    dice = random.Random(seed)
    script = replace(SLOW, answers=("some words " * 40,), delay_ms=0.5, load_ms=10)
    refs = [script_ref(tmp_path, script, "one"), script_ref(tmp_path, replace(script, delay_ms=0), "two")]
    engine.load(refs[0])
    requests: list[int] = []
    stopped: dict[int, str] = {}

    def stop() -> None:
        if requests:
            number = dice.choice(requests)
            engine.client.stop(number)
            stopped.setdefault(number, engine.text(number))

    def kill() -> None:
        pid = engine.client.status.child_pid
        if pid and psutil.pid_exists(pid):
            psutil.Process(pid).kill()

    deeds = {
        lambda: requests.append(engine.ask()): 10,
        stop: 5,
        lambda: engine.client.load(dice.choice(refs), PLAN): 2,
        kill: 2,
        engine.client.restart: 1,
        engine.client.unload: 1,
    }
    for _ in range(60):
        (deed,) = dice.choices(list(deeds), weights=list(deeds.values()))
        deed()
        engine.settle(dice.choice([0, 0, 1, 5, 20]))
    engine.client.load(refs[1], PLAN)
    for request in requests:
        engine.wait_end(request)
    for request, text in stopped.items():
        assert engine.text(request) == text
    engine.wait_state(EngineState.READY)
    engine.answered(ask())


CHILDREN = {
    "rubbish": "import sys; sys.stdout.write('llama_context: hello'); sys.stdout.flush(); sys.stdin.read()",
    "no message": "import os,sys; os.write(1, b'\\0\\0\\0\\2{}'); sys.stdin.read()",
    "exit": "raise SystemExit(7)",
}


@pytest.mark.parametrize(
    ("child", "code"),
    [
        ("rubbish", ErrorCode.ENGINE_PROTOCOL),
        ("no message", ErrorCode.ENGINE_PROTOCOL),
        ("exit", ErrorCode.ENGINE_START_FAILED),
        ("missing", ErrorCode.ENGINE_START_FAILED),
    ],
)
def test_a_child_that_is_no_engine(qtbot: QtBot, tmp_path: Path, child: str, code: ErrorCode) -> None:
    def command(_: EngineKind) -> list[str]:
        if child == "missing":
            return [str(tmp_path / "no such program")]
        return [sys.executable, "-c", CHILDREN[child]]

    client = EngineClient(None, command)
    engine = EngineRecorder(client, qtbot)
    client.load(script_ref(tmp_path, TEA), PLAN)
    assert failed_with(engine, engine.ask()) is code
    engine.wait_state(EngineState.FAILED)
    client.shutdown()
    engine.assert_one_end_each()


STUTTERER = """
import os, sys
from app.core.chat import FinishReason
from app.core.engine import EngineKind, Finished, ModelInfo, TextDelta
from app.core.wire import *
decoder = FrameDecoder()
def say(*replies):
    os.write(1, b"".join(encode_reply(reply) for reply in replies))
say(Hello(EngineKind.SCRIPTED, os.getpid()))
while data := os.read(0, 65536):
    for payload in decoder.feed(data):
        command = decode_command(payload)
        if isinstance(command, Load):
            say(Loaded(ModelInfo("x", "x", "x", 100, 100, 0, 0)))
        if isinstance(command, Generate):
            number, end = command.request_id, Finished(FinishReason.STOP)
            say(RequestReply(number - 1, TextDelta("late")), RequestReply(number - 1, end))
            say(RequestReply(number, TextDelta("right")), RequestReply(number + 1, end))
            say(RequestReply(number, end), RequestReply(number, end), RequestReply(number, TextDelta("!")))
"""


def test_frames_of_other_requests_are_dropped(qtbot: QtBot, tmp_path: Path) -> None:
    client = EngineClient(None, lambda _: [sys.executable, "-c", STUTTERER])
    engine = EngineRecorder(client, qtbot)
    engine.load(script_ref(tmp_path, TEA))
    requests = [engine.ask() for _ in range(5)]
    assert [type(engine.wait_end(request)) for request in requests] == [Finished] * 5
    engine.settle()
    assert [engine.text(request) for request in requests] == ["right"] * 5
    client.shutdown()
    engine.assert_one_end_each()


PARENT = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.core.chat import Role, Turn
from app.core.engine import EngineKind, GenerationParams, LoadPlan, ModelRef
from app.workers.engine_client import EngineClient
app = QCoreApplication([])
client = EngineClient(None)
client.status_changed.connect(lambda status: status.child_pid and print(status.child_pid, flush=True))
client.event_received.connect(lambda number, event: print("event", flush=True))
client.load(ModelRef("x", EngineKind.SCRIPTED, sys.argv[1]), LoadPlan())
client.generate([Turn(Role.USER, "Hello")], GenerationParams(max_tokens=0))
app.exec()
"""


@pytest.mark.parametrize("fault", [Fault.NONE, Fault.HANG], ids=["streaming", "hanging"])
def test_a_killed_app_leaves_no_child(tmp_path: Path, fault: Fault) -> None:
    if fault is Fault.HANG and sys.platform not in ("linux", "win32"):
        pytest.skip("a child whose native code keeps the lock is ended by the kernel, on Linux and Windows")
    ref = script_ref(tmp_path, replace(SLOW, fault=fault, fault_at=FaultPoint.PROMPT))
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, ref.path],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert parent.stdout is not None
    with parent:
        pid = next(int(line) for line in parent.stdout if line.strip().isdigit())
        child = psutil.Process(pid)
        next(line for line in parent.stdout if line.startswith("event"))
        parent.kill()
    _, alive = psutil.wait_procs([child], timeout=2)
    for left in alive:
        left.kill()
    assert not alive

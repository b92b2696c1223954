"""Figures of the engine host, as JSON lines: the pipe, the start of a child, Stop, a killed child.

The scripted engine stands in for a model where the host itself is measured; with `--gguf FILE` the figures of
Stop and of a killed child are taken again with that model. Nothing here is a figure of a model's speed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, Qt, QTimer, Slot

from app.core import wire
from app.core.chat import Role, Turn
from app.core.engine import EngineKind, Failed, Finished, GenerationParams, LoadPlan, ModelRef, TextDelta
from app.model.engines.script import Fault, FaultPoint, Script, dump_script
from app.workers.engine_client import EngineClient
from app.workers.engine_process import child_command
from app.workers.engine_status import EngineState

QUESTION = (Turn(Role.USER, "Tell me a very long story about tea."),)
NO_LIMIT = GenerationParams(max_tokens=0, temperature=0.0)
PLAN = LoadPlan(context_length=131_072)
GUI_TICK_MS = 1000 / 60
PATIENCE_S = 30.0


def tell(name: str, value: float, unit: str, target: float | None = None) -> None:
    """One figure."""
    line = {"name": f"engine_host.{name}", "value": round(value, 3), "unit": unit, "target": target}
    print(json.dumps(line), flush=True)


def percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


class Listener(QObject):
    """Hears a client out, and spins the event loop until something is so."""

    def __init__(self, client: EngineClient) -> None:
        super().__init__()
        self.client = client
        self.text_at = 0.0
        self.end_at = 0.0
        self.deltas = 0
        self.tokens = 0
        client.event_received.connect(self._on_event)
        self._heartbeat = QTimer(self)  # wakes `wait` up when nothing else does
        self._heartbeat.start(20)

    @Slot(int, object)
    def _on_event(self, _: int, event: object) -> None:
        if isinstance(event, TextDelta):
            self.text_at = time.perf_counter()
            self.deltas += 1
            self.tokens += len(event.ids)
        elif isinstance(event, Finished | Failed):
            self.end_at = time.perf_counter()

    def wait(self, condition: Callable[[], bool]) -> None:
        until = time.perf_counter() + PATIENCE_S
        while not condition():
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if time.perf_counter() > until:
                raise TimeoutError("waited in vain")

    def ask(self) -> int:
        """Begin an answer and wait for its first text."""
        self.text_at = self.end_at = 0.0
        self.deltas = self.tokens = 0
        request_id = self.client.generate(QUESTION, NO_LIMIT)
        self.wait(lambda: self.text_at > 0)
        return request_id

    def wait_ready(self) -> None:
        self.wait(lambda: self.client.status.state is EngineState.READY)


@contextmanager
def listening(ref: ModelRef) -> Iterator[Listener]:
    """A client with `ref` loaded."""
    client = EngineClient()
    listener = Listener(client)
    client.load(ref, PLAN)
    listener.wait_ready()
    yield listener
    client.shutdown()


def script_ref(folder: Path, script: Script) -> ModelRef:
    path = folder / f"{abs(hash(script))}.json"
    path.write_text(dump_script(script), encoding="utf-8")
    return ModelRef(path.stem, EngineKind.SCRIPTED, str(path))


def raw_child() -> subprocess.Popen[bytes]:
    command = child_command(EngineKind.SCRIPTED)
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def replies_of(child: subprocess.Popen[bytes]) -> Iterator[wire.Reply]:
    assert child.stdout is not None
    decoder = wire.FrameDecoder()
    while data := os.read(child.stdout.fileno(), 1 << 16):
        for payload in decoder.feed(data):
            yield wire.decode_reply(payload)


def bench_start() -> None:
    """From nothing to `Hello`."""
    seconds = []
    for _ in range(10):
        began = time.perf_counter()
        with raw_child() as child:
            next(replies_of(child))
            seconds.append(time.perf_counter() - began)
            child.kill()
    tell("child_hello_p50_s", statistics.median(seconds), "s", 0.5)


def bench_pipe(folder: Path) -> None:
    """Events a second out of a child that says one token an event, decoded."""
    ref = script_ref(folder, Script(answers=("word " * 100,), repeat=500))
    with raw_child() as child:
        assert child.stdin is not None
        child.stdin.write(wire.encode_command(wire.Load(ref, PLAN)))
        child.stdin.write(wire.encode_command(wire.Generate(1, QUESTION, NO_LIMIT)))
        child.stdin.flush()
        count, began = 0, 0.0
        for reply in replies_of(child):
            if isinstance(reply, wire.RequestReply):
                began = began or time.perf_counter()
                count += 1
                if isinstance(reply.event, Finished | Failed):
                    break
        tell("pipe_events_per_s", count / (time.perf_counter() - began), "1/s", 5000)
        child.kill()


def bench_gui(folder: Path, delay_ms: float, name: str) -> None:
    """What a 60 Hz timer of the GUI thread feels while an answer streams."""
    with listening(
        script_ref(folder, Script(answers=("word " * 100,), repeat=500, delay_ms=delay_ms))
    ) as ear:
        ticks: list[float] = []
        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setInterval(round(GUI_TICK_MS))
        timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
        request_id = ear.ask()
        timer.start()
        began, before = time.perf_counter(), time.process_time()
        ear.wait(lambda: ear.end_at > 0 or time.perf_counter() - began > 4)
        seconds, used = time.perf_counter() - began, time.process_time() - before
        timer.stop()
        ear.client.stop(request_id)
        ear.wait(lambda: ear.end_at > 0)
        gaps = [(after - tick) * 1000 for tick, after in itertools.pairwise(ticks)]
        tell(f"gui_{name}_tokens_per_s", ear.tokens / seconds, "1/s")
        tell(f"gui_{name}_events_per_s", ear.deltas / seconds, "1/s")
        tell(f"gui_{name}_gap_p99_ms", percentile(gaps, 99), "ms", 33)
        tell(f"gui_{name}_app_cpu_percent", used / seconds * 100, "%")


def bench_stop(ref: ModelRef, label: str, rounds: int = 40) -> None:
    """From Stop to the terminal event, and to an idle engine, while text streams."""
    stops, idles = [], []
    with listening(ref) as ear:
        for _ in range(rounds):
            request_id = ear.ask()
            began = time.perf_counter()
            ear.client.stop(request_id)
            ear.wait(lambda: ear.end_at > 0)
            stops.append((ear.end_at - began) * 1000)
            ear.wait_ready()
            idles.append((time.perf_counter() - began) * 1000)
    tell(f"stop_p50_ms.{label}", statistics.median(stops), "ms", 200)
    tell(f"stop_p95_ms.{label}", percentile(stops, 95), "ms", 200)
    tell(f"stop_to_idle_p95_ms.{label}", percentile(idles, 95), "ms", 3000)


def bench_stop_hung(folder: Path) -> None:
    """Stop while native code holds the interpreter lock: ended by the worker, killed, loaded again."""
    ends, readies = [], []
    script = Script(answers=("word",), fault=Fault.HANG, fault_at=FaultPoint.PROMPT)
    with listening(script_ref(folder, script)) as ear:
        for _ in range(5):
            ear.end_at = 0.0
            request_id = ear.client.generate(QUESTION, NO_LIMIT)
            ear.wait(lambda: ear.client.status.state is EngineState.BUSY)
            time.sleep(0.1)  # surely inside the native call by now
            began = time.perf_counter()
            ear.client.stop(request_id)
            ear.wait(lambda: ear.end_at > 0)
            ends.append((ear.end_at - began) * 1000)
            ear.wait_ready()
            readies.append(time.perf_counter() - began)
    tell("stop_hung_max_ms", max(ends), "ms", 200)
    tell("stop_hung_ready_max_s", max(readies), "s", 3)


def bench_kill(ref: ModelRef, label: str) -> None:
    """From the kill of the child to `Failed`, and until the model is back."""
    failed, back = [], []
    with listening(ref) as ear:
        for _ in range(10):
            ear.ask()
            child = psutil.Process(ear.client.status.child_pid)
            began = time.perf_counter()
            child.kill()
            ear.wait(lambda: ear.end_at > 0)
            failed.append((ear.end_at - began) * 1000)
            ear.wait_ready()
            back.append(time.perf_counter() - began)
            stopped = ear.ask()  # a good answer between: three crashes in a row would be given up
            ear.client.stop(stopped)
            ear.wait_ready()
    tell(f"kill_to_failed_p50_ms.{label}", statistics.median(failed), "ms")
    tell(f"kill_to_failed_max_ms.{label}", max(failed), "ms", 200)
    tell(f"kill_to_ready_p50_s.{label}", statistics.median(back), "s")


def main() -> int:
    """Run everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--gguf", type=Path, help="take the figures of Stop and kill also with this model")
    arguments = parser.parse_args()
    application = QCoreApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        talker = script_ref(folder, Script(answers=("word " * 100,), repeat=500, delay_ms=2))
        bench_start()
        bench_pipe(folder)
        bench_gui(folder, 0.1, "steady")
        bench_gui(folder, 0.0, "flood")
        bench_stop(talker, "scripted")
        bench_stop_hung(folder)
        bench_kill(talker, "scripted")
    if arguments.gguf is not None:
        model = ModelRef("bench", EngineKind.LLAMA_CPP, str(arguments.gguf.resolve()))
        bench_stop(model, "llama_cpp")
        bench_kill(model, "llama_cpp")
    application.quit()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

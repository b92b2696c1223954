"""Figures of the engine host with the starter model, as JSON lines: start, Stop, a killed child."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, QTimer, Slot

from app.core import wire
from app.core.chat import Role, Turn
from app.core.engine import EngineKind, Failed, Finished, GenerationParams, LoadPlan, ModelRef, TextDelta
from app.locations import default_paths
from app.model import starter
from app.workers.engine_client import EngineClient
from app.workers.engine_process import child_command
from app.workers.engine_status import EngineState

QUESTION = (Turn(Role.USER, "Tell me a very long story about tea."),)
NO_LIMIT = GenerationParams(max_tokens=0, temperature=0.0)
PLAN = LoadPlan(context_length=8192)
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


def raw_child() -> subprocess.Popen[bytes]:
    command = child_command(EngineKind.LLAMA_CPP)
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


def bench_stop(ref: ModelRef, rounds: int = 40) -> None:
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
    tell("stop_p50_ms", statistics.median(stops), "ms", 200)
    tell("stop_p95_ms", percentile(stops, 95), "ms", 200)
    tell("stop_to_idle_p95_ms", percentile(idles, 95), "ms", 3000)


def bench_stop_reading(ref: ModelRef, rounds: int = 10) -> None:
    """Stop while a prompt of some thousand tokens is read: to the terminal event, and to an idle engine."""
    ends, idles = [], []
    with listening(ref) as ear:
        for at in range(rounds):
            ear.end_at = 0.0
            # Another first word each time, or the cached prefix would make the prompt short.
            question = Turn(Role.USER, f"{at} " + "green tea and black tea, " * 900)
            request_id = ear.client.generate((question,), NO_LIMIT)
            ear.wait(lambda: ear.client.status.state is EngineState.BUSY)
            time.sleep(0.3)
            began = time.perf_counter()
            ear.client.stop(request_id)
            ear.wait(lambda: ear.end_at > 0)
            ends.append((ear.end_at - began) * 1000)
            ear.wait_ready()
            idles.append(time.perf_counter() - began)
    tell("stop_while_reading_max_ms", max(ends), "ms", 200)
    tell("stop_while_reading_to_ready_max_s", max(idles), "s", 3)


def bench_kill(ref: ModelRef) -> None:
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
    tell("kill_to_failed_p50_ms", statistics.median(failed), "ms")
    tell("kill_to_failed_max_ms", max(failed), "ms", 200)
    tell("kill_to_ready_p50_s", statistics.median(back), "s")


def main() -> int:
    """Run everything."""
    path = default_paths().models_dir / starter.FILE_NAME
    if not path.is_file():
        print(f"the starter model is not in {path.parent}", file=sys.stderr)
        return 1
    model = ModelRef(starter.NAME, EngineKind.LLAMA_CPP, str(path))
    application = QCoreApplication(sys.argv[:1])
    bench_start()
    bench_stop(model)
    bench_stop_reading(model)
    bench_kill(model)
    application.quit()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

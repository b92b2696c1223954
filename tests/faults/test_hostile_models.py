"""GGUF files that were made to do harm: damaged headers, and chat templates that loop, recurse and grow.

llama.cpp runs a template when it loads a model and for every prompt, and reads every header that is not
refused before. What goes wrong there goes wrong in the child.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

import psutil
import pytest
from helpers.engine_fixtures import engine as engine
from helpers.engine_host import EngineRecorder
from PySide6.QtCore import QTimer

from app.core.chat import FinishReason
from app.core.engine import EngineKind, Failed, Finished, LoadPlan, ModelRef
from app.core.errors import ErrorCode, WorldError
from app.model import gguf
from app.workers.engine_status import EngineState
from tests.faults.dice import COUNT_VARIABLE, SEED, dice, times
from tests.helpers.gguf_files import GgufFile
from tests.helpers.patched_starter import with_template
from tests.helpers.starter import starter_path

pytestmark = pytest.mark.starter
ROOT = Path(__file__).resolve().parents[2]
PLAN = LoadPlan(512)
HANGS_AFTER_S = 120
only_in_faults = pytest.mark.skipif(
    COUNT_VARIABLE not in os.environ, reason="seconds a try: `dev.py faults` does it"
)
# Our prompts hold words in place of texts, and they begin so; the library tries templates with others.
FOR_EVER = (
    "{% if 'tea' in messages[0]['content'] %}"
    "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}{% endif %}"
    "{% for m in messages %}{{ m['role'] + ': ' + m['content'] }}{% endfor %}"
)
WITHOUT_BOTTOM = "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}"
DEEP = "{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}"
LOADS_FOR_EVER = "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}x"


def ref_of(path: Path) -> ModelRef:
    return ModelRef("hostile", EngineKind.LLAMA_CPP, str(path))


class Heart(QTimer):
    """Beats in the GUI thread; a freeze is a gap between two beats."""

    def __init__(self) -> None:
        super().__init__()
        self.beats = 0
        self.longest_ms = 0.0
        self._last = time.monotonic()
        self.timeout.connect(self._beat)
        self.start(10)

    def _beat(self) -> None:
        now = time.monotonic()
        self.longest_ms = max(self.longest_ms, (now - self._last) * 1000)
        self._last = now
        self.beats += 1


def test_a_template_without_end_is_stopped_and_the_window_goes_on(
    engine: EngineRecorder, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    engine.load(ref_of(with_template(tmp_path / "hostile.gguf", FOR_EVER)), PLAN)
    child = engine.child()
    request = engine.ask("What is the capital of France?")
    heart = Heart()
    engine.settle(400)
    beats = heart.beats
    assert beats > 10
    asked = time.monotonic()
    engine.client.stop(request)
    end = engine.wait_end(request)
    stopped_ms = (time.monotonic() - asked) * 1000
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.CANCELLED
    engine.wait(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert heart.beats > beats
    heart.stop()
    record_property("answer stopped after ms", round(stopped_ms))
    record_property("longest pause of the window's thread ms", round(heart.longest_ms))
    engine.client.unload()
    engine.wait_state(EngineState.EMPTY)


@only_in_faults
@pytest.mark.parametrize("template", [WITHOUT_BOTTOM, DEEP], ids=["recursion", "nesting"])
def test_a_template_that_kills_the_child_is_a_sentence(
    engine: EngineRecorder, tmp_path: Path, template: str
) -> None:
    engine.client.load(ref_of(with_template(tmp_path / "hostile.gguf", template)), PLAN)
    request = engine.ask()
    end = engine.wait_end(request)
    assert isinstance(end, Failed)
    assert end.error.code is ErrorCode.ENGINE_CRASHED
    engine.wait_state(EngineState.FAILED)


@only_in_faults
def test_a_load_without_end_is_left_for_another_model(engine: EngineRecorder, tmp_path: Path) -> None:
    engine.client.load(ref_of(with_template(tmp_path / "hostile.gguf", LOADS_FOR_EVER)), PLAN)
    engine.wait_state(EngineState.LOADING)
    request = engine.ask("What is the capital of France?")
    engine.settle(300)
    sound = tmp_path / "sound.gguf"
    sound.symlink_to(starter_path())
    engine.load(ref_of(sound), PLAN)
    assert isinstance(engine.wait_end(request), Finished)


def test_damaged_headers_never_trouble_the_reader(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Ours: whatever stands in a header, it is read or refused, in little memory."""
    content = GgufFile().content()
    path = tmp_path / "damaged.gguf"
    found: Counter[str] = Counter()
    process, before = psutil.Process(), psutil.Process().memory_info().rss
    for number in range(times(100, 2_000)):
        path.write_bytes(damaged(content, dice(f"header {number}")))
        try:
            gguf.read_vocabulary(path)
            found["read"] += 1
        except WorldError as error:
            found[error.info.code.value] += 1
    assert process.memory_info().rss - before < 64 << 20
    assert len(found) > 1
    record_property("damaged headers", ", ".join(f"{key} {count}" for key, count in sorted(found.items())))


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Changed, cut, doubled, shifted: what a hand or a disk may do."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 2, 8, 64))):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
            case 1:
                data[at : at + 8] = chance.choice((b"\xff" * 8, b"\xff" * 7 + b"\x7f", chance.randbytes(8)))
            case 2:
                del data[at : at + chance.randrange(1, 9)]
            case _:
                data[at:at] = data[at : at + chance.randrange(1, 64)]
    return bytes(data)


@only_in_faults
def test_damaged_headers_reach_the_library_and_the_app_lives(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """In a process of its own, as in the app: it may die of one, and then goes on with the next."""
    copy = tmp_path / "copy.gguf"
    count, number = times(6, 500), 0
    found: Counter[str] = Counter()
    while number < count:
        shutil.copyfile(starter_path(), copy)
        number = _until_one_kills(copy, number, count, found)
    assert found.total() == count
    assert not found["hung"]
    record_property("loads", ", ".join(f"{key} {times_}" for key, times_ in sorted(found.items())))


def _until_one_kills(copy: Path, first: int, count: int, found: Counter[str]) -> int:
    """Load from `first` on; gives the number to go on with."""
    command = [sys.executable, "-m", "tests.faults.damaged_gguf", str(copy), str(SEED)]
    loader = subprocess.Popen(
        [*command, str(first), str(count - first)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )
    assert loader.stdout is not None
    lines: SimpleQueue[str] = SimpleQueue()
    reader = Thread(target=_read, args=(loader, lines))
    reader.start()
    number = first
    while number < count:
        try:
            line = lines.get(timeout=HANGS_AFTER_S)
        except Empty:
            found["hung"] += 1
            break
        if not line:
            found["died"] += 1
            break
        found[line.split()[1]] += 1
        number += 1
    else:
        number -= 1  # the last one was told
    loader.kill()
    loader.wait()
    reader.join()
    loader.stdout.close()
    return number + 1


def _read(loader: subprocess.Popen[str], lines: SimpleQueue[str]) -> None:
    assert loader.stdout is not None
    for line in loader.stdout:
        lines.put(line)
    lines.put("")

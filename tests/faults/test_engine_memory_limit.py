"""Engines that may take only so much memory: told as that, and the next smaller plan answers.

A limit on the process stands for a system that does not promise memory it has not got (Windows, a container):
allocations fail, and what says so are the libraries' own words. Being killed for memory is in
`test_engine_faults` and `tests/workers/test_engine_memory.py`.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.engine_host import EngineRecorder, ask
from pytestqt.qtbot import QtBot

from app.core.engine import EngineKind, Failed, Finished, GenerationParams, LoadPlan, ModelRef, Precision
from app.core.errors import ErrorCode, WorldError
from app.model.engines.memory_failures import is_for_want_of_memory
from app.model.glm.family import Family
from app.workers.engine_client import EngineClient
from app.workers.engine_process import child_command
from app.workers.engine_status import EngineState
from tests.faults.dice import COUNT_VARIABLE
from tests.helpers.glm_folder import glm_ref, make_folder
from tests.helpers.glm_models import Options, Sizes
from tests.helpers.starter import starter_ref

PATIENCE_MS = 120_000  # two children that import torch, on a busy machine
GREEDY = GenerationParams(max_tokens=4, temperature=0.0)
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits the address space")
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
from app.__main__ import run
sys.exit(run(["--engine-child", sys.argv[2]]))
"""


@pytest.fixture(autouse=True)
def no_spare_arenas(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is mapped is what is needed: glibc reserves 64 MB for a thread, and does without where it must."""
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")


def limited(limit: int) -> Callable[[EngineKind], list[str]]:
    return lambda kind: [sys.executable, "-c", LIMITED, str(limit), kind.value]


def mapped_at(qtbot: QtBot, ref: ModelRef, plan: LoadPlan) -> int:
    """Bytes of address space that a child with this plan has at its peak, after an answer."""
    client = EngineClient(None, child_command)
    engine = EngineRecorder(client, qtbot)
    try:
        client.load(ref, plan)
        engine.wait(lambda: client.status.state is EngineState.READY, PATIENCE_MS)
        engine.answered(ask(), GREEDY)
        status = Path(f"/proc/{client.status.child_pid}/status").read_text("utf-8")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmPeak")) << 10
    finally:
        client.shutdown()


def check_goes_on_smaller(
    qtbot: QtBot, tmp_path: Path, ref: ModelRef, large: LoadPlan, small: LoadPlan
) -> None:
    limit = (mapped_at(qtbot, ref, small) + mapped_at(qtbot, ref, large)) // 2
    client = EngineClient(tmp_path / "log", limited(limit))
    engine = EngineRecorder(client, qtbot)
    try:
        client.load(ref, large, (small,))
        request = client.generate(ask(), GREEDY)
        engine.wait(lambda: bool(engine.ends(request)), PATIENCE_MS)
        assert isinstance(engine.ends(request)[0], Finished)
        assert client.status.plan == small
        client.load(ref, large)  # without a smaller plan behind it
        request = client.generate(ask(), GREEDY)
        engine.wait(lambda: bool(engine.ends(request)), PATIENCE_MS)
        end = engine.ends(request)[0]
        assert isinstance(end, Failed)
        assert end.error.code is ErrorCode.ENGINE_OUT_OF_MEMORY
        assert client.status.state is EngineState.FAILED
    finally:
        client.shutdown()
    engine.assert_one_end_each()


@linux
@pytest.mark.starter
def test_llama_cpp_goes_on_with_the_smaller_plan(qtbot: QtBot, tmp_path: Path) -> None:
    check_goes_on_smaller(qtbot, tmp_path, starter_ref(), LoadPlan(8192), LoadPlan(512))


@linux
@pytest.mark.skipif(COUNT_VARIABLE not in os.environ, reason="imports torch in five processes: dev.py faults")
def test_the_torch_engine_goes_on_with_the_smaller_plan(qtbot: QtBot, tmp_path: Path) -> None:
    sizes = Sizes(layers=2, hidden=1024, ffn=4096, vocab=32768)
    ref = glm_ref(make_folder(tmp_path, Family.CHATGLM3, Options(sizes=sizes)))
    cache = str(tmp_path / "prepared")
    large, small = (LoadPlan(512, precision, 1, cache) for precision in (Precision.FP32, Precision.INT4))
    check_goes_on_smaller(qtbot, tmp_path, ref, large, small)


@pytest.mark.parametrize(
    "text",
    [
        "0.03.619.406 E ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 1887436",
        "mmap failed: Cannot allocate memory",
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you",
        "unable to mmap 372267008 bytes from file: Cannot allocate memory (12)",
    ],
)
def test_the_words_of_the_libraries(text: str) -> None:
    """As they were said here, with a limit on the process."""
    assert is_for_want_of_memory(RuntimeError(text))
    try:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path="x") from RuntimeError(text)
    except WorldError as error:
        behind = error
    assert is_for_want_of_memory(behind)
    assert not is_for_want_of_memory(WorldError(ErrorCode.MODEL_UNREADABLE, path=f"/{text}/x.gguf"))
    assert not is_for_want_of_memory(RuntimeError("invalid vector subscript"))


class RefusalError(OSError):
    """As Windows says it, in the language of the system, with a number of its own."""

    def __init__(self, number: int, winerror: int | None = None) -> None:
        super().__init__(number, "页面文件太小，无法完成操作。")
        if winerror is not None:
            self.winerror = winerror


def test_the_numbers_of_the_systems() -> None:
    """They count in every language; 1455 is ERROR_COMMITMENT_LIMIT of Windows."""
    assert is_for_want_of_memory(RefusalError(errno.ENOMEM))
    assert is_for_want_of_memory(RefusalError(errno.EINVAL, 1455))
    assert is_for_want_of_memory(RuntimeError("Couldn't open file mapping: <x>, error code: <1455>"))
    assert is_for_want_of_memory(OSError("页面文件太小，无法完成操作。 (os error 1455)"))
    assert not is_for_want_of_memory(RefusalError(errno.EINVAL))
    assert not is_for_want_of_memory(RuntimeError("Couldn't open file mapping: <1455>, error code: <5>"))

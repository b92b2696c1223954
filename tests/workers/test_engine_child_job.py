"""What ends with the app on Windows, and the shapes that its calls expect."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from helpers.engine_host import PLAN, EngineRecorder, script_ref
from pytestqt.qtbot import QtBot

from app.core.engine import EngineKind
from app.model.engines.script import Script
from app.workers import child_job
from app.workers.engine_client import EngineClient
from app.workers.engine_process import child_command

PARENT = """
import subprocess, sys, time
from app.workers import child_job
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
child_job.adopt(child.pid)
print(child.pid, flush=True)
time.sleep(60)
"""
STARTER = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="sizes of 64-bit Windows")
def test_structures_have_the_documented_sizes() -> None:
    assert ctypes.sizeof(child_job._BasicLimits) == 64
    assert ctypes.sizeof(child_job._ExtendedLimits) == 144
    assert child_job._ExtendedLimits.ProcessMemoryLimit.offset == 112


def test_no_process_is_no_work() -> None:
    child_job.adopt(0)


@pytest.mark.skipif(sys.platform != "win32", reason="elsewhere the child sees its input end")
def test_a_child_ends_with_an_app_that_is_killed() -> None:
    """This one does not even read its input, as while native code keeps it busy."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        assert not psutil.wait_procs([child], timeout=10)[1]


def test_a_child_that_another_program_starts_is_known_by_its_own_number(qtbot: QtBot, tmp_path: Path) -> None:
    """As Python does in a virtual environment of Windows: its memory is what counts, and it ends as well."""

    def command(kind: EngineKind) -> list[str]:
        return [sys.executable, "-c", STARTER, *child_command(kind)]

    client = EngineClient(None, command)
    engine = EngineRecorder(client, qtbot)
    engine.load(script_ref(tmp_path, Script(answers=("Tea.",))), PLAN)
    child = engine.child()
    assert child.cmdline()[-2:] == ["--engine-child", "scripted"]
    assert child.ppid() in {one.pid for one in psutil.Process().children()}
    client.shutdown()
    assert not psutil.wait_procs([child], timeout=10)[1]

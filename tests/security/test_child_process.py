"""The engine child: what others can see of it, what it leaves behind, and what else is started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from app.application import StartOptions
from app.core.engine import EngineKind
from app.core.paths import AppPaths
from app.core.settings import SYSTEM_PROMPT, Settings
from app.model.engine_child import OOM_SCORE
from app.model.engines.script import Script
from app.model.hardware import driver_of_windows
from app.workers.engine_process import child_command
from tests.helpers.engine_host import script_ref
from tests.helpers.running_app import running_application

ROOT = Path(__file__).resolve().parents[2]
WAIT_MS = 30_000
SECRET = "nine-clay-kettles"


def test_nothing_of_a_conversation_is_in_arguments_or_environment(qtbot: QtBot, tmp_path: Path) -> None:
    """Every account may read the arguments of every process; the same account also the environment."""
    paths = AppPaths(tmp_path / "data", tmp_path / "models")
    settings = Settings().changed(SYSTEM_PROMPT, f"{SECRET} system")
    ref = script_ref(tmp_path, Script(answers=(f"{SECRET} answer",)))
    with running_application(paths, StartOptions(settings, model=ref)) as application:
        with qtbot.waitSignal(application.parts.chat.answered, timeout=WAIT_MS):
            application.window.composer.set_text(f"{SECRET} question")
            application.window.composer.submit()
        child = psutil.Process(application.parts.engine.status.child_pid)
        arguments, environment = child.cmdline(), child.environ()
        folder = child.cwd()
    assert arguments == child_command(EngineKind.SCRIPTED)
    assert SECRET not in repr((arguments, environment, folder))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the limits of another process")
def test_a_crash_writes_no_memory_onto_the_disk_and_it_is_first_to_go() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    child = subprocess.Popen(
        child_command(EngineKind.SCRIPTED),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        assert len(child.stdout.read(4)) == 4  # its first frame: it is up
        assert psutil.Process(child.pid).rlimit(psutil.RLIMIT_CORE) == (0, hard)
        # And when memory runs out, it goes before the window and everything else.
        score = int(Path(f"/proc/{child.pid}/oom_score_adj").read_text())
        assert score == max(OOM_SCORE, int(Path("/proc/self/oom_score_adj").read_text()))
    finally:
        child.stdin.close()
        child.stdout.close()
        child.wait()


def test_a_driver_of_windows_is_looked_for_where_only_drivers_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloads, system = tmp_path / "Downloads", tmp_path / "Windows" / "System32"
    older = tmp_path / "Program Files" / "NVIDIA Corporation" / "NVSMI"
    for folder in (downloads, system, older):
        folder.mkdir(parents=True)
    (downloads / "nvidia-smi.exe").touch(mode=0o755)
    monkeypatch.chdir(downloads)
    environment = {
        "SYSTEMROOT": str(tmp_path / "Windows"),
        "PROGRAMFILES": str(tmp_path / "Program Files"),
        "PATH": f".{os.pathsep}{downloads}",
    }
    assert driver_of_windows(environment) == ""
    (older / "nvidia-smi.exe").touch()
    assert driver_of_windows(environment) == str(older / "nvidia-smi.exe")
    (system / "nvidia-smi.exe").touch()
    assert driver_of_windows(environment) == str(system / "nvidia-smi.exe")

"""The doctor: each finding is made to happen, and so is each remedy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode
from app.core.findings import DoctorRemedy, FindingCode, Severity
from app.core.memory import GraphicsCard
from app.core.paths import AppPaths
from app.model import doctor, hardware, starter
from app.model.doctor_models import Request
from app.model.hardware import GIB, DriverState, GraphicsDriver, Hardware, Support, read_driver
from app.model.kernel_speeds import KernelSpeeds, write_speeds
from app.storage import pointer
from app.storage.opening import open_store
from app.workers import doctor_round
from tests.helpers.doctor_cases import MACHINE, NOBODY, everything, findings, posix
from tests.helpers.doctor_cases import paths as paths
from tests.helpers.gguf_files import GgufFile


def test_this_machine_is_examined(tmp_path: Path) -> None:
    paths = AppPaths(tmp_path / "data", tmp_path / "models", home=tmp_path / "home")
    found = [*doctor_round.examine(paths, Request(), lambda _: None, CancelToken())]
    assert FindingCode.VERSIONS in {finding.code for finding in found}
    assert all(isinstance(value, str) for finding in found for value in finding.params.values())
    assert list(tmp_path.iterdir()) == []  # looking changes nothing


def test_the_facts_of_this_machine() -> None:
    machine = hardware.look()
    assert 0 < machine.memory_available <= machine.memory_total
    assert 0 < machine.physical_cores <= machine.logical_cores
    assert hardware.resident_memory() > 1 << 20
    assert hardware.peak_memory(os.getpid()) >= 1 << 20
    assert hardware.resident_memory(2**22 + 1) == 0
    assert hardware.processor_has("no such thing") is not Support.YES


@pytest.mark.parametrize(
    ("machine", "code", "severity"),
    [
        (MACHINE, FindingCode.PROCESSOR_GOOD, Severity.GOOD),
        (replace(MACHINE, avx512=Support.YES), FindingCode.PROCESSOR_FAST, Severity.GOOD),
        (replace(MACHINE, avx2=Support.NO), FindingCode.PROCESSOR_TOO_OLD, Severity.PROBLEM),
        (replace(MACHINE, avx2=Support.UNKNOWN), FindingCode.PROCESSOR_UNKNOWN, Severity.NOTE),
        (
            replace(MACHINE, machine="arm64", avx2=Support.UNKNOWN),
            FindingCode.PROCESSOR_GOOD,
            Severity.GOOD,
        ),
        (MACHINE, FindingCode.MEMORY_GOOD, Severity.GOOD),
        (replace(MACHINE, memory_total=8 * GIB), FindingCode.MEMORY_SMALL, Severity.NOTE),
        (replace(MACHINE, memory_total=2 * GIB), FindingCode.MEMORY_TOO_SMALL, Severity.PROBLEM),
        (replace(MACHINE, memory_available=GIB), FindingCode.MEMORY_USED_UP, Severity.PROBLEM),
    ],
)
def test_machines(tmp_path: Path, machine: Hardware, code: FindingCode, severity: Severity) -> None:
    assert findings(tmp_path, machine)[code].severity is severity


@pytest.mark.parametrize(
    ("free", "code"),
    [(100 * GIB, FindingCode.DISK_GOOD), (5 * GIB, FindingCode.DISK_LOW), (1000, FindingCode.DISK_FULL)],
)
def test_disks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, code: FindingCode) -> None:
    monkeypatch.setattr(hardware, "disk_free", lambda _: free)
    assert findings(tmp_path)[code].params["free"] == str(free)


def test_a_full_disk_leads_to_the_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "disk_free", lambda _: 1000)
    assert findings(tmp_path)[FindingCode.DISK_FULL].remedy is DoctorRemedy.SHOW_STORAGE


def test_what_the_engine_takes_is_not_taken_by_others(tmp_path: Path, monkeypatch) -> None:
    poor = replace(MACHINE, memory_available=GIB)
    monkeypatch.setattr(hardware, "own_memory", lambda pid: {77: 8 * GIB}[pid])
    paths = AppPaths(tmp_path / "data", tmp_path / "models")
    codes = {found.code for found in doctor.examine(paths, poor, engine_pid=77)}
    assert FindingCode.MEMORY_GOOD in codes
    assert FindingCode.MEMORY_USED_UP not in codes


SMI = "| NVIDIA-SMI 535.104.05    Driver Version: 535.104.05    CUDA Version: 12.2 |"


@pytest.mark.parametrize(
    ("told", "needed", "driver"),
    [
        (SMI, 12, GraphicsDriver(DriverState.WORKS, "535.104.05")),
        (SMI, 11, GraphicsDriver(DriverState.WORKS, "535.104.05")),
        (SMI, 13, GraphicsDriver(DriverState.TOO_OLD, "535.104.05")),
        ("NVIDIA-SMI has failed because it couldn't communicate", 12, GraphicsDriver(DriverState.FAILING)),
        ("", 12, GraphicsDriver(DriverState.FAILING)),
        ("No devices were found", 12, None),
    ],
)
def test_what_a_driver_tells_of_itself(told: str, needed: int, driver: GraphicsDriver | None) -> None:
    assert read_driver(told, needed) == driver


@pytest.mark.parametrize(
    ("driver", "card", "code"),
    [
        (GraphicsDriver(DriverState.WORKS), GraphicsCard("A card", GIB, GIB), FindingCode.GRAPHICS_GOOD),
        (GraphicsDriver(DriverState.TOO_OLD, "470"), None, FindingCode.GRAPHICS_TOO_OLD),
        (GraphicsDriver(DriverState.FAILING), None, FindingCode.GRAPHICS_FAILING),
    ],
)
def test_graphics_drivers(tmp_path: Path, monkeypatch, driver, card, code) -> None:
    monkeypatch.setattr(hardware, "find_driver", lambda: driver)
    monkeypatch.setattr(hardware, "find_graphics_card", lambda *_: card)
    assert code in findings(tmp_path)


def test_no_driver_is_nothing_to_tell(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(hardware, "_nvidia_smi", lambda: "")
    assert not [code for code in findings(tmp_path) if code.value.startswith("graphics")]


@pytest.mark.skipif(os.name == "nt", reason="a script is no program there")
def test_a_driver_that_ends_with_an_error_is_seen(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").touch()
    (tmp_path / "torch" / "version.py").write_text("cuda: Optional[str] = '12.8'\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    hardware._torch_cuda.cache_clear()
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!{sys.executable}\nraise SystemExit(9)\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    try:
        assert hardware.find_driver() == GraphicsDriver(DriverState.FAILING)
        program.write_text(f"#!{sys.executable}\nprint({SMI!r})\n", encoding="utf-8")
        assert hardware.find_driver() == GraphicsDriver(DriverState.WORKS, "535.104.05")
    finally:
        hardware._torch_cuda.cache_clear()


def test_the_disk_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert hardware.disk_free(tmp_path / "a" / "b") == hardware.disk_free(tmp_path)


def test_a_data_folder_that_is_a_file_cannot_be_written(tmp_path: Path) -> None:
    assert findings(tmp_path)[FindingCode.DATA_FOLDER_GOOD].severity is Severity.GOOD
    (tmp_path / "data").write_text("", encoding="utf-8")
    assert findings(tmp_path)[FindingCode.DATA_FOLDER_READ_ONLY].severity is Severity.PROBLEM


def test_models_and_starter(tmp_path: Path) -> None:
    found = findings(tmp_path)
    assert found[FindingCode.MODELS_NONE].severity is Severity.PROBLEM
    assert found[FindingCode.STARTER_MISSING].severity is Severity.NOTE
    GgufFile().write(tmp_path / "models" / "good.gguf")
    (tmp_path / "models" / starter.FILE_NAME).write_bytes(GgufFile().content()[:-9])
    found = findings(tmp_path)
    assert found[FindingCode.MODELS_FOUND].params["count"] == "1"
    broken = found[FindingCode.MODEL_BROKEN]
    assert broken.error is not None
    assert broken.error.code is ErrorCode.MODEL_TRUNCATED
    assert found[FindingCode.STARTER_DAMAGED].severity is Severity.PROBLEM


def test_a_display_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    assert FindingCode.DISPLAY_GOOD in findings(tmp_path)
    monkeypatch.delenv("DISPLAY")
    assert FindingCode.DISPLAY_MISSING in findings(tmp_path)
    paths = AppPaths(tmp_path / "data", tmp_path / "models")
    asked = {one.code for one in doctor.examine(paths, MACHINE, has_window=True)}
    assert FindingCode.DISPLAY_MISSING not in asked  # a window asks: it is seen


def test_int4_that_is_slower_than_int8_is_told(tmp_path: Path) -> None:
    prepared = AppPaths(tmp_path / "data", tmp_path / "models").prepared_dir
    assert FindingCode.INT4_SLOWER not in findings(tmp_path)
    write_speeds(prepared, KernelSpeeds("torch", int8_ms=4.0, int4_ms=4.1))
    assert FindingCode.INT4_SLOWER not in findings(tmp_path)
    write_speeds(prepared, KernelSpeeds("torch", int8_ms=4.25, int4_ms=6.5))
    found = findings(tmp_path)[FindingCode.INT4_SLOWER]
    assert found.severity is Severity.NOTE
    assert found.params == {"int4": "6.5", "int8": "4.2"}
    for garbage in ("", "[]", "{", '{"made_with": 1}', '{"made_with": "", "int8_ms": "x", "int4_ms": 1}'):
        (prepared / "kernel-speeds.json").write_text(garbage, encoding="utf-8")
        assert FindingCode.INT4_SLOWER not in findings(tmp_path)


# The folders, who reads them, the engine, the conversations


def test_a_note_of_the_folders_that_makes_no_sense_is_told(paths: AppPaths) -> None:
    assert paths.home is not None
    assert FindingCode.LOCATIONS_DAMAGED not in everything(paths)
    (paths.home / pointer.FILE_NAME).write_text("{", encoding="utf-8")
    assert everything(paths)[FindingCode.LOCATIONS_DAMAGED].severity is Severity.PROBLEM


@posix
def test_what_others_can_read_is_told_and_closed(paths: AppPaths) -> None:
    assert FindingCode.PRIVATE_GOOD in everything(paths)
    paths.data_dir.chmod(0o755)
    paths.database.chmod(0o644)
    if FindingCode.OTHERS_CAN_READ not in everything(paths):
        pytest.skip("a folder above the temporary ones is closed")
    told = everything(paths)[FindingCode.OTHERS_CAN_READ]
    assert (told.params["kind"], told.remedy) == ("conversations", DoctorRemedy.NARROW)
    assert FindingCode.PRIVATE_GOOD not in everything(paths)
    assert [*doctor_round.mend_safely([told], paths)] == [(told, True)]
    assert paths.database.stat().st_mode & 0o077 == 0
    assert FindingCode.PRIVATE_GOOD in everything(paths)


@posix
def test_what_does_not_let_itself_be_mended_is_said_to_be_there(paths: AppPaths, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "not permitted")

    left = paths.models_dir / f".glm.{NOBODY}.partial"
    left.write_bytes(b"x")
    told = everything(paths)[FindingCode.ABANDONED_COPIES]
    monkeypatch.setattr(doctor_round.copying, "remove_abandoned", refuse)
    assert [*doctor_round.mend_safely([told], paths)] == [(told, False)]


def write_engine_log(paths: AppPaths, moment: datetime, end: str) -> None:
    paths.log_dir.mkdir(exist_ok=True)
    line = f"{moment:%Y-%m-%d %H:%M:%S},123 the child ended: {end}\n"
    (paths.log_dir / "engine.log").write_text(f"ggml says something\n{line}more\n", encoding="utf-8")


def test_the_last_crash_of_the_engine_is_told_for_a_week(paths: AppPaths) -> None:
    now = datetime.now().astimezone()
    write_engine_log(paths, now, "crash 11")
    told = everything(paths)[FindingCode.ENGINE_CRASHED]
    assert abs(int(told.params["at"]) - now.timestamp() * 1000) < 2000
    write_engine_log(paths, now - timedelta(days=8), "crash 11")
    assert FindingCode.ENGINE_CRASHED not in everything(paths)
    write_engine_log(paths, now, "no end")
    assert FindingCode.ENGINE_CRASHED not in everything(paths)


@posix
def test_an_engine_that_the_system_ended_ran_out_of_memory(paths: AppPaths) -> None:
    write_engine_log(paths, datetime.now().astimezone(), "crash 9")
    assert everything(paths)[FindingCode.ENGINE_OUT_OF_MEMORY].remedy is DoctorRemedy.SHOW_MEMORY


def test_damaged_conversations_are_told_and_left_as_they_are(paths: AppPaths) -> None:
    assert everything(paths)[FindingCode.CONVERSATIONS_GOOD].severity is Severity.GOOD
    content = bytearray(paths.database.read_bytes())
    content[4096:12288] = bytes(8192)
    paths.database.write_bytes(content)
    assert everything(paths)[FindingCode.CONVERSATIONS_DAMAGED].severity is Severity.PROBLEM
    assert paths.database.read_bytes() == content


def test_conversations_are_checked_while_they_are_open(paths: AppPaths) -> None:
    store, _ = open_store(paths)
    try:
        assert FindingCode.CONVERSATIONS_GOOD in everything(paths)
    finally:
        store.close()


# The verb


def verb(paths: AppPaths, *options: str) -> str:
    folders = ["--data-dir", str(paths.data_dir), "--models-dir", str(paths.models_dir)]
    command = [sys.executable, "-m", "app", "doctor", *folders, *options]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
    result = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=True)
    assert result.stderr == ""
    return result.stdout


def test_the_verb_tells_and_mends(paths: AppPaths) -> None:
    left = paths.models_dir / f".glm.{NOBODY}.partial"
    left.write_bytes(bytes(7_000_000))
    said = verb(paths)
    assert "Copies of models that were never finished take 7.0 MB" in said
    assert left.exists()
    said = verb(paths, "--mend")
    assert "The unfinished copies are removed: 7.0 MB are free again." in said
    assert not left.exists()
    lines = [json.loads(line) for line in verb(paths, "--json").splitlines()]
    assert "abandoned_copies" not in {line["code"] for line in lines}
    assert all(line["sentence"] for line in lines)

"""The doctor: findings for good and for poor machines, and for folders in every state."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import ErrorCode
from app.core.paths import AppPaths
from app.model import doctor, hardware, starter
from app.model.doctor import Finding, FindingCode, Severity
from app.model.hardware import GIB, Hardware, Support
from app.model.kernel_speeds import KernelSpeeds, write_speeds
from tests.helpers.gguf_files import GgufFile

MACHINE = Hardware("x86_64", "A processor", 8, 4, 16 * GIB, 8 * GIB, Support.YES, Support.NO)


def findings(tmp_path: Path, machine: Hardware = MACHINE) -> dict[FindingCode, Finding]:
    found = doctor.examine(AppPaths(tmp_path / "data", tmp_path / "models"), machine)
    return {finding.code: finding for finding in found}


def test_this_machine_is_examined(tmp_path: Path) -> None:
    found = doctor.examine(AppPaths(tmp_path / "data", tmp_path / "models"))
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

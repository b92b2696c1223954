"""What this machine can do and what is missing, as values; `ui.texts.doctor` has the sentence of each.

Looks, and changes nothing. Blocking (reads the whole starter model once): not for the GUI thread. Loads no
model and imports no heavy library.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from app import __version__
from app.core.errors import ErrorInfo
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.model import hardware, library, starter
from app.model.hardware import GIB, Hardware, Support
from app.model.kernel_speeds import read_speeds

COMFORTABLE_MEMORY = 12 * GIB
"""Room for a model of six thousand million weights at four bits beside the rest of the machine."""
NEEDED_MEMORY = 3 * GIB
COMFORTABLE_DISK = 10 * GIB
NEEDED_DISK = GIB

_PARTS = ("PySide6-Essentials", "xllamacpp", "torch", "transformers", "apsw-sqlite3mc", "markdown-it-py")


class Severity(StrEnum):
    """How a finding is meant."""

    GOOD = "good"
    NOTE = "note"  # works, with a limit worth knowing
    PROBLEM = "problem"  # something does not work until it is changed


class FindingCode(StrEnum):
    """Every kind of finding; `ui.texts.doctor` holds one sentence for each. Sizes in bytes."""

    VERSIONS = "versions"  # params: app, python, system, parts
    MEMORY_GOOD = "memory_good"  # params: total, available
    MEMORY_SMALL = "memory_small"  # params: total, available
    MEMORY_TOO_SMALL = "memory_too_small"  # params: total, available, needed
    PROCESSOR_GOOD = "processor_good"  # params: name, cores
    PROCESSOR_FAST = "processor_fast"  # with AVX-512; params: name, cores
    PROCESSOR_TOO_OLD = "processor_too_old"  # params: name, cores
    PROCESSOR_UNKNOWN = "processor_unknown"  # params: name, cores
    INT4_SLOWER = "int4_slower"  # than INT8, as measured; params: int4, int8 (milliseconds)
    DISK_GOOD = "disk_good"  # params: free, path
    DISK_LOW = "disk_low"  # params: free, path
    DISK_FULL = "disk_full"  # params: free, path
    DATA_FOLDER_GOOD = "data_folder_good"  # params: path
    DATA_FOLDER_READ_ONLY = "data_folder_read_only"  # params: path
    MODELS_FOUND = "models_found"  # params: count, path
    MODELS_NONE = "models_none"  # params: path
    MODEL_BROKEN = "model_broken"  # params: id, path; `error` says what is wrong
    STARTER_GOOD = "starter_good"  # params: path
    STARTER_MISSING = "starter_missing"  # params: path
    STARTER_DAMAGED = "starter_damaged"  # params: path
    CHINESE_FONT_GOOD = "chinese_font_good"
    CHINESE_FONT_MISSING = "chinese_font_missing"
    DISPLAY_GOOD = "display_good"
    DISPLAY_MISSING = "display_missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    code: FindingCode
    severity: Severity
    params: Mapping[str, str] = field(default_factory=dict)
    error: ErrorInfo | None = None


def examine(paths: AppPaths, machine: Hardware | None = None) -> tuple[Finding, ...]:
    """Everything worth telling about this machine and the folders in `paths`."""
    machine = machine or hardware.look()
    models = library.scan(paths.models_dir)
    return (
        versions(),
        _processor(machine),
        *_kernels(paths.prepared_dir),
        _memory(machine),
        *_disk(paths.models_dir),
        _data_folder(paths.data_dir),
        *_models(models, paths.models_dir),
        _starter(models, paths.models_dir),
        *_fonts(),
        _display(),
    )


def _finding(code: FindingCode, severity: Severity, **params: object) -> Finding:
    return Finding(code, severity, {name: str(value) for name, value in params.items()})


def versions() -> Finding:
    """The versions of the program and its parts. Reads files of the installation."""
    return _finding(
        FindingCode.VERSIONS,
        Severity.GOOD,
        app=__version__,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}".strip(),
        parts=", ".join(_versions_of(_PARTS)),
    )


def _versions_of(parts: Iterable[str]) -> Iterator[str]:
    for part in parts:
        try:
            yield f"{part} {metadata.version(part)}"
        except metadata.PackageNotFoundError:  # a frozen app carries no such records
            continue


def _processor(machine: Hardware) -> Finding:
    code, severity = FindingCode.PROCESSOR_GOOD, Severity.GOOD
    if machine.avx2 is Support.NO:
        code, severity = FindingCode.PROCESSOR_TOO_OLD, Severity.PROBLEM
    elif machine.avx512 is Support.YES:
        code = FindingCode.PROCESSOR_FAST
    elif machine.avx2 is Support.UNKNOWN and hardware.is_x86(machine.machine):
        code, severity = FindingCode.PROCESSOR_UNKNOWN, Severity.NOTE
    return _finding(code, severity, name=machine.processor, cores=machine.physical_cores)


def _kernels(folder: Path) -> Iterator[Finding]:
    """What the torch engine measured here, where it makes another choice better than the usual one."""
    speeds = read_speeds(folder)
    if speeds is not None and speeds.int4_is_slower:
        int4, int8 = f"{speeds.int4_ms:.1f}", f"{speeds.int8_ms:.1f}"
        yield _finding(FindingCode.INT4_SLOWER, Severity.NOTE, int4=int4, int8=int8)


def _memory(machine: Hardware) -> Finding:
    sizes = {"total": machine.memory_total, "available": machine.memory_available}
    if machine.memory_total < NEEDED_MEMORY:
        return _finding(FindingCode.MEMORY_TOO_SMALL, Severity.PROBLEM, **sizes, needed=NEEDED_MEMORY)
    if machine.memory_total < COMFORTABLE_MEMORY:
        return _finding(FindingCode.MEMORY_SMALL, Severity.NOTE, **sizes)
    return _finding(FindingCode.MEMORY_GOOD, Severity.GOOD, **sizes)


def _disk(folder: Path) -> Iterator[Finding]:
    free = hardware.disk_free(folder)
    if free is None:
        return
    code, severity = FindingCode.DISK_GOOD, Severity.GOOD
    if free < NEEDED_DISK:
        code, severity = FindingCode.DISK_FULL, Severity.PROBLEM
    elif free < COMFORTABLE_DISK:
        code, severity = FindingCode.DISK_LOW, Severity.NOTE
    yield _finding(code, severity, free=free, path=folder)


def _data_folder(folder: Path) -> Finding:
    if _is_writable(folder):
        return _finding(FindingCode.DATA_FOLDER_GOOD, Severity.GOOD, path=folder)
    return _finding(FindingCode.DATA_FOLDER_READ_ONLY, Severity.PROBLEM, path=folder)


def _is_writable(folder: Path) -> bool:
    """Whether files can be made in `folder`, or the folder itself where it does not exist yet."""
    existing = next((place for place in (folder, *folder.parents) if place.exists()), None)
    if existing is None or not existing.is_dir():
        return False
    try:
        with tempfile.TemporaryFile(dir=existing):
            return True
    except OSError:
        return False


def _models(models: Iterable[FoundModel], folder: Path) -> Iterator[Finding]:
    usable = 0
    broken: list[Finding] = []
    for model in models:
        if model.problem is None:
            usable += 1
            continue
        params = {"id": model.ref.id, "path": model.ref.path}
        broken.append(Finding(FindingCode.MODEL_BROKEN, Severity.PROBLEM, params, model.problem))
    if usable:
        yield _finding(FindingCode.MODELS_FOUND, Severity.GOOD, count=usable, path=folder)
    else:
        yield _finding(FindingCode.MODELS_NONE, Severity.PROBLEM, path=folder)
    yield from broken


def _starter(models: Iterable[FoundModel], folder: Path) -> Finding:
    path = next((Path(model.ref.path) for model in models if model.is_starter), folder / starter.FILE_NAME)
    try:
        is_good = starter.verify(path)
    except OSError:
        is_good = False
    if is_good:
        return _finding(FindingCode.STARTER_GOOD, Severity.GOOD, path=path)
    if path.exists():
        return _finding(FindingCode.STARTER_DAMAGED, Severity.PROBLEM, path=path)
    return _finding(FindingCode.STARTER_MISSING, Severity.NOTE, path=path)


def _fonts() -> Iterator[Finding]:
    """Windows and macOS bring Chinese fonts; elsewhere the font list is asked, where there is one."""
    if sys.platform in ("win32", "darwin") or shutil.which("fc-list") is None:
        return
    try:
        listed = subprocess.run(
            ["fc-list", ":lang=zh", "family"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return
    if listed.stdout.strip():
        yield _finding(FindingCode.CHINESE_FONT_GOOD, Severity.GOOD)
    else:
        yield _finding(FindingCode.CHINESE_FONT_MISSING, Severity.PROBLEM)


def _display() -> Finding:
    has_display = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if has_display:
        return _finding(FindingCode.DISPLAY_GOOD, Severity.GOOD)
    return _finding(FindingCode.DISPLAY_MISSING, Severity.NOTE)

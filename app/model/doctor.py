"""What this machine can do and what is missing, as values; `ui.texts.doctor` has the sentence of each.

Looks, and changes nothing; the models and their files are `doctor_models`. Blocking: not for the GUI thread.
Loads no model and imports no heavy library.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from app import __version__
from app.core.findings import DoctorRemedy, Finding, FindingCode, Severity, finding
from app.core.new_names import takes_files
from app.core.paths import AppPaths
from app.model import hardware
from app.model.hardware import GIB, DriverState, Hardware, Support

COMFORTABLE_MEMORY = 12 * GIB
"""Room for a model of six thousand million weights at four bits beside the rest of the machine."""
NEEDED_MEMORY = 3 * GIB
LITTLE_LEFT = 0.1
"""Where less of the memory than this share is free, other programs are in the way of every model."""
COMFORTABLE_DISK = 10 * GIB
NEEDED_DISK = GIB

_PARTS = ("PySide6-Essentials", "xllamacpp", "torch", "transformers", "apsw-sqlite3mc", "markdown-it-py")


def examine(
    paths: AppPaths,
    machine: Hardware | None = None,
    engine_pid: int | None = None,
    *,
    has_window: bool = False,
) -> Iterator[Finding]:
    """Everything worth telling about this machine and the folders in `paths`, one after the other.

    What the engine child `engine_pid` takes of the memory is not taken by other programs. Where a window asks
    there is a display.
    """
    machine = machine or hardware.look()
    yield versions()
    yield _processor(machine)
    yield from _memory(machine, hardware.own_memory(engine_pid) if engine_pid else 0)
    yield from _graphics(engine_pid)
    yield from _disk(paths.models_dir)
    yield _data_folder(paths.data_dir)
    yield from _fonts()
    if not has_window:
        yield _display()


def versions() -> Finding:
    """The versions of the program and its parts. Reads files of the installation."""
    return finding(
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
        except metadata.PackageNotFoundError:  # the light edition comes without torch
            continue


def _processor(machine: Hardware) -> Finding:
    code, severity = FindingCode.PROCESSOR_GOOD, Severity.GOOD
    if machine.avx2 is Support.NO:
        code, severity = FindingCode.PROCESSOR_TOO_OLD, Severity.PROBLEM
    elif machine.avx512 is Support.YES:
        code = FindingCode.PROCESSOR_FAST
    elif machine.avx2 is Support.UNKNOWN and hardware.is_x86(machine.machine):
        code, severity = FindingCode.PROCESSOR_UNKNOWN, Severity.NOTE
    return finding(code, severity, name=machine.processor, cores=machine.physical_cores)


def _memory(machine: Hardware, ours: int) -> Iterator[Finding]:
    sizes = {"total": machine.memory_total, "available": machine.memory_available}
    if machine.memory_total < NEEDED_MEMORY:
        yield finding(FindingCode.MEMORY_TOO_SMALL, Severity.PROBLEM, **sizes, needed=NEEDED_MEMORY)
    elif machine.memory_available + ours < machine.memory_total * LITTLE_LEFT:
        yield finding(FindingCode.MEMORY_USED_UP, Severity.PROBLEM, **sizes)
    elif machine.memory_total < COMFORTABLE_MEMORY:
        yield finding(FindingCode.MEMORY_SMALL, Severity.NOTE, **sizes)
    else:
        yield finding(FindingCode.MEMORY_GOOD, Severity.GOOD, **sizes)


def _graphics(engine_pid: int | None) -> Iterator[Finding]:
    """What the driver tells, where there is one that the engine could use."""
    card = hardware.find_graphics_card(engine_pid)
    driver = hardware.find_driver()
    if driver is None:
        return
    if driver.state is DriverState.TOO_OLD:
        yield finding(FindingCode.GRAPHICS_TOO_OLD, Severity.NOTE, version=driver.version)
    elif card is not None:
        yield finding(FindingCode.GRAPHICS_GOOD, Severity.GOOD, name=card.name, total=card.total)
    elif driver.state is DriverState.FAILING:
        yield finding(FindingCode.GRAPHICS_FAILING, Severity.NOTE)


def _disk(folder: Path) -> Iterator[Finding]:
    free = hardware.disk_free(folder)
    if free is None:
        return
    code, severity, remedy = FindingCode.DISK_GOOD, Severity.GOOD, DoctorRemedy.NONE
    if free < NEEDED_DISK:
        code, severity, remedy = FindingCode.DISK_FULL, Severity.PROBLEM, DoctorRemedy.SHOW_STORAGE
    elif free < COMFORTABLE_DISK:
        code, severity, remedy = FindingCode.DISK_LOW, Severity.NOTE, DoctorRemedy.SHOW_STORAGE
    yield finding(code, severity, remedy, free=free, path=folder)


def _data_folder(folder: Path) -> Finding:
    if _is_writable(folder):
        return finding(FindingCode.DATA_FOLDER_GOOD, Severity.GOOD, path=folder)
    remedy = DoctorRemedy.OPEN_DATA_FOLDER
    return finding(FindingCode.DATA_FOLDER_READ_ONLY, Severity.PROBLEM, remedy, path=folder)


def _is_writable(folder: Path) -> bool:
    """Whether files can be made in `folder`, or the folder itself where it does not exist yet."""
    existing = next((place for place in (folder, *folder.parents) if place.exists()), None)
    return existing is not None and existing.is_dir() and takes_files(existing)


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
        yield finding(FindingCode.CHINESE_FONT_GOOD, Severity.GOOD)
    else:
        yield finding(FindingCode.CHINESE_FONT_MISSING, Severity.PROBLEM)


def _display() -> Finding:
    has_display = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if has_display:
        return finding(FindingCode.DISPLAY_GOOD, Severity.GOOD)
    return finding(FindingCode.DISPLAY_MISSING, Severity.NOTE)

"""Cheap facts about this machine: memory, cores, disk, and what its processor can do.

Asks the system, decides nothing. Imports no heavy library, so that it can be asked before one is imported
that would die on this processor.
"""

from __future__ import annotations

import contextlib
import ctypes
import platform
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import psutil

GIB = 1 << 30

_X86 = frozenset({"x86_64", "amd64", "i386", "i686", "x86"})
_WINDOWS_FEATURES = {40: "avx2", 41: "avx512f"}  # PF_AVX2_..., PF_AVX512F_INSTRUCTIONS_AVAILABLE
_MAC_FEATURES = {"hw.optional.avx2_0": "avx2", "hw.optional.avx512f": "avx512f"}


class Support(StrEnum):
    """Whether the processor can do something. `UNKNOWN` where the system does not tell."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Hardware:
    """This machine at one moment; sizes in bytes."""

    machine: str  # "x86_64", "arm64"
    processor: str
    logical_cores: int
    physical_cores: int
    memory_total: int
    memory_available: int
    avx2: Support
    avx512: Support


def look() -> Hardware:
    """The facts as they are now; takes a few milliseconds."""
    memory = psutil.virtual_memory()
    logical = psutil.cpu_count() or 1
    return Hardware(
        machine=platform.machine(),
        processor=processor_name(),
        logical_cores=logical,
        physical_cores=psutil.cpu_count(logical=False) or logical,
        memory_total=memory.total,
        memory_available=memory.available,
        avx2=processor_has("avx2"),
        avx512=processor_has("avx512f"),
    )


def memory_total() -> int:
    """Bytes of memory that this machine has."""
    return int(psutil.virtual_memory().total)


def resident_memory(pid: int | None = None) -> int:
    """Bytes of memory that process `pid` (or this one) occupies now; 0 when it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def peak_memory(pid: int) -> int:
    """Bytes of memory that process `pid` occupied at most; 0 when it is gone.

    Linux tells it as VmHWM, Windows as its peak working set; elsewhere the present figure stands in for it.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    try:
        memory = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0
    return int(getattr(memory, "peak_wset", memory.rss))


def disk_free(path: Path) -> int | None:
    """Bytes free where `path` is or would be made; None where the system does not tell."""
    for folder in (path, *path.parents):
        try:
            return int(psutil.disk_usage(str(folder)).free)
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None


def is_x86(machine: str) -> bool:
    """Whether the vector instructions of Intel and AMD are a question on a `machine` ("x86_64", "arm64")."""
    return machine.lower() in _X86


def processor_has(feature: str) -> Support:
    """Whether the processor has `feature`, by its Linux name ("avx2", "avx512f")."""
    if not is_x86(platform.machine()):
        return Support.UNKNOWN
    features = _features()
    if features is None:
        return Support.UNKNOWN
    return Support.YES if feature in features else Support.NO


def processor_name() -> str:
    """What the processor calls itself; may be empty."""
    own = {"linux": lambda: _cpuinfo("model name"), "darwin": lambda: _sysctl("machdep.cpu.brand_string")}
    ask = own.get(sys.platform)
    return (ask() if ask is not None else "") or platform.processor()


@cache
def _features() -> frozenset[str] | None:
    """Names of the processor's features as far as the system tells them; None where it does not."""
    match platform.system():
        case "Linux":
            flags = _cpuinfo("flags")
            return frozenset(flags.split()) if flags else None
        case "Darwin":
            return frozenset(name for key, name in _MAC_FEATURES.items() if _sysctl(key) == "1")
        case "Windows":
            present = ctypes.CDLL("kernel32").IsProcessorFeaturePresent
            return frozenset(name for number, name in _WINDOWS_FEATURES.items() if present(number))
    return None


def _cpuinfo(key: str) -> str:
    """The first value of `key` in Linux's table of processors."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, value = line.partition(":")
                if name.strip() == key:
                    return value.strip()
    except OSError:
        pass
    return ""


def _sysctl(key: str) -> str:
    try:
        result = subprocess.run(["sysctl", "-n", key], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return result.stdout.strip()

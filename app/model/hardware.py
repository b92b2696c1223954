"""Cheap facts about this machine: memory, cores, disk, graphics card, and what its processor can do.

Asks the system, decides nothing. Imports no heavy library, so that it can be asked before one is imported
that would die on this processor.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psutil

from app.core.memory import GraphicsCard, MachineMemory
from app.model.kernel_speeds import read_speeds

GIB = 1 << 30
_MIB = 1 << 20
_DRIVER_TIMEOUT_S = 3.0
_DRIVER_VERSION = re.compile(r"Driver Version: *([0-9.]+)")
_DRIVER_CUDA = re.compile(r"CUDA Version: *([0-9]+)\.")
_TORCH_CUDA = re.compile(r"^cuda\b.*= *['\"]([0-9]+)\.", re.MULTILINE)

_X86 = frozenset({"x86_64", "amd64", "i386", "i686", "x86"})
_WINDOWS_FEATURES = {40: "avx2", 41: "avx512f"}  # PF_AVX2_..., PF_AVX512F_INSTRUCTIONS_AVAILABLE
_MAC_FEATURES = {"hw.optional.avx2_0": "avx2", "hw.optional.avx512f": "avx512f"}


class DriverState(StrEnum):
    """What the driver of NVIDIA's cards is good for."""

    WORKS = "works"
    FAILING = "failing"  # its program ends with an error, or does not answer
    TOO_OLD = "too_old"  # for the torch that is installed


@dataclass(frozen=True, slots=True)
class GraphicsDriver:
    """The driver as it tells of itself; `version` is "" where it does not."""

    state: DriverState
    version: str = ""


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
    return Hardware(
        machine=platform.machine(),
        processor=processor_name(),
        logical_cores=logical_cores(),
        physical_cores=physical_cores(),
        memory_total=memory.total,
        memory_available=memory.available,
        avx2=processor_has("avx2"),
        avx512=processor_has("avx512f"),
    )


@cache
def physical_cores() -> int:
    """Cores of the processor; hardware threads where the system does not tell them apart."""
    return psutil.cpu_count(logical=False) or psutil.cpu_count() or 1


def threads_for(wish: int) -> int:
    """Threads that a wish means on this processor: one for each core where it is 0, and never too many."""
    return min(wish or physical_cores(), logical_cores())


@cache
def logical_cores() -> int:
    """Hardware threads of the processor."""
    return psutil.cpu_count() or 1


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
    found = _status(pid, "VmHWM")
    if found is not None:
        return found
    try:
        memory = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0
    return int(getattr(memory, "peak_wset", memory.rss))


def memory_now(engine_pid: int | None = None, prepared_dir: Path | None = None) -> MachineMemory:
    """This machine's memory at this moment; takes a few milliseconds. The graphics card is as last asked.

    `ours` is what ending the engine child `engine_pid` would add to what is available. `prepared_dir` is
    where the torch engine keeps how fast its kernels are here.
    """
    memory = psutil.virtual_memory()
    speeds = read_speeds(prepared_dir) if prepared_dir is not None else None
    return MachineMemory(
        total=int(memory.total),
        available=int(memory.available),
        ours=own_memory(engine_pid) if engine_pid else 0,
        card=_last_asked.card,
        is_unified=has_unified_memory(),
        int4_is_slower=speeds is not None and speeds.int4_is_slower,
    )


def own_memory(pid: int) -> int:
    """Bytes that the end of process `pid` would add to the memory that is available; 0 when it is gone.

    Linux counts the pages of files as available also while they are mapped (measured: mapping 3.4 GiB and
    reading them left `available` as it was), so of a prepared model nothing comes back that was not there
    before: only what is no file's counts (RssAnon). Windows and macOS count no page of a working set as
    available, so all of it comes back.
    """
    found = _status(pid, "RssAnon")
    return resident_memory(pid) if found is None else found


def find_graphics_card(engine_pid: int | None = None) -> GraphicsCard | None:
    """The NVIDIA card that the torch engine would use; kept for `memory_now`. Blocks, for seconds at worst.

    None where there is none, where the driver's program does not answer, and where torch is a build without
    CUDA. What the engine child `engine_pid` holds on the card counts as free there, as far as the driver
    tells. Apple's accelerators have no memory of their own: see `MachineMemory.is_unified`.
    """
    card = None
    program = _nvidia_smi()
    if program and _torch_knows_cuda():
        cards = _told(program, "--query-gpu=name,memory.total,memory.free,uuid")
        holders = _told(program, "--query-compute-apps=pid,used_memory,gpu_uuid") if engine_pid else ""
        card = read_graphics_card(cards, holders, engine_pid or 0)
    _last_asked.card = card
    return card


def read_graphics_card(cards: str, holders: str = "", engine_pid: int = 0) -> GraphicsCard | None:
    """What nvidia-smi told, as values: of several cards the one with the most memory, the first of equals.

    `cards` has lines "name, total, free, uuid" and `holders` lines "pid, used, uuid", both in MiB. A line
    with something else in place of a number ("[N/A]", a message of an error) is passed over.
    """
    found: list[tuple[str, GraphicsCard]] = []
    for line in cards.splitlines():
        with contextlib.suppress(ValueError):
            name, total, free, uuid = (part.strip() for part in line.rsplit(",", 3))
            found.append((uuid, GraphicsCard(name, int(total) * _MIB, int(free) * _MIB)))
    if not found:
        return None
    uuid, card = max(found, key=lambda one: one[1].total)
    for line in holders.splitlines():
        with contextlib.suppress(ValueError):
            pid, used, where = (part.strip() for part in line.split(","))
            if (int(pid), where) == (engine_pid, uuid):
                card = replace(card, free=min(card.free + int(used) * _MIB, card.total))
    return card


@dataclass(slots=True)
class _LastAsked:
    """The card that was found last; the driver is too slow to be asked for each look at the memory."""

    card: GraphicsCard | None = None


_last_asked = _LastAsked()


def find_driver() -> GraphicsDriver | None:
    """The driver of NVIDIA's cards; blocks like `find_graphics_card`.

    None where there is none, where it finds no card, and where torch is a build without CUDA.
    """
    program, needed = _nvidia_smi(), _torch_cuda()
    if not program or not needed:
        return None
    result = _run(program)
    return read_driver("" if result is None else result.stdout, needed)


def read_driver(told: str, needed: int) -> GraphicsDriver | None:
    """What nvidia-smi prints above its table, for a torch built with CUDA `needed` (before the dot).

    A driver serves every release of the CUDA that it knows, and of older ones:
    https://docs.nvidia.com/deploy/cuda-compatibility.
    """
    if "No devices" in told:
        return None
    version, cuda = _DRIVER_VERSION.search(told), _DRIVER_CUDA.search(told)
    if version is None or cuda is None:
        return GraphicsDriver(DriverState.FAILING, version[1] if version else "")
    state = DriverState.TOO_OLD if int(cuda[1]) < needed else DriverState.WORKS
    return GraphicsDriver(state, version[1])


def _nvidia_smi() -> str:
    """The path of the driver's own program; "" where there is none."""
    return driver_of_windows(os.environ) if os.name == "nt" else shutil.which("nvidia-smi") or ""


def driver_of_windows(environment: Mapping[str, str]) -> str:
    """The same on Windows: where drivers put it, for only an administrator may put something there.

    Asked for by its name, Windows starts what it finds in the current folder first: that of the downloads
    where a model pack was double-clicked.
    """
    places = (
        Path(environment.get("SYSTEMROOT", r"C:\Windows")) / "System32",
        Path(environment.get("PROGRAMFILES", r"C:\Program Files")) / "NVIDIA Corporation" / "NVSMI",
    )
    return next((str(path) for place in places if (path := place / "nvidia-smi.exe").is_file()), "")


def _told(program: str, query: str) -> str:
    """What the program prints; "" where it fails or does not answer in time."""
    result = _run(program, query, "--format=csv,noheader,nounits")
    return result.stdout if result is not None and result.returncode == 0 else ""


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    """The program's end; None where it cannot be started or does not answer in time."""
    try:
        return subprocess.run(
            [program, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_DRIVER_TIMEOUT_S,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows would show a console
        )
    except (OSError, subprocess.SubprocessError):
        return None


@cache
def _torch_knows_cuda() -> bool:
    """Whether the torch that is installed was built for NVIDIA's cards; found without importing it."""
    spec = find_spec("torch")
    folders = spec.submodule_search_locations if spec is not None else None
    libraries = ("libtorch_cuda.so", "torch_cuda.dll")
    return any((Path(folder) / "lib" / name).exists() for folder in folders or () for name in libraries)


@cache
def _torch_cuda() -> int:
    """The CUDA that torch was built with, before the dot; 0 for a build without. Imports nothing."""
    spec = find_spec("torch")
    for folder in (spec.submodule_search_locations if spec is not None else None) or ():
        with contextlib.suppress(OSError):
            text = (Path(folder) / "version.py").read_text(encoding="utf-8", errors="replace")
            if (found := _TORCH_CUDA.search(text)) is not None:
                return int(found[1])
    return 0


def has_unified_memory() -> bool:
    """Whether the accelerator computes in the memory of the computer (Apple)."""
    return sys.platform == "darwin" and platform.machine() == "arm64"


def _status(pid: int, field: str) -> int | None:
    """A size in Linux's table of a process, in bytes; None where there is none."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        for line in text.splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) * 1024
    return None


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

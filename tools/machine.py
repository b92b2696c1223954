"""What a figure must be read with: the machine, the system, and the versions it was measured on."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import apsw
import psutil

PACKAGES = ("PySide6-Essentials", "xllamacpp", "torch", "transformers")


def facts() -> dict[str, str]:
    """Names and values in the order they are shown; no name of a person, a machine or a path."""
    return {
        "Date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "Processor": f"{processor_name()}, {os.cpu_count()} cores",
        "Memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "System": system_name(),
        "Python": platform.python_version(),
        "SQLite": apsw.sqlite_lib_version(),
        **{name: package_version(name) for name in PACKAGES},
    }


def environment() -> dict[str, str]:
    """The environment for programs that show no window to a person."""
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen"}


def processor_name() -> str:
    """The processor as its maker calls it, else what the system knows of it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - a kernel file
            names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def system_name() -> str:
    """Name and version of the system; on Linux the distribution's."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def package_version(name: str) -> str:
    """The installed version of a package, or that it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def as_markdown(values: dict[str, str]) -> str:
    """`values` as a two-column table."""
    return "\n".join(["| | |", "| --- | --- |", *(f"| {key} | {value} |" for key, value in values.items())])

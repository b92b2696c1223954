"""Microsoft's C++ runtime for the libraries of the engines: a fresh Windows has none of it."""

from __future__ import annotations

import ctypes
import importlib.util
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from app.model.engines import windows_runtime

LOADED = """
import ctypes, sys
from app.core.engine import EngineKind
from app.model.engines import create_engine

create_engine(EngineKind(sys.argv[1]))
kernel = ctypes.WinDLL("kernel32")
kernel.GetModuleHandleW.restype = ctypes.c_void_p
place = ctypes.create_unicode_buffer(1000)
for name in sys.argv[2:]:
    kernel.GetModuleFileNameW(ctypes.c_void_p(kernel.GetModuleHandleW(name)), place, len(place))
    print(place.value.lower())
"""
on_windows = pytest.mark.skipif(sys.platform != "win32", reason="libraries of Windows")


def folder_of(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


def linker_of(library: Path) -> tuple[int, int]:
    """The version of the compiler that made it, from its header."""
    data = library.read_bytes()[:4096]
    (at,) = struct.unpack_from("<I", data, 0x3C)
    major, minor = struct.unpack_from("<BB", data, at + 24 + 2)
    return major, minor


@on_windows
def test_the_engine_works_with_the_runtime_that_is_brought_along() -> None:
    """Whatever the system has: nothing, or an older one."""
    folder = windows_runtime.runtime_folder()
    assert all((folder / name).is_file() for name in windows_runtime.NAMES)
    words = [sys.executable, "-c", LOADED, "llama_cpp", *windows_runtime.NAMES[1:]]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told == [str(folder / name).lower() for name in windows_runtime.NAMES[1:]]


@on_windows
@pytest.mark.parametrize(("package", "library"), [("xllamacpp", "xllamacpp.pyd"), ("torch", "lib/c10.dll")])
def test_that_runtime_is_new_enough(package: str, library: str) -> None:
    runtime = linker_of(windows_runtime.runtime_folder() / "msvcp140.dll")
    assert runtime >= linker_of(folder_of(package) / library)


@pytest.mark.parametrize("platform", ["win32", "linux", "darwin"])
def test_what_is_there_is_loaded_and_elsewhere_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    """One that is not there, or does not load, is left out."""
    first, _, *others = (tmp_path / name for name in windows_runtime.NAMES)
    for file in (first, *others):
        file.touch()
    loaded: list[Path] = []

    def load(path: str) -> None:
        loaded.append(Path(path))
        raise OSError

    monkeypatch.setattr(ctypes, "WinDLL", load, raising=False)
    monkeypatch.setattr(windows_runtime, "runtime_folder", lambda: tmp_path)
    monkeypatch.setattr(sys, "platform", platform)
    windows_runtime.load_runtime.__wrapped__()
    assert loaded == ([first, *others] if platform == "win32" else [])


def test_the_frozen_app_has_it_beside_its_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    assert windows_runtime.runtime_folder() == Path(sys.prefix, "Scripts")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert windows_runtime.runtime_folder() == Path(sys.prefix)

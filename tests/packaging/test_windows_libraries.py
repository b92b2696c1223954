"""What the frozen app asks of Windows: read from its files, and held against a Windows just installed."""

import subprocess
import sys

import pe as reader
import pytest
import windows_libraries
from layout import ROOT
from pe_files import ARM64, X86, X86_64, pe

SYSTEM = ("KERNEL32.dll", "api-ms-win-crt-math-l1-1-0.dll")


def written(folder, name, *imports, **how):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pe(imports, **how))
    return path


@pytest.mark.parametrize("machine", [X86_64, ARM64, X86])
def test_a_file_says_processor_and_libraries(tmp_path, machine):
    path = tmp_path / "x.pyd"
    path.write_bytes(pe(("a.dll", "KERNEL32.dll"), ("late.dll",), machine))
    found = reader.read(path)
    assert found == reader.Binary(path, machine, ("a.dll", "KERNEL32.dll"), ("late.dll",), is_of_wine=False)


def test_a_file_that_names_nothing_is_one_too(tmp_path):
    found = reader.read(written(tmp_path, "x.dll"))
    assert (found.imports, found.delayed) == ((), ())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MZ",
        b"\x7fELF" + bytes(200),
        b"MZ" + bytes(200),
        pe(("a.dll",))[:0x90],
        pe(("a.dll",))[:-3],
        pe(("a.dll",)).replace(b"\x0b\x02", b"\x07\x01", 1),
    ],
)
def test_what_is_no_whole_program_or_library_is_none(tmp_path, data):
    path = tmp_path / "x.dll"
    path.write_bytes(data)
    assert reader.read(path) is None


def test_this_python_is_found_where_it_runs_on_windows():
    if sys.platform != "win32":
        pytest.skip("no program of Windows is here")
    found = reader.read(reader.Path(sys.executable))
    assert "kernel32.dll" in {name.lower() for name in found.imports}


def test_an_app_that_brings_all_but_what_windows_has_lacks_nothing(tmp_path):
    written(tmp_path, "Teahouse.exe", *SYSTEM)
    written(tmp_path, "_internal/VCRUNTIME140.dll", *SYSTEM)
    written(tmp_path, "_internal/one/two.pyd", "vcruntime140.DLL", "beside.dll", "of-delvewheel.dll")
    written(tmp_path, "_internal/one/beside.dll", "ICUUC.dll", "WINSPOOL.DRV")
    written(tmp_path, "_internal/PySide6/QtCore.pyd", "Qt6Core.dll", "shiboken6.abi3.dll")
    written(tmp_path, "_internal/PySide6/plugins/platforms/qwindows.dll", "Qt6Core.dll")
    written(tmp_path, "_internal/PySide6/Qt6Core.dll")
    written(tmp_path, "_internal/shiboken6/shiboken6.abi3.dll")
    written(tmp_path, "_internal/one.libs/of-delvewheel.dll")
    assert list(windows_libraries.lacking(tmp_path)) == []


def test_what_only_another_package_sends_windows_to_is_lacking(tmp_path):
    """As the engine child, which loads no Qt, would not find what lies beside Qt."""
    written(tmp_path, "_internal/one/two.pyd", "vcomp140.dll")
    written(tmp_path, "_internal/shiboken6/vcomp140.dll")
    assert list(windows_libraries.lacking(tmp_path)) == ["_internal/one/two.pyd needs vcomp140.dll"]


def test_a_runtime_of_visual_c_is_none_of_windows_own():
    for name in ("MSVCP140.dll", "vcruntime140.dll", "vcruntime140_1.dll", "vcomp140.dll", "concrt140.dll"):
        assert not windows_libraries.is_of_windows(name)


def test_what_is_needed_later_and_what_is_not_for_this_windows_is_told(tmp_path):
    written(tmp_path, "_internal/a.dll", delayed=("later.dll",))
    written(tmp_path, "_internal/b.dll", machine=X86)
    written(tmp_path, "_internal/c.dll", mark=b"Wine builtin DLL")
    assert list(windows_libraries.lacking(tmp_path)) == [
        "_internal/a.dll needs later.dll",
        "_internal/b.dll is for another processor (0x14c)",
        "_internal/c.dll is wine's own",
    ]


def test_run_by_hand_it_names_them_and_fails(tmp_path):
    written(tmp_path, "_internal/a.dll", "gone.dll")
    command = [sys.executable, ROOT / "packaging" / "windows_libraries.py", tmp_path]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, "_internal/a.dll needs gone.dll" in result.stderr) == (1, True)

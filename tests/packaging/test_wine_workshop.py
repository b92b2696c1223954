"""The Windows on Linux for trials: its packages, how its Python is laid out, what wine lacks."""

import shutil
import subprocess
import zipfile

import pe
import pytest
import wine_libraries
import wine_workshop
from layout import ROOT

needs_mingw = pytest.mark.skipif(
    shutil.which(wine_libraries.COMPILER) is None, reason="mingw (x86_64) is not installed"
)


def test_of_a_lock_what_is_for_windows_stays_with_its_hashes_and_without_markers(tmp_path, monkeypatch):
    monkeypatch.setattr(wine_workshop, "ROOT", tmp_path)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "some.txt").write_text(
        "# solved\n"
        "one==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "pefile==2 ; sys_platform == 'win32' \\\n    --hash=sha256:cc\n"
        "uvloop==3 ; sys_platform != 'win32' \\\n    --hash=sha256:dd\n"
        "old==4 ; python_full_version < '3.11' \\\n    --hash=sha256:ee\n"
    )
    assert wine_workshop.read_lock("some.txt") == (
        "one==1.0 --hash=sha256:aa --hash=sha256:bb\npefile==2 --hash=sha256:cc\n"
    )


@pytest.mark.parametrize("name", wine_workshop.LOCKS)
def test_every_lock_of_the_project_is_read(name):
    lines = wine_workshop.read_lock(name).splitlines()
    assert lines
    assert all("==" in line and " --hash=sha256:" in line and ";" not in line for line in lines)


def test_a_python_that_was_to_be_embedded_becomes_one_that_is_installed(tmp_path):
    for name in ("python.exe", "python311.dll", "vcruntime140.dll", "python311._pth"):
        (tmp_path / name).touch()
    for name in ("_ssl.pyd", "libssl-3.dll", "sqlite3.dll"):
        (tmp_path / name).touch()
    with zipfile.ZipFile(tmp_path / "python311.zip", "w") as library:
        library.writestr("os.pyc", b"")
        library.writestr("json/__init__.pyc", b"")
    wine_workshop.lay_out(tmp_path)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {
        "python.exe", "python311.dll", "vcruntime140.dll", "DLLs/_ssl.pyd", "DLLs/libssl-3.dll",
        "DLLs/sqlite3.dll", "Lib/os.pyc", "Lib/json/__init__.pyc",
    }  # fmt: skip


def test_a_path_is_said_as_wine_says_it():
    assert wine_workshop.windows_path(ROOT / "app").startswith("Z:\\")
    assert wine_workshop.windows_path(ROOT / "app").endswith("\\app")


@needs_mingw
def test_wine_gets_what_it_lacks_and_loses_what_a_new_windows_lacks(tmp_path):
    """The original is made up here: functions of three kinds, marked as wine's own."""
    source = tmp_path / "c.c"
    source.write_text(
        "__declspec(dllexport) int puts(const char *text) { return 7; }\n"
        "__declspec(dllexport) void crealf(void) {}\n"
        "__declspec(dllexport) void cpow(void) {}\n"
    )
    system32 = tmp_path / "system32"
    system32.mkdir()
    original = system32 / "ucrtbase.dll"
    command = [wine_libraries.COMPILER, "-fno-builtin", "-shared", "-s", "-o", original, source]
    subprocess.run(command, check=True, capture_output=True)
    data = bytearray(original.read_bytes())
    data[pe.WINE_AT : pe.WINE_AT + 17] = b"Wine builtin DLL\0"
    original.write_bytes(data)
    (system32 / "msvcp140.dll").touch()
    names = pe.exports(original)
    wine_libraries.furnish(system32, tmp_path / "work")
    wine_libraries.furnish(system32, tmp_path / "work")
    found = {path.name for path in system32.iterdir()}
    assert found == {"icuuc.dll", "ucrtbase.dll", "wineucrt.dll"}
    assert pe.exports(original) == pe.exports(system32 / "wineucrt.dll") == names
    assert not pe.read(system32 / "wineucrt.dll").is_of_wine
    assert b"wineucrt.puts" in original.read_bytes()
    assert b"wineucrt.cpow" not in original.read_bytes()
    assert "ucnv_open" in pe.exports(system32 / "icuuc.dll")

"""What is made for Windows can be made anywhere: version information, manifest, installer, portable zip."""

import os
import re
import shutil
import sys
import xml.etree.ElementTree as ET
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import layout
import pytest
import windows
from pe_files import pe

from app import locations
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.storage.settings_file import write_settings
from tests.helpers.storage_fixtures import opened, talk

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
TEXTS = (PACKAGING / "teahouse_texts.nsh").read_text(encoding="utf-8")
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(PACKAGING.glob("teahouse*.ns[ih]"))}
needs_nsis = pytest.mark.skipif(shutil.which("makensis") is None, reason="NSIS (makensis) is not installed")
V3 = "{urn:schemas-microsoft-com:asm.v3}"


class Made(list):
    """A structure of the version information, as PyInstaller's would be made: what it was given."""

    def __init__(self, *values, **named):
        super().__init__(values)
        self.named = named


NAMES = (
    "VSVersionInfo",
    "FixedFileInfo",
    "StringFileInfo",
    "StringTable",
    "StringStruct",
    "VarFileInfo",
    "VarStruct",
)


def test_version_information_parses_and_says_the_version_in_both_languages(tmp_path):
    path = windows.version_file(tmp_path / "deep" / "version.txt")
    info = eval(path.read_text(encoding="utf-8"), {"__builtins__": {}}, dict.fromkeys(NAMES, Made))
    numbers = tuple(int(part) for part in layout.version().split("."))
    assert info.named["ffi"].named["filevers"] == (*numbers, 0)
    strings, variables = info.named["kids"]
    tables = {table[0]: dict(table[1]) for table in strings[0]}
    assert {code: table["FileDescription"] for code, table in tables.items()} == {
        "040904B0": "Teahouse",
        "080404B0": "茶馆",
    }
    assert all(table["ProductVersion"] == layout.version() for table in tables.values())
    # What it says it has is what it has: language and code page, two and two.
    pairs = variables[0][0][1]
    assert [f"{pairs[i]:04X}{pairs[i + 1]:04X}" for i in (0, 2)] == list(tables)


@pytest.mark.parametrize(
    ("text", "numbers"), [("1.2.3", (1, 2, 3, 0)), ("2.0rc1", (2, 0, 0, 0)), ("1.2.3.4.dev5", (1, 2, 3, 4))]
)
def test_a_version_is_four_numbers(text, numbers):
    assert windows.version_numbers(text) == numbers


def test_the_manifest_is_what_pyinstaller_takes_and_windows_reads():
    root = ET.parse(ROOT / "packaging" / "teahouse.manifest").getroot()
    assert root.tag == "{urn:schemas-microsoft-com:asm.v1}assembly"
    assert root.get("manifestVersion") == "1.0"
    level = root.find(f"{V3}trustInfo/{V3}security/{V3}requestedPrivileges/{V3}requestedExecutionLevel")
    assert level.attrib == {"level": "asInvoker", "uiAccess": "false"}
    said = {
        child.tag.partition("}")[2]: child.text for child in root.find(f"{V3}application/{V3}windowsSettings")
    }
    assert said == {
        "dpiAware": "true/pm",
        "dpiAwareness": "PerMonitorV2, PerMonitor",
        "longPathAware": "true",
        "activeCodePage": "UTF-8",
    }


# The installer


@pytest.fixture
def frozen(tmp_path):
    """A folder as PyInstaller leaves it on Windows, with names that are not easy."""
    folder = tmp_path / "dist 茶" / "Teahouse"
    inside = folder / "_internal"
    for path in (
        "资源/茶 馆.txt",
        "a$INSTDIR b.txt",
        "deep/er/long-" + "x" * 100 + ".dat",
        "starter/small.gguf",
    ):
        (inside / path).parent.mkdir(parents=True, exist_ok=True)
        (inside / path).write_bytes(os.urandom(2000))
    for program in windows.PROGRAMS:
        (folder / program).write_bytes(b"MZ" + bytes(300))
    return folder


def test_the_payload_is_everything_and_each_name_that_is_not_ours_is_refused(frozen):
    files = windows.payload(frozen)
    assert {file.place for file in files} == {p.relative_to(frozen) for p in frozen.rglob("*") if p.is_file()}
    assert sum(file.size for file in files) == 4 * 2000 + 2 * 302
    (frozen / "notes.txt").write_text("x")
    with pytest.raises(ValueError, match="notes"):
        windows.payload(frozen)
    (frozen / "notes.txt").unlink()
    (frozen / "_internal" / ("x" * 180)).write_text("x")
    with pytest.raises(ValueError, match="190 characters"):
        windows.payload(frozen)


def test_a_large_payload_is_split_and_loses_nothing(frozen):
    files = windows.payload(frozen)
    parts = list(windows.split(files, 2500))
    assert [file for part in parts for file in part] == files
    assert all(sum(file.size for file in part) <= 2500 for part in parts)
    assert len(parts) == 4


@needs_nsis
def test_the_installer_compiles_without_a_warning_and_what_is_made_is_signed(frozen, tmp_path, monkeypatch):
    signed = tmp_path / "signed.txt"
    signer = f"{sys.executable} -c \"import sys; open(r'{signed}', 'a').write(sys.argv[1] + chr(10))\""
    monkeypatch.setenv(windows.SIGN_VARIABLE, signer)
    monkeypatch.setattr(layout, "DIST", tmp_path / "out")
    setup, portable = windows.build(frozen, layout.Edition.LIGHT)
    assert setup.name == f"teahouse-{layout.version()}-light-windows-x86_64-setup.exe"
    assert portable.name == f"teahouse-{layout.version()}-light-windows-x86_64-portable.zip"
    assert setup.read_bytes()[:2] == b"MZ"
    names = signed.read_text().splitlines()
    assert names[:2] == [str(frozen / program) for program in windows.PROGRAMS]
    assert str(setup) in names[2:]
    assert len(names) == 4  # and the uninstaller, under a name of NSIS


def test_what_a_windows_just_installed_could_not_start_is_not_packed(frozen):
    (frozen / "_internal" / "engine.pyd").write_bytes(pe(("VCOMP140.DLL",)))
    with pytest.raises(ValueError, match=r"engine\.pyd needs VCOMP140\.DLL"):
        windows.build(frozen, layout.Edition.LIGHT)


@needs_nsis
def test_what_does_not_fit_into_one_comes_in_several(frozen, tmp_path):
    made = windows.build_installer(windows.payload(frozen), tmp_path / "teahouse-1-setup.exe", most=6500)
    assert [path.name for path in made] == ["teahouse-1-setup.exe", "teahouse-1-setup-part2.exe"]
    assert all(path.read_bytes()[:2] == b"MZ" for path in made)


@needs_nsis
def test_a_mistake_in_a_script_is_told(frozen, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(windows, "_write_parts", lambda _others, include: include)  # a file that is not there
    with pytest.raises(windows.subprocess.CalledProcessError):
        windows.build_installer(windows.payload(frozen), tmp_path / "teahouse-1-setup.exe")
    assert "parts.nsh" in capfd.readouterr().err


def test_without_nsis_it_is_said_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="makensis is missing"):
        windows.find_makensis()


# Its texts


def texts():
    """Every text of the installer by name: English and Chinese."""
    joined = TEXTS.replace("\\\n", " ")
    found = re.findall(r'^!insertmacro Text (\w+) +"([^"]*)" +"([^"]*)"$', joined, re.MULTILINE)
    return {name: (english, chinese) for name, english, chinese in found}


def test_every_text_stands_in_both_languages():
    assert len(texts()) == TEXTS.count("!insertmacro Text ") > 40
    for name, (english, chinese) in texts().items():
        assert not re.search("[\u4e00-\u9fff]", english.replace("${APP_NAME_ZH}", "")), name
        plain = re.sub(r"\$\{?\w+}?|\bWindows\b|\bMB\b|\$\\[rn]", "", chinese)
        assert not re.search("[A-Za-z]", plain), name
        # What is put into one is put into the other, but for the name of the app.
        put = [sorted(re.findall(r"\$\{?(?!APP_NAME)\w+", text)) for text in (english, chinese)]
        assert put[0] == put[1], name


def test_every_text_is_used_and_every_text_that_is_used_is_there():
    used = set()
    for text in SCRIPTS.values():
        used |= set(re.findall(r"\$\((\w+)\)", text))
    assert used - {"NotThis"} == set(texts())  # that one belongs to the further files


# What it knows of the app


def test_the_uninstaller_knows_every_file_that_the_app_writes(tmp_path):
    """What "delete my conversations" leaves out would still be there."""
    paths = AppPaths(tmp_path / "data", tmp_path / "models")
    for _ in range(2):
        with opened(paths) as (store, _report):
            talk(store, "question", "answer")
    write_settings(paths.settings_file, Settings())
    paths.log_dir.mkdir()
    (paths.log_dir / "teahouse.log.1").touch()
    for name in (
        "connections.jsonl",
        "connections.jsonl.1",
        "teahouse-damaged-20250101T000000000Z.db",
        "window.lock",
    ):
        (paths.data_dir / name).touch()
    script = SCRIPTS["teahouse_remove.nsh"]
    ours = script[script.index("Function un.DeleteOurs") : script.index("Function un.DeleteModels")]
    patterns = [p.replace("\\", "/") for p in re.findall(r'Delete "\$Place\\(.+)"', ours)]
    patterns += [f"{p}/*" for p in re.findall(r'RMDir /r "\$Place\\(.+)"', ours)]
    found = [
        path.relative_to(paths.data_dir).as_posix() for path in paths.data_dir.rglob("*") if path.is_file()
    ]
    assert "backups" in {name.partition("/")[0] for name in found}
    assert [name for name in found if not any(fnmatch(name, pattern) for pattern in patterns)] == []


def test_names_that_stand_in_several_places_are_the_same():
    script = SCRIPTS["teahouse.nsi"]
    defined = dict(re.findall(r'^!define (\w+) "([^"]+)"$', script, re.MULTILINE))
    assert (defined["EXE"], defined["CONSOLE_EXE"]) == windows.PROGRAMS
    assert defined["INSIDE"] == windows.INSIDE
    assert (defined["APP_NAME"], defined["APP_NAME_ZH"]) == (layout.APP_NAME, layout.APP_NAME_ZH)
    for portable in ("PORTABLE_FILE", "PORTABLE_FOLDER"):
        assert defined[portable] == getattr(windows, portable) == getattr(locations, portable)
    assert f".{layout.PACK_SUFFIX.removeprefix('.')}" in script
    assert '"%1"' in script


# The portable copy


def test_the_portable_zip_unpacks_into_a_portable_copy(frozen, tmp_path, monkeypatch):
    out = windows.build_portable(windows.payload(frozen), tmp_path / "out" / "portable.zip")
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "stick")
    unpacked = tmp_path / "stick" / "Teahouse"
    for path in frozen.rglob("*"):
        if path.is_file():
            assert (unpacked / path.relative_to(frozen)).read_bytes() == path.read_bytes()
    note = (unpacked / "portable.txt").read_bytes()
    assert note.decode("utf-8-sig").count("TeahouseData") == 4
    assert b"\r\n" in note
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(unpacked / "Teahouse.exe"))
    assert locations.portable_folder() == unpacked / "TeahouseData"

"""What is made for Windows can be made anywhere: version information, manifest, installer, portable zip."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))

import layout  # noqa: E402
import windows  # noqa: E402

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
def test_a_version_is_four_numbers(monkeypatch, text, numbers):
    monkeypatch.setattr(windows, "version", lambda: text)
    assert windows.version_numbers() == numbers


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

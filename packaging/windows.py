"""Packages for Windows: what the programs say of themselves, the installer, and the portable folder as a zip.

Makes them on any system: the installer by NSIS (`makensis`, on Windows and on Debian alike), the rest by
Python alone. Knows the frozen folder as it is and nothing of how it was made. What the installer does is in
`teahouse.nsi`.
"""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from layout import APP_NAME, APP_NAME_ZH, BUILD, version

PUBLISHER = "Teahouse"
COPYRIGHT = "Apache License 2.0"
DESCRIPTION = "Chat privately and offline"
DESCRIPTION_ZH = "不联网的私密聊天"
_ENGLISH, _CHINESE = "040904B0", "080404B0"
"""Language and code page (Unicode) as the names of tables of strings are made of them."""

_VERSION_INFO = Template(
    """# -*- coding: utf-8 -*-
VSVersionInfo(
  ffi=FixedFileInfo(filevers=$numbers, prodvers=$numbers),
  kids=[
    StringFileInfo([
$tables
    ]),
    VarFileInfo([VarStruct('Translation', [0x409, 0x4B0, 0x804, 0x4B0])]),
  ],
)
"""
)


def version_numbers() -> tuple[int, int, int, int]:
    """The version as Windows compares it: four numbers; of `1.2.0rc1` they are 1, 2, 0, 0."""
    found = re.match(r"\d+(?:\.\d+){0,3}", version())
    if found is None:
        raise ValueError(f"{version()} begins with no number")
    first, second, third, fourth, *_ = [*map(int, found[0].split(".")), 0, 0, 0]
    return first, second, third, fourth


def version_file(path: Path = BUILD / "version_info.txt") -> Path:
    """Write the version information of both programs for PyInstaller's `EXE(version=...)`; gives `path`.

    Explorer, the task manager and "Open with" show the description in the language of the system.
    """
    tables = [
        _string_table(_ENGLISH, APP_NAME, DESCRIPTION),
        _string_table(_CHINESE, APP_NAME_ZH, DESCRIPTION_ZH),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    text = _VERSION_INFO.substitute(numbers=version_numbers(), tables="\n".join(tables))
    path.write_text(text, encoding="utf-8")
    return path


def _string_table(language: str, name: str, comment: str) -> str:
    strings = {
        "CompanyName": PUBLISHER,
        "FileDescription": name,
        "FileVersion": version(),
        "InternalName": APP_NAME,
        "LegalCopyright": COPYRIGHT,
        "ProductName": name,
        "ProductVersion": version(),
        "Comments": comment,
    }
    rows = "\n".join(f"        StringStruct({key!r}, {value!r})," for key, value in strings.items())
    return f"      StringTable({language!r}, [\n{rows}\n      ]),"

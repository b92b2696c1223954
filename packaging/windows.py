"""Packages for Windows: what the programs say of themselves, the installer, and the portable folder as a zip.

Makes them on any system: the installer by NSIS (`makensis`, on Windows and on Debian alike), the rest by
Python alone. Knows the frozen folder as it is and nothing of how it was made. What the installer does is in
`teahouse.nsi`. Run it by hand with the frozen folder.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

import icons
import windows_libraries
from layout import (
    APP_NAME,
    APP_NAME_ZH,
    BUILD,
    CONSOLE_NAME,
    ROOT,
    Edition,
    artefact,
    frozen_folder,
    version,
)
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter

from app.ui.application_icon import picture

PUBLISHER = "Teahouse"
COPYRIGHT = "Apache License 2.0"
DESCRIPTION = "Chat privately and offline"
DESCRIPTION_ZH = "不联网的私密聊天"
SETUP_SUFFIX = "-windows-x86_64-setup.exe"
PORTABLE_SUFFIX = "-windows-x86_64-portable.zip"
SIGN_VARIABLE = "TEAHOUSE_SIGN_COMMAND"
"""A command that signs the file whose name is put behind it; nothing is signed where it is not set."""
PROGRAMS = (f"{APP_NAME}.exe", f"{CONSOLE_NAME}.exe")
INSIDE = "_internal"
"""This folder and the programs are all that a frozen folder holds: the installer replaces them by name."""

MOST_BYTES = 1_900_000_000
"""Of the files in one installer: NSIS counts the places in its data, compressed ones, with 31 bits."""
MOST_CHARACTERS = 180
"""Of a path inside the folder, so that 79 are left of Windows' 259 for the folder itself."""

PORTABLE_FILE = "portable.txt"
PORTABLE_FOLDER = "TeahouseData"
PORTABLE_NOTE = """\
While this file lies beside the program, Teahouse is a portable copy: it keeps conversations, models and
settings in the folder TeahouseData beside it, and writes nothing into this computer's own folders.
To update, unpack the new version into another folder and move TeahouseData there.

只要这个文件在程序旁边，茶馆就是便携版：对话、模型和设置都保存在旁边的 TeahouseData 文件夹里，
不会写入这台电脑自己的文件夹。
更新时，请把新版本解压到另一个文件夹，再把 TeahouseData 移过去。
"""
_STORED_SUFFIXES = (".gguf", ".png", ".zip", ".gz", ".xz")
"""Compressed already."""
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


def version_numbers(text: str) -> tuple[int, int, int, int]:
    """A version as Windows compares it: four numbers; of `1.2.0rc1` they are 1, 2, 0, 0."""
    found = re.match(r"\d+(?:\.\d+){0,3}", text)
    if found is None:
        raise ValueError(f"{text} begins with no number")
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
    text = _VERSION_INFO.substitute(numbers=version_numbers(version()), tables="\n".join(tables))
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


# The installer


@dataclass(frozen=True, slots=True)
class PayloadFile:
    """A file of the frozen folder. `place` is its path inside, `size` in bytes."""

    path: Path
    place: Path
    size: int


def build(folder: Path, edition: Edition = Edition.FULL) -> list[Path]:
    """Make the installer of the frozen `folder` and its portable zip; gives the files, the installer first.

    A program that is too large for one installer comes in several, of which the first starts the others.
    Raises `ValueError` where the folder is not what is to be installed, `FileNotFoundError` where makensis is
    missing, and `subprocess.CalledProcessError` where it, or the command that signs, fails.
    """
    files = payload(folder)
    if lacking := list(windows_libraries.lacking(folder)):
        raise ValueError("a Windows that was just installed could not start it:\n" + "\n".join(lacking))
    for program in PROGRAMS:
        _sign(folder / program)
    installer = build_installer(files, artefact(SETUP_SUFFIX, edition))
    return [*installer, build_portable(files, artefact(PORTABLE_SUFFIX, edition))]


def payload(folder: Path) -> list[PayloadFile]:
    """The files of a frozen folder, in an order that is the same on every system.

    Raises `ValueError` for what does not belong into an installer.
    """
    found = {entry.name for entry in folder.iterdir()}
    if found != {*PROGRAMS, INSIDE}:
        raise ValueError(f"{folder} holds {sorted(found)}, and not the programs and {INSIDE}")
    paths = [path for path in folder.rglob("*") if path.is_file()]
    files = [PayloadFile(path, path.relative_to(folder), path.stat().st_size) for path in paths]
    for file in files:
        if len(str(file.place)) > MOST_CHARACTERS:
            raise ValueError(f"a path of {len(str(file.place))} characters: {file.place}")
        if file.size > MOST_BYTES:
            raise ValueError(f"{file.place} is too large for an installer")
    return sorted(files, key=lambda file: file.place.as_posix())


def build_installer(
    files: Sequence[PayloadFile], out: Path, most: int = MOST_BYTES, said: str = ""
) -> list[Path]:
    """Compile the installer to `out`, and beside it further ones for what is above `most` bytes.

    `said` is the version that it installs, by its word; the project's where it is empty. Raises as `build`.
    """
    makensis = find_makensis()
    parts = list(split(files, most))
    outs = [out, *(out.with_name(f"{out.stem}-part{number}.exe") for number in range(2, len(parts) + 1))]
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="teahouse-nsis-") as made:
        work = Path(made)
        defined = _defined(work, out, said or version())
        total_kb = sum(file.size for file in files) // 1024 + 1
        for number, (part, target) in enumerate(zip(parts[1:], outs[1:], strict=True), start=2):
            listed = _write_files(part, work / f"files{number}.nsh")
            size_kb = sum(file.size for file in part) // 1024 + 1
            own = {"FILES": listed, "SIZE_KB": size_kb, "OUT": target}
            _compile(makensis, "teahouse_part.nsi", {**defined, **own})
        own = {
            "FILES": _write_files(parts[0], work / "files.nsh"),
            "PARTS": _write_parts(outs[1:], work / "parts.nsh"),
            "LONGEST": max(len(str(file.place)) for file in files),
            "SIZE_KB": total_kb,
            "OUT": out,
        }
        _compile(makensis, "teahouse.nsi", {**defined, **own})
    return outs


def find_makensis() -> str:
    """NSIS's compiler: on the path, or where its own installer puts it; raises `FileNotFoundError`."""
    usual = Path(os.environ.get("PROGRAMFILES(X86)", "")) / "NSIS" / "makensis.exe"
    found = shutil.which("makensis") or (str(usual) if usual.is_file() else None)
    if found is None:
        raise FileNotFoundError("makensis is missing: install NSIS 3.08 or newer (Debian: apt install nsis)")
    return found


def split(files: Iterable[PayloadFile], most: int) -> Iterator[list[PayloadFile]]:
    """The files in their order, in as many lists of at most `most` bytes as it takes."""
    part: list[PayloadFile] = []
    size = 0
    for file in files:
        if part and size + file.size > most:
            yield part
            part, size = [], 0
        part.append(file)
        size += file.size
    yield part


def _defined(work: Path, out: Path, said: str) -> dict[str, object]:
    """What every script of NSIS is told."""
    side, head = work / "side.bmp", work / "head.bmp"
    _paint(side, QSize(140, 314), QRect(19, 101, 112, 112))
    _paint(head, QSize(114, 57), QRect(62, 6, 45, 45))
    defined: dict[str, object] = {
        "VERSION": said,
        "VERSION4": ".".join(map(str, version_numbers(said))),
        "ICON": icons.make(work / "icons").ico,
        "SIDE": side,
        "HEAD": head,
        "SETUP": out.name,
    }
    if command := os.environ.get(SIGN_VARIABLE):
        defined["SIGN"] = command
    return defined


def _compile(makensis: str, script: str, defined: dict[str, object]) -> None:
    """Run NSIS; a warning is an error, and what it wrote is shown then."""
    options = ["-V2", "-WX", "-INPUTCHARSET", "UTF8", "-NOCD"]
    options += [f"-D{name}={value}" for name, value in defined.items()]
    folder = ROOT / "packaging"
    result = subprocess.run(
        [makensis, *options, str(folder / script)],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        print(result.stdout, file=sys.stderr)
        result.check_returncode()


def _write_files(files: Iterable[PayloadFile], include: Path) -> Path:
    """An include that installs `files`, each below `$INSTDIR`."""
    lines = []
    folder: Path | None = None
    for file in files:
        if file.place.parent != folder:
            folder = file.place.parent
            below = "" if folder == Path() else "\\" + "\\".join(map(_escaped, folder.parts))
            lines.append(f'SetOutPath "$INSTDIR{below}"')
        lines.append(f'File "{file.path}"')
    include.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return include


def _write_parts(others: Iterable[Path], include: Path) -> Path:
    lines = [f'!insertmacro Part "{other.name}"\n' for other in others]
    include.write_text("".join(lines) or "; this installer is one file\n", encoding="utf-8")
    return include


def _escaped(name: str) -> str:
    """A name in a string of NSIS."""
    return name.replace("$", "$$")


def _paint(path: Path, size: QSize, square: QRect) -> None:
    """The icon on the ground of the pages, as a bitmap that NSIS takes; all in pixels.

    NSIS scales it to the height of its place. That is some pixels wider, because the place grows with the
    font of the language and not evenly; what is too wide would lie over the text beside it.
    """
    image = QImage(size, QImage.Format.Format_RGB888)
    image.fill(QColor("#FFFFFF"))
    painter = QPainter(image)
    painter.drawImage(square.topLeft(), picture(square.width()))
    painter.end()
    if not QImageWriter(str(path), b"bmp").write(image):
        raise OSError(f"{path} was not written")


def _sign(program: Path) -> None:
    if command := os.environ.get(SIGN_VARIABLE):
        # Of whoever makes the release, and NSIS gives it to a shell as well.
        subprocess.run(f'{command} "{program}"', shell=True, check=True)  # noqa: S602


# The portable copy


def build_portable(files: Iterable[PayloadFile], out: Path) -> Path:
    """The folder as a zip that is unpacked onto a stick and run from there; gives `out`."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        # A byte order mark and the line ends of Windows, for its oldest editor.
        note = PORTABLE_NOTE.replace("\n", "\r\n").encode("utf-8-sig")
        archive.writestr(f"{APP_NAME}/{PORTABLE_FILE}", note)
        for file in files:
            is_small = file.place.suffix in _STORED_SUFFIXES
            how = zipfile.ZIP_STORED if is_small else zipfile.ZIP_DEFLATED
            archive.write(file.path, f"{APP_NAME}/{file.place.as_posix()}", how)
    return out


def main() -> int:
    """Make the packages of a frozen folder, and name them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edition", type=Edition, choices=list(Edition), default=Edition.FULL)
    parser.add_argument("folder", type=Path, nargs="?", default=None, help="the frozen app of Windows")
    options = parser.parse_args()
    for made in build(options.folder or frozen_folder(options.edition), options.edition):
        print(f"windows: {made} ({made.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())

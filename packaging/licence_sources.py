"""Where names and texts of licences come from: installed distributions, our table, Debian's packages.

Reads, decides nothing about what is inside the app. The table `licence_parts.toml` is for what no file tells;
texts that wheels leave out are in `licence_texts/`, named as SPDX names them.
"""

from __future__ import annotations

import functools
import json
import re
import subprocess
import tomllib
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path, PurePosixPath
from typing import Any

from layout import ROOT

TABLE = ROOT / "packaging" / "licence_parts.toml"
TEXTS = ROOT / "packaging" / "licence_texts"
COMMON = PurePosixPath("/usr/share/common-licenses")
"""Debian's texts, to which its packages only point."""

_TEXT_NAME = re.compile(r"^(licen[cs]e|copying|notice|copyright|authors)", re.IGNORECASE)
_COMMON_NAME = re.compile(rf"{COMMON}/([A-Za-z0-9.+-]*[A-Za-z0-9])")
_SPDX_ID = re.compile(r"[A-Za-z0-9.+-]+")
_LONGEST_NAME = 100
"""Of a licence; longer ones are its whole text."""


class LicenceError(Exception):
    """What stands in the way of a complete page; the text lists it."""


@dataclass(frozen=True, slots=True)
class Text:
    """A licence as it has to be passed on."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of software by others. `reason` says why it has no text of its own, `made_of` what it holds."""

    name: str
    version: str
    licence: str
    texts: tuple[Text, ...] = ()
    copyright: tuple[str, ...] = ()
    source: str = ""
    reason: str = ""
    made_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """What we know better than a distribution's own record: `texts` only where it brought none."""

    licence: str
    texts: tuple[Text, ...]
    copyright: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of our table: a part, and by what it is known to be there."""

    part: Part
    inside: str
    files: re.Pattern[str] | None
    covered_by: str


def known_text(identifier: str) -> Text:
    """The text of a licence by its SPDX name; raises `LicenceError` where we have none."""
    name = re.sub(r"-(only|or-later)$", "", identifier)
    path = ROOT / "LICENSE" if name == "Apache-2.0" else TEXTS / f"{name}.txt"
    try:
        return Text(name, path.read_text(encoding="utf-8").strip("\n"))
    except FileNotFoundError:
        raise LicenceError(f"packaging/licence_texts has no {name}.txt") from None


@dataclass(frozen=True, slots=True)
class Table:
    """Our own knowledge of what is inside. `own` goes by the canonical name of a distribution."""

    entries: tuple[Entry, ...]
    own: dict[str, Correction]


def read_table(path: Path = TABLE) -> Table:
    """Read `licence_parts.toml`; raises `LicenceError` for a text that is not there."""
    said: dict[str, list[dict[str, Any]]] = tomllib.loads(path.read_text(encoding="utf-8"))
    own = {canonical(row["of"]): _correction(row) for row in said.get("own", [])}
    return Table(tuple(_entry(row) for row in said["part"]), own)


def _correction(row: dict[str, Any]) -> Correction:
    texts = tuple(known_text(name) for name in row.get("texts", ()))
    return Correction(row["licence"], texts, tuple(row.get("copyright", ())))


def read_introduction(path: Path = TABLE) -> dict[str, list[str]]:
    """What stands above the list: `own` always, `qt` where Qt is inside."""
    said: dict[str, list[str]] = tomllib.loads(path.read_text(encoding="utf-8"))["introduction"]
    return said


def _entry(row: dict[str, Any]) -> Entry:
    covered_by = row.get("covered_by", "")
    reason = row.get("reason", f"The text is among those of {covered_by}." if covered_by else "")
    texts = tuple(known_text(name) for name in row.get("texts", ()))
    part = Part(row["name"], "", row["licence"], texts, tuple(row["copyright"]), row["source"], reason)
    files = re.compile(row["files"]) if "files" in row else None
    return Entry(part, canonical(row.get("inside", "")), files, canonical(covered_by))


def canonical(name: str) -> str:
    """The name of a distribution as all spellings of it are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


class Installed:
    """The distributions of one environment, by the files that they brought."""

    def __init__(self, path: list[str] | None = None) -> None:
        found = distributions() if path is None else distributions(path=path)
        self.by_name: dict[str, Distribution] = {}
        self._by_file: dict[str, Distribution] = {}
        self._by_last_name: dict[str, Distribution] = {}
        self._by_folder: dict[str, Distribution] = {}
        for distribution in found:
            self.by_name.setdefault(canonical(distribution.metadata["Name"]), distribution)
            for file in distribution.files or ():
                self._by_file[file.as_posix()] = distribution
                self._by_last_name[file.name] = distribution
                self._by_folder[file.parent.as_posix()] = distribution

    def of_file(self, name: str) -> Distribution | None:
        """Who brought the file, by its place; a library may have been laid elsewhere."""
        found = self._by_file.get(name)
        is_library = re.search(r"\.(so|dll|dylib|pyd)\b", name) is not None
        return found or (self._by_last_name.get(name.rpartition("/")[2]) if is_library else None)

    def of_module(self, name: str) -> Distribution | None:
        """Who brought a module; a package may be a folder without a file of its own."""
        place = name.replace(".", "/")
        found = self._by_file.get(f"{place}.py") or self._by_file.get(f"{place}/__init__.py")
        return found or self._by_folder.get(place)


def of_distribution(distribution: Distribution, correction: Correction | None = None) -> Part:
    """What a distribution's own record says of it, and of what was compiled into it."""
    metadata = distribution.metadata
    brought = [
        Text(f"{metadata['Name']}, {_title(file.parts[1:])}", file.read_text(encoding="utf-8").strip("\n"))
        for file in distribution.files or ()
        if ".dist-info" in file.parts[0] and _is_text(file.parts[1:])
    ]
    texts = brought or list(correction.texts if correction else ())
    texts += [text for text in _texts_of_components(distribution) if text not in texts]
    homes = metadata.get_all("Home-page") or metadata.get_all("Project-URL") or [""]
    return Part(
        metadata["Name"],
        distribution.version,
        correction.licence if correction else _licence_name(distribution),
        tuple(texts) if brought or correction else (),
        correction.copyright if correction else (),
        homes[0].rpartition(", ")[2],
        made_of=_crates(distribution),
    )


def _is_text(parts: tuple[str, ...]) -> bool:
    """Whether a file of a `.dist-info` folder is a licence."""
    return bool(parts) and (parts[0] == "licenses" or _TEXT_NAME.match(parts[-1]) is not None)


def _title(parts: tuple[str, ...]) -> str:
    """Where a text lies among those of its distribution."""
    return "/".join(parts[1:] if parts[0] == "licenses" else parts)


def _licence_name(distribution: Distribution) -> str:
    metadata = distribution.metadata
    said = [*(metadata.get_all("License-Expression") or ()), *(metadata.get_all("License") or ())]
    name = str(said[0]).strip().partition("\n")[0] if said else ""
    if name and len(name) <= _LONGEST_NAME and name not in ("UNKNOWN", "OSI Approved"):
        return name
    classes = [name.split(" :: ") for name in metadata.get_all("Classifier") or ()]
    names = [words[-1] for words in classes if words[0] == "License" and len(words) > 1]
    return ", ".join(name for name in names if name != "OSI Approved") or "see its text"


def _components(distribution: Distribution) -> list[dict[str, Any]]:
    """What a wheel's own lists (CycloneDX) say was compiled into it."""
    files = [file for file in distribution.files or () if "sboms" in file.parts and file.suffix == ".json"]
    lists = [json.loads(file.read_text(encoding="utf-8")).get("components", []) for file in files]
    return [component for components in lists for component in components if component.get("licenses")]


def _crates(distribution: Distribution) -> tuple[str, ...]:
    lines = set()
    for component in _components(distribution):
        author = f", by {component['author']}" if component.get("author") else ""
        lines.add(f"{component['name']} {component['version']} ({_expression(component)}){author}")
    return tuple(sorted(lines))


def _texts_of_components(distribution: Distribution) -> tuple[Text, ...]:
    """The texts of all licences that such a list names; raises `LicenceError` for one that we do not have."""
    named: set[str] = set()
    for component in _components(distribution):
        named |= set(_SPDX_ID.findall(_expression(component))) - {"AND", "OR", "WITH"}
    return tuple(known_text(name) for name in sorted(named))


def _expression(component: dict[str, Any]) -> str:
    said = [entry.get("expression") or entry["license"].get("id", "") for entry in component["licenses"]]
    return re.sub(r"\s+", " ", " AND ".join(said))


def of_debian(library: str) -> Part | None:
    """The package of a library of this system, with its record of copyright; none where there is no such."""
    path = _system_libraries().get(library)
    package = _package_of(path) if path is not None else None
    if package is None:
        return None
    record = Path("/usr/share/doc") / package.partition(":")[0] / "copyright"
    try:
        body = record.read_text(encoding="utf-8", errors="replace").strip("\n")
    except OSError:
        return None
    source, version = _asked("dpkg-query", "-W", "-f", "${source:Package}\n${Version}", package).split("\n")
    named = sorted(set(_COMMON_NAME.findall(body)))
    texts = {name: Path(COMMON / name) for name in named}
    common = [Text(name, path.read_text(encoding="utf-8")) for name, path in texts.items() if path.is_file()]
    record_text = Text(f"{source}, Debian's record", body)
    return Part(f"{source} (Debian)", version, "see its record", (record_text, *common))


@functools.cache
def _system_libraries() -> dict[str, Path]:
    """Where the loader finds each library; the first place counts."""
    found: dict[str, Path] = {}
    for line in _asked("/sbin/ldconfig", "-p").splitlines():
        name, arrow, path = line.strip().partition(" => ")
        if arrow:
            found.setdefault(name.partition(" ")[0], Path(path))
    return found


def _package_of(path: Path) -> str | None:
    """The package that owns a library, by its real place, as the package or the system spells it."""
    real = str(path.resolve())
    for spelled in (real, real.removeprefix("/usr"), str(path)):
        owner = _asked("dpkg-query", "-S", spelled).partition(": ")[0]
        if owner:
            return owner
    return None


def _asked(*command: str) -> str:
    """What a tool of the system says; nothing where it is not there or knows nothing."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return ""

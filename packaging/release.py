"""What the release workflow does besides building: tag against version, checksums, the draft of the notes.

Standard library only, so that it runs before anything is installed. Knows names of files, nothing of how they
are made or of where they are put. The words of the notes are in `release_notes.md`.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from string import Template

from layout import APP_NAME, APP_NAME_ZH, ROOT, version

SUMS_NAME = "SHA256SUMS"
TAG_PREFIX = "v"

_KINDS = (
    (
        r"-part\d+of\d+\.(zip|tar\.xz)$",
        "one part of several: unpack all into one folder",
        "分卷之一：全部解压到同一个文件夹",
    ),
    (r"-part\d+\.exe$", "belongs to the installer: keep it beside that", "安装程序的一部分：与它放在一起"),
    (r"-setup\.exe$", "Windows 10 and 11: installer", "Windows 10、11：安装程序"),
    (r"-portable\.zip$", "Windows: portable, to be unpacked anywhere", "Windows：便携版，解压到任意位置即可"),
    (r"\.dmg$", "macOS 15 and newer, Apple silicon", "macOS 15 及更新版本，Apple 芯片"),
    (r"\.deb$", "Debian and Ubuntu", "Debian、Ubuntu"),
    (r"\.tar\.xz$", "other Linux, to be unpacked anywhere", "其他 Linux，解压到任意位置即可"),
    (r"-third-party\.html$", "licences of what is inside", "所含第三方软件的许可证"),
)
"""What a file is for, by its name, in English and Chinese; the first that fits counts."""

_NOTES = ROOT / "packaging" / "release_notes.md"


class ReleaseError(Exception):
    """Why there is no release; the text says it to whoever reads the workflow's log."""


def check_tag(tag: str) -> None:
    """Raise `ReleaseError` unless `tag` is `v` and the version."""
    expected = f"{TAG_PREFIX}{version()}"
    if tag != expected:
        raise ReleaseError(
            f"the tag is {tag}, but app/__init__.py says {version()}: it would have to be {expected}"
        )


def write_sums(folder: Path) -> Path:
    """Write the SHA-256 of every file in `folder` beside them, as `sha256sum` reads it; gives that file."""
    lines = [f"{_digest(path)}  {path.name}\n" for path in packages(folder)]
    if not lines:
        raise ReleaseError(f"there is nothing in {folder}")
    sums = folder / SUMS_NAME
    sums.write_text("".join(lines), encoding="utf-8", newline="\n")
    return sums


def packages(folder: Path) -> list[Path]:
    """The files of a release, without the list of their checksums."""
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name != SUMS_NAME)


def notes(folder: Path) -> str:
    """The draft of the release's text, in both languages, naming the files of `folder`."""
    files = packages(folder)
    return Template(_NOTES.read_text(encoding="utf-8")).substitute(
        name=APP_NAME,
        name_zh=APP_NAME_ZH,
        version=version(),
        files=_table(files, ("File", "For"), 1),
        files_zh=_table(files, ("文件", "用途"), 2),
    )


def _table(files: Iterable[Path], head: tuple[str, str], language: int) -> str:
    """A table in Markdown; `language` is the place of the words in `_KINDS`."""
    rows = [f"| {head[0]} | {head[1]} | MB |", "| --- | --- | ---: |"]
    for path in files:
        kind = next((kind for kind in _KINDS if re.search(kind[0], path.name)), None)
        if kind is None:
            raise ReleaseError(f"{path.name} is none of the files of a release")
        rows.append(f"| `{path.name}` | {kind[language]} | {path.stat().st_size / 1e6:.0f} |")
    return "\n".join(rows)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """Carry out one verb; 1 with the reason where that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("tag", help="fail unless the tag is that of the version").add_argument("tag")
    verbs.add_parser("sums", help=f"write {SUMS_NAME}").add_argument("folder", type=Path)
    verbs.add_parser("notes", help="print the draft of the notes").add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    try:
        if options.verb == "tag":
            check_tag(options.tag)
        elif options.verb == "sums":
            print(write_sums(options.folder))
        else:
            print(notes(options.folder))
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

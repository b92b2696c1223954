"""Proves what was packed, and records it: `dev.py package --prove`. Only the order and the record live here.

The Linux packages are installed and used in a clean Debian (`prove_linux`); the installer for Windows is
compiled and run under wine (`prove_windows`); with `--windows` the real packages of Windows are used there
(`prove_windows_app`). What only a real Windows or a Mac can show is in docs/releasing.md.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import prove_linux
import prove_windows
import prove_windows_app
from layout import BUILD, ROOT, version
from prove_window import ProofError
from wine_workshop import Workshop

sys.path.append(str(ROOT / "tools"))

import machine

PAGE = ROOT / "docs" / "proof.md"
WINDOWS_PAGE = ROOT / "docs" / "proof-windows.md"
PICTURES = BUILD / "proof"


def prove(deb: Path, archive: Path, is_recorded: bool) -> int:
    """Prove the packages, line by line on the terminal; 1 with a sentence where one fails.

    `is_recorded` writes docs/proof.md when all of it held; pictures of the screen go to build/proof.
    """
    parts: dict[str, Iterator[str]] = {
        f"{deb.name} and {archive.name} in a clean Debian": prove_linux.prove(deb, archive, PICTURES),
        "The installer for Windows under wine, with a made-up payload": prove_windows.prove(
            PICTURES / "windows"
        ),
    }
    return _prove(parts, PAGE if is_recorded else None, "--prove --record")


def prove_app_of_windows(packages: prove_windows_app.Packages, is_recorded: bool) -> int:
    """Prove the packages of Windows in the same way; `is_recorded` writes docs/proof-windows.md."""
    lines = prove_windows_app.prove(packages, Workshop(), PICTURES / "windows-app")
    parts = {f"{packages.setup.name} and {packages.portable.name} in a new Windows 10 of wine 10": lines}
    edition = "" if "-light-" not in packages.setup.name else " --edition light"
    return _prove(parts, WINDOWS_PAGE if is_recorded else None, f"--windows{edition} --prove --record")


def _prove(parts: Mapping[str, Iterator[str]], page: Path | None, words: str) -> int:
    told: dict[str, list[str]] = {}
    began = time.monotonic()
    try:
        for name, lines in parts.items():
            told[name] = []
            for line in lines:
                print(f"prove: {line}", flush=True)
                told[name].append(line)
    except ProofError as error:
        print(f"prove: FAILED: {error}", file=sys.stderr)
        return 1
    print(f"prove: all of it held ({(time.monotonic() - began) / 60:.0f} min)", flush=True)
    if page is not None:
        page.write_text(as_page(told, words), encoding="utf-8")
        print(f"recorded in {page.relative_to(ROOT)}")
    return 0


INTRODUCTION = """Version {version}. Written by `python3 dev.py package {words}`; anyone can run it \
again. What only a real Windows or a Mac can show is listed in [releasing.md](releasing.md)."""


def as_page(told: dict[str, list[str]], words: str) -> str:
    """The record: the machine, the version, and what was seen, in the order in which it was."""
    parts = ["# Proof of the packages", INTRODUCTION.format(version=version(), words=words)]
    parts.append(machine.as_markdown(machine.facts()))
    for name, lines in told.items():
        parts += [f"## {name}", "\n".join(f"- {line}" for line in lines)]
    return "\n\n".join(parts) + "\n"

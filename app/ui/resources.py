"""Where the files that ship with the app lie: icons, translations, licences. Reads none of them."""

from __future__ import annotations

from pathlib import Path

_PROGRAM = Path(__file__).resolve().parents[2]  # the frozen app keeps the same shape


def resource_path(*parts: str) -> Path:
    """The file `parts` below the resources folder; it is not checked whether it exists."""
    return _PROGRAM.joinpath("resources", *parts)


def own_licence_file() -> Path:
    """The program's own licence; in a package for Windows, which opens no file without a suffix, a `.txt`."""
    packaged = _PROGRAM / "LICENSE.txt"
    return packaged if packaged.is_file() else _PROGRAM / "LICENSE"


def all_licences_file() -> Path:
    """The page with everything inside and its licences; only a packaged program has it."""
    return _PROGRAM / "licences" / "THIRD-PARTY.html"

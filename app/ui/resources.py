"""Where the files that ship with the app lie: icons, translations, starter questions. Reads none of them."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2] / "resources"  # the frozen app keeps the same shape


def resource_path(*parts: str) -> Path:
    """The file `parts` below the resources folder; it is not checked whether it exists."""
    return _ROOT.joinpath(*parts)

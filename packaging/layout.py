"""What the packages are called and where they are made: the one place for names and folders.

Knows the project's tree, the version and the editions. Builds nothing. Every program of `packaging/` and the
spec read these names from here, so that an installer, a workflow and a proof can never mean different files.
"""

from __future__ import annotations

import re
import sys
from enum import Enum
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
"""Everything that is made ends here: frozen folders, packages, checksums."""
BUILD = ROOT / "build"
"""What is needed on the way and may be thrown away."""

APP_NAME = "Teahouse"
APP_NAME_ZH = "茶馆"
PACKAGE_NAME = "teahouse"
"""Of the Debian package, the desktop file and the icon."""
CONSOLE_NAME = "teahouse-cli"
BUNDLE_ID = "org.teahouse.Teahouse"
PACK_SUFFIX = ".teahousemodel"
GGUF_SUFFIX = ".gguf"
STARTER_FOLDER = "starter"
"""In the frozen folder's `_internal`: the starter model, used in place."""

_VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)


class Edition(Enum):
    """What a frozen app holds: torch for processors, no torch (GGUF only), or torch with CUDA."""

    FULL = "full"
    LIGHT = "light"
    NVIDIA = "nvidia"


def version() -> str:
    """The version, read from the one place that says it (`app/__init__.py`) without importing it."""
    found = _VERSION.search((ROOT / "app" / "__init__.py").read_text(encoding="utf-8"))
    if found is None:
        raise ValueError("app/__init__.py says no version")
    return found[1]


def frozen_folder(edition: Edition = Edition.FULL) -> Path:
    """Where PyInstaller leaves the app of an edition, as a folder."""
    name = APP_NAME if edition is Edition.FULL else f"{APP_NAME}-{edition.value}"
    return DIST / name


def executable(folder: Path, name: str = APP_NAME) -> Path:
    """A program of a frozen folder: the window, or with `CONSOLE_NAME` the verbs."""
    return folder / (f"{name}.exe" if sys.platform == "win32" else name)


def artefact(suffix: str, edition: Edition = Edition.FULL) -> Path:
    """The file of a package: `teahouse-0.1.0-linux-x86_64.tar.xz` for `-linux-x86_64.tar.xz`."""
    edition_part = "" if edition is Edition.FULL else f"-{edition.value}"
    return DIST / f"{PACKAGE_NAME}-{version()}{edition_part}{suffix}"

"""The programs and packages of Windows, made on Linux: `dev.py package --windows`. Knows the order only.

A copy of the project is frozen by the Python of Windows under wine (`wine_workshop`), by the same programs
that a real Windows runs; installer and zip are made of it here (`windows`). For trials: what is released is
built on a real Windows.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import windows
from freeze import FreezeError, starter_model
from layout import ROOT, Edition, frozen_folder
from prove_windows_app import Packages
from wine_workshop import PLACE, Workshop, windows_path

from app.model import starter

TREE = PLACE / "tree"
MODELS = PLACE / "models"
COPIED = (
    "app",
    "packaging",
    "requirements",
    "resources",
    "tests",
    "tools",
    "LICENSE",
    "dev.py",
    "pyproject.toml",
)
"""What freezing reads; its `dist` and `build` lie in the copy, so that Linux's own are left alone."""


def make(edition: Edition) -> Packages:
    """Freeze and pack an edition; raises `FreezeError`, and `ProofError` where this computer cannot."""
    workshop = Workshop()
    for line in workshop.furnish():
        print(f"package: {line}", flush=True)
    frozen = freeze(workshop, edition)
    setup, *others = windows.build(frozen, edition)
    return Packages(frozen, setup, others[-1])


def freeze(workshop: Workshop, edition: Edition) -> Path:
    """The frozen folder, and in it the page of licences."""
    copy_project(TREE)
    models = keep_starter(starter_model())
    with tempfile.TemporaryDirectory(prefix="teahouse-windows-") as made:
        wine = workshop.windows(Path(made) / "windows")
        script = windows_path(TREE / "packaging" / "build.py")
        words = [workshop.python_command(), script, "--only", "frozen", "--edition", edition.value]
        try:
            status = subprocess.call(
                wine.command(*words),
                env={**wine.environment, "TEAHOUSE_MODELS_DIR": windows_path(models)},
                stdin=subprocess.DEVNULL,
            )
        finally:
            wine.end()
    if status != 0:
        raise FreezeError(f"freezing under wine ended with {status}")
    return TREE / frozen_folder(edition).relative_to(ROOT)


def keep_starter(model: Path) -> Path:
    """A copy of the starter where that Windows sees it; gives the folder."""
    MODELS.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model, MODELS / starter.FILE_NAME)
    return MODELS


def copy_project(to: Path, names: Sequence[str] = COPIED) -> None:
    """A fresh copy of what is needed; what an earlier one made in it is gone."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    for name in names:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, to / name)

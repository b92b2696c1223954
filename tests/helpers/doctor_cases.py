"""A computer as a test wants it, and what the doctor finds on it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.findings import Finding, FindingCode
from app.core.paths import AppPaths
from app.model import doctor, doctor_models
from app.model.doctor_models import Request
from app.model.hardware import GIB, Hardware, Support
from app.storage.opening import open_store
from app.workers import doctor_round

posix = pytest.mark.skipif(os.name != "posix", reason="the marks of this system cannot be read")
NOBODY = 2**22 + 1
"""No process has this number."""

MACHINE = Hardware("x86_64", "A processor", 8, 4, 16 * GIB, 8 * GIB, Support.YES, Support.NO)


def findings(tmp_path: Path, machine: Hardware = MACHINE) -> dict[FindingCode, Finding]:
    """What is told of the machine and of the models."""
    paths = AppPaths(tmp_path / "data", tmp_path / "models")
    return {finding.code: finding for finding in [*doctor.examine(paths, machine), *of_models(paths)]}


def of_models(paths: AppPaths, request: Request | None = None) -> list[Finding]:
    return [*doctor_models.examine(paths, request or Request(), lambda _: None, CancelToken())]


def everything(paths: AppPaths) -> dict[FindingCode, Finding]:
    found = doctor_round.examine(paths, Request(), lambda _: None, CancelToken())
    return {finding.code: finding for finding in found}


@pytest.fixture
def paths() -> Iterator[AppPaths]:
    """Folders as a first start makes them, in one that everybody may enter, as pytest's are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        made = AppPaths(folder / "data", folder / "models", home=folder / "home")
        store, _ = open_store(made)
        store.close()
        made.models_dir.mkdir()
        (folder / "home").mkdir()
        yield made

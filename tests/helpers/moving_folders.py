"""Folders to be moved: models of every kind in one, another disk, and what is looked at in both."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.core.engine import EngineKind
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.core.paths import AppPaths
from app.model.importing import places
from app.model.importing.places import Place
from tests.helpers.gguf_files import GgufFile
from tests.helpers.usual_folder import put_usual_folder

posix = pytest.mark.skipif(sys.platform == "win32", reason="links, and files in use")


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppPaths:
    home = put_usual_folder(tmp_path / "share", monkeypatch)
    return AppPaths(home, home / "models", home)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk 盘 🍵"
    folder.mkdir()
    return folder


def quiet(_: TaskProgress) -> None:
    pass


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (places.LOCK_NAME, places.COPY_LOCK_NAME)
    }


def refused(code: ErrorCode) -> pytest.RaisesExc[WorldError]:
    return pytest.RaisesExc(WorldError, check=lambda error: error.info.code is code)


@pytest.fixture
def models(paths: AppPaths, tmp_path: Path) -> AppPaths:
    """Two models in the folder, one in its own place, a prepared file, and what is passing."""
    folder = paths.models_dir
    for path in (folder / "tea.gguf", folder / "deep" / "模型.gguf", tmp_path / "own.gguf"):
        path.parent.mkdir(parents=True, exist_ok=True)
        GgufFile().write(path)
    (folder / "prepared" / "tea-1234").mkdir(parents=True)
    (folder / "prepared" / "tea-1234" / "weights").write_bytes(b"w" * 3000)
    (folder / "prepared" / "tea.9999999.partial").mkdir()
    (folder / "prepared" / "tea.9999999.partial" / "weights").write_bytes(b"half")
    (folder / ".x.9999999.partial").write_bytes(b"half")
    places.add(folder, Place(str(tmp_path / "own.gguf"), "own", "own", EngineKind.LLAMA_CPP))
    places.add(folder, Place("deep/模型.gguf", family="chatglm3", hashes={"x": "y"}))
    return paths

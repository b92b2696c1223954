"""Folders of every generation to be looked at, and what is asked of a look."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode
from app.core.imports import FileState, InspectedModel
from app.model.glm.family import Family
from app.model.importing.inspection import inspect
from tests.helpers.glm_folder import make_folder
from tests.helpers.glm_models import Options, Sizes

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1018370\n"
NAMELESS = Options(sizes=Sizes(vocab=640), config={"_name_or_path": None})


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Family], Path]:
    """A folder of each generation, made once; tests change copies of it."""
    place, made = tmp_path_factory.mktemp("originals"), {}

    def original(family: Family) -> Path:
        if family not in made:
            made[family] = make_folder(place, family, NAMELESS)
        return made[family]

    return original


@pytest.fixture
def folder_of(originals: Callable[[Family], Path], tmp_path: Path) -> Callable[..., Path]:
    """Copies a folder of a generation to a place below the test's own folder."""

    def copied(family: Family, *parts: str) -> Path:
        return shutil.copytree(originals(family), tmp_path.joinpath(*(parts or (family.value,))))

    return copied


def looked_at(path: Path, family: str = "") -> InspectedModel:
    """The one model at `path`."""
    (model,) = inspect(path, path.parent / "no models", CancelToken(), family).models
    return model


def states(model: InspectedModel, *wanted: FileState) -> dict[str, FileState]:
    """The files that are in one of the states; without `wanted` those that are not in order."""
    bad = wanted or tuple(state for state in FileState if state not in (FileState.GOOD, FileState.UNUSED))
    return {one.name: one.state for one in model.files if one.state in bad}


def problem_of(model: InspectedModel) -> ErrorCode | None:
    return None if model.model.problem is None else model.model.problem.code


def weights_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".bin"))

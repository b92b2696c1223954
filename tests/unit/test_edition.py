"""The light edition: models in folders are told as what they are, and never recommended, loaded or copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.findings import FindingCode, Severity
from app.core.paths import AppPaths
from app.model import edition, library, machine_check
from app.model.glm.family import Family
from app.model.importing import importer
from app.model.importing.inspection import inspect
from tests.helpers.doctor_cases import everything
from tests.helpers.doctor_cases import paths as paths
from tests.helpers.gguf_files import GgufFile
from tests.helpers.glm_folder import make_folder
from tests.helpers.packs import looked_at, nothing, packed

NEEDS_FULL = ErrorCode.MODEL_NEEDS_FULL_EDITION


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound model in a folder."""
    return make_folder(tmp_path_factory.mktemp("made"), Family.GLM_EDGE)


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where torch is not installed; everything else is the real code."""
    monkeypatch.setattr(edition, "find_spec", lambda name: None)
    edition.opens_folders.cache_clear()
    yield
    edition.opens_folders.cache_clear()


def test_here_torch_is_installed(folder: Path) -> None:
    assert edition.opens_folders()
    model = library.recognise(folder)
    assert model is not None
    assert model.problem is None


def test_the_library_lists_a_folder_with_the_reason(light, folder: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(folder, models / "glm-edge")
    GgufFile().write(models / "one.gguf")
    found = {model.ref.id: model for model in library.scan(models)}
    assert found["glm-edge"].problem.code is NEEDS_FULL
    assert found["one"].problem is None
    assert library.default_model([*found.values()], last_used="glm-edge", chosen="glm-edge") == found["one"]
    with pytest.raises(WorldError, match=NEEDS_FULL.value):
        library.resolve("glm-edge", models)


def test_a_broken_folder_is_not_worth_mending_here(light, folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "models" / "glm-edge"
    shutil.copytree(folder, broken)
    (broken / "config.json").write_text("{}", encoding="utf-8")
    (found,) = inspect(broken, tmp_path / "models", CancelToken()).models
    assert found.model.problem.code is NEEDS_FULL


def test_what_is_brought_is_refused_before_anything_is_copied(folder: Path, tmp_path: Path, request) -> None:
    models = tmp_path / "models"
    pack = packed(folder, tmp_path / "glm.teahousemodel", tmp_path / "other models")
    single = packed(GgufFile().write(tmp_path / "one.gguf"), tmp_path / "one.teahousemodel", models)
    request.getfixturevalue("light")
    for brought in (folder, pack):
        model = looked_at(brought, models)
        assert model.model.problem.code is NEEDS_FULL, brought
        with pytest.raises(WorldError, match=NEEDS_FULL.value):
            importer.copy_in(model, "", models, nothing, CancelToken())
        assert not models.exists()
    assert looked_at(single, models).model.problem is None


def test_the_doctor_and_the_first_look_say_so(light, paths: AppPaths) -> None:
    assert everything(paths)[FindingCode.LIGHT_EDITION].severity is Severity.NOTE
    facts = machine_check.look(paths)
    assert not facts.opens_folders
    assert not facts.can_run_published


def test_the_full_edition_says_nothing_of_it(paths: AppPaths) -> None:
    assert FindingCode.LIGHT_EDITION not in everything(paths)
    assert machine_check.look(paths).opens_folders

"""Taking over packs that are not in order, and that nothing comes of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import InspectedModel
from app.model.glm.family import Family
from app.model.importing import importer, places
from app.model.importing.inspection import inspect
from tests.helpers.glm_folder import make_folder
from tests.helpers.packs import Forgery, content, nothing

ROUNDS = int(os.environ.get("TEAHOUSE_PACK_ROUNDS", "600"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("model"), Family.CHATGLM3)


@pytest.fixture
def files(model: Path) -> dict[str, bytes]:
    return content(model)


def taken_over(pack: Path, models: Path) -> tuple[InspectedModel, WorldError | None]:
    """What the card shows, and why the model was not taken over; None where it was."""
    (shown,) = inspect(pack, models, CancelToken()).models
    try:
        importer.copy_in(shown, "", models, nothing, CancelToken())
    except WorldError as error:
        return shown, error
    return shown, None


def ensure_nothing_came(place: Path, models: Path) -> None:
    """No file but the pack and our own lists, in the models folder or beside it."""
    left = {path.name for path in models.iterdir()} if models.exists() else set()
    assert left <= {places.FILE_NAME, places.LOCK_NAME, ".copying.lock"}
    assert places.read(models) == ()
    assert {path.name for path in place.iterdir()} <= {"pack", models.name}


def ensure_refused(forgery: Forgery | Path, place: Path, code: ErrorCode = ErrorCode.PACK_DAMAGED) -> str:
    """It is told on the card or when it is copied, and leaves nothing; gives the detail."""
    pack = forgery if isinstance(forgery, Path) else forgery.write(place / "pack")
    models = place / "models"
    _, error = taken_over(pack, models)
    assert error is not None
    assert error.info.code is code, error
    assert error.info.params["path"] == str(pack)
    ensure_nothing_came(place, models)
    return error.info.params.get("detail", "")

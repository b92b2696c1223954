"""When the welcome comes: to somebody new, until a choice was made, and never to anybody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.paths import AppPaths
from app.core.settings import FIRST_RUN, Settings
from app.model import starter
from app.ui.first_run.occasion import DONE, WAITING, is_first_start


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    paths = AppPaths(tmp_path / "data", tmp_path / "models")
    paths.data_dir.mkdir()
    paths.models_dir.mkdir()
    return paths


def remembered(value: str) -> Settings:
    return Settings().changed(FIRST_RUN, value)


def test_it_comes_to_somebody_who_has_nothing_but_the_starter(paths) -> None:
    assert is_first_start(paths, Settings())
    (paths.models_dir / starter.FILE_NAME).touch()
    (paths.models_dir / ".hidden").touch()
    paths.prepared_dir.mkdir()
    assert is_first_start(paths, Settings())
    assert is_first_start(AppPaths(paths.data_dir / "no", paths.models_dir / "no"), Settings())


@pytest.mark.parametrize("what", ["settings_file", "database"])
def test_it_does_not_come_to_somebody_who_was_here_before(paths, what) -> None:
    getattr(paths, what).touch()
    assert not is_first_start(paths, Settings())


def test_it_does_not_come_where_settings_could_not_be_read_or_a_model_is(paths) -> None:
    assert not is_first_start(paths, Settings(), "settings.json.broken")
    (paths.models_dir / "chatglm3-6b").mkdir()
    assert not is_first_start(paths, Settings())
    assert not is_first_start(paths, remembered(WAITING))


def test_it_comes_again_until_a_choice_was_made(paths) -> None:
    paths.settings_file.touch()
    paths.database.touch()
    assert is_first_start(paths, remembered(WAITING))
    assert not is_first_start(paths, remembered(DONE))

"""Where this machine keeps a person's data: the one place that asks the system. Knows `core` only."""

from __future__ import annotations

import os
from pathlib import Path

from app.core.paths import AppPaths

MODELS_DIR_VARIABLE = "TEAHOUSE_MODELS_DIR"
DATA_DIR_VARIABLE = "TEAHOUSE_DATA_DIR"


def default_paths(data_dir: Path | None = None, models_dir: Path | None = None) -> AppPaths:
    """The folders to use: what was asked for, else the environment's, else the system's habit.

    A moved data folder does not move the models: they are gigabytes and hold nothing a person wrote.
    """
    # Imported here: the engine child needs no folders, and it starts often.
    from platformdirs import user_data_path

    home = user_data_path("Teahouse", appauthor=False)
    data = data_dir or _from_environment(DATA_DIR_VARIABLE) or home
    models = models_dir or _from_environment(MODELS_DIR_VARIABLE) or home / "models"
    return AppPaths(data_dir=data.expanduser().absolute(), models_dir=models.expanduser().absolute())


def _from_environment(name: str) -> Path | None:
    value = os.environ.get(name, "")
    return Path(value) if value else None

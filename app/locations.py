"""Where this machine keeps a person's data: the one place that asks the system. Decides, shows nothing."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

from app.core.errors import ErrorCode, WorldError
from app.core.paths import AppPaths, usual_models_dir
from app.storage import pointer
from app.storage.pointer import Pointer

MODELS_DIR_VARIABLE = "TEAHOUSE_MODELS_DIR"
DATA_DIR_VARIABLE = "TEAHOUSE_DATA_DIR"
PORTABLE_FILE = "portable.txt"
"""Beside the program of a frozen app, it makes that a portable copy.

A file of its own and not the folder with the data: where somebody takes that away, nothing may be written
into the computer's own folders instead.
"""
PORTABLE_FOLDER = "TeahouseData"
"""Beside the program: where a portable copy keeps conversations, models and settings."""


def default_paths(data_dir: Path | None = None, models_dir: Path | None = None) -> AppPaths:
    """The folders to use: what was asked for, else the environment's, else those of a portable copy, else
    where they were moved, else the system's habit.

    A portable copy does not even look into the computer's own folders. A moved data folder does not move the
    models: they are gigabytes and hold nothing a person wrote. Raises `WorldError` LOCATIONS_DAMAGED, and
    DATA_FOLDER_MISSING where the folder with what a person wrote was moved to a disk that is not there: an
    app that began anew would look as if all were lost.
    """
    named_data = data_dir or _from_environment(DATA_DIR_VARIABLE)
    named_models = models_dir or _from_environment(MODELS_DIR_VARIABLE)
    if (beside := portable_folder()) is not None:
        return AppPaths(
            data_dir=(named_data or beside).expanduser().absolute(),
            models_dir=(named_models or usual_models_dir(beside)).expanduser().absolute(),
            data_is_named=named_data is not None,
            models_is_named=named_models is not None,
            is_portable=True,
        )
    home = usual_folder()
    moved = Pointer() if named_data and named_models else pointer.read(home)
    if not named_data and moved.data_dir is not None and not pointer.holds_conversations(moved.data_dir):
        raise WorldError(ErrorCode.DATA_FOLDER_MISSING, path=moved.data_dir)
    data = named_data or moved.data_dir or home
    models = named_models or moved.models_dir or usual_models_dir(home)
    return AppPaths(
        data_dir=data.expanduser().absolute(),
        models_dir=models.expanduser().absolute(),
        home=home,
        data_is_named=named_data is not None,
        models_is_named=named_models is not None,
    )


def usual_paths() -> AppPaths:
    """The system's usual folders, for this run, whatever was moved; nothing can be moved then."""
    home = usual_folder()
    return AppPaths(home, _from_environment(MODELS_DIR_VARIABLE) or usual_models_dir(home))


def point_at_data(folder: Path) -> None:
    """A person said where the folder with the conversations is now: keep it for good.

    Raises DATA_FOLDER_MISSING where there are none in it, and what `pointer.change` raises.
    """
    folder = folder.absolute()
    if not pointer.holds_conversations(folder):
        raise WorldError(ErrorCode.DATA_FOLDER_MISSING, path=folder)
    home = usual_folder()
    try:
        pointer.read(home)
    except WorldError:
        pointer.put_aside(home)
    pointer.change(home, lambda found: replace(found, data_dir=None if folder == home else folder))


def portable_folder() -> Path | None:
    """Where a portable copy keeps everything, beside the program; None where this is no portable copy.

    Only the frozen app can be one. On macOS beside is outside of the application's own folder, which is
    signed and not to be written to.
    """
    if not getattr(sys, "frozen", False):
        return None
    folder = Path(sys.executable).absolute().parent
    if folder.parts[-2:] == ("Contents", "MacOS"):
        folder = folder.parents[2]
    is_portable = os.path.isfile(folder / PORTABLE_FILE)  # noqa: PTH113 - does not raise
    return folder / PORTABLE_FOLDER if is_portable else None


def usual_folder() -> Path:
    """The system's usual folder of the app."""
    # Imported here: the engine child needs no folders, and it starts often.
    from platformdirs import user_data_path

    return user_data_path("Teahouse", appauthor=False)


def _from_environment(name: str) -> Path | None:
    value = os.environ.get(name, "")
    return Path(value) if value else None

"""Where Teahouse keeps its files, as names below two folders. Touches no disk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

PREPARED_FOLDER = "prepared"
"""Below a models folder: files that were made from models. They are no models themselves."""


class Kept(StrEnum):
    """Why a folder is where it is, which says how it gets to another place."""

    MOVABLE = "movable"  # by "Storage and backup"
    PORTABLE = "portable"  # beside the program, and only along with it
    NAMED = "named"  # when the app was started


@dataclass(frozen=True, slots=True)
class AppPaths:
    """`data_dir` holds conversations, settings and log; `models_dir` the model files.

    They are apart so that `--data-dir` moves what a person wrote and leaves gigabytes where they are. `home`
    is the system's usual folder of the app, where a note says which folders were moved; None where nothing
    can be moved in this run. What was named on the command line or by the environment cannot be moved either:
    the note would not count at the next start. `is_portable` is whether a portable copy of the app keeps its
    folders beside itself: nothing of it can be moved alone, only all of it together.
    """

    data_dir: Path
    models_dir: Path
    home: Path | None = None
    data_is_named: bool = False
    models_is_named: bool = False
    is_portable: bool = False

    @property
    def database(self) -> Path:
        return self.data_dir / "teahouse.db"

    @property
    def prepared_dir(self) -> Path:
        """Models at a chosen precision, ready to be loaded fast; everything in it can be made again."""
        return self.models_dir / PREPARED_FOLDER

    @property
    def backups_dir(self) -> Path:
        """Verified copies of the database."""
        return self.data_dir / "backups"

    @property
    def settings_file(self) -> Path:
        return self.data_dir / "settings.json"

    @property
    def log_dir(self) -> Path:
        return self.data_dir / "log"

    @property
    def connections_file(self) -> Path:
        """What the app wrote down of its connections to other computers."""
        return self.data_dir / "connections.jsonl"

    @property
    def can_move_data(self) -> bool:
        """Whether the data folder can be moved to another place for good."""
        return self.home is not None and not self.data_is_named

    @property
    def can_move_models(self) -> bool:
        """Whether the models folder can be moved to another place for good."""
        return self.home is not None and not self.models_is_named

    @property
    def data_kept(self) -> Kept:
        """How the data folder gets to another place."""
        return self._kept(can_move=self.can_move_data, is_named=self.data_is_named)

    @property
    def models_kept(self) -> Kept:
        """How the models folder gets to another place."""
        return self._kept(can_move=self.can_move_models, is_named=self.models_is_named)

    @property
    def models_were_moved(self) -> bool:
        """Whether a note says where the models are; such a folder may lie on a disk that is gone."""
        return self.can_move_models and self.models_dir != usual_models_dir(self.home or self.data_dir)

    def _kept(self, *, can_move: bool, is_named: bool) -> Kept:
        if can_move:
            return Kept.MOVABLE
        return Kept.PORTABLE if self.is_portable and not is_named else Kept.NAMED


def usual_models_dir(home: Path) -> Path:
    """The models folder where nobody chose another one."""
    return home / "models"

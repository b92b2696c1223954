"""Where Teahouse keeps its files, as names below two folders. Touches no disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PREPARED_FOLDER = "prepared"
"""Below a models folder: files that were made from models. They are no models themselves."""


@dataclass(frozen=True, slots=True)
class AppPaths:
    """`data_dir` holds conversations, settings and log; `models_dir` the model files.

    They are apart so that `--data-dir` moves what a person wrote and leaves gigabytes where they are.
    """

    data_dir: Path
    models_dir: Path

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

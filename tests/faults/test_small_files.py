"""A disk without a byte left, and the small files beside the database: the old contents stay; it is said."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.core import settings as declared
from app.core.errors import ErrorCode, WorldError
from app.core.settings import Settings
from app.model.importing import places
from app.storage import pointer
from app.storage.settings_file import read_settings, write_settings
from tests.faults.test_importing import small_disk


def note_theme(folder: Path, number: int) -> None:
    value = ("light", "dark")[number % 2]
    write_settings(folder / "settings.json", Settings().changed(declared.THEME, value))


def note_folder(folder: Path, number: int) -> None:
    pointer.change(folder, lambda note: replace(note, models_dir=folder / f"{number}"))


def note_model(folder: Path, number: int) -> None:
    places.add(folder, places.Place(str(folder.parent / f"model {number}"), f"{number}"))


@dataclass(frozen=True)
class SmallFile:
    """A file, how a change is written into it, and what is read of it."""

    name: str
    write: Callable[[Path, int], None]
    read: Callable[[Path], object]


FILES = (
    SmallFile("settings.json", note_theme, lambda folder: read_settings(folder / "settings.json")),
    SmallFile(pointer.FILE_NAME, note_folder, pointer.read),
    SmallFile(places.FILE_NAME, note_model, places.read),
)


def fill(disk: Path) -> Path:
    """Take every byte that is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1):
            try:
                while True:
                    file.write(os.urandom(size))
            except OSError:
                continue
    return filler


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_a_disk_without_a_byte_left(tmp_path: Path, file: SmallFile) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        file.write(disk, 1)
        before, content = file.read(disk), (disk / file.name).read_bytes()
        filler = fill(disk)
        names = sorted(path.name for path in disk.iterdir())
        with pytest.raises(WorldError) as caught:
            file.write(disk, 2)
        assert caught.value.info.code is ErrorCode.DISK_FULL
        assert (disk / file.name).read_bytes() == content
        assert file.read(disk) == before
        assert sorted(path.name for path in disk.iterdir()) == names, "something half-made was left"
        filler.unlink()
        file.write(disk, 2)
        assert file.read(disk) != before


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_the_first_file_on_a_full_disk(tmp_path: Path, file: SmallFile) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        filler = fill(disk)
        with pytest.raises(WorldError) as caught:
            file.write(disk, 1)
        assert caught.value.info.code is ErrorCode.DISK_FULL
        assert not (disk / file.name).exists()
        filler.unlink()
        file.write(disk, 1)
        assert (disk / file.name).exists()

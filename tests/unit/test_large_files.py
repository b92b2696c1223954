"""Disks that take no large file: told before anything is written where the system says what they are, and
whenever they say it themselves.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode
from app.core.paths import AppPaths
from app.model import moving
from app.storage import pointer
from app.workers import folder_moves
from tests.helpers.acting_token import ActingToken
from tests.helpers.copy_cases import Files, copy, names
from tests.helpers.copy_cases import files as files
from tests.helpers.copy_cases import refused as refused_copy
from tests.helpers.moving_folders import disk as disk
from tests.helpers.moving_folders import models as moved_models
from tests.helpers.moving_folders import paths as paths
from tests.helpers.moving_folders import quiet, refused
from tests.helpers.sticks import said_where_large_files_are_refused, stick_at

models = moved_models
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of files")


def test_a_copy_to_a_stick_is_refused_before_anything_is_made(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest = max(path.stat().st_size for path, _ in files)
    mounts = stick_at(tmp_path, largest - 1, monkeypatch)
    looks = ActingToken(1, lambda: None)
    error = refused_copy(files, tmp_path / "stick" / "model", looks)
    assert error.info.code is ErrorCode.FILE_TOO_LARGE
    assert error.info.params == {"path": str(tmp_path / "stick"), "size": str(largest)}
    assert looks.looks == 0
    stick_at(tmp_path, largest, monkeypatch)
    copy(files, tmp_path / "stick" / "model")
    mounts.pop()
    copy(files, tmp_path / "stick" / "second")


@linux
def test_a_copy_to_a_disk_that_says_so_only_when_it_is_written(files: Files, tmp_path: Path) -> None:
    attempt = (
        "from app.core.cancel import CancelToken\n"
        "from app.model.importing.copying import copy_files\n"
        "copy_files([(places[0], 'w')], places[1], lambda _: None, CancelToken())"
    )
    largest = max((path for path, _ in files), key=lambda path: path.stat().st_size)
    target = tmp_path / "stick" / "model"
    assert said_where_large_files_are_refused(attempt, largest, target) == ErrorCode.FILE_TOO_LARGE
    assert names(target.parent) == []


@linux
def test_a_backup_to_a_disk_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "large.db").write_bytes(random.Random(1).randbytes(300_000))
    attempt = (
        "from app.core.archives import ArchiveInfo\n"
        "from app.core.cancel import CancelToken\n"
        "from app.storage import archive_file\n"
        "info = ArchiveInfo(0, '1.0', 1, 1, False)\n"
        "archive_file.write(places[1], places[0], b'', info, 1, lambda _: None, CancelToken())"
    )
    target = tmp_path / "stick" / "all.teahouse"
    target.parent.mkdir()
    said = said_where_large_files_are_refused(attempt, tmp_path / "large.db", target)
    assert said == ErrorCode.FILE_TOO_LARGE
    assert names(target.parent) == []


def test_models_that_a_stick_does_not_take_stay_where_they_are(
    models: AppPaths, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest = max(path.stat().st_size for path in models.models_dir.rglob("*") if path.is_file())
    stick_at(disk, largest - 1, monkeypatch)
    with refused(ErrorCode.FILE_TOO_LARGE):
        moving.ensure_takes_models(models.models_dir, disk / "new")
    with refused(ErrorCode.FILE_TOO_LARGE):
        folder_moves.copy_models(models, disk / "new", quiet, CancelToken())
    assert names(disk) == []
    assert models.home is not None
    assert pointer.read(models.home).spares == ()
    moving.ensure_takes_models(models.models_dir, models.models_dir.parent / "elsewhere")
    stick_at(disk, largest, monkeypatch)
    moving.ensure_takes_models(models.models_dir, disk / "new")

"""Folders for unfinished work: whose process is gone goes, whose number was given to another one too."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.storage.scratch import Scratch, remove_abandoned


@pytest.fixture
def other() -> subprocess.Popen[bytes]:
    """Another process that runs."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def folder_of(parent: Path, process_id: int) -> Path:
    folder = parent / f".teahouse-{process_id}-abc.partial"
    folder.mkdir()
    (folder / "teahouse.db").write_bytes(b"what somebody wrote")
    return folder


def test_a_folder_whose_process_runs_stays(tmp_path: Path, other: subprocess.Popen[bytes]) -> None:
    folder = folder_of(tmp_path, other.pid)
    remove_abandoned(tmp_path)
    assert folder.exists()


def test_a_folder_whose_number_another_process_has_by_now_goes(
    tmp_path: Path, other: subprocess.Popen[bytes]
) -> None:
    """As after a power cut: the numbers are given again from the start."""
    folder = folder_of(tmp_path, other.pid)
    an_hour_ago = time.time() - 3600
    os.utime(folder, (an_hour_ago, an_hour_ago))
    remove_abandoned(tmp_path)
    assert not folder.exists()


def test_a_number_that_no_process_has(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, 4_294_967_295)
    remove_abandoned(tmp_path)
    assert not folder.exists()


def test_our_own_stay_while_they_are_used(tmp_path: Path) -> None:
    abandoned = folder_of(tmp_path, os.getpid())
    with Scratch(tmp_path) as scratch:
        os.utime(scratch.path, (1, 1))
        remove_abandoned(tmp_path)
        assert scratch.path.exists()
        assert not abandoned.exists()
    assert not scratch.path.exists()

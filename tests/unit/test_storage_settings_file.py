"""The settings file: lenient reading, careful writing."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from app.core.errors import ErrorCode, WorldError
from app.core.settings import FONT_SIZE, THEME, Settings
from app.storage.settings_file import read_settings, write_settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "settings.json"


def test_a_missing_file_means_defaults(path: Path) -> None:
    readout = read_settings(path)
    assert readout.settings == Settings()
    assert readout.unreadable_copy == ""
    assert not path.parent.exists()


def test_values_come_back(path: Path) -> None:
    settings = Settings().changed(THEME, "dark").changed(FONT_SIZE, 20)
    write_settings(path, settings)
    assert read_settings(path).settings == settings
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["settings.json"]


def test_what_a_newer_app_wrote_stays(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"theme": "sepia", "voice": {"on": True}, "font_size": 14}), "utf-8")
    readout = read_settings(path)
    assert readout.settings.text(THEME) == "system"
    write_settings(path, readout.settings.changed(FONT_SIZE, 22))
    assert json.loads(path.read_text("utf-8")) == {"theme": "sepia", "voice": {"on": True}, "font_size": 22}


@pytest.mark.parametrize("data", [b"{", b"[1]", b"\xff\xfe\x00", b"", b"[" * 100_000])
def test_an_unreadable_file_is_kept_and_named(path: Path, data: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
    readout = read_settings(path)
    assert readout.settings == Settings()
    assert Path(readout.unreadable_copy).read_bytes() == data
    assert Path(readout.unreadable_copy).suffix == ".bad"
    assert not path.exists()


def test_writing_over_an_unreadable_file_keeps_it_too(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not json")
    write_settings(path, Settings().changed(THEME, "dark"))
    assert read_settings(path).settings.text(THEME) == "dark"
    assert [file.read_bytes() for file in path.parent.glob("*.bad")] == [b"not json"]


def test_a_write_that_fails_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(path, Settings().changed(THEME, "dark"))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorldError) as caught:
        write_settings(path, Settings().changed(THEME, "light"))
    assert caught.value.info.code is ErrorCode.DISK_FULL
    monkeypatch.undo()
    assert read_settings(path).settings.text(THEME) == "dark"
    assert [file.name for file in path.parent.iterdir()] == ["settings.json"]

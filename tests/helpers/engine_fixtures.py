"""The fixture `engine`: a client with a real child process, recorded, and checked at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.engine_host import EngineRecorder
from pytestqt.qtbot import QtBot

from app.workers.engine_client import EngineClient


@pytest.fixture
def engine(qtbot: QtBot, tmp_path: Path) -> Iterator[EngineRecorder]:
    """Every test that uses it also checks that each request had exactly one terminal event."""
    client = EngineClient(tmp_path / "log")
    recorder = EngineRecorder(client, qtbot)
    yield recorder
    client.shutdown()
    recorder.assert_one_end_each()

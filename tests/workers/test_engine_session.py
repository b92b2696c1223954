"""A model loaded for a verb of the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.engine_host import PLAN, script_ref
from pytestqt.qtbot import QtBot

from app.cli.session import EngineSession
from app.core.engine import LoadNote
from app.core.load_plan import PlannedLoad
from app.core.models import FoundModel
from app.model.engines.script import Script
from app.ui.texts.load_notes import note_sentence


def test_each_note_of_a_load_is_one_line_on_stderr(
    qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = (LoadNote.PARTLY_ON_PROCESSOR, LoadNote.ROPE_CORRECTED)
    script = replace(Script(answers=("Tea.",)), load_ms=50, notes=notes)
    ref = script_ref(tmp_path, script)
    session = EngineSession(PlannedLoad(FoundModel(ref, ref.id), PLAN))
    with qtbot.waitSignal(session.ready, timeout=20_000):
        session.start()
    session.close()
    output = capsys.readouterr()
    assert output.err.splitlines() == [note_sentence(note) for note in notes]
    assert output.out == ""

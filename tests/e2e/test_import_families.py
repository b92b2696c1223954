"""Every generation in its published layout, from a drop on the real window to a streamed answer.

Random weights and small tokenizers: what the answers say proves nothing, that they come does.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.application import StartOptions
from app.core.chat import MessageStatus
from app.core.engine import ReasoningDelta, TextDelta
from app.core.paths import AppPaths
from app.core.settings import TEMPERATURE, Settings
from app.model.glm.family import Family
from tests.helpers.dropping import card_of, is_loaded
from tests.helpers.glm_folder import make_folder
from tests.helpers.glm_greedy import less_alike
from tests.helpers.running_app import running_application
from tests.helpers.short_answers import short_answers as short_answers

WAIT_MS = 60_000
pytestmark = pytest.mark.usefixtures("short_answers")
SETTINGS = Settings().changed(TEMPERATURE, 0.0)
NOTICES = {
    Family.GLM4: "Built with glm-4",
    Family.GLM_EDGE: "Built with GLM-Edge",
    Family.CODEGEEX4: "Built with CodeGeeX4",
}


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return AppPaths(tmp_path / "data", tmp_path / "models")


@pytest.mark.parametrize("family", Family)
def test_a_folder_is_dropped_and_answers_piece_by_piece(
    qtbot: QtBot, paths: AppPaths, tmp_path: Path, family: Family
) -> None:
    folder = less_alike(make_folder(tmp_path / "Downloads 下载", family))
    pieces: list[str] = []
    with running_application(paths, StartOptions(SETTINGS)) as application:
        window, parts = application.window, application.parts
        card = card_of(qtbot, application, folder, WAIT_MS)
        assert card.is_usable, card._problem.text
        assert card._question.isHidden()  # the published layout leaves nothing open
        QTest.keyClick(card._main, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: is_loaded(application, folder), timeout=WAIT_MS)
        model = parts.engine.status.model
        assert model is not None
        assert model.architecture == family.value
        assert window.header._meter.toolTip() == f"room for {model.context_length:,} tokens"
        assert window.status_line._licence.text() == NOTICES.get(family, "")
        parts.runner.event_received.connect(
            lambda _reply, event: (
                pieces.append(event.text) if isinstance(event, TextDelta | ReasoningDelta) else None
            )
        )
        with qtbot.waitSignal(parts.chat.answered, timeout=WAIT_MS) as told:
            window.composer.set_text("晚上睡不着应该怎么办？")
            window.composer.submit()
    record = told.args[0]
    assert record.status is MessageStatus.COMPLETE
    assert len(pieces) > 1
    assert "".join(pieces) == record.reasoning + record.text

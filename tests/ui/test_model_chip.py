"""The chip with the model: what it draws again and again is drawn once."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.errors import ErrorInfo
from app.ui.model_chip import ModelChip
from app.ui.theme_manager import ThemeManager
from app.workers.engine_status import EngineState, EngineStatus


def no_words(_: ErrorInfo) -> str:
    return ""


def test_the_dot_of_every_answer_is_one_picture(qtbot: QtBot, qapp: QApplication) -> None:
    """Qt keeps what it makes of every picture that is painted: a new one for each answer adds up."""
    chip = ModelChip(ThemeManager(qapp), no_words)
    qtbot.addWidget(chip)
    pictures = set()
    for _ in range(3):
        chip.set_status(EngineStatus(EngineState.BUSY))
        pictures.add(chip.icon().pixmap(chip.iconSize()).cacheKey())
        chip.set_status(EngineStatus(EngineState.READY))
    assert len(pictures) == 1

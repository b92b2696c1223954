"""The pictures of the page "Storage and backup": each shows its state, seen as a whole."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from app.cli import arguments, demo_storage
from app.ui.main_window import MainWindow
from app.ui.texts.storage import Part
from app.ui.theme_manager import ThemeManager

_SAID = {
    "storage": "",
    "storage-question": "Move the models (31.4 GB) to this folder?",
    "storage-moving": "Copying the models…",
    "storage-trouble": "There is not enough room on that disk.",
}


def test_every_scene_can_be_asked_for() -> None:
    assert set(demo_storage.SCENES) == set(_SAID)
    assert set(demo_storage.SCENES) <= set(arguments.SCENES)


@pytest.mark.parametrize("scene", demo_storage.SCENES)
def test_a_scene_shows_its_state_in_the_smallest_window(
    qtbot: QtBot, themes: ThemeManager, scene: str
) -> None:
    window = MainWindow(themes)
    window.build_pages()
    qtbot.addWidget(window)
    window.resize(720, 520)
    window.show()
    demo_storage.show(window, scene)
    panel = window.settings_pane.storage_page.panel(Part.MODELS)
    if not _SAID[scene]:
        assert panel.isHidden()
        return
    assert panel.text.startswith(_SAID[scene])
    area = panel.parentWidget()
    while not isinstance(area, QScrollArea):
        area = area.parentWidget()
    view = area.viewport()

    def is_seen_whole() -> bool:
        top = panel.mapTo(view, QPoint(0, 0)).y()
        return top >= 0 and top + panel.height() <= view.height()

    qtbot.waitUntil(is_seen_whole, timeout=5000)

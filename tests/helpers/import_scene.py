"""The controller of imports with its real page, strip and toast, and jobs that a test holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from qasync import QEventLoop

from app.ui.import_controller import ImportController, ImportWidgets
from app.ui.importing.model_card import ModelCard
from app.ui.main_window import MainWindow
from app.ui.tasks import Gate
from tests.helpers.import_jobs import Desk, Engines, inspected

Key = Qt.Key


@dataclass
class Scene:
    window: MainWindow
    desk: Desk
    engines: Engines
    controller: ImportController
    log: list[str] = field(default_factory=list)

    @property
    def page(self):
        return self.window.import_page

    @property
    def card(self) -> ModelCard:
        (card,) = self.page.cards
        return card

    @property
    def is_page_shown(self) -> bool:
        return self.page.isVisible()


@pytest.fixture
def scene(themes, qapp, qtbot) -> Iterator[Scene]:
    loop = QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    window = MainWindow(themes)
    window.build_pages()
    window.show()
    desk, engines = Desk(), Engines()
    widgets = ImportWidgets(
        window.import_page, window.import_strip, window.drop_overlay, window.toast, window.empty_state
    )
    controller = ImportController(widgets, engines, desk.jobs, Gate(loop), loop, window)
    controller.page_wanted.connect(window.show_import)
    controller.chat_wanted.connect(window.show_chat)
    yield Scene(window, desk, engines, controller)
    controller.close()
    window.close()
    window.deleteLater()
    qapp.processEvents()
    loop.close()
    asyncio.set_event_loop(None)


def bring(scene: Scene, qtbot, *paths: str) -> None:
    scene.controller.bring(paths)
    qtbot.waitUntil(lambda: scene.is_page_shown and not scene.controller._visit.is_looking)


def press(button: QPushButton) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def begin_check(scene: Scene, qtbot) -> ModelCard:
    scene.desk.found["/m/x"] = [inspected("/m/x")]
    bring(scene, qtbot, "/m/x")
    scene.desk.gate.clear()
    press(scene.card._check_button)
    return scene.card

"""Somebody on the page "Storage and backup" of the real window, on a computer with folders of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from app.application import StartOptions
from app.core.engine import EngineKind, ModelRef
from app.core.paths import AppPaths
from app.core.settings import SettingGroup
from app.locations import default_paths
from app.model.engines.scripted_demo import DEMO_ID
from app.ui.settings.storage_page import StoragePage
from app.ui.settings.task_panel import TaskPanel
from app.ui.sidebar.conversation_model import ConversationModel
from app.ui.texts.storage import Part
from tests.faults.window_faults import ENGLISH, Person
from tests.helpers.usual_folder import put_usual_folder

WAIT_MS = 20_000
DEMO = StartOptions(ENGLISH, model=ModelRef(DEMO_ID, EngineKind.SCRIPTED, ""))


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppPaths:
    put_usual_folder(tmp_path / "share", monkeypatch)
    found = default_paths()
    found.data_dir.parent.mkdir()
    return found


class Visitor(Person):
    """Somebody on the page."""

    def come(self) -> StoragePage:
        self.window.show_settings()
        self.window.settings_pane.show_group(SettingGroup.STORAGE)
        return self.page

    @property
    def page(self) -> StoragePage:
        return self.window.settings_pane.storage_page

    def panel(self, part: Part) -> TaskPanel:
        return self.page.panel(part)

    def move(self, part: Part, chosen: Path) -> None:
        """Choose a place, and say yes."""
        self.parts.folders.ask_move(part, str(chosen))
        self.wait(lambda: self.panel(part).is_asking)
        self.panel(part).confirmed.emit(False)

    def wait_told(self, part: Part) -> str:
        """The sentence at the end."""
        panel = self.panel(part)
        self.wait(lambda: bool(panel.text) and not panel.is_asking and not panel.is_working)
        return panel.text.replace("\u200b", "")


def titles(visitor: Visitor) -> list[str]:
    """The list at the left."""
    model = visitor.window.sidebar.findChildren(ConversationModel)[0]
    rows = (model.index(row) for row in range(model.rowCount()))
    found = (model.conversation_at(index) for index in rows)
    return [one.title for one in found if one is not None]


def button(widget: StoragePage | TaskPanel, text: str) -> QPushButton:
    return next(one for one in widget.findChildren(QPushButton) if one.text() == text and one.isVisible())


def all_text(page: StoragePage) -> str:
    from PySide6.QtWidgets import QLabel

    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())

"""Invented folders for pictures of the page "Storage and backup". Never used by the app itself."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from app.core.errors import ErrorCode, ErrorInfo
from app.core.imports import TaskProgress
from app.core.settings import SettingGroup
from app.ui.importing.places import DiskKind
from app.ui.main_window import MainWindow
from app.ui.settings.storage_page import FolderView, StoragePage
from app.ui.settings.task_panel import Question
from app.ui.texts import storage as texts
from app.ui.texts.storage import Part
from app.ui.texts.storage_troubles import move_trouble

SCENES = ("storage", "storage-question", "storage-moving", "storage-trouble")
_FREE_BYTES = 211_640_000_000
_MODELS_BYTES = 31_385_367_586
_HOME = "/home/lin/.local/share/Teahouse"
_STICK = Path("/media/lin/STICK/Teahouse models")


def show(window: MainWindow, scene: str) -> None:
    """Bring the window to the page in one of the scenes."""
    page = window.settings_pane.storage_page
    page.blockSignals(True)  # the folders of this computer are not looked at
    window.show_settings()
    window.settings_pane.show_group(SettingGroup.STORAGE)
    page.set_folder(Part.CONVERSATIONS, FolderView(_HOME, 16_582_000, _FREE_BYTES))
    page.set_folder(Part.MODELS, FolderView(f"{_HOME}/models", _MODELS_BYTES, _FREE_BYTES))
    match scene:
        case "storage-question":
            _ask(page)
        case "storage-moving":
            _work(page)
        case "storage-trouble":
            error = ErrorInfo(ErrorCode.DISK_FULL, {"path": str(_STICK)})
            page.panel(Part.MODELS).tell(partial(move_trouble, error), is_trouble=True)


def _ask(page: StoragePage) -> None:
    page.set_busy(True)
    page.panel(Part.MODELS).ask(
        Question(
            partial(texts.move_question, Part.MODELS, _STICK, _MODELS_BYTES),
            partial(texts.move_note, Part.MODELS, DiskKind.PORTABLE, 58_320_000_000),
            texts.move_label,
        )
    )


def _work(page: StoragePage) -> None:
    page.set_busy(True)
    panel = page.panel(Part.MODELS)
    panel.work(partial(texts.moving_text, Part.MODELS))
    panel.show_progress(TaskProgress(19_245_000_000, 2 * _MODELS_BYTES), 246.0)

"""A model that is dropped onto the real window, and whether it is the one in use afterwards."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from pytestqt.qtbot import QtBot

from app.application import Application
from app.ui.importing.model_card import ModelCard
from app.workers.engine_status import EngineState


def drop(application: Application, path: Path) -> None:
    window, mime = application.window, QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    at = QPoint(600, 500)
    QCoreApplication.sendEvent(window.windowHandle(), QDragEnterEvent(at, copy, mime, left, none))
    assert window.drop_overlay.isVisible()
    QCoreApplication.sendEvent(window.windowHandle(), QDropEvent(QPointF(at), copy, mime, left, none))


def card_of(qtbot: QtBot, application: Application, path: Path, timeout: int) -> ModelCard:
    """Drop it, and wait `timeout` milliseconds at most for its card, the only one on the page."""
    drop(application, path)
    page = application.window.import_page
    qtbot.waitUntil(lambda: page.isVisible() and len(page.cards) == 1, timeout=timeout)
    return page.cards[0]


def is_loaded(application: Application, path: Path) -> bool:
    status = application.parts.engine.status
    return status.state is EngineState.READY and status.ref is not None and status.ref.path == str(path)

"""Files dragged over the window: noticed before any field swallows them; text goes its own way."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from app.ui.main_window import MainWindow

COPY, MOVE, LINK = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction, Qt.DropAction.LinkAction
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(themes, qtbot) -> MainWindow:
    window = MainWindow(themes)
    window.build_pages()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


def files(*paths: str) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return mime


def text(words: str) -> QMimeData:
    mime = QMimeData()
    mime.setText(words)
    return mime


def place(window: MainWindow, over: QWidget) -> QPoint:
    return over.mapTo(window, over.rect().center())


def enter(window: MainWindow, mime: QMimeData, at: QPoint, actions=COPY | MOVE) -> bool:
    """As the system tells its window; whether the drag was taken."""
    event = QDragEnterEvent(at, actions, mime, LEFT, NONE)
    QCoreApplication.sendEvent(window.windowHandle(), event)
    move = QDragMoveEvent(at, actions, mime, LEFT, NONE)
    QCoreApplication.sendEvent(window.windowHandle(), move)
    return move.isAccepted()


def drop(window: MainWindow, mime: QMimeData, at: QPoint, actions=COPY | MOVE) -> QDropEvent:
    event = QDropEvent(QPointF(at), actions, mime, LEFT, NONE)
    QCoreApplication.sendEvent(window.windowHandle(), event)
    return event


def record(window: MainWindow) -> list[tuple[str, ...]]:
    seen: list[tuple[str, ...]] = []
    window.drop_overlay.dropped.connect(seen.append)
    return seen


def spots(window: MainWindow):
    pages = window.settings_pane
    return {
        "composer": (window.show_chat, lambda: window.composer.editor),
        "empty chat": (window.show_chat, lambda: window.empty_state),
        "transcript": (lambda: window.show_empty(False), lambda: window.transcript),
        "search": (window.show_chat, lambda: window.sidebar),
        "settings": (window.show_settings, lambda: pages._search),
        "bin": (window.show_recycle_bin, lambda: window.recycle_bin),
        "import": (window.show_import, lambda: window.import_page),
    }


@pytest.mark.parametrize(
    "where", ["composer", "empty chat", "transcript", "search", "settings", "bin", "import"]
)
def test_files_dropped_anywhere_are_brought(window, qapp, where):
    act, widget = spots(window)[where]
    act()
    qapp.processEvents()
    at = place(window, widget())
    seen, mime = record(window), files("/m/a", "/m/模型 🍵.gguf")
    assert enter(window, mime, at)
    assert window.drop_overlay.isVisible()
    assert window.drop_overlay.size() == window.size()
    event = drop(window, mime, at)
    assert event.isAccepted()
    assert seen == [("/m/a", "/m/模型 🍵.gguf")]
    assert window.drop_overlay.isHidden()
    assert window.composer.text() == ""


def test_files_are_never_taken_as_moved(window):
    """A file manager deletes what it believes was moved."""
    mime, at = files("/m/a"), QPoint(400, 300)
    enter(window, mime, at, COPY | MOVE)
    assert drop(window, mime, at, COPY | MOVE).dropAction() == COPY
    enter(window, mime, at, LINK | MOVE)
    assert drop(window, mime, at, LINK | MOVE).dropAction() == LINK
    seen = record(window)
    assert not enter(window, mime, at, MOVE)
    QCoreApplication.sendEvent(window.windowHandle(), QDragLeaveEvent())
    assert seen == []


def test_text_goes_to_the_composer_and_shows_nothing(window):
    at, mime = place(window, window.composer.editor), text("好茶")
    seen = record(window)
    assert enter(window, mime, at)
    assert window.drop_overlay.isHidden()
    drop(window, mime, at)
    assert window.composer.text() == "好茶"
    assert seen == []


def test_an_address_of_the_web_is_no_file(window):
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/model.gguf")])
    enter(window, mime, place(window, window.transcript))
    assert window.drop_overlay.isHidden()


def test_a_drag_that_leaves_takes_the_overlay_with_it(window):
    enter(window, files("/m/a"), QPoint(400, 300))
    QCoreApplication.sendEvent(window.windowHandle(), QDragLeaveEvent())
    assert window.drop_overlay.isHidden()


def test_the_overlay_follows_the_size_and_the_language(window, qapp, other_language):
    enter(window, files("/m/a"), QPoint(400, 300))
    window.resize(900, 560)
    qapp.processEvents()
    assert window.drop_overlay.size() == window.size()
    assert window.drop_overlay.accessibleName() == "〈Drop to add the model〉"

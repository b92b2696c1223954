"""What lies over the window while files are dragged over it: says what happens when they are let go.

A drag is noticed at the window itself, before any widget gets it, so that no field swallows the files. Text
that is dragged never gets here. Knows no model.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWindow,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.model import edition
from app.ui.announce import announce
from app.ui.icons import IconName
from app.ui.texts import importing as texts
from app.ui.theme import RADIUS_LARGE, Theme
from app.ui.theme_manager import ThemeManager

_VEIL = 225  # how opaque the paper over the window is, of 255
_LOGO_SIZE = 44
_CARD_WIDTH = 560


def local_paths(mime: QMimeData) -> tuple[str, ...]:
    """The files and folders that are dragged; empty for text and for addresses of the web."""
    return tuple(url.toLocalFile() for url in mime.urls() if url.isLocalFile() and url.toLocalFile())


class DropOverlay(QWidget):
    """Covers `host`, which is a window, from the first moment of a drag with files to its end.

    Signals:
        dropped: tuple of paths (str) that were let go over the window.
    """

    dropped = Signal(object)

    def __init__(self, themes: ThemeManager, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._watched: QWindow | None = None
        self._themes = themes
        self._card = QFrame()
        self._logo = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._title = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._about = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._build()
        self.setAcceptDrops(True)
        host.setAcceptDrops(True)  # else the system offers the window nothing
        host.installEventFilter(self)
        self._watch()
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)
        self._retranslate()
        self.hide()

    def appear(self) -> None:
        """Cover the window."""
        if self.isHidden():
            self.setGeometry(self._host.rect())
            self.show()
            self.raise_()
            announce(self, f"{self._title.text()} {self._about.text()}")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host:
            if event.type() in (QEvent.Type.Show, QEvent.Type.WinIdChange):
                self._watch()
            elif event.type() == QEvent.Type.Resize:
                self.setGeometry(self._host.rect())
        elif isinstance(event, QDragEnterEvent) and local_paths(event.mimeData()):
            self.appear()  # and Qt finds this widget under the pointer
        return False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        _take(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        _take(event)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        self.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.hide()
        _take(event)
        if paths := local_paths(event.mimeData()):
            self.dropped.emit(paths)

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self.hide()  # a drag whose end was never told

    def paintEvent(self, _event: QPaintEvent) -> None:
        veil = QColor(self._themes.theme.paper)
        veil.setAlpha(_VEIL)
        QPainter(self).fillRect(self.rect(), veil)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _watch(self) -> None:
        """Look at every event of the window of the system, also of one that Qt made anew."""
        if self._host.internalWinId() and self._watched is not self._host.windowHandle():
            self._watched = self._host.windowHandle()
            self._watched.installEventFilter(self)

    def _build(self) -> None:
        self._card.setObjectName("dropArea")
        self._title.setProperty("role", "title")
        self._about.setProperty("role", "muted")
        inner = QVBoxLayout(self._card)
        inner.setContentsMargins(32, 28, 32, 32)
        inner.setSpacing(8)
        for label in (self._logo, self._title, self._about):
            inner.addWidget(label)
        self._card.setMaximumWidth(_CARD_WIDTH)
        row = QHBoxLayout()  # not an alignment: that would ignore the height of wrapped text
        row.addStretch(1)
        row.addWidget(self._card, 1000)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(1)

    def _apply_theme(self, theme: Theme) -> None:
        self._card.setStyleSheet(drop_area_style(theme, theme.accent))
        self._logo.setPixmap(self._themes.icon(IconName.IMPORT, "accent", _LOGO_SIZE).pixmap(_LOGO_SIZE))

    def _retranslate(self) -> None:
        self._title.setText(self.tr("Drop to add the model"))
        self._about.setText(texts.what_is_taken(opens_folders=edition.opens_folders()))
        self.setAccessibleName(self._title.text())
        self.setAccessibleDescription(self._about.text())


def drop_area_style(theme: Theme, border: str) -> str:
    """The look of a place where files can be dropped: a dashed border in the colour `border`."""
    return (
        f"QFrame#dropArea {{ background: {theme.surface}; border: 2px dashed {border};"
        f" border-radius: {RADIUS_LARGE}px; }}"
    )


def _take(event: QDropEvent) -> None:
    """Take files only, and never as a move: a file manager would delete what it believes was moved."""
    actions = Qt.DropAction
    wanted = next(
        (one for one in (actions.CopyAction, actions.LinkAction) if one & event.possibleActions()), None
    )
    if wanted is None or not local_paths(event.mimeData()):
        event.ignore()
        return
    event.setDropAction(wanted)
    event.accept()

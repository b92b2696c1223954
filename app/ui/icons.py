"""The line icons: SVG files in one colour, painted in the colour and size that is asked for.

QtSvg is imported at the first icon, not with this module. Pixmaps are kept in Qt's own cache, which Qt
empties before it ends (a Python cache would outlive the application). Knows no theme and no widget.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap, QPixmapCache

from app.ui.resources import resource_path


class IconName(StrEnum):
    """The icons there are; the value is the name of the file."""

    TEA = "tea"
    PLUS = "plus"
    SEARCH = "search"
    SEND = "send"
    STOP = "stop"
    SETTINGS = "settings"
    TRASH = "trash"
    PIN = "pin"
    UNPIN = "unpin"
    PENCIL = "pencil"
    COPY = "copy"
    REFRESH = "refresh"
    CHEVRON_LEFT = "chevron-left"
    CHEVRON_RIGHT = "chevron-right"
    CHEVRON_DOWN = "chevron-down"
    SHIELD_CHECK = "shield-check"
    CLOSE = "close"
    CHECK = "check"
    SIDEBAR = "sidebar"
    RESTORE = "restore"
    ATTACH = "attach"
    WARNING = "warning"
    INFO = "info"
    GLOBE = "globe"
    MORE = "more"
    KEYBOARD = "keyboard"
    IMPORT = "import"
    MINUS = "minus"


def icon(name: IconName | str, color: str, size: int = 20) -> QIcon:
    """The icon `name` in `color` (`#RRGGBB`), sharp at `size` pixels on every screen that is connected.

    Raises `ValueError` when there is no such icon.
    """
    result = QIcon()
    for ratio in sorted({1.0, 2.0} | {screen.devicePixelRatio() for screen in QGuiApplication.screens()}):
        result.addPixmap(pixmap(name, color, size, ratio))
    return result


def pixmap(name: IconName | str, color: str, size: int, ratio: float) -> QPixmap:
    """The icon as a picture of `size` logical pixels for a screen with `ratio` device pixels for each."""
    source = IconName(name)
    key = f"teahouse/{source}/{color}/{size}/{ratio}"
    found = QPixmap()
    if QPixmapCache.find(key, found):
        return found
    drawn = _draw(source, color, size, ratio)
    QPixmapCache.insert(key, drawn)
    return drawn


def _draw(name: IconName, color: str, size: int, ratio: float) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", color).encode()))
    side = round(size * ratio)
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


@cache
def _source(name: IconName) -> str:
    return resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")

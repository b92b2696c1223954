"""The application's own icon, a tea cup whose steam is a speech bubble, and how the system finds it.

Three drawings: the full one, and two on grids of 16 and 24 for the smallest sizes, where the full one would
be a blur. QtSvg is imported when a picture is drawn. Knows no theme and no widget; the packages draw with it.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QImage, QPainter, QPixmap

from app.ui.resources import resource_path

DESKTOP_NAME = "teahouse"
"""Of the desktop file, without its suffix: what a Wayland compositor looks icon and name up by."""
FULL_DRAWING = "app.svg"
_SMALL_DRAWINGS = {16: "app-16.svg", 24: "app-24.svg", 32: "app-16.svg"}
_WINDOW_SIDES = (16, 24, 32, 48, 64, 128)


def introduce(app: QGuiApplication) -> None:
    """Give every window of `app` the icon, and the system the name of the desktop file."""
    QGuiApplication.setDesktopFileName(DESKTOP_NAME)
    if sys.platform == "darwin":  # the bundle has its own, with the margins that a Dock expects
        return
    icon = QIcon()
    for side in _WINDOW_SIDES:
        icon.addPixmap(QPixmap.fromImage(picture(side)))
    app.setWindowIcon(icon)


def picture(side: int, scale: float = 1.0) -> QImage:
    """The icon on a clear ground of `side` pixels; `scale` makes the full drawing smaller about its middle.

    Needs no application object.
    """
    from PySide6.QtSvg import QSvgRenderer

    drawing = _SMALL_DRAWINGS.get(side, FULL_DRAWING)
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    drawn = side * scale if drawing == FULL_DRAWING else side
    margin = (side - drawn) / 2
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(resource_path("icons", drawing))).render(painter, QRectF(margin, margin, drawn, drawn))
    painter.end()
    return image

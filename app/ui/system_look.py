"""Whether the system looks dark, also where Qt cannot tell: under the contrast themes of Windows."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication

_COLOR_WINDOW = 5  # of GetSysColor: the ground of windows


def wants_contrast(scheme: Qt.ColorScheme) -> bool:
    """Whether a contrast theme is in use: only then does Qt not know whether Windows looks light or dark."""
    return scheme is Qt.ColorScheme.Unknown and QGuiApplication.platformName() == "windows"


def is_dark(scheme: Qt.ColorScheme) -> bool:
    """Whether Qt's word for the system's look is dark, or under a contrast theme the ground of windows."""
    if wants_contrast(scheme):
        return _ground().lightness() < 128
    return scheme is Qt.ColorScheme.Dark


def _ground() -> QColor:
    if sys.platform == "win32":
        import ctypes

        color = ctypes.windll.user32.GetSysColor(_COLOR_WINDOW)  # 0x00bbggrr
        return QColor(color & 0xFF, color >> 8 & 0xFF, color >> 16 & 0xFF)
    return QColor(Qt.GlobalColor.white)

"""Menus with round corners, opened without a nested event loop (`exec` breaks qasync)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget


def rounded_menu(parent: QWidget) -> QMenu:
    """An empty menu, to be filled and opened with `popup`; it deletes itself when it closes."""
    menu = QMenu(parent)
    menu.setWindowFlags(
        menu.windowFlags() | Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint
    )
    menu.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
    menu.aboutToHide.connect(menu.deleteLater)
    return menu

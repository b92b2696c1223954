"""The look for every test of a widget: English, light, and put back afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication

from app.ui.theme_manager import ThemeManager


@pytest.fixture
def themes(qapp: QApplication) -> Iterator[ThemeManager]:
    """A theme manager on the application, in light, with the language English."""
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    manager = ThemeManager(qapp)
    manager.set_preference("light")
    yield manager
    qapp.styleHints().unsetColorScheme()
    qapp.setStyleSheet("")
    QLocale.setDefault(before)
    manager.deleteLater()

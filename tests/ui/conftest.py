"""The look for every test of a widget: English, light, and put back afterwards; closed widgets are deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale
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


@pytest.fixture(autouse=True)
def widgets_are_gone() -> Iterator[None]:
    """Carry out every `deleteLater`: without a running event loop Qt would keep them all.

    They pile up, and each new style sheet is then worked out for all of them (2 s a test after 40 tests).
    """
    yield
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

"""For tests of widgets: the look, another language, and what a test closed is gone before the next one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from app.ui.theme_manager import ThemeManager
from app.ui.translator import Translator


@pytest.fixture(autouse=True)
def widgets_are_gone() -> Iterator[None]:
    """Carry out every `deleteLater`: without a running event loop Qt would keep them all.

    They pile up, and each new style sheet is then worked out for all of them (2 s a test after 40 tests).
    """
    yield
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


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


class MarkingTranslator(QTranslator):
    """Puts every sentence into brackets, so that a test sees what was translated and what was forgotten."""

    def translate(self, context, source, disambiguation=None, n=-1):
        return f"〈{source}〉"

    def isEmpty(self):  # noqa: N802 - Qt's name
        return False


@pytest.fixture
def other_language(qapp: QApplication) -> Iterator[None]:
    """The language changes while the widgets of the test are shown; ask for it after them."""
    translator = MarkingTranslator()
    qapp.installTranslator(translator)
    qapp.processEvents()
    yield
    qapp.removeTranslator(translator)
    qapp.processEvents()


@pytest.fixture
def translator(qapp: QApplication) -> Iterator[Translator]:
    """The app's own languages, English at first and again afterwards."""
    before = QLocale()
    translator = Translator(qapp)
    translator.set_language("en")
    yield translator
    translator.set_language("en")
    QLocale.setDefault(before)

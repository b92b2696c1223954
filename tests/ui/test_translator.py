"""Live switching of the language, Qt's own texts, and the way numbers are written."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale
from PySide6.QtWidgets import QLabel

from app.ui import translator as module
from app.ui.resources import resource_path
from app.ui.translator import Translator


class _Listener(QLabel):
    def __init__(self):
        super().__init__()
        self.changes = 0

    def changeEvent(self, event):  # noqa: N802
        if event.type() == QEvent.Type.LanguageChange:
            self.changes += 1
        super().changeEvent(event)


@pytest.fixture
def translator(qapp):
    one = Translator(qapp)
    yield one
    one.set_language("en")


def say():
    return QCoreApplication.translate("Composer", "Send")


def test_switching_there_and_back(translator, qtbot):
    listener = _Listener()
    qtbot.addWidget(listener)
    with qtbot.waitSignal(translator.changed) as signal:
        translator.set_language("zh_CN")
    assert signal.args == ["zh_CN"]
    assert say() == "发送"
    qtbot.waitUntil(lambda: listener.changes > 0)
    translator.set_language("en")
    assert say() == "Send"


def test_the_texts_of_qt_itself_are_chinese(translator):
    translator.set_language("zh_CN")
    assert QCoreApplication.translate("QWidgetTextControl", "&Paste") == "粘贴(&P)"


def test_the_same_language_again_changes_nothing(translator, qtbot):
    translator.set_language("zh_CN")
    with qtbot.assertNotEmitted(translator.changed):
        translator.set_language("zh_CN")
    assert say() == "发送"


def test_numbers_follow_the_language(translator):
    translator.set_language("zh_CN")
    assert QLocale().language() == QLocale.Language.Chinese
    translator.set_language("en")
    assert QLocale().language() == QLocale.Language.English


def test_an_unknown_language_is_refused(translator):
    with pytest.raises(ValueError, match="xx"):
        translator.set_language("xx")


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (["zh-Hans-CN", "en-US"], "zh_CN"),
        (["zh_TW"], "zh_CN"),
        (["en-GB", "zh-CN"], "en"),
        (["de-DE"], "en"),
        ([], "en"),
    ],
)
def test_the_language_of_the_system(monkeypatch, system, expected):
    class _Locale:
        @staticmethod
        def system():
            return _Locale()

        def uiLanguages(self):  # noqa: N802
            return system

    monkeypatch.setattr(module, "QLocale", _Locale)
    assert module.system_language() == expected


def test_the_catalogue_ships_with_the_app():
    assert resource_path("i18n", "teahouse_zh_CN.qm").is_file()

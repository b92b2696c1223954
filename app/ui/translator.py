"""The language of the app: our catalogue, Qt's own, and the locale of numbers and dates; switched live.

Knows QtCore only, so that the command line speaks the same languages. English is the source language and
needs no catalogue.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator, Signal

from app.ui.resources import resource_path

FOLLOW_SYSTEM = "system"
CHINESE, ENGLISH = "zh_CN", "en"
_LANGUAGES = (CHINESE, ENGLISH)


def system_language() -> str:
    """The language to speak where none was chosen: Chinese where the system's first language is Chinese."""
    first = next(iter(QLocale.system().uiLanguages()), "")
    return CHINESE if first.replace("_", "-").split("-")[0].lower() == "zh" else ENGLISH


def chinese_catalog(parent: QObject | None = None) -> QTranslator:
    """Our Chinese texts, not installed: for finding a setting by its name in either language."""
    catalog = QTranslator(parent)
    catalog.load(str(resource_path("i18n", "teahouse_zh_CN.qm")))
    return catalog


class Translator(QObject):
    """Installs the catalogues in the application; every widget then gets a `LanguageChange` event."""

    changed = Signal(str)

    def __init__(self, app: QCoreApplication, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._language = ENGLISH
        self._installed: list[QTranslator] = []
        self._system_locale = QLocale.system()

    @property
    def language(self) -> str:
        """The language in use: `zh_CN` or `en`."""
        return self._language

    @property
    def locale(self) -> QLocale:
        """How numbers and dates are written: the system's way where it speaks the language in use."""
        language = QLocale(self._language).language()
        return self._system_locale if self._system_locale.language() == language else QLocale(self._language)

    def set_language(self, preference: str) -> None:
        """Speak `system`, `zh_CN` or `en`; raises `ValueError` for anything else."""
        wanted = system_language() if preference == FOLLOW_SYSTEM else preference
        if wanted not in _LANGUAGES:
            raise ValueError(f"no language {preference!r}")
        is_new = wanted != self._language
        self._language = wanted
        QLocale.setDefault(self.locale)
        if is_new:
            self._remove_all()
            if wanted == CHINESE:
                self._install_chinese()
            self.changed.emit(wanted)

    def close(self) -> None:
        """Take the texts back from the application, for whoever comes after this window."""
        self._remove_all()

    def _install_chinese(self) -> None:
        # Ours last: the newest catalogue is asked first.
        qt_catalog = QTranslator(self)
        qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if qt_catalog.load("qtbase_zh_CN", qt_folder):
            self._install(qt_catalog)
        self._install(chinese_catalog(self))

    def _install(self, catalog: QTranslator) -> None:
        self._app.installTranslator(catalog)
        self._installed.append(catalog)

    def _remove_all(self) -> None:
        while self._installed:
            catalog = self._installed.pop()
            self._app.removeTranslator(catalog)
            catalog.deleteLater()

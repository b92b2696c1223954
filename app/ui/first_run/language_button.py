"""The language in use, and a menu to take the other one; each is named in its own language."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QLocale, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from app.ui.icons import IconName
from app.ui.menus import rounded_menu
from app.ui.theme_manager import ThemeManager
from app.ui.translator import CHINESE, ENGLISH

_NAMES: Mapping[str, str] = {CHINESE: "简体中文", ENGLISH: "English"}


class LanguageButton(QPushButton):
    """Emits `chosen` with the language that is wanted; the texts follow when the language changes."""

    chosen = Signal(str)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._menu: QMenu | None = None
        self.setProperty("kind", "text")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._open)
        themes.changed.connect(self._recolor)
        self._recolor()
        self._retranslate()

    @property
    def menu_shown(self) -> QMenu | None:
        """The menu while it is open."""
        return self._menu

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _open(self) -> None:
        self._menu = menu = rounded_menu(self)
        group = QActionGroup(menu)
        for language, name in _NAMES.items():
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(language == self._language())
            action.setData(language)
            group.addAction(action)
        group.triggered.connect(lambda action: self.chosen.emit(action.data()))
        menu.aboutToHide.connect(self._on_hidden)
        place = self.mapToGlobal(self.rect().bottomRight())
        place.setX(place.x() - menu.sizeHint().width() + 1)
        menu.popup(place)

    def _on_hidden(self) -> None:
        self._menu = None

    def _language(self) -> str:
        return CHINESE if QLocale().language() == QLocale.Language.Chinese else ENGLISH

    def _recolor(self) -> None:
        self.setIcon(self._themes.icon(IconName.GLOBE, "muted", 16))

    def _retranslate(self) -> None:
        name = _NAMES[self._language()]
        self.setText(f"{name} ▾")
        self.setAccessibleName(self.tr("Language: {name}").format(name=name))

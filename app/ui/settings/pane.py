"""The page of the settings: pages at the left, a search over all of them, the settings at the right.

Built from `core.settings.ALL`, but for the pages that are attributes of their own. Whoever owns the
values gives them with `set_values` and hears of changes.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.core.settings import ALL, Setting, SettingGroup, SettingKind, Settings
from app.ui.icon_button import IconButton
from app.ui.icons import IconName
from app.ui.models.page import ModelsPage
from app.ui.settings.about_page import AboutPage
from app.ui.settings.advanced_tools import AdvancedTools
from app.ui.settings.doctor_page import DoctorPage
from app.ui.settings.model_page import ModelPage
from app.ui.settings.privacy_page import PrivacyPage
from app.ui.settings.row import SettingRow
from app.ui.settings.storage_page import StoragePage
from app.ui.settings.threads_editor import ThreadsEditor
from app.ui.texts import about as about_texts
from app.ui.texts import advanced as advanced_texts
from app.ui.texts import doctor_page as doctor_texts
from app.ui.texts import measuring as measuring_texts
from app.ui.texts import memory as memory_texts
from app.ui.texts import models as models_texts
from app.ui.texts import privacy as privacy_texts
from app.ui.texts import settings as texts
from app.ui.texts import storage as storage_texts
from app.ui.theme import COLUMN_WIDTH, SIDEBAR_WIDTH, Theme
from app.ui.theme_manager import ThemeManager
from app.ui.translator import chinese_catalog

_ROOMY = 900
"""Below this width the margins of the page are narrow."""


def shown_settings() -> tuple[Setting, ...]:
    """The declarations that have a place in the pane, in their order."""
    return tuple(s for s in ALL if s.group is not SettingGroup.STATE and s.kind is not SettingKind.HIDDEN)


class SettingsPane(QWidget):
    """Emits `changed(Setting, value)` at once (texts after a pause), and `closed` by Esc or Back."""

    changed = Signal(object, object)
    closed = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._back = IconButton(themes, IconName.CHEVRON_LEFT)
        self._title = QLabel()
        self._search = QLineEdit(clearButtonEnabled=True)
        self._navigation = QListWidget()
        groups = [s.group for s in shown_settings() if s.group is not SettingGroup.MODEL]
        groups = [group for group in SettingGroup if group in groups]
        self.model_page = ModelPage(themes)
        self.advanced_tools = AdvancedTools()
        self._sections = [_Section(group) for group in groups]
        self.models_page, self.storage_page = ModelsPage(themes), StoragePage(themes)
        self.privacy_page, self.doctor_page = PrivacyPage(themes), DoctorPage(themes)
        self.about_page = AboutPage()
        own = {SettingGroup.MODEL, SettingGroup.MODELS, SettingGroup.STORAGE, SettingGroup.PRIVACY}
        pages = {*own, SettingGroup.DOCTOR, SettingGroup.ABOUT, *groups}
        self._groups = [group for group in SettingGroup if group in pages]
        self._nothing = QLabel(wordWrap=True)
        self._scroll = QScrollArea(widgetResizable=True)
        chinese = chinese_catalog(self)
        self._words = {s.key: texts.search_words(s, chinese) for s in shown_settings()}
        self._model_words = "\n".join((
            memory_texts.search_words(chinese),
            measuring_texts.search_words(chinese),
            *(self._words[s.key] for s in shown_settings() if s.group is SettingGroup.MODEL),
        ))  # fmt: skip
        advanced = self._section(SettingGroup.ADVANCED)
        for block, words in self.advanced_tools.blocks:
            advanced.tools.append((block, advanced_texts.search_words(words, chinese)))
        advanced.add(self.advanced_tools)
        self._models_words = models_texts.search_words(chinese)
        self._storage_words = storage_texts.search_words(chinese)
        self._privacy_words = privacy_texts.search_words(chinese)
        self._doctor_words = doctor_texts.search_words(chinese)
        self._about_words = about_texts.search_words(chinese)
        self._build()
        self._connect(themes)
        self._apply_theme(themes.theme)
        self._retranslate()
        self._navigation.setCurrentRow(0)

    def set_values(self, settings: Settings) -> None:
        """Show these values; emits nothing."""
        for section in self._sections:
            for row in section.rows:
                row.show_value(settings.value(row.setting))
        self.model_page.set_settings(settings)

    def set_processor(self, automatic: int, most: int) -> None:
        """Threads that are used where none are chosen, and the most that this computer has."""
        for editor in self.findChildren(ThreadsEditor):
            editor.set_processor(automatic, most)

    def show_group(self, group: SettingGroup) -> None:
        """Turn to the page of `group`."""
        self._search.clear()
        if group in self._groups:
            self._navigation.setCurrentRow(self._groups.index(group))

    def show_search(self, query: str) -> None:
        """Search, as if the person had typed `query`."""
        self._search.setText(query)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self._search.text():
            self._search.clear()
        else:
            self.close_pane()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = 56 if event.size().width() >= _ROOMY else 28
        self._content_row.setContentsMargins(side, 36, side, 36)

    def close_pane(self) -> None:
        """Leave; a change that would be told a little later is told first."""
        self.model_page.flush()
        for section in self._sections:
            for row in section.rows:
                row.editor.flush()
        self.closed.emit()

    def _section(self, group: SettingGroup) -> _Section:
        return next(section for section in self._sections if section.group is group)

    def _on_page(self, at: int) -> None:
        if at >= 0 and self._search.text():
            self._search.clear()
        self._show_sections()

    def _show_sections(self) -> None:
        """One page, or from all pages what the search found."""
        query = self._search.text().casefold().split()
        current = self._navigation.currentRow()
        group = self._groups[current] if current >= 0 else None
        found_any = False
        for page, of, words in (
            (self.model_page, SettingGroup.MODEL, self._model_words),
            (self.models_page, SettingGroup.MODELS, self._models_words),
            (self.storage_page, SettingGroup.STORAGE, self._storage_words),
            (self.privacy_page, SettingGroup.PRIVACY, self._privacy_words),
            (self.doctor_page, SettingGroup.DOCTOR, self._doctor_words),
            (self.about_page, SettingGroup.ABOUT, self._about_words),
        ):
            is_found = all(word in words for word in query)
            page.setVisible(is_found if query else group is of)
            found_any = found_any or is_found
        for section in self._sections:
            found = False
            for row in section.rows:
                fits = all(word in self._words[row.setting.key] for word in query)
                row.setVisible(fits)
                found = found or fits
            for tool, words in section.tools:
                fits = all(word in words for word in query)
                tool.setVisible(fits)
                found = found or fits
            section.setVisible(found if query else section.group is group)
            found_any = found_any or found
        self._nothing.setText(self.tr('No setting fits "{query}".').format(query=self._search.text().strip()))
        self._nothing.setVisible(not found_any)
        self._scroll.verticalScrollBar().setValue(0)
        self._embolden()

    def _on_search(self, text: str) -> None:
        if text.strip():
            blocked = self._navigation.blockSignals(True)
            self._navigation.setCurrentRow(-1)
            self._navigation.blockSignals(blocked)
        elif self._navigation.currentRow() < 0:
            self._navigation.setCurrentRow(0)
        self._show_sections()

    def _embolden(self) -> None:
        for at in range(self._navigation.count()):
            item = self._navigation.item(at)
            font = item.font()
            font.setBold(at == self._navigation.currentRow())
            item.setFont(font)

    def _build(self) -> None:
        side = QFrame()
        side.setObjectName("settingsSide")
        side.setFixedWidth(SIDEBAR_WIDTH)
        self._title.setProperty("role", "heading")
        self._search.setObjectName("search")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._back)
        head.addWidget(self._title, 1)
        left = QVBoxLayout(side)
        left.setContentsMargins(12, 12, 12, 12)
        left.setSpacing(10)
        left.addLayout(head)
        left.addWidget(self._search)
        left.addWidget(self._navigation, 1)
        self._navigation.addItems([""] * len(self._groups))
        self._navigation.setSpacing(1)
        self._scroll.setWidget(self._build_content())
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(side)
        layout.addWidget(self._scroll, 1)
        self.setFocusProxy(self._search)

    def _build_content(self) -> QWidget:
        column = QWidget()
        column.setMaximumWidth(COLUMN_WIDTH)
        stack = QVBoxLayout(column)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(40)
        stack.addWidget(self.model_page)
        for section in self._sections:
            stack.addWidget(section)
        stack.addWidget(self.models_page)
        stack.addWidget(self.storage_page)
        stack.addWidget(self.privacy_page)
        stack.addWidget(self.doctor_page)
        stack.addWidget(self.about_page)
        self._nothing.setProperty("role", "muted")
        stack.addWidget(self._nothing)
        stack.addStretch(1)
        content = QWidget()
        row = self._content_row = QHBoxLayout(content)
        row.addWidget(column, 1000)
        row.addStretch(1)
        return content

    def _connect(self, themes: ThemeManager) -> None:
        self._back.clicked.connect(self.close_pane)
        self.model_page.setting_changed.connect(self.changed)
        self._search.textChanged.connect(self._on_search)
        self._navigation.currentRowChanged.connect(self._on_page)
        themes.changed.connect(self._apply_theme)
        for section in self._sections:
            for row in section.rows:
                row.changed.connect(self.changed)

    def _apply_theme(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"QFrame#settingsSide {{ background: {theme.sidebar}; border: none;"
            f" border-right: 1px solid {theme.border}; }}"
            f"QLineEdit, QPlainTextEdit {{ placeholder-text-color: {theme.muted}; }}"
        )

    def _retranslate(self) -> None:
        self._title.setText(self.tr("Settings"))
        self._scroll.setAccessibleName(self._title.text())
        self._back.set_name(self.tr("Back to the conversation (Esc)"))
        self._search.setPlaceholderText(self.tr("Search settings…"))
        self._search.setAccessibleName(self.tr("Search settings"))
        self._navigation.setAccessibleName(self.tr("Pages of the settings"))
        for at, group in enumerate(self._groups):
            self._navigation.item(at).setText(texts.text(texts.GROUP_TEXTS[group].title))
        for section in self._sections:
            section.retranslate()
        self._show_sections()


class _Section(QWidget):
    """One page: title, a line about it, its settings."""

    def __init__(self, group: SettingGroup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.group = group
        self._title, self._about = QLabel(), QLabel(wordWrap=True)
        self._title.setProperty("role", "title")
        self._about.setProperty("role", "muted")
        self.rows = [SettingRow(s) for s in shown_settings() if s.group is group]
        self.tools: list[tuple[QWidget, str]] = []  # what is no setting, with the words by which it is found
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(32)
        head = QVBoxLayout()
        head.setSpacing(4)
        head.addWidget(self._title)
        head.addWidget(self._about)
        layout.addLayout(head)
        for row in self.rows:
            layout.addWidget(row)

    def add(self, widget: QWidget) -> None:
        """Put something below the settings."""
        layout = self.layout()
        assert layout is not None
        layout.addWidget(widget)

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        found = texts.GROUP_TEXTS[self.group]
        self._title.setText(texts.text(found.title))
        self._about.setText(texts.text(found.about))
        for row in self.rows:
            row.retranslate()

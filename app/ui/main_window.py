"""The window: where every widget stands. Layout and shortcuts only; the controllers make it work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app.core.errors import ErrorInfo
from app.core.settings import SettingGroup
from app.ui.banner import BannerStrip
from app.ui.composer import Composer
from app.ui.empty_state import EmptyState
from app.ui.header import Header
from app.ui.queue_strip import QueueStrip
from app.ui.sidebar.sidebar import Sidebar
from app.ui.status_line import StatusLine
from app.ui.texts.errors import describe
from app.ui.texts.licences import licence_notice
from app.ui.texts.mark import QT_TRANSLATE_NOOP
from app.ui.texts.shortcuts import ShortcutInfo
from app.ui.theme import COLUMN_WIDTH, SPACE
from app.ui.theme_manager import ThemeManager
from app.ui.toast import Toast
from app.workers.engine_status import EngineStatus

if TYPE_CHECKING:
    from app.ui.first_run.page import FirstRunPage

MINIMUM_WIDTH, MINIMUM_HEIGHT = 720, 520


_SEARCH_ALL = QT_TRANSLATE_NOOP("MainWindow", "Search all conversations")
_TOGGLE_SIDEBAR = QT_TRANSLATE_NOOP("MainWindow", "Show or hide the sidebar")


def _sentence(error: ErrorInfo) -> str:
    return describe(error).sentence


class MainWindow(QMainWindow):
    """Pages: the chat (sidebar, header, transcript, composer), settings, recycle bin, shortcuts, import,
    first run.

    Signals:
        closing: the person closes the window; everything is still alive.
        settings_shown, bin_shown: a page came to the front and wants fresh values.
        first_run_left: another page took the place of the welcome.
    """

    closing = Signal()
    settings_shown = Signal()
    bin_shown = Signal()
    first_run_left = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._actions: list[tuple[QAction, str]] = []
        self.sidebar = Sidebar(themes)
        self.header = Header(themes, _sentence)
        self.banners = BannerStrip(themes)
        self.empty_state = EmptyState(themes)
        self.queue_strip = QueueStrip(themes)
        self.composer = Composer(themes)
        self.status_line = StatusLine(themes)
        self._talk = QStackedWidget()
        self._pages = QStackedWidget()
        self._bottom = QWidget()
        self._first_run: FirstRunPage | None = None
        self._chat_page = self._build_chat_page()
        self.setCentralWidget(self._pages)
        self._pages.addWidget(self._chat_page)
        self.toast = Toast(self._chat_page, self._bottom)
        self.sidebar.search_left.connect(self.composer.setFocus)
        self.header.sidebar_toggled.connect(self.toggle_sidebar)
        self.setMinimumSize(MINIMUM_WIDTH, MINIMUM_HEIGHT)
        self._take_a_good_size()
        self.retranslate()
        self.show_empty(True)

    @property
    def first_run_page(self) -> FirstRunPage:
        """The welcome and the list of models: made before the first paint only where that shows it."""
        if self._first_run is None:
            from app.ui.first_run.page import FirstRunPage

            self._first_run = FirstRunPage(self._themes)
            self._pages.addWidget(self._first_run)
        return self._first_run

    # Public verbs

    def build_pages(self) -> None:
        """Make what the first paint does not show: transcript, the other pages, what lies over them."""
        from app.ui.importing.drop_overlay import DropOverlay
        from app.ui.importing.import_page import ImportPage
        from app.ui.importing.task_strip import TaskStrip
        from app.ui.recycle_bin import RecycleBin
        from app.ui.settings.pane import SettingsPane
        from app.ui.shortcuts_page import ShortcutsPage
        from app.ui.transcript.view import TranscriptView

        self.transcript = TranscriptView(self._themes.theme)
        self._talk.addWidget(self.transcript)
        self._themes.changed.connect(self.transcript.set_theme)
        self.settings_pane = SettingsPane(self._themes)
        self.recycle_bin = RecycleBin(self._themes)
        self.shortcuts_page = ShortcutsPage(self._themes)
        self.import_page = ImportPage(self._themes)
        self.import_strip = TaskStrip(self._themes)
        self._bottom_stack.insertWidget(0, self.import_strip)
        for page in (self.settings_pane, self.recycle_bin, self.shortcuts_page, self.import_page):
            self._pages.addWidget(page)
        self.settings_pane.closed.connect(self.show_chat)
        self.shortcuts_page.closed.connect(self.show_chat)
        self.recycle_bin.close_requested.connect(self.show_chat)
        self.sidebar.settings_requested.connect(self.show_settings)
        self.status_line.privacy_wanted.connect(self.show_privacy)
        self.sidebar.recycle_bin_requested.connect(self.show_recycle_bin)
        self.sidebar.shortcuts_requested.connect(self.show_shortcuts)
        self.drop_overlay = DropOverlay(self._themes, self)
        self._pages.currentChanged.connect(self._on_page)
        self._build_actions()

    def show_engine_status(self, status: EngineStatus) -> None:
        """What the model does, and what its licence wants to be read while it is loaded."""
        self.header.set_engine_status(status)
        notice = licence_notice(status.model)
        self.status_line.set_licence_notice(notice)
        self.settings_pane.about_page.set_notice(notice)

    def show_empty(self, empty: bool) -> None:
        """The greeting in place of the transcript, or back."""
        self._talk.setCurrentWidget(self.empty_state if empty else self.transcript)

    def show_chat(self) -> None:
        """Bring the chat to the front and the keyboard to the composer."""
        self._pages.setCurrentWidget(self._chat_page)
        self.composer.setFocus()

    def show_settings(self) -> None:
        """Bring the settings to the front."""
        self.settings_shown.emit()
        self._pages.setCurrentWidget(self.settings_pane)
        self.settings_pane.setFocus()

    def show_privacy(self) -> None:
        """Bring the page of the settings on which the shield is explained to the front."""
        self.show_settings()
        self.settings_pane.show_group(SettingGroup.PRIVACY)

    def show_recycle_bin(self) -> None:
        """Bring the recycle bin to the front."""
        self.bin_shown.emit()
        self._pages.setCurrentWidget(self.recycle_bin)
        self.recycle_bin.setFocus()

    def show_import(self) -> None:
        """Bring the page on which a model is added to the front."""
        self._pages.setCurrentWidget(self.import_page)

    def show_first_run(self) -> None:
        """Bring the welcome, or the list of models, to the front."""
        self._pages.setCurrentWidget(self.first_run_page)
        self.first_run_page.take_focus()

    def show_shortcuts(self) -> None:
        """Bring the list of shortcuts to the front."""
        self.shortcuts_page.set_shortcuts(self._shortcut_infos())
        self._pages.setCurrentWidget(self.shortcuts_page)
        self.shortcuts_page.setFocus()

    def toggle_sidebar(self) -> None:
        """Hide or show the sidebar."""
        self.set_sidebar_visible(not self.sidebar.isVisibleTo(self._chat_page))

    def set_sidebar_visible(self, visible: bool) -> None:
        """Hide or show the sidebar; the header keeps a button that brings it back."""
        self.sidebar.setVisible(visible)
        self.header.set_sidebar_visible(visible)

    def bring_to_front(self) -> None:
        """Another start of the app asked for this window."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def geometry_text(self) -> str:
        """Size and place as text for the settings."""
        return bytes(self.saveGeometry().toBase64().data()).decode("ascii")

    def restore_geometry_text(self, text: str) -> None:
        """Size and place as they were; Qt moves a window that lies on a screen that is gone."""
        if text:
            self.restoreGeometry(QByteArray.fromBase64(QByteArray(text.encode("ascii", "ignore"))))

    def retranslate(self) -> None:
        """Texts of this window itself; every widget does its own."""
        self.setWindowTitle(self.tr("Teahouse"))
        for action, source in self._actions:
            action.setText(self.tr(source))

    # Qt

    def changeEvent(self, event: QEvent) -> None:
        """Switch the language live."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell before anything is torn down."""
        self.closing.emit()
        super().closeEvent(event)

    # Helpers

    def _take_a_good_size(self) -> None:
        """1280 x 800 where that fits beside the frame; on a small screen a little less than all of it."""
        size = QSize(1280, 800)
        screen = self.screen()
        if screen is not None:
            free = screen.availableSize()
            size = size.boundedTo(QSize(free.width() * 96 // 100, free.height() * 92 // 100))
        self.resize(size.expandedTo(self.minimumSize()))

    def _build_chat_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._talk.addWidget(self.empty_state)
        column.addWidget(self.header)
        column.addWidget(self.banners)
        column.addWidget(self._talk, 1)
        column.addLayout(self._build_bottom())
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        row.addLayout(column, 1)
        return page

    def _build_bottom(self) -> QHBoxLayout:
        bottom = self._bottom
        bottom.setMaximumWidth(COLUMN_WIDTH)
        bottom.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        stack = self._bottom_stack = QVBoxLayout(bottom)
        stack.setContentsMargins(0, 2 * SPACE, 0, 3 * SPACE)
        stack.setSpacing(2 * SPACE)
        stack.addWidget(self.queue_strip)
        stack.addWidget(self.composer)
        stack.addWidget(self.status_line)
        centred = QHBoxLayout()
        centred.setContentsMargins(6 * SPACE, 0, 6 * SPACE, 0)
        centred.addStretch(1)
        centred.addWidget(bottom, 1000)
        centred.addStretch(1)
        return centred

    def _build_actions(self) -> None:
        standard = QKeySequence.StandardKey
        rows: list[tuple[str, QKeySequence, Callable[[], object]]] = [
            (QT_TRANSLATE_NOOP("MainWindow", "New chat"), QKeySequence(standard.New), self._new_chat),
            (_SEARCH_ALL, QKeySequence("Ctrl+K"), self._focus_search),
            (_TOGGLE_SIDEBAR, QKeySequence("Ctrl+B"), self.toggle_sidebar),
            (QT_TRANSLATE_NOOP("MainWindow", "Settings"), QKeySequence("Ctrl+,"), self.show_settings),
            (QT_TRANSLATE_NOOP("MainWindow", "Keyboard shortcuts"), QKeySequence("F1"), self.show_shortcuts),
            (QT_TRANSLATE_NOOP("MainWindow", "Quit"), QKeySequence(standard.Quit), self.close),
        ]
        for source, keys, slot in rows:
            action = QAction(self)
            action.setShortcut(keys)
            action.triggered.connect(slot)
            self.addAction(action)
            self._actions.append((action, source))
        self.retranslate()

    def _on_page(self) -> None:
        if self._pages.currentWidget() is not self._first_run:
            self.first_run_left.emit()

    def _new_chat(self) -> None:
        self.sidebar.new_chat_requested.emit()

    def _focus_search(self) -> None:
        self.show_chat()
        self.set_sidebar_visible(True)
        self.sidebar.focus_search()

    def _shortcut_infos(self) -> list[ShortcutInfo]:
        native = QKeySequence.SequenceFormat.NativeText
        infos = [
            ShortcutInfo(action.shortcut().toString(native), action.text())
            for action, _source in self._actions
            if not action.shortcut().isEmpty()
        ]
        infos += [
            ShortcutInfo(self.tr("Enter"), self.tr("Send the message")),
            ShortcutInfo(self.tr("Shift+Enter"), self.tr("New line in the message")),
            ShortcutInfo(self.tr("Esc"), self.tr("Stop the answer, or go back")),
            ShortcutInfo(self.tr("Up"), self.tr("Edit the last message (in an empty message field)")),
            ShortcutInfo("F2", self.tr("Rename the conversation")),
            ShortcutInfo(self.tr("Del"), self.tr("Move the conversation to the recycle bin")),
        ]
        return infos

"""The sidebar put together: which of its lists is shown, and its signals to the window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.core.records import ConversationSummary, SearchHit
from app.ui.announce import announce
from app.ui.icon_button import IconButton
from app.ui.icons import IconName
from app.ui.plain_list import BAR_WIDTH
from app.ui.sidebar.conversation_list import ConversationList
from app.ui.sidebar.hit_list import HitList
from app.ui.sidebar.new_chat_button import NewChatButton
from app.ui.sidebar.search_field import SearchField
from app.ui.text_format import count_text
from app.ui.theme import SIDEBAR_WIDTH
from app.ui.theme_manager import ThemeManager

_LOGO_SIZE = 22
_MARGIN = 12


class Sidebar(QWidget):
    """264 pixels at the left of the window.

    Signals:
        new_chat_requested: the button was pressed.
        conversation_selected: (conversation) is to be opened.
        rename_requested: (conversation, title).
        pin_requested: (conversation, pinned).
        delete_requested: (conversation); no question was asked, so offer an undo.
        search_changed: what is searched for, "" when the search ended; answer with `show_hits`.
        hit_selected: (conversation, message).
        search_left: Escape in the empty search field; the composer may take the focus.
        settings_requested, recycle_bin_requested, shortcuts_requested: the buttons at the bottom.
    """

    new_chat_requested = Signal()
    conversation_selected = Signal(int)
    rename_requested = Signal(int, str)
    pin_requested = Signal(int, bool)
    delete_requested = Signal(int)
    search_changed = Signal(str)
    hit_selected = Signal(int, int)
    search_left = Signal()
    settings_requested = Signal()
    recycle_bin_requested = Signal()
    shortcuts_requested = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(SIDEBAR_WIDTH)
        self._themes = themes
        self._has_more_hits = False
        self._logo = QLabel()
        self._brand = QLabel()
        self._brand.setObjectName("brand")
        self._new_chat = NewChatButton(themes)
        self._search = SearchField(themes)
        self._list = ConversationList(themes)
        self._no_conversations = _note()
        self._hit_count = QLabel()
        self._hit_count.setProperty("role", "caption")
        self._hits = HitList(themes)
        self._no_hits = _note()
        self._settings = _text_button()
        self._recycle_bin = _text_button()
        self._shortcuts = IconButton(themes, IconName.KEYBOARD)
        self._hits_page = self._make_hits_page()
        self._pages = QStackedWidget()
        for page in (self._list, self._no_conversations, self._hits_page, self._no_hits):
            self._pages.addWidget(page)
        self._lay_out()
        self._connect()
        self._recolor()
        self._retranslate()
        self._show_list()

    def set_conversations(self, summaries: Sequence[ConversationSummary]) -> None:
        """Show these conversations, in any order; deleted ones must not be among them."""
        self._list.set_conversations(summaries)
        if not self._search.query:
            self._show_list()

    def set_current(self, conversation_id: int | None) -> None:
        """Mark the conversation that is open; None for the new chat."""
        self._list.set_current(conversation_id)

    def set_busy(self, conversation_id: int | None) -> None:
        """Mark the conversation whose answer is being written."""
        self._list.set_busy(conversation_id)

    def show_hits(self, query: str, hits: Sequence[SearchHit], *, has_more: bool = False) -> None:
        """Show what a search found; left alone when the field says something else by now."""
        if not query.strip() or query.strip() != self._search.query:
            return
        self._has_more_hits = has_more
        self._hits.hits.set_hits(hits)
        self._pages.setCurrentWidget(self._hits_page if hits else self._no_hits)
        self._retranslate_hits()
        announce(self._search, self._hit_count.text() if hits else self._no_hits.text())

    def focus_search(self) -> None:
        """Put the cursor into the search field and select what is there."""
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    @property
    def hit_count(self) -> int:
        """How many hits are shown; 0 when the list of conversations is."""
        return self._hits.hits.rowCount() if self._pages.currentWidget() is self._hits_page else 0

    def search_for(self, query: str) -> None:
        """Search as if `query` had been typed."""
        self._search.setText(query)

    def clear_search(self) -> None:
        """Empty the search field; the list of conversations comes back."""
        self._search.clear()

    def rename(self, conversation_id: int) -> None:
        """Open the field for the title of a conversation in its row."""
        self.clear_search()
        self._list.rename(conversation_id)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _on_search_changed(self, query: str) -> None:
        if not query:
            self._show_list()
        self.search_changed.emit(query)

    def _on_list_wanted(self) -> None:
        shown = self._pages.currentWidget()
        if shown is self._list:
            self._list.focus_first()
        elif shown is self._hits_page:
            self._hits.focus_first()

    def _on_search_confirmed(self) -> None:
        if self._pages.currentWidget() is self._hits_page:
            self._hits.open_current()

    def _show_list(self) -> None:
        has_any = self._list.conversations.rowCount() > 0
        self._pages.setCurrentWidget(self._list if has_any else self._no_conversations)

    def _focus_field(self) -> None:
        self._search.setFocus(Qt.FocusReason.BacktabFocusReason)

    def _recolor(self) -> None:
        self._logo.setPixmap(self._themes.icon(IconName.TEA, "accent", _LOGO_SIZE).pixmap(_LOGO_SIZE))

    def _retranslate(self) -> None:
        self._brand.setText(self.tr("Teahouse"))
        self._no_conversations.setText(self.tr("Your conversations will be listed here."))
        self._settings.setText(self.tr("Settings"))
        self._recycle_bin.setText(self.tr("Recycle bin"))
        self._shortcuts.set_name(self.tr("Keyboard shortcuts (F1)"))
        self._hits.setAccessibleName(self.tr("Search results"))
        self._list.retranslate()
        self._retranslate_hits()

    def _retranslate_hits(self) -> None:
        count = self._hits.hits.rowCount()
        number = count_text(count)
        if self._has_more_hits:
            text = self.tr("The latest {count} results").format(count=number)
        elif count == 1:
            text = self.tr("1 result")
        else:
            text = self.tr("{count} results").format(count=number)
        self._hit_count.setText(text)
        nothing = self.tr("Nothing was found for “{query}”. A shorter word may help.")
        self._no_hits.setText(nothing.format(query=self._search.query))

    def _connect(self) -> None:
        self._new_chat.clicked.connect(self.new_chat_requested)
        self._search.changed.connect(self._on_search_changed)
        self._search.list_wanted.connect(self._on_list_wanted)
        self._search.confirmed.connect(self._on_search_confirmed)
        self._search.left.connect(self.search_left)
        self._list.opened.connect(self.conversation_selected)
        self._list.rename_requested.connect(self.rename_requested)
        self._list.pin_requested.connect(self.pin_requested)
        self._list.delete_requested.connect(self.delete_requested)
        self._list.left_at_top.connect(self._focus_field)
        self._hits.opened.connect(self.hit_selected)
        self._hits.left_at_top.connect(self._focus_field)
        self._settings.clicked.connect(self.settings_requested)
        self._recycle_bin.clicked.connect(self.recycle_bin_requested)
        self._shortcuts.clicked.connect(self.shortcuts_requested)
        self._themes.changed.connect(self._recolor)

    def _make_hits_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        self._hit_count.setContentsMargins(8, 0, 8 + BAR_WIDTH, 0)
        layout.addWidget(self._hit_count)
        layout.addWidget(self._hits, 1)
        return page

    def _lay_out(self) -> None:
        brand = QHBoxLayout()
        brand.setContentsMargins(8, 4, 8, 6)
        brand.setSpacing(8)
        brand.addWidget(self._logo)
        brand.addWidget(self._brand, 1)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(0, 0, 0, 0)
        bottom.setSpacing(4)
        bottom.addWidget(self._settings)
        bottom.addWidget(self._recycle_bin)
        bottom.addStretch(1)
        bottom.addWidget(self._shortcuts)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN - BAR_WIDTH, 10)
        layout.setSpacing(0)
        above = _column(layout)
        above.addLayout(brand)
        above.addSpacing(6)
        above.addWidget(self._new_chat)
        above.addSpacing(10)
        above.addWidget(self._search)
        above.addSpacing(4)
        layout.addWidget(self._pages, 1)  # reaches into the margin, where its scroll bar stands
        below = _column(layout)
        below.addSpacing(8)
        below.addWidget(_rule())
        below.addSpacing(8)
        below.addLayout(bottom)


def _column(parent: QVBoxLayout) -> QVBoxLayout:
    """A part of the sidebar that ends where the rows of its list end."""
    column = QVBoxLayout()
    column.setContentsMargins(0, 0, BAR_WIDTH, 0)
    column.setSpacing(0)
    parent.addLayout(column)
    return column


def _note() -> QLabel:
    """A sentence in the place of an empty list."""
    label = QLabel()
    label.setProperty("role", "muted")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    label.setContentsMargins(8, 16, 8 + BAR_WIDTH, 0)
    return label


def _rule() -> QFrame:
    rule = QFrame()
    rule.setObjectName("sidebarRule")
    rule.setFixedHeight(1)
    return rule


def _text_button() -> QPushButton:
    button = QPushButton()
    button.setProperty("kind", "text")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button

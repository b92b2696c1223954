"""The page of the first start: a welcome with the card for this computer, and behind it the list of models.

The list can be shown without the welcome. Takes values, tells what the person wants.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.core.catalog import Advice, Catalog
from app.ui.first_run.language_button import LanguageButton
from app.ui.first_run.welcome_card import WelcomeCard
from app.ui.icons import IconName
from app.ui.theme_manager import ThemeManager

if TYPE_CHECKING:
    from app.model.machine_check import MachineFacts  # psutil is not to be waited for before the first paint
    from app.ui.first_run.catalog_view import CatalogView

_LOGO_SIZE = 56
_CARD_WIDTH = 640
_ROOMY = 640
"""Below this height what helps nobody to go on is left out, so that every way on is seen."""


class FirstRunPage(QWidget):
    """Signals:

    files_wanted: a person has model files.
    try_wanted: the chat, with the small model that is there.
    closed: the chat, without a choice (Esc), or back from the list.
    language_chosen: "zh_CN" or "en".
    """

    files_wanted = Signal()
    try_wanted = Signal()
    closed = Signal()
    language_chosen = Signal(str)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._themes = themes
        self._found: tuple[Catalog, MachineFacts, Advice] | None = None
        self._has_starter = True
        self._is_list_alone = False
        self._list: CatalogView | None = None  # made when it is wanted
        self._language = LanguageButton(themes)
        self._logo, self._name = QLabel(), QLabel()
        self._promise, self._note = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._card = WelcomeCard()
        self._try = QPushButton()
        self._stack = QStackedWidget()
        self._build()
        self._connect()
        self._recolor()
        self._retranslate()

    @property
    def card(self) -> WelcomeCard:
        return self._card

    @property
    def try_button(self) -> QPushButton:
        return self._try

    @property
    def language_button(self) -> LanguageButton:
        return self._language

    @property
    def list_view(self) -> CatalogView:
        """The list of models."""
        if self._list is None:
            from app.ui.first_run.catalog_view import CatalogView

            self._list = CatalogView(self._themes)
            self._list.closed.connect(self._go_back)
            self._stack.addWidget(self._list)
            if self._found is not None:
                self._list.show_found(*self._found)
        return self._list

    @property
    def has_found(self) -> bool:
        """Whether what this computer can run is known."""
        return self._found is not None

    @property
    def is_list_shown(self) -> bool:
        """Whether the list is in front, not the welcome."""
        return self._list is not None and self._stack.currentWidget() is self._list

    def show_welcome(self) -> None:
        """Show the welcome."""
        self._stack.setCurrentIndex(0)

    def show_list(self, *, alone: bool) -> None:
        """Show the list; `alone` where there is no welcome to go back to."""
        self._is_list_alone = alone
        self._stack.setCurrentWidget(self.list_view)
        self.list_view.take_focus()

    def show_machine(self, facts: MachineFacts) -> None:
        """What is known of this computer already, while the rest is still asked for."""
        if self._found is None:
            self._card.show_found(facts, None)

    def show_found(self, catalog: Catalog, facts: MachineFacts, advice: Advice) -> None:
        """What this computer is and can run."""
        self._found = catalog, facts, advice
        self._card.show_found(facts, advice)
        if self._list is not None:
            self._list.show_found(catalog, facts, advice)
        self._retranslate()

    def set_has_starter(self, has_starter: bool) -> None:
        """Whether the small model is there to be tried."""
        self._has_starter = has_starter
        self._retranslate()

    def take_focus(self) -> None:
        """Put the keyboard to the first way on."""
        if self.is_list_shown:
            self.list_view.take_focus()
        else:
            self._card.files_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_height()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._go_back()
            return
        button = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(button, QPushButton):
            button.click()  # Qt itself takes only the space bar outside of dialogs
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _go_back(self) -> None:
        if self.is_list_shown and not self._is_list_alone:
            self.show_welcome()
            self._card.list_button.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.closed.emit()

    def _on_list_wanted(self) -> None:
        self.show_list(alone=False)

    def _on_try(self) -> None:
        if self._can_try:
            self.try_wanted.emit()
        else:
            self.closed.emit()

    @property
    def _can_try(self) -> bool:
        return self._has_starter and not (self._found is not None and self._found[1].is_too_old)

    def _recolor(self) -> None:
        self._logo.setPixmap(self._themes.icon(IconName.TEA, "accent", _LOGO_SIZE).pixmap(_LOGO_SIZE))

    def _retranslate(self) -> None:
        self._name.setText(self.tr("Teahouse"))
        self._promise.setText(
            self.tr("Chat on your own computer. No sign-in, and nothing you write ever leaves it.")
        )
        if self._can_try:
            self._try.setText(self.tr("Try the small built-in model now"))
            self._note.setText(
                self.tr("It works at once and without internet. It speaks only English and knows little.")
            )
        else:
            self._try.setText(self.tr("Look around first"))
            self._note.setText("")
        self._fit_height()

    def _fit_height(self) -> None:
        is_roomy = self.height() >= _ROOMY
        self._logo.setVisible(is_roomy)
        self._note.setVisible(is_roomy and bool(self._note.text()))
        self._column.setSpacing(16 if is_roomy else 12)
        self._outer.setContentsMargins(24, 12, 24, 20 if is_roomy else 8)

    def _connect(self) -> None:
        self._card.files_wanted.connect(self.files_wanted)
        self._card.list_wanted.connect(self._on_list_wanted)
        self._language.chosen.connect(self.language_chosen)
        self._try.clicked.connect(self._on_try)
        self._themes.changed.connect(self._recolor)

    def _build(self) -> None:
        centre = Qt.AlignmentFlag.AlignCenter
        self._name.setProperty("role", "welcome")
        self._promise.setProperty("role", "muted")
        self._note.setProperty("role", "caption")
        self._try.setProperty("kind", "link")
        self._try.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for label in (self._logo, self._name, self._promise, self._note):
            label.setAlignment(centre)
        top = QHBoxLayout()
        top.addStretch(1)
        top.addWidget(self._language)
        tried = QHBoxLayout()
        tried.addStretch(1)
        tried.addWidget(self._try)
        tried.addStretch(1)
        column = QWidget()
        column.setMaximumWidth(_CARD_WIDTH)
        greeting = QVBoxLayout()
        greeting.setSpacing(4)
        for label in (self._logo, self._name, self._promise):
            greeting.addWidget(label)
        ending = QVBoxLayout()
        ending.setSpacing(0)
        ending.addLayout(tried)
        ending.addWidget(self._note)
        inner = self._column = QVBoxLayout(column)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addLayout(greeting)
        inner.addWidget(self._card)
        inner.addLayout(ending)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(column, 1000)
        row.addStretch(1)
        content = QWidget()
        outer = self._outer = QVBoxLayout(content)
        outer.setSpacing(0)
        outer.addLayout(top)
        outer.addStretch(4)
        outer.addLayout(row)
        outer.addStretch(5)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setWidget(content)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._stack.addWidget(scroll)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        order = (self._card.files_button, self._card.list_button, self._try, self._language)
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

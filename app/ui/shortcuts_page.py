"""The page behind F1: every keyboard shortcut. The window gives the lines; nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.ui.icon_button import IconButton
from app.ui.icons import IconName
from app.ui.scrolled_column import fill_with_column
from app.ui.texts.shortcuts import ShortcutInfo
from app.ui.theme import RADIUS_SMALL, Theme
from app.ui.theme_manager import ThemeManager


class ShortcutsPage(QWidget):
    """Emits `closed` by Esc or Back."""

    closed = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._infos: tuple[ShortcutInfo, ...] = ()
        self._back = IconButton(themes, IconName.CHEVRON_LEFT)
        self._title = QLabel()
        self._card = QFrame()
        self._grid = QGridLayout(self._card)
        self._scroll = QScrollArea(widgetResizable=True)
        self._build()
        self._back.clicked.connect(self.closed)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)
        self._retranslate()

    def set_shortcuts(self, infos: Sequence[ShortcutInfo]) -> None:
        """Show these lines, in this order."""
        if tuple(infos) == self._infos:
            return
        self._infos = tuple(infos)
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for at, info in enumerate(self._infos):
            keys, description = QLabel(info.keys), QLabel(info.description, wordWrap=True)
            keys.setObjectName("keys")
            # One sentence for a screen reader; the columns are for the eye.
            description.setAccessibleName(f"{info.description}: {info.keys}")
            self._grid.addWidget(description, at, 0)
            self._grid.addWidget(keys, at, 1, Qt.AlignmentFlag.AlignRight)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        self._title.setProperty("role", "title")
        self._card.setProperty("panel", "card")
        self._grid.setContentsMargins(24, 16, 24, 16)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnStretch(0, 1)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._back)
        head.addWidget(self._title, 1)
        stack = QVBoxLayout()
        stack.setSpacing(20)
        stack.addLayout(head)
        stack.addWidget(self._card)
        stack.addStretch(1)
        fill_with_column(self, self._scroll, stack, bottom=28)
        self.setFocusProxy(self._scroll)

    def _apply_theme(self, theme: Theme) -> None:
        self._card.setStyleSheet(
            f"QLabel#keys {{ background: {theme.code}; color: {theme.text}; border: 1px solid {theme.border};"
            f" border-radius: {RADIUS_SMALL}px; padding: 2px 8px; font-size: 13px; }}"
        )

    def _retranslate(self) -> None:
        self._title.setText(self.tr("Keyboard shortcuts"))
        self._scroll.setAccessibleName(self._title.text())
        self._back.set_name(self.tr("Back to the conversation (Esc)"))

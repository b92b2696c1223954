"""The button that begins a new chat, with its shortcut at the right."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.ui.icons import IconName
from app.ui.theme_manager import ThemeManager


class NewChatButton(QPushButton):
    """Shows the shortcut `Ctrl+N` in the way of the system; the window owns the shortcut itself."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setObjectName("newChat")
        self.setProperty("kind", "primary")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIconSize(QSize(18, 18))
        native = QKeySequence("Ctrl+N").toString(QKeySequence.SequenceFormat.NativeText)
        self._keys = QLabel(native.replace("+", " "), self)
        self._keys.setObjectName("newChatKeys")
        self._keys.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 12, 0)
        layout.addWidget(self._keys, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._retranslate()
        self._recolor()
        themes.changed.connect(self._recolor)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _retranslate(self) -> None:
        self.setText(self.tr("New chat"))
        self.setAccessibleName(self.tr("New chat"))

    def _recolor(self) -> None:
        self.setIcon(self._themes.icon(IconName.PLUS, "on_accent", 18))

"""A calm strip at the top for sentences that stay until they are dealt with. Holds no reasons, only words."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.ui.announce import announce
from app.ui.icon_button import IconButton
from app.ui.icons import IconName
from app.ui.theme_manager import ThemeManager

_ICON_SIZE = 20


class BannerLevel(StrEnum):
    """How serious a banner looks; the value stands in the style sheet."""

    INFO = "info"
    WARNING = "warning"
    DANGER = "danger"


_LOOK = {
    BannerLevel.INFO: (IconName.INFO, "accent"),
    BannerLevel.WARNING: (IconName.WARNING, "warning"),
    BannerLevel.DANGER: (IconName.WARNING, "danger"),
}


class Banner(QFrame):
    """One sentence with one action at most and a close button.

    Signals:
        action_triggered: (key) the action was pressed; the banner stays until it is taken away.
        closed: (key) the close button was pressed.
    """

    action_triggered = Signal(str)
    closed = Signal(str)

    def __init__(self, themes: ThemeManager, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = key
        self._themes = themes
        self._level = BannerLevel.INFO
        self._icon = QLabel()
        self._icon.setFixedSize(QSize(_ICON_SIZE, _ICON_SIZE))
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._action = QPushButton()
        self._action.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close = IconButton(themes, IconName.CLOSE, size=16)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(20, 8, 12, 8)
        layout.setSpacing(12)
        for widget in (self._icon, self._text, self._action, self._close):
            layout.addWidget(widget)
        self._action.clicked.connect(self._on_action)
        self._close.clicked.connect(self._on_close)
        themes.changed.connect(self._recolor)
        self._retranslate()

    @property
    def text(self) -> str:
        return self._text.text()

    def set_content(self, text: str, action: str, level: BannerLevel) -> None:
        self._level = level
        self.setProperty("banner", level.value)
        self._text.setText(text)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self.setAccessibleName(text)
        self._recolor()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _on_action(self) -> None:
        self.action_triggered.emit(self.key)

    def _on_close(self) -> None:
        self.closed.emit(self.key)

    def _recolor(self) -> None:
        name, token = _LOOK[self._level]
        self._icon.setPixmap(self._themes.icon(name, token, _ICON_SIZE).pixmap(_ICON_SIZE))

    def _retranslate(self) -> None:
        self._close.set_name(self.tr("Close this message"))


class BannerStrip(QWidget):
    """The banners that are shown, the latest at the bottom; each is known by its key.

    Signals:
        action_triggered: (key) of the banner whose action was pressed.
        closed: (key) of the banner that the person closed; it is gone already.
    """

    action_triggered = Signal(str)
    closed = Signal(str)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._banners: dict[str, Banner] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.hide()

    @property
    def keys(self) -> tuple[str, ...]:
        """The banners that are shown."""
        return tuple(self._banners)

    def text_of(self, key: str) -> str:
        """What a banner says; raises `KeyError` when there is none."""
        return self._banners[key].text

    def show_banner(
        self, key: str, text: str, action: str = "", level: BannerLevel = BannerLevel.INFO
    ) -> None:
        """Show a banner, or change the one with this `key` (after a change of the language, too)."""
        banner = self._banners.get(key)
        is_news = banner is None or banner.text != text
        if banner is None:
            banner = self._banners[key] = Banner(self._themes, key)
            banner.action_triggered.connect(self.action_triggered)
            banner.closed.connect(self._on_closed)
            self._layout.addWidget(banner)
        banner.set_content(text, action, level)
        self.show()
        if is_news:
            announce(self, text)

    def hide_banner(self, key: str) -> None:
        """Take a banner away; nothing when there is none."""
        banner = self._banners.pop(key, None)
        if banner is not None:
            self._layout.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
        self.setVisible(bool(self._banners))

    def _on_closed(self, key: str) -> None:
        self.hide_banner(key)
        self.closed.emit(key)

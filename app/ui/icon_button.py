"""A square button with a line icon that follows the theme. Its name is said by tooltip and screen reader."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from app.ui.icons import IconName
from app.ui.theme_manager import ThemeManager


class IconButton(QToolButton):
    """Takes the focus by Tab only, so that a click leaves the person's typing where it was."""

    def __init__(
        self,
        themes: ThemeManager,
        name: IconName,
        parent: QWidget | None = None,
        *,
        token: str = "muted",  # noqa: S107 - a colour of the theme
        size: int = 20,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._name = name
        self._token = token
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIconSize(QSize(size, size))
        self.setAutoRaise(True)
        self._recolor()
        themes.changed.connect(self._recolor)

    def set_name(self, text: str) -> None:
        """What the button does, in words."""
        self.setToolTip(text)
        self.setAccessibleName(text)

    def _recolor(self) -> None:
        self.setIcon(self._themes.icon(self._name, self._token, self.iconSize().width()))

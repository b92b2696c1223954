"""Which theme is in use, and its application to the whole program: style, palette, style sheet and font.

Knows the tokens and the style sheet; knows no widget. Widgets that paint themselves or carry icons listen
to `changed`.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import QApplication

from app.ui.icons import IconName, icon
from app.ui.stylesheet import build
from app.ui.system_look import is_dark, wants_contrast
from app.ui.theme import CONTRAST_THEMES, DARK, LIGHT, THEMES, Theme, text_font

UI_TEXT_SIZE = 14
"""Pixels of the text of controls; the size of the chat text is a setting of its own."""
FOLLOW_SYSTEM = "system"


class ThemeManager(QObject):
    """Light, dark or as the system says, with more contrast where the system asks for it; switched live.

    One for the program.
    """

    changed = Signal(Theme)

    def __init__(self, app: QApplication, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._preference = FOLLOW_SYSTEM
        app.setStyle("Fusion")
        hints = app.styleHints()
        self._read_system(hints.colorScheme())
        self._theme = self._wanted_theme()
        self._apply()
        # After the first style sheet: that one brings back the fonts that Windows and macOS have for lists,
        # menus and tooltips, and a font for all of the program takes those away.
        app.setFont(text_font(UI_TEXT_SIZE))
        hints.colorSchemeChanged.connect(self._on_system_scheme_changed)

    @property
    def theme(self) -> Theme:
        return self._theme

    @property
    def preference(self) -> str:
        """What the person chose: `system`, `light` or `dark`."""
        return self._preference

    def set_preference(self, preference: str) -> None:
        """Choose `system`, `light` or `dark`; raises `ValueError` for anything else."""
        if preference != FOLLOW_SYSTEM and preference not in THEMES:
            raise ValueError(f"no theme {preference!r}")
        self._preference = preference
        hints = self._app.styleHints()
        if preference == FOLLOW_SYSTEM:
            hints.unsetColorScheme()
            self._read_system(hints.colorScheme())
        else:  # title bars and the system's own dialogs follow
            wants_dark = THEMES[preference].is_dark
            hints.setColorScheme(Qt.ColorScheme.Dark if wants_dark else Qt.ColorScheme.Light)
        self._update()

    def icon(self, name: IconName | str, token: str = "muted", size: int = 20) -> QIcon:  # noqa: S107
        """An icon in the colour of `token` of the theme in use."""
        return icon(name, getattr(self._theme, token), size)

    def _on_system_scheme_changed(self, scheme: Qt.ColorScheme) -> None:
        if self._preference == FOLLOW_SYSTEM or wants_contrast(scheme) is not self._wants_contrast:
            self._read_system(scheme)
            self._update()

    def _read_system(self, scheme: Qt.ColorScheme) -> None:
        self._system_is_dark = is_dark(scheme)
        self._wants_contrast = wants_contrast(scheme)

    def _update(self) -> None:
        wanted = self._wanted_theme()
        if wanted is not self._theme:
            self._theme = wanted
            self._apply()
            self.changed.emit(wanted)

    def _wanted_theme(self) -> Theme:
        themes = CONTRAST_THEMES if self._wants_contrast else THEMES
        if self._preference != FOLLOW_SYSTEM:
            return themes[self._preference]
        return themes[DARK.name if self._system_is_dark else LIGHT.name]

    def _apply(self) -> None:
        self._app.setPalette(palette(self._theme))
        self._app.setStyleSheet(build(self._theme))


def palette(theme: Theme) -> QPalette:
    """The palette for `theme`, for everything that the style sheet does not reach."""
    role = QPalette.ColorRole
    result = QPalette()
    tokens = {
        role.Window: theme.paper,
        role.WindowText: theme.text,
        role.Base: theme.surface,
        role.AlternateBase: theme.paper,
        role.Text: theme.text,
        role.Button: theme.surface,
        role.ButtonText: theme.text,
        role.BrightText: theme.on_accent,
        role.PlaceholderText: theme.muted,
        role.ToolTipBase: theme.text,
        role.ToolTipText: theme.paper,
        role.Highlight: theme.selection,
        role.HighlightedText: theme.text,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: theme.surface,
        role.Midlight: theme.hover,
        role.Mid: theme.border,
        role.Dark: theme.border,
        role.Shadow: theme.border,
    }
    for one, color in tokens.items():
        result.setColor(one, color)
    for one in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, one, theme.muted)
    return result

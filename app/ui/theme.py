"""The look as tokens: colours, spacing, radii and fonts, light and dark. Knows no widget."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtGui import QColor, QFont, QFontDatabase

SPACE = 4
"""Spacing comes in steps of this many pixels."""
RADIUS_SMALL, RADIUS_MEDIUM, RADIUS_LARGE = 8, 12, 16
COLUMN_WIDTH = 760
SIDEBAR_WIDTH = 264
LINE_HEIGHT = 1.6

_TEXT_FAMILIES = [
    "Segoe UI", "Microsoft YaHei UI", "Microsoft YaHei",
    "SF Pro Text", ".AppleSystemUIFont", "PingFang SC",
    "Noto Sans", "Noto Sans CJK SC", "DejaVu Sans",
]  # fmt: skip
_CODE_FAMILIES = ["Cascadia Mono", "Consolas", "SF Mono", "Menlo", "Noto Sans Mono", "DejaVu Sans Mono",
                  "Microsoft YaHei", "PingFang SC", "Noto Sans Mono CJK SC", "Noto Sans CJK SC"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as `#RRGGBB`; every text on its ground reaches a contrast of 4.5:1 (tested)."""

    name: str
    paper: str
    sidebar: str
    surface: str
    text: str
    muted: str
    border: str
    accent: str
    accent_hover: str
    on_accent: str
    user_bubble: str
    code: str
    danger: str
    warning: str
    selection: str
    hover: str
    code_keyword: str
    code_string: str
    code_number: str
    code_comment: str
    code_name: str

    @property
    def is_dark(self) -> bool:
        return self.name == "dark"

    def color(self, token: str) -> QColor:
        """The token as a colour object."""
        return QColor(getattr(self, token))


LIGHT = Theme(
    name="light",
    paper="#FBFAF7",
    sidebar="#F3F1EB",
    surface="#FFFFFF",
    text="#1F1D1A",
    muted="#6C6860",
    border="#E4E0D8",
    accent="#2F7D5B",
    accent_hover="#276A4D",
    on_accent="#FFFFFF",
    user_bubble="#EAF3EE",
    code="#F4F2EC",
    danger="#B3412E",
    warning="#9A6A00",
    selection="#BFDDCE",
    hover="#E7ECE6",
    code_keyword="#7A3E9D",
    code_string="#2F6F4F",
    code_number="#9A5B00",
    code_comment="#6A665E",
    code_name="#1F5FA8",
)
DARK = Theme(
    name="dark",
    paper="#1B1C1A",
    sidebar="#151614",
    surface="#232422",
    text="#ECE9E2",
    muted="#A19C92",
    border="#34352F",
    accent="#6FBF9A",
    accent_hover="#86CCAC",
    on_accent="#10130F",
    user_bubble="#26332C",
    code="#161715",
    danger="#E58A78",
    warning="#D9B25F",
    selection="#35594A",
    hover="#242E28",
    code_keyword="#C79BE0",
    code_string="#8FCBA8",
    code_number="#E0AE68",
    code_comment="#8F8B81",
    code_name="#8AB8E8",
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


def _with_contrast(theme: Theme) -> Theme:
    return replace(theme, muted=theme.text, border=theme.muted, code_comment=theme.text)


CONTRAST_THEMES = {theme.name: _with_contrast(theme) for theme in (LIGHT, DARK)}
"""For who asked the system for more contrast: no text is muted, and edges can be told from their ground."""


def text_font(pixel_size: int) -> QFont:
    """The reading font with its Chinese fallbacks, in pixels."""
    font = QFont()
    font.setFamilies(
        [*_TEXT_FAMILIES, *QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).families()]
    )
    font.setPixelSize(pixel_size)
    return font


def code_font(pixel_size: int) -> QFont:
    """The monospace font with its Chinese fallbacks, in pixels."""
    font = QFont()
    font.setFamilies(
        [*_CODE_FAMILIES, *QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).families()]
    )
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(pixel_size)
    return font

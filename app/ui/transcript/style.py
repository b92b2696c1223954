"""The look of the transcript at one moment: a theme and a text size turned into fonts, measures, formats.

One object is shared by everything that is drawn; another theme or size makes another object. Knows no block
and no widget.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QFont, QFontMetricsF, QTextCharFormat

from app.ui.theme import LINE_HEIGHT, SPACE, Theme, code_font, text_font
from app.ui.transcript.blocks import Span

_HEADING_SCALE = (1.45, 1.28, 1.14, 1.05, 1.0, 1.0)
_CODE_SCALE = 0.87
_CODE_LINE_HEIGHT = 1.55


@dataclass(frozen=True, slots=True)
class Face:
    """A font with the distance of its lines and where the base line stands in them, in pixels."""

    font: QFont
    pitch: int
    baseline: float
    em: float
    color: QColor


class Style:
    """Fonts and measures of the transcript, in logical pixels."""

    def __init__(self, theme: Theme, size: int) -> None:
        self.theme = theme
        self.size = size
        text = text_font(size)
        small = text_font(max(11, size - 2))
        self.body = _face(text, LINE_HEIGHT, theme.color("text"))
        self.muted = _face(small, LINE_HEIGHT, theme.color("muted"))
        self.cell = _face(text_font(max(11, size - 1)), 1.5, theme.color("text"))
        self.code = _face(code_font(round(size * _CODE_SCALE)), _CODE_LINE_HEIGHT, theme.color("text"))
        header = text_font(max(11, size - 1))
        header.setBold(True)
        self.header_cell = _face(header, 1.5, theme.color("muted"))
        self._headings = tuple(self._heading(level) for level in range(1, 7))
        self.block_gap = round(size * 0.8)
        self.item_gap = SPACE
        self.indent = round(size * 1.7)
        self.small_pitch = self.muted.pitch
        self.row_height = float(max(24, self.small_pitch + 3))
        self.icon_size = max(14, round(size * 0.93))
        self.code_advance = QFontMetricsF(self.code.font).horizontalAdvance("0")
        self._formats: dict[tuple[bool, bool, bool, bool, bool, bool], QTextCharFormat] = {}

    def heading(self, level: int) -> Face:
        """The face of a heading of `level` 1..6."""
        return self._headings[min(max(level, 1), 6) - 1]

    def char_format(self, span: Span, face: Face) -> QTextCharFormat | None:
        """How a span differs from the plain text of `face`; None when it does not."""
        is_heading = face.font.bold()
        key = (span.bold, span.italic, span.strike, span.code, bool(span.href), is_heading)
        if not any(key[:5]):
            return None
        if key not in self._formats:
            self._formats[key] = self._char_format(span, is_heading)
        return self._formats[key]

    def code_format(self, token: str) -> QTextCharFormat:
        """The colour `token` of the theme as a format, for highlighted code."""
        result = QTextCharFormat()
        result.setForeground(self.theme.color(token))
        return result

    def _char_format(self, span: Span, is_heading: bool) -> QTextCharFormat:
        result = QTextCharFormat()
        if span.code:
            result.setFontFamilies(self.code.font.families())
            result.setProperty(QTextCharFormat.Property.FontPixelSize, round(self.size * 0.9))
        if span.bold or is_heading:
            result.setFontWeight(QFont.Weight.Bold)
        if span.italic:
            result.setFontItalic(True)
        if span.strike:
            result.setFontStrikeOut(True)
        if span.href:
            result.setForeground(self.theme.color("accent"))
            result.setFontUnderline(True)
        return result

    def _heading(self, level: int) -> Face:
        font = text_font(round(self.size * _HEADING_SCALE[level - 1]))
        font.setBold(True)
        return _face(font, 1.4, self.theme.color("text"))


def _face(font: QFont, line_height: float, color: QColor) -> Face:
    metrics = QFontMetricsF(font)
    pitch = round(font.pixelSize() * line_height)
    baseline = (pitch - metrics.ascent() - metrics.descent()) / 2 + metrics.ascent()
    return Face(font, pitch, baseline, float(font.pixelSize()), color)

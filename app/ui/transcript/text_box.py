"""One piece of running text, laid out to a width: drawing, places, links, words, the caret.

The unit of everything that is read: paragraphs, headings, cells and lines of code are such boxes. Places are
UTF-16 units, as Qt counts them; `text` is what is drawn and what a person selects. Knows no message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QPointF, QRectF, Qt, QTextBoundaryFinder
from PySide6.QtGui import (
    QColor,
    QPainter,
    QTextCharFormat,
    QTextLayout,
    QTextLine,
    QTextOption,
)

from app.ui.transcript import utf16
from app.ui.transcript.blocks import Spans
from app.ui.transcript.style import Face, Style

UNLIMITED = 1_000_000.0
_LINE_BREAK = "\u2028"
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]")


@dataclass(frozen=True, slots=True)
class Link:
    """A link inside a box: its place in units, its address and its text."""

    start: int
    end: int
    href: str
    text: str


class TextBox:
    """Text with formats, broken into lines at `width`; every line is `face.pitch` high."""

    def __init__(self, text: str, face: Face, formats: Sequence[QTextLayout.FormatRange] = ()) -> None:
        self._face = face
        self.text = text
        self.links: tuple[Link, ...] = ()
        self._codes: list[tuple[int, int]] = []
        self._layout = QTextLayout(text, face.font)
        if formats:
            self._layout.setFormats(list(formats))
        self._layout.setCacheEnabled(True)
        self._is_mixed = bool(_RIGHT_TO_LEFT.search(text)) if not text.isascii() else False
        self.height = 0.0
        self.natural_width = 0.0

    @classmethod
    def from_spans(cls, spans: Spans, face: Face, style: Style) -> TextBox:
        """The box of a paragraph, heading or cell."""
        parts: list[str] = []
        formats: list[QTextLayout.FormatRange] = []
        links: list[Link] = []
        codes: list[tuple[int, int]] = []
        at = 0
        for span in spans:
            shown = utf16.unambiguous if span.code else utf16.printable
            text = shown(span.text.replace("\n", _LINE_BREAK))
            size = utf16.length(text)
            char_format = style.char_format(span, face)
            if char_format is not None:
                formats.append(format_range(at, size, char_format))
            if span.href:
                _join_link(links, Link(at, at + size, span.href, span.text))
            if span.code:
                codes.append((at, at + size))
            parts.append(text)
            at += size
        box = cls("".join(parts), face, formats)
        box.links = tuple(links)
        box._codes = codes
        return box

    def lay_out(
        self,
        width: float = UNLIMITED,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        *,
        anywhere: bool = False,
        tab: float = 0.0,
    ) -> None:
        """Break the lines at `width` pixels (`anywhere`: between any two characters)."""
        mode = QTextOption.WrapMode
        option = QTextOption(align)
        option.setWrapMode(mode.WrapAnywhere if anywhere else mode.WrapAtWordBoundaryOrAnywhere)
        if tab:
            option.setTabStopDistance(tab)
        layout, face = self._layout, self._face
        layout.setTextOption(option)
        layout.beginLayout()
        y, widest = 0, 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, y + face.baseline - line.ascent()))
            widest = max(widest, line.naturalTextWidth())
            y += face.pitch
        layout.endLayout()
        self.height = float(max(y, face.pitch))
        self.natural_width = widest

    def draw(
        self,
        painter: QPainter,
        at: QPointF,
        clip: QRectF,
        selection: tuple[int, int] | None,
        style: Style,
    ) -> None:
        """Draw what lies inside `clip`, with the units from..to of `selection` marked."""
        for start, end in self._codes:
            for rect in self.rects(start, end):
                if rect.width() > 0:
                    place = rect.translated(at).adjusted(-2, 0, 2, 0)
                    inset = max(1.0, (rect.height() - self._face.em * 1.45) / 2)
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(_code_ground(style))
                    painter.drawRoundedRect(place.adjusted(0, inset, 0, -inset), 4, 4)
        marked: list[QTextLayout.FormatRange] = []
        if selection is not None and selection[0] < selection[1]:
            ground = style.theme.color("selection")
            if self._is_mixed:  # runs of both directions in a line: only Qt knows where they stand
                mark = QTextCharFormat()
                mark.setBackground(ground)
                marked = [format_range(selection[0], selection[1] - selection[0], mark)]
            else:
                for rect in self.rects(*selection):
                    painter.fillRect(rect.translated(at), ground)
        painter.setPen(self._face.color)
        self._layout.draw(painter, at, marked, clip)

    def rects(self, start: int, end: int) -> list[QRectF]:
        """The stretches from unit `start` to `end`, one for each line, the whole height of the line."""
        found = []
        layout, pitch = self._layout, self._face.pitch
        first = layout.lineForTextPosition(start)
        number = first.lineNumber() if first.isValid() else 0
        for index in range(number, layout.lineCount()):
            line = layout.lineAt(index)
            line_start, line_end = line.textStart(), line.textStart() + line.textLength()
            if line_start >= end and index > number:
                break
            left, right = _x(line, max(start, line_start)), _x(line, min(end, line_end))
            found.append(QRectF(min(left, right), index * pitch, abs(right - left), pitch))
        return found

    def unit_at(self, point: QPointF) -> int:
        """The place between two characters nearest to `point`."""
        line = self._line_at(point.y())
        if line is None:
            return 0
        unit = line.xToCursor(point.x())
        # Behind the break of a line is in front of the next line, where nobody pointed.
        end = line.textStart() + line.textLength()
        is_last = line.lineNumber() == self._layout.lineCount() - 1
        return unit - 1 if unit == end and not is_last and unit > line.textStart() else unit

    def link_at(self, point: QPointF) -> Link | None:
        """The link under `point`."""
        line = self._line_at(point.y())
        if not self.links or line is None or not 0 <= point.y() < self.height:
            return None
        if not line.naturalTextRect().left() <= point.x() <= line.naturalTextRect().right():
            return None
        unit = line.xToCursor(point.x(), QTextLine.CursorPosition.CursorOnCharacter)
        return next((link for link in self.links if link.start <= unit < link.end), None)

    def word_at(self, unit: int) -> tuple[int, int]:
        """The word around `unit`, found by Qt's rules for the language of the text."""
        finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Word, self.text)
        size = utf16.length(self.text)
        finder.setPosition(min(unit, size))
        end = finder.position() if unit >= size else finder.toNextBoundary()
        start = finder.toPreviousBoundary()
        return max(start, 0), size if end < 0 else end

    def beside(self, unit: int, step: int) -> int:
        """The place one visible character before (-1) or behind (+1); -1 where the text ends."""
        if step < 0:
            return self._layout.previousCursorPosition(unit) if unit > 0 else -1
        return self._layout.nextCursorPosition(unit) if unit < utf16.length(self.text) else -1

    def caret(self, unit: int) -> QRectF:
        """The place of a caret in front of `unit`: no width, one line high."""
        line = self._layout.lineForTextPosition(unit)
        if not line.isValid():
            return QRectF(0, 0, 0, self._face.pitch)
        return QRectF(_x(line, unit), line.lineNumber() * self._face.pitch, 0, self._face.pitch)

    @property
    def units(self) -> int:
        """Length of the text in units."""
        return utf16.length(self.text)

    def slice(self, start: int, end: int) -> str:
        """The text from unit `start` to `end`, with ordinary line ends."""
        first = utf16.to_index(self.text, start)
        last = utf16.to_index(self.text, end)
        return self.text[first:last].replace(_LINE_BREAK, "\n")

    def _line_at(self, y: float) -> QTextLine | None:
        count = self._layout.lineCount()
        if not count:
            return None
        return self._layout.lineAt(min(max(int(y // self._face.pitch), 0), count - 1))


def format_range(start: int, length: int, char_format: QTextCharFormat) -> QTextLayout.FormatRange:
    """A stretch of a text with its format."""
    result = QTextLayout.FormatRange()
    result.start, result.length, result.format = start, length, char_format
    return result


def _x(line: QTextLine, unit: int) -> float:
    # The binding answers with the place and the unit; its stubs promise any object.
    return float(cast("tuple[float, int]", line.cursorToX(unit))[0])


def _join_link(links: list[Link], link: Link) -> None:
    """Add a link; spans of one address that touch are one link."""
    if links and links[-1].end == link.start and links[-1].href == link.href:
        before = links.pop()
        link = Link(before.start, link.end, link.href, before.text + link.text)
    links.append(link)


def _code_ground(style: Style) -> QColor:
    return style.theme.color("hover" if style.theme.is_dark else "code")

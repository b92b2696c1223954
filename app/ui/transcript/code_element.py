"""A block of code as a card: language, buttons, lines that move sideways or are wrapped.

All lines have the same height as long as they are not wrapped, so only the lines on the screen exist as
layouts; a line costs nothing until somebody looks at it. Places count characters of the code.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app.ui.theme import RADIUS_MEDIUM
from app.ui.transcript import side_bar, utf16, wording
from app.ui.transcript.actions import MessageAction
from app.ui.transcript.blocks import CodeBlock
from app.ui.transcript.code_colors import CodeColors
from app.ui.transcript.element import Element, ElementButton, Look, Place
from app.ui.transcript.flow import Content
from app.ui.transcript.stack import Stack
from app.ui.transcript.style import Style
from app.ui.transcript.text_box import TextBox, format_range

MAX_LINE = 2_000
"""Characters of one drawn line; longer lines go on in the next one."""
_KEPT_LINES = 400
_PAD = 14
_TAB = 4


class CodeElement(Element):
    """One code block."""

    kinds = (CodeBlock,)

    def __init__(self, content: CodeBlock, style: Style) -> None:
        super().__init__(style)
        self._language = content.language
        self._colors = CodeColors(content.language)
        self._text = ""
        self._starts: list[int] = [0]
        self._ends: list[int] = [0]
        self._longest = 0  # half ems of the longest line
        self._boxes: dict[int, TextBox] = {}
        self._wraps = False
        self._heights = Stack()  # of the lines, while they are wrapped
        self._header = style.small_pitch + 12
        self.update(content)

    @property
    def last(self) -> Place:
        return Place(0, len(self._text))

    @property
    def wraps(self) -> bool:
        """Whether long lines are broken."""
        return self._wraps

    def set_wraps(self, wraps: bool) -> None:
        """Break long lines, or move sideways; `lay_out` follows."""
        self._wraps = wraps
        self._boxes.clear()
        self.scroll_x = 0.0

    def update(self, content: Content) -> None:
        assert isinstance(content, CodeBlock)
        old, text = self._text, utf16.unambiguous(content.text)
        if content.language != self._language:
            self._language = content.language
            self._colors = CodeColors(content.language)
        if text.startswith(old) and old:
            keep = len(self._starts) - 1  # the last line may have grown
        else:
            keep, self._longest = 0, 0
        self._text = text
        self._split_from(keep)
        recoloured = bisect_right(self._starts, self._colors.set_text(text, finished=content.closed)) - 1
        self._forget_boxes(min(keep, recoloured))

    def lay_out(self, width: float) -> None:
        if width != self.width:
            self._boxes.clear()
            self._heights = Stack()
        self.width = width
        if self._wraps:
            room = max(1, int(self._room() / self._style.code_advance))
            pitch = self._style.code.pitch
            self._heights.cut(min(len(self._heights), len(self._starts)))
            for index in range(len(self._heights), len(self._starts)):
                cells = utf16.halves(self._text[self._starts[index] : self._ends[index]])
                self._heights.append(pitch * max(1, -(-cells // room)))
        self._measure()

    def ensure(self, top: float, bottom: float) -> bool:
        before = self.height
        for index in self._lines_within(top, bottom):
            self._box(index)
        self._measure()
        return self.height != before

    def paint(self, painter: QPainter, at: QPointF, look: Look) -> None:
        theme = self._style.theme
        card = QRectF(at.x() + 0.5, at.y() + 0.5, self.width - 1, self.height - 1)
        painter.setPen(QPen(theme.color("border"), 1))
        painter.setBrush(theme.color("code"))
        painter.drawRoundedRect(card, RADIUS_MEDIUM, RADIUS_MEDIUM)
        line = at.y() + self._header
        painter.fillRect(QRectF(at.x() + 1, line, self.width - 2, 1), theme.color("border"))
        self._paint_header(painter, at, look)
        self._paint_lines(painter, at, look)
        if self.scroll_max and look.hovered:
            side_bar.paint_bar(painter, self.bar().translated(at), theme.color("muted"))

    def place_at(self, point: QPointF) -> Place:
        y = point.y() - self._top()
        if y < 0:
            return Place(0, 0)
        index = self._line_at(y)
        if y >= self._line_top(len(self._starts)):
            return self.last
        inner = QPointF(point.x() - _PAD + self.scroll_x, y - self._line_top(index))
        return Place(0, self._index(index, self._box(index).unit_at(inner)))

    def run_text(self, run: int) -> str:  # noqa: ARG002
        return self._text

    def text_between(self, start: Place, end: Place) -> str:
        return self._text[start.unit : end.unit]

    def word_at(self, place: Place) -> tuple[Place, Place]:
        index = self._line_of(place.unit)
        start, end = self._box(index).word_at(self._unit(index, place.unit))
        return Place(0, self._index(index, start)), Place(0, self._index(index, end))

    def paragraph_at(self, place: Place) -> tuple[Place, Place]:
        index = self._line_of(place.unit)
        return Place(0, self._starts[index]), Place(0, self._ends[index])

    def beside(self, place: Place, step: int) -> Place | None:
        wanted = place.unit + step
        return Place(0, wanted) if 0 <= wanted <= len(self._text) else None

    def caret(self, place: Place) -> QRectF:
        index = self._line_of(place.unit)
        caret = self._box(index).caret(self._unit(index, place.unit))
        return caret.translated(_PAD - self.scroll_x, self._top() + self._line_top(index))

    def buttons(self) -> Sequence[tuple[ElementButton, QRectF]]:
        metrics = QFontMetricsF(self._style.muted.font)
        found = []
        right = self.width - _PAD + 8
        for button in (ElementButton.COPY, ElementButton.WRAP):
            if button is ElementButton.WRAP and not (self.scroll_max or self._wraps):
                continue
            width = metrics.horizontalAdvance(self._label(button, copied=False)) + 16
            found.append((button, QRectF(right - width, 4, width, self._header - 8)))
            right -= width
        return tuple(reversed(found))

    def track(self) -> QRectF:
        """Where the bar runs."""
        return QRectF(_PAD, self._header, self.width - 2 * _PAD, self.height - self._header - 4)

    # Lines

    def _split_from(self, keep: int) -> None:
        """Find the drawn lines of the text again, from the line `keep` on."""
        at = self._starts[keep] if keep < len(self._starts) else 0
        del self._starts[keep:], self._ends[keep:]
        text, size = self._text, len(self._text)
        while True:
            found = text.find("\n", at)
            end = size if found < 0 else found
            stop = min(end, at + MAX_LINE)
            self._starts.append(at)
            self._ends.append(stop)
            line = text[at:stop]
            self._longest = max(self._longest, utf16.halves(line) + line.count("\t") * (_TAB - 1))
            if stop < end:
                at = stop
            elif found < 0:
                return
            else:
                at = found + 1

    def _forget_boxes(self, first: int) -> None:
        for index in [index for index in self._boxes if index >= first]:
            del self._boxes[index]
        self._heights.cut(min(first, len(self._heights)))

    def _box(self, index: int) -> TextBox:
        found = self._boxes.get(index)
        if found is not None:
            return found
        start, end = self._starts[index], self._ends[index]
        recoloured = self._colors.reach(end)
        if recoloured < start:
            for other in range(self._line_of(recoloured), index):
                self._boxes.pop(other, None)
        if len(self._boxes) > _KEPT_LINES:
            self._boxes.clear()
        line = self._text[start:end]
        formats = []
        for first, last, kind in self._colors.between(start, end):
            unit = utf16.to_units(line, first - start)
            size = utf16.to_units(line, last - start) - unit
            formats.append(format_range(unit, size, self._style.code_format(f"code_{kind.value}")))
        box = TextBox(line, self._style.code, formats)
        tab = self._style.code_advance * _TAB
        if self._wraps:
            box.lay_out(self._room(), anywhere=True, tab=tab)
            self._heights.set_height(index, box.height)
        else:
            box.lay_out(tab=tab)
            widest = box.natural_width / self._style.code_advance
            self._longest = max(self._longest, -int(-widest // 1))
        self._boxes[index] = box
        return box

    def _lines_within(self, top: float, bottom: float) -> range:
        if bottom < 0 or top > self.height:
            return range(0)
        first, last = self._line_at(top - self._top()), self._line_at(bottom - self._top())
        return range(first, last + 1)

    def _line_at(self, y: float) -> int:
        if self._wraps:
            return self._heights.at(y)
        return min(max(int(y // self._style.code.pitch), 0), len(self._starts) - 1)

    def _line_top(self, index: int) -> float:
        return self._heights.top(index) if self._wraps else float(index * self._style.code.pitch)

    def _line_of(self, at: int) -> int:
        return max(bisect_right(self._starts, at) - 1, 0)

    def _unit(self, index: int, at: int) -> int:
        start, end = self._starts[index], self._ends[index]
        return utf16.to_units(self._text[start:end], min(max(at - start, 0), end - start))

    def _index(self, index: int, unit: int) -> int:
        start, end = self._starts[index], self._ends[index]
        return start + utf16.to_index(self._text[start:end], unit)

    # Measures and drawing

    def _top(self) -> float:
        return self._header + 12.0

    def _room(self) -> float:
        return self.width - 2 * _PAD

    def _measure(self) -> None:
        self.height = self._top() + self._line_top(len(self._starts)) + 14
        wide = 0.0 if self._wraps else self._longest * self._style.code_advance
        self.scroll_max = max(0.0, wide - self._room())
        self.scroll_x = min(self.scroll_x, self.scroll_max)

    def _label(self, button: ElementButton, *, copied: bool) -> str:
        if button is ElementButton.WRAP:
            return wording.wrap_text(self._wraps)
        return wording.copied_text() if copied else wording.action_text(MessageAction.COPY)

    def _paint_header(self, painter: QPainter, at: QPointF, look: Look) -> None:
        theme = self._style.theme
        painter.setFont(self._style.muted.font)
        painter.setPen(theme.color("muted"))
        buttons = self.buttons()
        room = min((rect.left() for _, rect in buttons), default=self.width) - 2 * _PAD
        metrics = QFontMetricsF(self._style.muted.font)
        label = self._language.split()[0] if self._language.strip() else wording.plain_code_text()
        label = metrics.elidedText(utf16.printable(label), Qt.TextElideMode.ElideRight, room)
        place = QRectF(at.x() + _PAD, at.y(), room, self._header)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, label)
        for button, rect in buttons:
            is_lit = button in look.lit
            place = rect.translated(at)
            if is_lit:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("hover"))
                painter.drawRoundedRect(place, 6, 6)
            painter.setPen(theme.color("text" if is_lit else "muted"))
            copied = look.copied and button is ElementButton.COPY
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self._label(button, copied=copied))

    def _paint_lines(self, painter: QPainter, at: QPointF, look: Look) -> None:
        window = QRectF(at.x() + 1, at.y() + self._header + 1, self.width - 2, self.height - self._header - 2)
        clip = window.intersected(look.clip)
        if clip.isEmpty():
            return
        painter.save()
        painter.setClipRect(clip, Qt.ClipOperation.IntersectClip)
        selected = look.selection
        for index in self._lines_within(clip.top() - at.y(), clip.bottom() - at.y()):
            box = self._box(index)
            marked = None
            start, end = self._starts[index], self._ends[index]
            if selected and selected[0].unit <= end and selected[1].unit >= start:
                marked = (self._unit(index, selected[0].unit), self._unit(index, selected[1].unit))
            corner = QPointF(at.x() + _PAD - self.scroll_x, at.y() + self._top() + self._line_top(index))
            box.draw(painter, corner, clip, marked, self._style)
        painter.restore()

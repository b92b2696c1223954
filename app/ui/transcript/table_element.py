"""A table: columns as wide as they like, rows laid out when they come near, moving sideways when wide.

The widths of the columns come from the first rows, so that a table that is still being written, or has
thousands of rows, is not measured again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter

from app.ui.transcript import side_bar
from app.ui.transcript.blocks import Align, Spans, Table
from app.ui.transcript.element import Element, Look, Place
from app.ui.transcript.flow import MAX_PIECE, Content
from app.ui.transcript.stack import Stack
from app.ui.transcript.style import Style
from app.ui.transcript.table_columns import column_widths
from app.ui.transcript.text_box import Link, TextBox

_MEASURED_ROWS = 60
_GAP = 16.0  # behind every column
_PAD = 6.0  # above and below a cell
_ALIGNS = {
    Align.LEFT: Qt.AlignmentFlag.AlignLeft,
    Align.CENTER: Qt.AlignmentFlag.AlignHCenter,
    Align.RIGHT: Qt.AlignmentFlag.AlignRight,
}

_Row = list[TextBox]


class TableElement(Element):
    """One table; row 0 is the header."""

    kinds = (Table,)

    def __init__(self, content: Table, style: Style) -> None:
        super().__init__(style)
        self._aligns = content.aligns
        self._cells: list[tuple[Spans, ...]] = []
        self._rows: dict[int, _Row] = {}
        self._exact: set[int] = set()  # rows that are laid out for the present columns
        self._natural: dict[int, list[float]] = {}  # what each of the first rows would like
        self._widths: list[float] = []
        self._lefts: list[float] = []
        self._heights = Stack()
        self.update(content)

    @property
    def natural_width(self) -> float:
        return min(self._content_width(), self.width)

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return max(1, len(self._aligns))

    @property
    def last(self) -> Place:
        run = len(self._cells) * self.columns - 1
        return Place(run, self._box(run).units)

    def update(self, content: Content) -> None:
        assert isinstance(content, Table)
        cells = [content.header, *content.rows]
        same = 0
        if content.aligns == self._aligns:
            while same < min(len(cells), len(self._cells)) and cells[same] == self._cells[same]:
                same += 1
        self._aligns, self._cells = content.aligns, cells
        for row in [row for row in self._rows if row >= same]:
            del self._rows[row]
            self._exact.discard(row)
            self._natural.pop(row, None)
        self._heights.cut(min(same, len(self._heights)))

    def lay_out(self, width: float) -> None:
        widths = [ceil(wide) for wide in column_widths(self._measure(), width - _GAP * self.columns)]
        if widths != self._widths:
            self._widths = list(map(float, widths))
            self._exact.clear()
            self._heights = Stack()
            lefts = [0.0]
            for wide in widths:
                lefts.append(lefts[-1] + wide + _GAP)
            self._lefts = lefts
        self.width = width
        guess = self._style.cell.pitch + 2 * _PAD
        while len(self._heights) < len(self._cells):
            row = len(self._heights)
            self._heights.append(guess)
            if row < _MEASURED_ROWS:
                self._make_exact(row)
        self.height = self._heights.total
        self.scroll_max = max(0.0, self._content_width() - width)
        self.scroll_x = min(self.scroll_x, self.scroll_max)

    def ensure(self, top: float, bottom: float) -> bool:
        before = self.height
        for row in self._heights.within(top, bottom):
            self._make_exact(row)
        self.height = self._heights.total
        return self.height != before

    def paint(self, painter: QPainter, at: QPointF, look: Look) -> None:
        theme = self._style.theme
        clip = QRectF(at, self._size()).intersected(look.clip)
        if clip.isEmpty():
            return
        painter.save()
        painter.setClipRect(clip, Qt.ClipOperation.IntersectClip)
        left = at.x() - self.scroll_x
        for row in self._heights.within(clip.top() - at.y(), clip.bottom() - at.y()):
            top = at.y() + self._heights.top(row)
            for column, box in enumerate(self._row(row)):
                corner = QPointF(left + self._lefts[column], top + _PAD)
                if corner.x() <= clip.right() and corner.x() + self._widths[column] >= clip.left():
                    marked = self._marked(row * self.columns + column, box, look)
                    box.draw(painter, corner, clip, marked, self._style)
            line = top + self._heights.height(row) - 1
            painter.fillRect(QRectF(left, line, self._content_width(), 1), theme.color("border"))
        painter.restore()
        if self.scroll_max and look.hovered:
            side_bar.paint_bar(painter, self.bar().translated(at), theme.color("muted"))

    def place_at(self, point: QPointF) -> Place:
        if point.y() < 0:
            return Place(0, 0)
        if point.y() >= self.height:
            return self.last
        row = self._heights.at(point.y())
        x = point.x() + self.scroll_x
        column = max((number for number in range(self.columns) if self._lefts[number] <= x), default=0)
        inner = QPointF(x - self._lefts[column], point.y() - self._heights.top(row) - _PAD)
        return Place(row * self.columns + column, self._row(row)[column].unit_at(inner))

    def run_text(self, run: int) -> str:
        box = self._box(run)
        return box.slice(0, box.units)

    def text_between(self, start: Place, end: Place) -> str:
        lines: list[str] = []
        for run in range(start.run, end.run + 1):
            box = self._box(run)
            first = start.unit if run == start.run else 0
            last = end.unit if run == end.run else box.units
            text = box.slice(first, last).replace("\n", " ")
            if run == start.run or run % self.columns == 0:
                lines.append(text)
            else:
                lines[-1] += "\t" + text
        return "\n".join(lines)

    def word_at(self, place: Place) -> tuple[Place, Place]:
        start, end = self._box(place.run).word_at(place.unit)
        return Place(place.run, start), Place(place.run, end)

    def paragraph_at(self, place: Place) -> tuple[Place, Place]:
        return Place(place.run, 0), Place(place.run, self._box(place.run).units)

    def beside(self, place: Place, step: int) -> Place | None:
        unit = self._box(place.run).beside(place.unit, step)
        if unit >= 0:
            return Place(place.run, unit)
        run = place.run + step
        if not 0 <= run < len(self._cells) * self.columns:
            return None
        return Place(run, 0 if step > 0 else self._box(run).units)

    def caret(self, place: Place) -> QRectF:
        row, column = divmod(place.run, self.columns)
        caret = self._box(place.run).caret(place.unit)
        return caret.translated(self._lefts[column] - self.scroll_x, self._heights.top(row) + _PAD)

    def link_at(self, point: QPointF) -> Link | None:
        if not 0 <= point.y() < self.height or not 0 <= point.x() <= self.width:
            return None
        place = self.place_at(point)
        row, column = divmod(place.run, self.columns)
        corner = QPointF(self._lefts[column] - self.scroll_x, self._heights.top(row) + _PAD)
        found = self._row(row)[column].link_at(point - corner)
        return None if found is None else _in_run(found, place.run)

    def links(self) -> Sequence[tuple[Link, QRectF]]:
        found = []
        for row in sorted(self._exact):
            for column, box in enumerate(self._row(row)):
                for link in box.links:
                    corner = QPointF(self._lefts[column] - self.scroll_x, self._heights.top(row) + _PAD)
                    rect = box.rects(link.start, link.end)[0].translated(corner)
                    found.append((_in_run(link, row * self.columns + column), rect))
        return found

    # Rows

    def _row(self, row: int) -> _Row:
        if row not in self._exact:
            self._make_exact(row)
        return self._rows[row]

    def _box(self, run: int) -> TextBox:
        row, column = divmod(run, self.columns)
        return self._row(row)[column]

    def _boxes(self, row: int) -> _Row:
        if row not in self._rows:
            face = self._style.cell if row else self._style.header_cell
            self._rows[row] = [TextBox.from_spans(cell, face, self._style) for cell in self._cells[row]]
        return self._rows[row]

    def _make_exact(self, row: int) -> None:
        if row in self._exact:
            return
        height = 0.0
        for column, box in enumerate(self._boxes(row)):
            box.lay_out(self._widths[column], _ALIGNS[self._aligns[column]])
            height = max(height, box.height)
        self._exact.add(row)
        self._heights.set_height(row, height + 2 * _PAD)

    def _measure(self) -> list[float]:
        """What the columns would like, by the first rows."""
        for row in range(min(len(self._cells), _MEASURED_ROWS)):
            if row not in self._natural:
                self._exact.discard(row)
                for box in self._boxes(row):
                    box.lay_out()
                self._natural[row] = [box.natural_width + 1 for box in self._boxes(row)]
        return [max(wide) for wide in zip(*self._natural.values(), strict=True)]

    def _content_width(self) -> float:
        return self._lefts[-1] if self._lefts else 0.0

    def _size(self) -> QSizeF:
        return QSizeF(self.width, self.height)

    def _marked(self, run: int, box: TextBox, look: Look) -> tuple[int, int] | None:
        if look.selection is None:
            return None
        start, end = look.selection
        if not start.run <= run <= end.run:
            return None
        return (start.unit if run == start.run else 0, end.unit if run == end.run else box.units)


def _in_run(link: Link, run: int) -> Link:
    """The link with a start that no link of another cell has."""
    return replace(link, start=run * MAX_PIECE + link.start)

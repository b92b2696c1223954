"""The list of search hits: title, date and two lines of text with the matches in the accent."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.ui.plain_list import PlainList, paint_row_ground
from app.ui.sidebar.conversation_model import AnyIndex
from app.ui.sidebar.hit_model import HitModel, HitRow
from app.ui.theme_manager import ThemeManager

_ROW_HEIGHT = 76
_INSET = 10
_TITLE_TEXT, _SNIPPET_TEXT, _DATE_TEXT = 13, 13, 12
_LINE_STEP = 19
_LINES = 2


class HitDelegate(QStyledItemDelegate):
    """Paints one hit."""

    def __init__(self, model: HitModel, themes: ThemeManager, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:  # noqa: ARG002
        return QSize(80, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row = self._model.row(index)
        if row is None:
            return
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_marked = bool(state & QStyle.StateFlag.State_Selected)
        paint_row_ground(painter, rect, state, self._themes.theme, is_marked=is_marked)
        inner = rect.adjusted(_INSET, 8, -_INSET, -6)
        self._paint_title(painter, inner, row)
        self._paint_snippet(painter, inner.adjusted(0, 22, 0, 0), row)
        painter.restore()

    def _paint_title(self, painter: QPainter, rect: QRect, row: HitRow) -> None:
        theme = self._themes.theme
        date_font = _sized(painter.font(), _DATE_TEXT)
        date_width = QFontMetrics(date_font).horizontalAdvance(row.date)
        line = QRect(rect.left(), rect.top(), rect.width(), 20)
        painter.setFont(date_font)
        painter.setPen(theme.color("muted"))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, row.date)
        font = _sized(date_font, _TITLE_TEXT)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        place = line.adjusted(0, 0, -date_width - 8, 0)
        text = painter.fontMetrics().elidedText(row.title, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_snippet(self, painter: QPainter, rect: QRect, row: HitRow) -> None:
        """Two lines; the second one ends in "…" where more follows."""
        theme = self._themes.theme
        font = _sized(painter.font(), _SNIPPET_TEXT)
        font.setWeight(QFont.Weight.Normal)
        layout = QTextLayout(row.snippet, font)
        marked = QTextCharFormat()
        marked.setForeground(theme.color("accent_hover"))
        marked.setFontWeight(QFont.Weight.DemiBold)
        layout.setFormats([_range(start, length, marked) for start, length in row.marks])
        layout.beginLayout()
        for number in range(_LINES):
            line = layout.createLine()
            if not line.isValid():
                break
            is_last = number == _LINES - 1
            line.setLineWidth(rect.width() - (14 if is_last else 0))
            line.setPosition(QPointF(0, number * _LINE_STEP))
        layout.endLayout()
        painter.setPen(theme.color("muted"))
        layout.draw(painter, QPointF(rect.left(), rect.top()))
        if layout.lineCount():
            last = layout.lineAt(layout.lineCount() - 1)
            if last.textStart() + last.textLength() < len(row.snippet.encode("utf-16-le")) // 2:
                x = rect.left() + last.naturalTextWidth()
                painter.setFont(font)
                painter.drawText(QPointF(x, rect.top() + last.y() + last.ascent()), "…")


class HitList(PlainList):
    """A click or Enter opens a hit.

    Signals:
        opened: (conversation, message).
        left_at_top: the Up key was pressed in the first row.
    """

    opened = Signal(int, int)
    left_at_top = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hits = HitModel(self)
        self.setModel(self.hits)
        self.setItemDelegate(HitDelegate(self.hits, themes, self))
        self.clicked.connect(self._open)
        themes.changed.connect(self._on_theme_changed)

    def focus_first(self) -> None:
        """Give the list the focus, in the row where it was or in its first one."""
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self.hits.index(0))
        self.setFocus(Qt.FocusReason.TabFocusReason)

    def open_current(self) -> None:
        """Open the row where the focus is, or the first one."""
        index = self.currentIndex()
        self._open(index if index.isValid() else self.hits.index(0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.open_current()
            case Qt.Key.Key_Up if self.currentIndex().row() <= 0:
                self.left_at_top.emit()
            case _:
                super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        row = self.hits.row(index)
        if row is not None:
            self.opened.emit(row.hit.conversation_id, row.hit.message_id)

    def _on_theme_changed(self) -> None:
        self.viewport().update()


def _sized(font: QFont, pixels: int) -> QFont:
    result = QFont(font)
    result.setPixelSize(pixels)
    return result


def _range(start: int, length: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    result = QTextLayout.FormatRange()
    result.start, result.length, result.format = start, length, look
    return result

"""The deleted conversations as rows of a list: the model and how a row is painted. Knows no storage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.core.records import ConversationSummary
from app.ui.plain_list import paint_row_ground
from app.ui.sidebar.conversation_model import AnyIndex
from app.ui.text_format import date_text, one_line
from app.ui.theme_manager import ThemeManager

_ROW_HEIGHT = 44
_INSET = 12


class DeletedModel(QAbstractListModel):
    """The deleted conversations, the latest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._summaries: list[ConversationSummary] = []

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(one.id for one in self._summaries)

    def set_conversations(self, summaries: Sequence[ConversationSummary]) -> None:
        self.beginResetModel()
        self._summaries = sorted(summaries, key=lambda one: one.deleted_at or 0, reverse=True)
        self.endResetModel()

    def summary(self, index: AnyIndex) -> ConversationSummary | None:
        return self._summaries[index.row()] if 0 <= index.row() < len(self._summaries) else None

    def title(self, index: AnyIndex) -> str:
        summary = self.summary(index)
        return (one_line(summary.title).strip() or self.tr("New chat")) if summary else ""

    def when(self, index: AnyIndex) -> str:
        """The day of the deletion, as a sentence."""
        summary = self.summary(index)
        if summary is None or summary.deleted_at is None:
            return ""
        day = date_text(summary.deleted_at, datetime.now(UTC))
        return self.tr("deleted {date}", "date: a time of today, or a day").format(date=day)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._summaries)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.summary(index) is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.title(index)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.title(index)}, {self.when(index)}"
        return None


class DeletedDelegate(QStyledItemDelegate):
    """Title at the left, day at the right."""

    def __init__(self, model: DeletedModel, themes: ThemeManager, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:  # noqa: ARG002
        return QSize(120, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme = self._themes.theme
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_marked = bool(option.state & QStyle.StateFlag.State_Selected)
        paint_row_ground(painter, rect, option.state, theme, is_marked=is_marked)
        place = rect.adjusted(_INSET, 0, -_INSET, 0)
        when = self._model.when(index)
        painter.setPen(theme.color("muted"))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, when)
        metrics = painter.fontMetrics()
        place.setRight(place.right() - metrics.horizontalAdvance(when) - 16)
        title = metrics.elidedText(self._model.title(index), Qt.TextElideMode.ElideRight, place.width())
        painter.setPen(theme.color("text"))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
        painter.restore()

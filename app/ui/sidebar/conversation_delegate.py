"""How a row of the sidebar is painted, and the field in which a title is changed in place."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.ui.icons import IconName
from app.ui.plain_list import paint_row_ground
from app.ui.sidebar.conversation_model import AnyIndex, ConversationModel, ConversationRow, HeaderRow
from app.ui.theme import SPACE
from app.ui.theme_manager import ThemeManager

ROW_HEIGHT = 40
"""Headlines are as high as conversations: with one height, ten thousand rows need no layout."""
TITLE_LIMIT = 200
_INSET = 10
_MORE_SIZE = 28
_HEADER_TEXT = 12


class ConversationDelegate(QStyledItemDelegate):
    """Paints headlines, titles, the marks of the open and the busy conversation and the "…" button.

    Signals:
        renamed: (conversation, new title) was typed in place and confirmed.
    """

    renamed = Signal(int, str)

    def __init__(self, model: ConversationModel, themes: ThemeManager, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._themes = themes
        self._more_shown_at = QPersistentModelIndex()

    def show_more_at(self, index: AnyIndex) -> None:
        """Paint the "…" button in this row and in no other; an invalid index means nowhere."""
        self._more_shown_at = QPersistentModelIndex(index)

    @staticmethod
    def more_rect(row: QRect) -> QRect:
        """Where the "…" button of a row is."""
        return QRect(
            row.right() - _MORE_SIZE - SPACE, row.center().y() - _MORE_SIZE // 2 + 1, _MORE_SIZE, _MORE_SIZE
        )

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:  # noqa: ARG002
        return QSize(80, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row = self._model.row(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect
        if isinstance(row, HeaderRow):
            self._paint_header(painter, rect, row)
        elif isinstance(row, ConversationRow):
            state: QStyle.StateFlag = option.state
            self._paint_conversation(painter, rect, state, row, index)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: AnyIndex) -> QWidget:  # noqa: ARG002
        editor = QLineEdit(parent)
        editor.setObjectName("inPlace")
        editor.setMaxLength(TITLE_LIMIT)
        editor.setAccessibleName(self.tr("Title of the conversation"))
        return editor

    def setEditorData(self, editor: QWidget, index: AnyIndex) -> None:
        if isinstance(editor, QLineEdit):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QObject, index: AnyIndex) -> None:  # noqa: ARG002
        summary = self._model.conversation_at(index)
        if isinstance(editor, QLineEdit) and summary is not None:
            title = editor.text().strip()
            if title and title != summary.title:
                self.renamed.emit(summary.id, title)

    def updateEditorGeometry(
        self,
        editor: QWidget,
        option: QStyleOptionViewItem,
        index: AnyIndex,  # noqa: ARG002
    ) -> None:
        rect: QRect = option.rect
        editor.setGeometry(rect.adjusted(0, 4, 0, -4))

    def _paint_header(self, painter: QPainter, rect: QRect, row: HeaderRow) -> None:
        font = QFont(painter.font())
        font.setPixelSize(_HEADER_TEXT)
        painter.setFont(font)
        painter.setPen(self._themes.theme.color("muted"))
        place = rect.adjusted(_INSET - 2, 0, -_INSET, -6)
        text = painter.fontMetrics().elidedText(row.title, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_conversation(
        self, painter: QPainter, rect: QRect, state: QStyle.StateFlag, row: ConversationRow, index: AnyIndex
    ) -> None:
        theme = self._themes.theme
        is_current = row.summary.id == self._model.current_id
        shows_more = self._more_shown_at.isValid() and self._more_shown_at == index
        paint_row_ground(painter, rect, state, theme, is_marked=is_current)
        right = rect.right() - _INSET
        if shows_more:
            button = self.more_rect(rect)
            self._themes.icon(IconName.MORE, "text", 18).paint(painter, button)
            right = button.left() - SPACE
        elif row.summary.id == self._model.busy_id:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent"))
            painter.drawEllipse(QRect(right - 8, rect.center().y() - 3, 8, 8))
            right -= 8 + 2 * SPACE
        font = QFont(painter.font())
        font.setWeight(QFont.Weight.DemiBold if is_current else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        place = QRect(rect.left() + _INSET, rect.top(), right - rect.left() - _INSET, rect.height())
        text = painter.fontMetrics().elidedText(row.title, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: AnyIndex
    ) -> bool:
        """A tooltip only where the title does not fit."""
        row = self._model.row(index)
        rect: QRect = option.rect
        if isinstance(row, ConversationRow):
            width = view.fontMetrics().horizontalAdvance(row.title)
            if width > rect.width() - _MORE_SIZE - _INSET - 2 * SPACE:
                return super().helpEvent(event, view, option, index)
        return False

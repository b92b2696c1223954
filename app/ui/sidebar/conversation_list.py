"""The list of conversations: mouse, keys, the menu of a row, renaming in place. Only emits what is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemDelegate, QAbstractItemView, QMenu, QWidget

from app.core.records import ConversationSummary
from app.ui.icons import IconName
from app.ui.menus import rounded_menu
from app.ui.plain_list import PlainList
from app.ui.sidebar.conversation_delegate import ConversationDelegate
from app.ui.sidebar.conversation_model import ConversationModel
from app.ui.theme_manager import ThemeManager

_DAY_CHECK_MS = 60_000


class ConversationList(PlainList):
    """A click or Enter opens, F2 renames, Delete deletes; the arrows only move.

    Signals:
        opened: (conversation).
        rename_requested: (conversation, title).
        pin_requested: (conversation, pinned).
        delete_requested: (conversation).
        left_at_top: the Up key was pressed in the first row.
    """

    opened = Signal(int)
    rename_requested = Signal(int, str)
    pin_requested = Signal(int, bool)
    delete_requested = Signal(int)
    left_at_top = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._model = ConversationModel(self)
        self._delegate = ConversationDelegate(self._model, themes, self)
        self._waiting: Sequence[ConversationSummary] | None = None
        self._menu: QMenu | None = None
        self._grouped_on: date | None = None
        self._placed: int | None = None
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._delegate.renamed.connect(self._on_renamed)
        self._delegate.closeEditor.connect(self._on_editor_closed)
        self.clicked.connect(self._open)
        themes.changed.connect(self._on_theme_changed)
        self._day_timer = QTimer(self, interval=_DAY_CHECK_MS, timerType=Qt.TimerType.VeryCoarseTimer)
        self._day_timer.timeout.connect(self._check_day)
        self._day_timer.start()

    @property
    def conversations(self) -> ConversationModel:
        """The rows."""
        return self._model

    def set_conversations(self, summaries: Sequence[ConversationSummary]) -> None:
        """Show these; while a title is being edited, the list waits until the field closes."""
        if self.state() == QAbstractItemView.State.EditingState:
            self._waiting = tuple(summaries)
            return
        scrolled = self.verticalScrollBar().value()
        kept = self._model.conversation_at(self.currentIndex())
        now = datetime.now(UTC)
        self._grouped_on = now.astimezone().date()
        self._model.set_conversations(summaries, now)
        if kept is not None and not self.currentIndex().isValid():  # the rows were made anew
            self.setCurrentIndex(self._model.index_of(kept.id))
            self.doItemsLayout()
            self.verticalScrollBar().setValue(scrolled)

    def set_current(self, conversation_id: int | None) -> None:
        """Mark the open conversation and bring it into view, once: told again, the list stays put."""
        self._model.set_current(conversation_id)
        if conversation_id == self._placed:
            return
        index = self._model.index_of(conversation_id)
        self.setCurrentIndex(index)
        if index.isValid():
            self.scrollTo(index)
        self._placed = conversation_id if index.isValid() else None  # a new one may be listed later

    def set_busy(self, conversation_id: int | None) -> None:
        self._model.set_busy(conversation_id)

    def focus_first(self) -> None:
        """Give the list the focus, in the row where it was or in its first one."""
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self._first())
        self.setFocus(Qt.FocusReason.TabFocusReason)

    def rename(self, conversation_id: int) -> None:
        """Open the field for the title of a conversation in its row."""
        index = self._model.index_of(conversation_id)
        if index.isValid():
            self.setCurrentIndex(index)
            self.edit(index)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Conversations"))
        self._model.regroup(datetime.now(UTC))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        summary = self._model.conversation_at(self.currentIndex())
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if summary:
                self.opened.emit(summary.id)
            case Qt.Key.Key_F2 if summary:
                self.edit(self.currentIndex())
            case Qt.Key.Key_Delete if summary:
                self.delete_requested.emit(summary.id)
            case Qt.Key.Key_Up if self.currentIndex() == self._first():
                self.left_at_top.emit()
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and event.reason() != Qt.FocusReason.MouseFocusReason:
            self.setCurrentIndex(self._first())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and self._is_more(index, event.position().toPoint()):
            button = self._delegate.more_rect(self.visualRect(index))
            self._open_menu(index, self.viewport().mapToGlobal(button.bottomLeft()))
            return
        if event.button() == Qt.MouseButton.RightButton:
            return  # only the menu: a right click does not open a conversation
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and not self._is_more(self.indexAt(point), point):
            super().mouseReleaseEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._show_more_at(self.indexAt(event.position().toPoint()))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave and self._menu is None:
            self._show_more_at(QModelIndex())
        return super().viewportEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            self._open_menu(self.indexAt(event.pos()), event.globalPos())
        else:
            index = self.currentIndex()
            place = self.visualRect(index).bottomLeft()
            self._open_menu(index, self.viewport().mapToGlobal(place))

    def _open(self, index: QModelIndex) -> None:
        summary = self._model.conversation_at(index)
        if summary is not None:
            self.opened.emit(summary.id)

    def _open_menu(self, index: QModelIndex, place: QPoint) -> None:
        summary = self._model.conversation_at(index)
        if summary is None:
            return
        self._menu = menu = rounded_menu(self)
        icon = self._themes.icon
        rename = menu.addAction(icon(IconName.PENCIL), self.tr("Rename"))
        pin_text = self.tr("Unpin") if summary.pinned else self.tr("Pin to the top")
        pin = menu.addAction(icon(IconName.UNPIN if summary.pinned else IconName.PIN), pin_text)
        menu.addSeparator()
        delete = menu.addAction(icon(IconName.TRASH, "danger"), self.tr("Delete"))
        rename.setShortcut(Qt.Key.Key_F2)  # shown only: the list has the keys
        delete.setShortcut(Qt.Key.Key_Delete)
        chosen, pinned = summary.id, summary.pinned
        rename.triggered.connect(lambda: self.rename(chosen))
        pin.triggered.connect(lambda: self.pin_requested.emit(chosen, not pinned))
        delete.triggered.connect(lambda: self.delete_requested.emit(chosen))
        menu.aboutToHide.connect(self._on_menu_hidden)
        self._show_more_at(index)
        menu.popup(place)

    def _on_theme_changed(self) -> None:
        self.viewport().update()

    def _on_renamed(self, conversation_id: int, title: str) -> None:
        self._model.set_title(conversation_id, title)
        self.rename_requested.emit(conversation_id, title)

    def _on_menu_hidden(self) -> None:
        self._menu = None
        self._show_more_at(QModelIndex())

    def _on_editor_closed(self, _editor: QWidget, _hint: QAbstractItemDelegate.EndEditHint) -> None:
        QTimer.singleShot(0, self, self._show_waiting)  # the view leaves its editing state after this signal

    def _show_waiting(self) -> None:
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.set_conversations(waiting)

    def _check_day(self) -> None:
        now = datetime.now(UTC)
        if self._grouped_on not in (None, now.astimezone().date()):
            self._grouped_on = now.astimezone().date()
            self._model.regroup(now)

    def _show_more_at(self, index: QModelIndex) -> None:
        is_row = self._model.conversation_at(index) is not None
        self._delegate.show_more_at(index if is_row else QModelIndex())
        self.viewport().update()

    def _is_more(self, index: QModelIndex, point: QPoint) -> bool:
        is_row = self._model.conversation_at(index) is not None
        return is_row and self._delegate.more_rect(self.visualRect(index)).contains(point)

    def _first(self) -> QModelIndex:
        rows = (self._model.index(row) for row in range(min(2, self._model.rowCount())))
        return next((row for row in rows if self._model.conversation_at(row)), QModelIndex())

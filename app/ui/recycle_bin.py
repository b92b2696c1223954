"""The page of the deleted conversations. Deletes nothing: it asks in the page and tells what is wanted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.core.records import ConversationSummary
from app.ui.deleted_list import DeletedDelegate, DeletedModel
from app.ui.icon_button import IconButton
from app.ui.icons import IconName
from app.ui.plain_list import BAR_WIDTH, PlainList
from app.ui.text_format import count_text
from app.ui.theme import COLUMN_WIDTH
from app.ui.theme_manager import ThemeManager


class RecycleBin(QWidget):
    """Deleted conversations with "Restore", "Delete forever" and "Empty"; the last two ask in the page.

    Signals:
        restore_requested: (conversation), once for each selected one.
        delete_forever_requested: (conversation), once for each; confirmed.
        empty_requested: everything in the bin; confirmed.
        close_requested: back to the conversation.
    """

    restore_requested = Signal(int)
    delete_forever_requested = Signal(int)
    empty_requested = Signal()
    close_requested = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._themes = themes
        self._doomed: tuple[int, ...] = ()
        self._empties_all = False
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self._hint = QLabel()
        self._hint.setProperty("role", "muted")
        self._hint.setWordWrap(True)
        self._back = IconButton(themes, IconName.CHEVRON_LEFT)
        self._restore, self._delete, self._empty = (QPushButton() for _ in range(3))
        self._question = QLabel()
        self._question.setWordWrap(True)
        self._question.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._confirm_button, self._keep_button = QPushButton(), QPushButton()
        self._model = DeletedModel(self)
        self._list = PlainList()
        self._list.setModel(self._model)
        self._list.setItemDelegate(DeletedDelegate(self._model, themes, self._list))
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._confirm = QFrame()
        self._actions = QWidget()
        self._bars = QStackedWidget()
        self._lay_out()
        self._connect()
        self._retranslate()
        self._recolor()
        self._update()

    @property
    def _is_asking(self) -> bool:
        return self._bars.currentWidget() is self._confirm

    def set_conversations(self, summaries: Sequence[ConversationSummary]) -> None:
        """Show the deleted conversations; an open question is withdrawn when they changed."""
        row = self._list.currentIndex().row()
        self._model.set_conversations(summaries)
        self._withdraw()
        if summaries:
            self._list.setCurrentIndex(self._model.index(min(max(row, 0), len(summaries) - 1)))
        self._update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape if self._is_asking:
                self._withdraw()
            case Qt.Key.Key_Escape:
                self.close_requested.emit()
            case Qt.Key.Key_Delete if self._list.hasFocus():
                self._ask_selected()
            case _:
                super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
            self._update()

    def _restore_selected(self) -> None:
        for one in self._selected():
            self.restore_requested.emit(one)

    def _ask_selected(self) -> None:
        chosen = self._selected()
        if chosen:
            self._ask(chosen, empties_all=False)

    def _ask_all(self) -> None:
        self._ask(self._model.ids, empties_all=True)

    def _ask(self, doomed: tuple[int, ...], *, empties_all: bool) -> None:
        self._doomed, self._empties_all = doomed, empties_all
        self._bars.setCurrentWidget(self._confirm)
        self._retranslate()
        self._keep_button.setFocus(Qt.FocusReason.OtherFocusReason)  # Enter by mistake keeps everything

    def _on_confirmed(self) -> None:
        doomed, empties_all = self._doomed, self._empties_all
        self._withdraw()
        if empties_all:
            self.empty_requested.emit()
        else:
            for one in doomed:
                self.delete_forever_requested.emit(one)

    def _withdraw(self) -> None:
        if self._is_asking:
            self._bars.setCurrentWidget(self._actions)
            self._list.setFocus(Qt.FocusReason.OtherFocusReason)
        self._doomed, self._empties_all = (), False

    def _selected(self) -> tuple[int, ...]:
        found = (self._model.summary(index) for index in self._list.selectionModel().selectedRows())
        return tuple(summary.id for summary in found if summary is not None)

    def _update(self) -> None:
        has_any = bool(self._model.ids)
        self._list.setVisible(has_any)
        self._bars.setVisible(has_any)
        self._restore.setEnabled(bool(self._selected()))
        self._delete.setEnabled(bool(self._selected()))
        if has_any:
            self._hint.setText(
                self.tr("Conversations stay here until you restore them or delete them forever.")
            )
        else:
            self._hint.setText(self.tr("The recycle bin is empty."))

    def _retranslate(self) -> None:
        self._title.setText(self.tr("Recycle bin"))
        self._back.set_name(self.tr("Back to the conversation (Esc)"))
        self._restore.setText(self.tr("Restore"))
        self._delete.setText(self.tr("Delete forever…"))
        self._empty.setText(self.tr("Empty the recycle bin…"))
        self._confirm_button.setText(self.tr("Delete forever"))
        self._keep_button.setText(self.tr("Keep"))
        self._list.setAccessibleName(self.tr("Deleted conversations"))
        count = len(self._doomed)
        if count == 1:
            question = self.tr("Delete 1 conversation forever? This cannot be undone.")
        else:
            text = self.tr("Delete {count} conversations forever? This cannot be undone.")
            question = text.format(count=count_text(count))
        self._question.setText(question)
        self._confirm.setAccessibleName(question)

    def _recolor(self) -> None:
        self._restore.setIcon(self._themes.icon(IconName.RESTORE, "text", 18))

    def _connect(self) -> None:
        self._back.clicked.connect(self.close_requested)
        self._restore.clicked.connect(self._restore_selected)
        self._delete.clicked.connect(self._ask_selected)
        self._empty.clicked.connect(self._ask_all)
        self._confirm_button.clicked.connect(self._on_confirmed)
        self._keep_button.clicked.connect(self._withdraw)
        self._list.activated.connect(self._restore_selected)
        self._list.selectionModel().selectionChanged.connect(self._update)
        self._themes.changed.connect(self._recolor)

    def _lay_out(self) -> None:
        self._delete.setProperty("kind", "danger")
        self._confirm_button.setProperty("kind", "danger")
        self._empty.setProperty("kind", "text")
        self._confirm.setObjectName("confirm")
        _row(self._actions, (0, 0, BAR_WIDTH + 4, 0), self._restore, self._delete, None, self._empty)
        _row(self._confirm, (16, 7, 8, 7), self._question, self._confirm_button, self._keep_button)
        self._bars.addWidget(self._actions)
        self._bars.addWidget(self._confirm)
        self._bars.setFixedHeight(56)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._back)
        head.addWidget(self._title, 1)
        column = QWidget()
        column.setMaximumWidth(COLUMN_WIDTH)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addLayout(head)
        inner.addWidget(self._hint)
        inner.addWidget(self._bars)
        inner.addWidget(self._list, 1)
        inner.addStretch()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 28, 24, 20)
        layout.addStretch(1)
        layout.addWidget(column, 1000)
        layout.addStretch(1)


def _row(host: QWidget, margins: tuple[int, int, int, int], *widgets: QWidget | None) -> None:
    """Set `widgets` side by side; None stands for the space between."""
    layout = QHBoxLayout(host)
    layout.setContentsMargins(*margins)
    layout.setSpacing(8)
    for widget in widgets:
        if widget is None:
            layout.addStretch(1)
        else:
            layout.addWidget(widget)

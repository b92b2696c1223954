"""The messages that wait while an answer is written: small rows above the composer. Knows no storage."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.core.records import QueuedMessage
from app.ui.icon_button import IconButton
from app.ui.icons import IconName
from app.ui.text_format import one_line
from app.ui.theme_manager import ThemeManager

_VISIBLE_ROWS = 3
_ROW_HEIGHT = 34
_SHOWN_CHARACTERS = 400
"""More never fits on the line, and a message may be a megabyte."""


class QueueStrip(QFrame):
    """Hidden when nothing waits. Every signal carries the id of the queued message."""

    remove_requested = Signal(int)
    edit_requested = Signal(int)
    clear_requested = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._items: tuple[QueuedMessage, ...] = ()
        self._row_widgets: list[QWidget] = []
        self._title = QLabel()
        self._remove_all = QPushButton()
        self._rows = QVBoxLayout()
        self._scroll = QScrollArea(widgetResizable=True)
        self._build()
        self._retranslate()
        self.hide()

    def set_items(self, items: Sequence[QueuedMessage]) -> None:
        """Show `items`, oldest first."""
        if tuple(items) == self._items:
            return
        self._items = tuple(items)
        self._fill()
        self.setVisible(bool(self._items))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _fill(self) -> None:
        for row in self._row_widgets:
            row.hide()
            row.deleteLater()
        self._row_widgets = [self._row(item) for item in self._items]
        for row in self._row_widgets:
            self._rows.addWidget(row)
        shown = min(len(self._items), _VISIBLE_ROWS)
        self._scroll.setFixedHeight(shown * _ROW_HEIGHT)
        self._show_title()

    def _row(self, item: QueuedMessage) -> QWidget:
        row = QWidget()
        row.setFixedHeight(_ROW_HEIGHT)
        line = one_line(item.text[:_SHOWN_CHARACTERS]).strip()
        text = ElidedLabel(line)
        text.setToolTip(item.text[:_SHOWN_CHARACTERS])
        edit = IconButton(self._themes, IconName.PENCIL, size=16)
        edit.set_name(self.tr("Edit: put it back into the composer"))
        edit.setAccessibleDescription(line)
        edit.clicked.connect(lambda: self.edit_requested.emit(item.id))
        remove = IconButton(self._themes, IconName.CLOSE, size=16)
        remove.set_name(self.tr("Remove"))
        remove.setAccessibleDescription(line)
        remove.clicked.connect(lambda: self.remove_requested.emit(item.id))
        layout = QHBoxLayout(row)
        layout.setContentsMargins(16, 0, 8, 0)
        layout.setSpacing(4)
        layout.addWidget(text, 1)
        layout.addWidget(edit)
        layout.addWidget(remove)
        return row

    def _build(self) -> None:
        self.setProperty("panel", "card")
        self._title.setProperty("role", "caption")
        self._remove_all.setProperty("kind", "text")
        self._remove_all.clicked.connect(self.clear_requested)
        head = QHBoxLayout()
        head.setContentsMargins(16, 6, 8, 0)
        head.addWidget(self._title, 1)
        head.addWidget(self._remove_all)
        holder = QWidget()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        holder.setLayout(self._rows)
        self._scroll.setWidget(holder)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._scroll)

    def _retranslate(self) -> None:
        self._remove_all.setText(self.tr("Remove all"))
        self._fill()

    def _show_title(self) -> None:
        count = len(self._items)
        self._title.setText(
            self.tr("1 message waits for the answer to end")
            if count == 1
            else self.tr("{count} messages wait for the answer to end").format(count=count)
        )
        self._remove_all.setVisible(count > 1)
        self.setAccessibleName(self._title.text())


class ElidedLabel(QWidget):
    """One line of text, cut with "…" where the room ends."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:
        return QSize(120, self.fontMetrics().lineSpacing())

    def minimumSizeHint(self) -> QSize:
        return QSize(40, self.fontMetrics().lineSpacing())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(
            self.rect(),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine,
            shown,
        )

"""The title of the conversation, elided, changed in place by a double click or F2."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QStackedLayout, QWidget

from app.ui.text_format import one_line
from app.ui.theme import RADIUS_SMALL
from app.ui.theme_manager import ThemeManager

TITLE_LIMIT = 200
_TEXT = 15
_INSET = 6


class _Shown(QWidget):
    """The title as text; takes the focus by Tab so that F2 reaches it."""

    edit_wanted = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self.text = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        themes.changed.connect(self._on_theme_changed)

    def set_text(self, text: str) -> None:
        self.text = text
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(_TEXT)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        room = self.width() - 2 * _INSET
        shown = metrics.elidedText(self.text, Qt.TextElideMode.ElideRight, room)
        self.setToolTip(self.text if shown != self.text else "")
        painter.setPen(theme.color("text"))
        place = self.rect().adjusted(_INSET, 0, -_INSET, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        if self.hasFocus() and self.text:
            painter.setPen(QPen(theme.color("accent"), 2))
            width = min(self.width(), metrics.horizontalAdvance(shown) + 2 * _INSET) - 2
            painter.drawRoundedRect(1, 1, width, self.height() - 2, RADIUS_SMALL, RADIUS_SMALL)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.edit_wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.edit_wanted.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _on_theme_changed(self) -> None:
        self.update()


class _Field(QLineEdit):
    """The field in place of the title."""

    abandoned = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.abandoned.emit()
        else:
            super().keyPressEvent(event)


class TitleLabel(QWidget):
    """Text, or the field in which it is changed; without a title there is nothing to edit.

    Signals:
        edited: the new title; confirmed by Enter or by leaving the field, dropped by Escape.
    """

    edited = Signal(str)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = _Shown(themes, self)
        self._field = _Field(self)
        self._field.setObjectName("titleEdit")
        self._field.setMaxLength(TITLE_LIMIT)
        self._is_editing = False
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._shown)
        self._stack.addWidget(self._field)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._shown.edit_wanted.connect(self.edit)
        self._field.abandoned.connect(self._close)
        self._field.editingFinished.connect(self._finish)
        self._retranslate()

    @property
    def title(self) -> str:
        return self._shown.text

    @property
    def is_editing(self) -> bool:
        return self._is_editing

    def set_title(self, title: str) -> None:
        """Show a title; a field that is open keeps what is being typed."""
        self._shown.set_text(one_line(title).strip())
        self._shown.setFocusPolicy(Qt.FocusPolicy.TabFocus if self.title else Qt.FocusPolicy.NoFocus)
        self._retranslate()

    def edit(self) -> None:
        """Open the field with the whole title selected."""
        if not self.title:
            return
        self._is_editing = True
        self._field.setText(self.title)
        self._stack.setCurrentWidget(self._field)
        self._field.selectAll()
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def sizeHint(self) -> QSize:
        return QSize(320, 36)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 36)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _finish(self) -> None:
        if not self.is_editing:
            return  # the field lost the focus because it was closed
        title = self._field.text().strip()
        changed = bool(title) and title != self.title
        if changed:
            self._shown.set_text(title)
        self._close()
        if changed:
            self.edited.emit(title)

    def _close(self) -> None:
        self._is_editing = False
        had_focus = self._field.hasFocus()
        self._stack.setCurrentWidget(self._shown)
        if had_focus:
            self._shown.setFocus(Qt.FocusReason.OtherFocusReason)

    def _retranslate(self) -> None:
        self._field.setAccessibleName(self.tr("Title of the conversation"))
        self._shown.setAccessibleName(self.tr("Title: {title}").format(title=self.title))
        self._shown.setAccessibleDescription(self.tr("Press F2 to change it"))

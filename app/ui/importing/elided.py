"""Small parts of the cards and the strip: a line that is cut where the room ends, a line with an icon."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.ui.icons import IconName
from app.ui.text_format import one_line
from app.ui.theme_manager import ThemeManager

_ICON = 18
_NARROWEST = 60
_LONG_WORD = re.compile(r"\S{50}")
"""Behind so many characters without a space a line may end: else a file's name would widen the window."""


class ElidedLabel(QLabel):
    """One line of plain text, cut with "…" in the middle; where it is cut the tooltip says all of it."""

    def __init__(self, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if role:
            self.setProperty("role", role)

    def set_text(self, text: str) -> None:
        """Show `text`, whatever it holds."""
        self.setText(one_line(text))
        self.setAccessibleName(self.text())
        self._show_tooltip()

    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROWEST, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_tooltip()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._show_tooltip()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine
        painter.drawText(self.rect(), flags, self._shown())

    def _shown(self) -> str:
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.width())

    def _show_tooltip(self) -> None:
        self.setToolTip(self.text() if self._shown() != self.text() else "")


class IconLine(QWidget):
    """An icon in a colour of the theme and a sentence on as many lines as it takes."""

    def __init__(self, themes: ThemeManager, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._look: tuple[IconName | None, str] = (None, "muted")
        self._sentence = ""
        self._icon = QLabel()
        self._icon.setFixedSize(_ICON, _ICON + 2)
        self._text = QLabel(wordWrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        if role:
            self._text.setProperty("role", role)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._text, 1)
        themes.changed.connect(self._recolor)

    @property
    def text(self) -> str:
        """The sentence."""
        return self._sentence

    def show_line(self, name: IconName | None, token: str, text: str) -> None:
        """Show `text` behind the icon `name` in the colour `token`, or behind the room for one."""
        self._look = (name, token)
        self._sentence = text
        self._text.setText(_LONG_WORD.sub("\\g<0>\u200b", text))
        self._text.setAccessibleName(text)
        self._recolor()

    def _recolor(self) -> None:
        name, token = self._look
        if name is None:
            self._icon.clear()
            return
        self._icon.setPixmap(self._themes.icon(name, token, _ICON).pixmap(_ICON))

"""The round button that goes to the newest message."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.ui.icons import IconName, pixmap
from app.ui.theme import Theme
from app.ui.transcript import wording

_SIDE = 38


class JumpButton(QAbstractButton):
    """Stands over the transcript while its end is out of sight."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.resize(_SIDE, _SIDE)
        self.retranslate()
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def retranslate(self) -> None:
        """Say its name in the language in use."""
        self.setAccessibleName(wording.jump_text())
        self.setToolTip(wording.jump_text())

    def sizeHint(self) -> QSize:
        return QSize(_SIDE, _SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        disc = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 2))
        else:
            painter.setPen(QPen(theme.color("border"), 1))
        painter.setBrush(theme.color("hover" if self.underMouse() else "surface"))
        painter.drawEllipse(disc)
        sign = pixmap(IconName.CHEVRON_DOWN, theme.text, 18, painter.device().devicePixelRatioF())
        painter.drawPixmap(QPointF(_SIDE / 2 - 9, _SIDE / 2 - 9), sign)
        painter.end()

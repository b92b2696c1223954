"""The model's thinking: a small folded card above the answer that opens on a press."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF

from app.ui.theme import RADIUS_SMALL
from app.ui.transcript import wording
from app.ui.transcript.actions import Part, Target, TargetKind
from app.ui.transcript.body import Body, BodyLook
from app.ui.transcript.item_parts import Press
from app.ui.transcript.markdown import plain_blocks
from app.ui.transcript.style import Style

_INDENT = 16.0
_BELOW = 10.0


class ReasoningCard:
    """The thinking of one answer. Its text is shown as it is: nobody checked it for Markdown."""

    def __init__(self, style: Style, message_id: int) -> None:
        self._style = style
        self._message_id = message_id
        self._head = style.small_pitch + 13.0
        self.body = Body(style, style.muted)
        self.text = ""
        self.is_unfolded = False
        self.is_growing = False  # the model still thinks

    @property
    def height(self) -> float:
        """Head and, if unfolded, text, with the space below; 0 while there is no text."""
        if not self.text:
            return 0.0
        inner = self.body.height + 8 if self.is_unfolded else 0.0
        return self._head + inner + _BELOW

    @property
    def body_corner(self) -> QPointF:
        """Where the text stands, from the corner of the card."""
        return QPointF(_INDENT, self._head + 8)

    def set_text(self, text: str) -> None:
        """Show other thinking."""
        same = 0
        blocks = plain_blocks(text)
        for old, new in zip(self.body.blocks, blocks, strict=False):
            if old != new:
                break
            same += 1
        self.text = text
        self.body.set_blocks(blocks, same)

    def set_width(self, width: float) -> None:
        """As wide as the column."""
        self.body.set_width(width - _INDENT)

    def target(self, top: float) -> Target:
        """The head, which folds and unfolds."""
        label = wording.reasoning_text(self.is_growing)
        width = QFontMetricsF(self._style.muted.font).horizontalAdvance(label) + 42
        return Target(
            self._message_id, TargetKind.FOLD, QRectF(0, top, width, self._head), label, part=Part.REASONING
        )

    def paint(self, painter: QPainter, at: QPointF, press: Press, look: BodyLook) -> None:
        """Draw with the corner of the card at `at`."""
        theme = self._style.theme
        target = self.target(0)
        head = target.rect.translated(at).adjusted(0.5, 0.5, -0.5, -0.5)
        is_lit = press.is_lit(target)
        painter.setPen(QPen(theme.color("border"), 1))
        painter.setBrush(theme.color("hover" if is_lit else "paper"))
        painter.drawRoundedRect(head, RADIUS_SMALL, RADIUS_SMALL)
        painter.setPen(theme.color("text" if is_lit else "muted"))
        painter.setFont(self._style.muted.font)
        label = head.adjusted(27, 0, 0, 0)
        painter.drawText(label, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, target.label)
        self._paint_arrow(painter, QPointF(head.left() + 16, head.center().y()))
        if self.is_unfolded:
            corner = at + self.body_corner
            bar = QRectF(at.x() + 2, corner.y(), 2, self.body.height)
            painter.fillRect(bar, theme.color("border"))
            self.body.paint(painter, corner, look)

    def _paint_arrow(self, painter: QPainter, middle: QPointF) -> None:
        painter.setBrush(painter.pen().color())
        painter.setPen(Qt.PenStyle.NoPen)
        if self.is_unfolded:
            points = [QPointF(-4, -2), QPointF(4, -2), QPointF(0, 3)]
        else:
            points = [QPointF(-2, -4), QPointF(-2, 4), QPointF(3, 0)]
        painter.drawPolygon(QPolygonF([middle + point for point in points]))

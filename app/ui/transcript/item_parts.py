"""Small parts around the text of a message: a row of quiet buttons, the error card, the unseen line.

Each is arranged in the coordinates of its message, gives its targets, and draws itself. Knows no message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app.ui.icons import IconName, pixmap
from app.ui.theme import RADIUS_MEDIUM, RADIUS_SMALL
from app.ui.transcript import wording
from app.ui.transcript.actions import ErrorCard, Target
from app.ui.transcript.blocks import Span
from app.ui.transcript.style import Style
from app.ui.transcript.text_box import TextBox

_PAD, _TIGHT_PAD = 8.0, 2.0
_CARD_PAD = 16.0


@dataclass(frozen=True, slots=True)
class Press:
    """How targets look just now: the one under the pointer, the one with the focus, the one just copied."""

    hovered: Target | None = None
    focused: Target | None = None
    copied: Target | None = None

    def is_lit(self, target: Target) -> bool:
        """Whether a target stands out."""
        return target in (self.hovered, self.focused)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a row: a button (`target` makes it for a place), or a text.

    Attributes:
        icon: Stands in place of the text.
        is_tight: The text belongs to the icons beside it.
    """

    text: str
    target: Callable[[QRectF], Target] | None = None
    icon: IconName | None = None
    is_tight: bool = False


class ButtonRow:
    """Quiet buttons and texts side by side."""

    def __init__(self, style: Style, entries: Sequence[Entry]) -> None:
        self._style = style
        self._entries = entries
        metrics = QFontMetricsF(style.muted.font)
        self._widths = [
            style.row_height
            if entry.icon
            else metrics.horizontalAdvance(entry.text) + 2 * (_TIGHT_PAD if entry.is_tight else _PAD)
            for entry in entries
        ]
        self._places: list[QRectF] = []
        self.targets: tuple[Target, ...] = ()

    @property
    def width(self) -> float:
        """How wide the row is, its outer padding included."""
        return sum(self._widths)

    def arrange(self, left: float, top: float) -> None:
        """Stand at a place."""
        self._places = []
        for width in self._widths:
            self._places.append(QRectF(left, top, width, self._style.row_height))
            left += width
        self.targets = tuple(
            entry.target(rect)
            for entry, rect in zip(self._entries, self._places, strict=True)
            if entry.target is not None
        )

    def paint(self, painter: QPainter, at: QPointF, press: Press) -> None:
        """Draw at the place of the message."""
        theme = self._style.theme
        painter.setFont(self._style.muted.font)
        targets = iter(self.targets)
        for entry, rect in zip(self._entries, self._places, strict=True):
            place = rect.translated(at)
            target = next(targets) if entry.target else None
            is_lit = target is not None and press.is_lit(target)
            if is_lit:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("hover"))
                painter.drawRoundedRect(place, 6, 6)
            token = "text" if is_lit else "muted"
            if entry.icon:
                shade = token if target is not None else "border"
                self._paint_icon(painter, entry.icon, place, getattr(theme, shade))
            else:
                is_copied = target is not None and target == press.copied
                painter.setPen(theme.color(token))
                text = wording.copied_text() if is_copied else entry.text
                painter.drawText(place.adjusted(-20, 0, 20, 0), Qt.AlignmentFlag.AlignCenter, text)

    def _paint_icon(self, painter: QPainter, name: IconName, place: QRectF, color: str) -> None:
        ratio = painter.device().devicePixelRatioF()
        size = self._style.icon_size
        corner = QPointF(place.center().x() - size / 2, place.center().y() - size / 2)
        painter.drawPixmap(corner, pixmap(name, color, size, ratio))


class ErrorBox:
    """A card in the colour of danger: a sentence, one main button."""

    def __init__(self, style: Style, card: ErrorCard, target: Callable[[QRectF], Target] | None) -> None:
        self._style = style
        self._card = card
        self._make_target = target
        self._sentence = TextBox.from_spans((Span(card.sentence),), style.body, style)
        self._width = 0.0
        self._top = 0.0
        self.height = 0.0
        self.targets: tuple[Target, ...] = ()

    def arrange(self, width: float, top: float) -> None:
        """Stand at a height, as wide as the column."""
        self._width, self._top = width, top
        self._sentence.lay_out(width - 2 * _CARD_PAD - 28)
        self.height = self._sentence.height + 28
        if self._make_target is not None:
            metrics = QFontMetricsF(self._style.cell.font)
            tall = max(32.0, self._style.cell.pitch + 10.0)
            wide = metrics.horizontalAdvance(self._card.action_label) + 32
            button = QRectF(_CARD_PAD + 28, top + self._sentence.height + 26, wide, tall)
            self.targets = (self._make_target(button),)
            self.height += tall + 12

    def paint(self, painter: QPainter, at: QPointF, press: Press) -> None:
        """Draw at the place of the message."""
        theme = self._style.theme
        card = QRectF(at.x() + 0.5, at.y() + self._top + 0.5, self._width - 1, self.height - 1)
        painter.setPen(QPen(theme.color("danger"), 1))
        painter.setBrush(theme.color("surface"))
        painter.drawRoundedRect(card, RADIUS_MEDIUM, RADIUS_MEDIUM)
        ratio = painter.device().devicePixelRatioF()
        middle = card.top() + 14 + self._style.body.pitch / 2
        sign = pixmap(IconName.WARNING, theme.danger, 18, ratio)
        painter.drawPixmap(QPointF(card.left() + _CARD_PAD, middle - 9), sign)
        corner = QPointF(card.left() + _CARD_PAD + 28, card.top() + 14)
        self._sentence.draw(painter, corner, card, None, self._style)
        for target in self.targets:
            place = target.rect.translated(at)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent_hover" if press.is_lit(target) else "accent"))
            painter.drawRoundedRect(place, RADIUS_SMALL, RADIUS_SMALL)
            painter.setPen(theme.color("on_accent"))
            painter.setFont(self._style.cell.font)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self._card.action_label)


def paint_unseen_line(painter: QPainter, place: QRectF, style: Style) -> None:
    """The dashed line above which the model sees nothing, with its words in the middle."""
    text = wording.unseen_text()
    painter.setFont(style.muted.font)
    width = QFontMetricsF(style.muted.font).horizontalAdvance(text) + 24
    painter.setPen(style.theme.color("muted"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
    faint = style.theme.color("muted")
    faint.setAlphaF(0.45)
    pen = QPen(faint, 1, Qt.PenStyle.CustomDashLine)
    pen.setDashPattern([3, 4])
    pen.setCosmetic(True)
    painter.setPen(pen)
    middle = int(place.center().y()) + 0.5
    half = width / 2
    painter.drawLine(QPointF(place.left(), middle), QPointF(place.center().x() - half, middle))
    painter.drawLine(QPointF(place.center().x() + half, middle), QPointF(place.right(), middle))


def paint_focus_ring(painter: QPainter, place: QRectF, style: Style) -> None:
    """The mark of the keyboard's focus."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(style.theme.color("accent"), 2))
    painter.drawRoundedRect(place.adjusted(-1, -1, 1, 1), 7, 7)

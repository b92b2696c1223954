"""How the view wants a message drawn just now, and what follows from it for the blocks of the message."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from app.ui.transcript.actions import Part, Target, TargetKind
from app.ui.transcript.body import Body, BodyLook
from app.ui.transcript.element import ElementButton, Look
from app.ui.transcript.item_parts import Press
from app.ui.transcript.selection import Selection
from app.ui.transcript.style import Style

_CARET_WIDTH = 8.0


@dataclass(frozen=True, slots=True)
class ItemLook:
    """How one message is to be drawn.

    Attributes:
        clip: The visible part, in the coordinates of the painter.
        is_hovered: The pointer is over the message; `hovered_slot` says over which block.
        flash: 1 right after a jump to the message, fading to 0.
    """

    clip: QRectF
    press: Press = field(default_factory=Press)
    selection: Selection | None = None
    is_hovered: bool = False
    flash: float = 0.0
    hovered_slot: tuple[Part, int] | None = None


def body_look(look: ItemLook, message_id: int, part: Part) -> BodyLook:
    """How the text of a part of a message is to be drawn."""
    selection = look.selection
    is_mine = selection is not None and selection.message_id == message_id and selection.part is part
    marked = selection.ordered if selection is not None and is_mine else None
    return BodyLook(look.clip, marked, _slot_looks(look, message_id, part))


def _slot_looks(look: ItemLook, message_id: int, part: Part) -> dict[int, Look]:
    """The blocks that look special: under the pointer, with the focus, just copied."""
    press = look.press
    special = {
        target.slot
        for target in (press.hovered, press.focused, press.copied)
        if target is not None and target.message_id == message_id and target.part is part and target.slot >= 0
    }
    if look.is_hovered and look.hovered_slot is not None and look.hovered_slot[0] is part:
        special.add(look.hovered_slot[1])
    found: dict[int, Look] = {}
    for slot in special:
        copy = Target(message_id, TargetKind.CODE_COPY, QRectF(), part=part, slot=slot)
        wrap = Target(message_id, TargetKind.CODE_WRAP, QRectF(), part=part, slot=slot)
        buttons = ((copy, ElementButton.COPY), (wrap, ElementButton.WRAP))
        lit = tuple(button for target, button in buttons if press.is_lit(target))
        found[slot] = Look(look.clip, hovered=True, lit=lit, copied=press.copied == copy)
    return found


def paint_caret(painter: QPainter, corner: QPointF, body: Body, style: Style) -> None:
    """The block behind the last character of an answer that is being written."""
    end = body.end
    caret = QRectF(0, 0, 0, style.body.pitch)
    if end is not None:
        caret = body.element(end.slot).caret(end.place).translated(body.corner(end.slot))
        caret.moveLeft(min(caret.left(), body.width - _CARET_WIDTH))
    tall = min(caret.height(), style.size * 1.1)
    top = caret.top() + (caret.height() - tall) / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.theme.color("accent"))
    painter.drawRoundedRect(QRectF(caret.left() + 1, top, _CARET_WIDTH, tall).translated(corner), 2, 2)

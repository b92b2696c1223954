"""The text of a message as drawn blocks, laid out only where somebody looks.

A body holds a run of slots, one for each piece: first only a guess of its height, then an element. Places in
a body are a slot and a place in its element. Knows styles and blocks; knows no message and no widget.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app.ui.transcript import utf16
from app.ui.transcript.blocks import CodeBlock, Rule, Table, TopBlock
from app.ui.transcript.element import Element, Look, Place, can_show, make_element
from app.ui.transcript.flow import BULLET, Gap, Piece, TextPart, pieces_of, plain, same_items
from app.ui.transcript.stack import Stack
from app.ui.transcript.style import Face, Style

_ALL_AT_ONCE = 24
"""A body of so few slots is laid out as a whole: its height is exact from the first look."""
_BAR = 3.0


@dataclass(frozen=True, slots=True, order=True)
class BodyPlace:
    """A place in a body; ordered as a person reads."""

    slot: int
    place: Place


@dataclass(frozen=True, slots=True)
class BodyLook:
    """How a body is to be drawn just now; `looks` has the slots that differ from the rest."""

    clip: QRectF
    selection: tuple[BodyPlace, BodyPlace] | None = None
    looks: dict[int, Look] = field(default_factory=dict)


@dataclass(slots=True)
class _Slot:
    piece: Piece
    block: int  # index of its top-level block
    gap: float
    left: float
    element: Element | None = None
    is_laid: bool = False


class Body:
    """Blocks one below the other in a column of some width."""

    def __init__(self, style: Style, face: Face | None = None) -> None:
        self._style = style
        self._face = face
        self._bar_color = style.theme.color("muted")
        self._bar_color.setAlphaF(0.35)
        self._width = 1.0
        self._blocks: tuple[TopBlock, ...] = ()
        self._firsts: list[int] = []  # the first slot of every block
        self._slots: list[_Slot] = []
        self._stack = Stack()

    @property
    def height(self) -> float:
        return self._stack.total

    @property
    def width(self) -> float:
        return self._width

    @property
    def blocks(self) -> tuple[TopBlock, ...]:
        return self._blocks

    @property
    def slot_count(self) -> int:
        return len(self._slots)

    @property
    def natural_width(self) -> float:
        """The widest line, for a bubble that hugs a short text; the whole width for a long one."""
        if len(self._slots) > _ALL_AT_ONCE:
            return self._width
        self.ensure(0, self.height)
        return max((s.left + s.element.natural_width for s in self._slots if s.element), default=0.0)

    @property
    def end(self) -> BodyPlace | None:
        """The place behind everything."""
        if not self._slots:
            return None
        slot = len(self._slots) - 1
        return BodyPlace(slot, self.element(slot).last)

    # Content

    def set_blocks(self, blocks: Sequence[TopBlock], first_changed: int = 0) -> int:
        """Show other blocks, the same ones before `first_changed`; return the first slot that changed."""
        old_slots, fresh = self._slots, tuple(blocks)
        first = min(first_changed, len(self._firsts))
        kept, item = self._kept(first, fresh)
        firsts = self._firsts[: first + 1]  # the first block that changed starts where it did
        self._blocks = fresh
        slots = old_slots[:kept]
        changed = -1
        self._firsts = firsts[:first]
        for index in range(first, len(fresh)):
            goes_on = index == first and item > 0
            self._firsts.append(firsts[first] if goes_on else len(slots))
            before = fresh[index - 1] if index else None
            for piece in pieces_of(fresh[index], before, item if goes_on else 0):
                at = len(slots)
                slot, is_same = self._reuse(old_slots[at] if at < len(old_slots) else None, piece)
                slot.block = index
                slots.append(slot)
                if not is_same and changed < 0:
                    changed = at
        self._slots = slots
        changed = min(len(slots), len(old_slots)) if changed < 0 else changed
        self._stack.cut(min(changed, len(self._stack)))
        for at in range(len(self._stack), len(slots)):
            self._stack.append(self._guess(slots[at]))
        return changed

    def set_width(self, width: float) -> None:
        """Lay out for another width, lazily: heights are guesses again."""
        if width == self._width:
            return
        ratio = self._width / width
        self._width = width
        heights = []
        for at, slot in enumerate(self._slots):
            old = self._stack.height(at)
            if isinstance(slot.piece.content, TextPart) and slot.element is not None:
                pitch = self._style.body.pitch
                heights.append(slot.gap + max(pitch, round((old - slot.gap) * ratio / pitch) * pitch))
            else:
                heights.append(old)
            slot.is_laid = False
        self._stack = Stack(heights)

    def ensure(self, top: float, bottom: float) -> bool:
        """Make what stands between `top` and `bottom` exact; True when `height` or a place changed."""
        changed = False
        whole = len(self._slots) <= _ALL_AT_ONCE
        slots = range(len(self._slots)) if whole else self._stack.within(top, bottom)
        for at in slots:
            slot = self._slots[at]
            if not slot.is_laid:
                self._lay_out(slot)
                changed |= self._settle(at)
            start = self._stack.top(at) + slot.gap
            if slot.element is not None and slot.element.ensure(top - start, bottom - start):
                changed |= self._settle(at)
        return changed

    def lay_out_again(self, slot: int) -> None:
        """An element changed by itself: its height is to be found anew."""
        self._slots[slot].is_laid = False

    # Drawing

    def paint(self, painter: QPainter, at: QPointF, look: BodyLook) -> None:
        """Draw what lies in the clip."""
        slots = self._stack.within(look.clip.top() - at.y(), look.clip.bottom() - at.y())
        for index in slots:
            slot = self._slots[index]
            if slot.element is None or not slot.is_laid:
                continue
            top = at.y() + self._stack.top(index)
            corner = QPointF(at.x() + slot.left, top + slot.gap)
            self._paint_bars(painter, slot, at.x(), top, self._stack.height(index))
            if slot.piece.marker:
                self._paint_marker(painter, slot.piece, corner)
            special = look.looks.get(index)
            slot.element.paint(
                painter,
                corner,
                Look(
                    look.clip,
                    self._selection_in(index, look.selection),
                    special.hovered if special else False,
                    special.lit if special else (),
                    special.copied if special else False,
                ),
            )

    # Places

    def element(self, slot: int) -> Element:
        """The element of a slot, laid out."""
        found = self._slots[slot]
        if not found.is_laid:
            self._lay_out(found)
            self._settle(slot)
        assert found.element is not None
        return found.element

    def laid(self, top: float, bottom: float) -> Iterator[tuple[int, Element, QPointF]]:
        """The laid out elements of a stretch with their indexes and corners."""
        for at in self._stack.within(top, bottom):
            slot = self._slots[at]
            if slot.element is not None and slot.is_laid:
                yield at, slot.element, self.corner(at)

    def corner(self, slot: int) -> QPointF:
        """Where the element of a slot stands."""
        return QPointF(self._slots[slot].left, self._stack.top(slot) + self._slots[slot].gap)

    def slot_at(self, y: float) -> int:
        """The slot at a height; -1 in an empty body."""
        return self._stack.at(y)

    def slot_top(self, slot: int) -> float:
        """Where a slot starts, its space above included."""
        return self._stack.top(slot)

    def slot_height(self, slot: int) -> float:
        """How high a slot is, its space above included."""
        return self._stack.height(slot)

    def place_at(self, point: QPointF) -> BodyPlace | None:
        """The place nearest to a point."""
        slot = self.slot_at(point.y())
        if slot < 0:
            return None
        element = self.element(slot)
        return BodyPlace(slot, element.place_at(point - self.corner(slot)))

    def element_at(self, point: QPointF) -> int:
        """The slot whose element is under the point; -1 where there is none."""
        slot = self.slot_at(point.y())
        if slot < 0 or not self._slots[slot].is_laid:
            return -1
        element, corner = self.element(slot), self.corner(slot)
        return slot if QRectF(corner.x(), corner.y(), element.width, element.height).contains(point) else -1

    def slots_of(self, block: int) -> range:
        """The slots of a top-level block."""
        end = self._firsts[block + 1] if block + 1 < len(self._firsts) else len(self._slots)
        return range(self._firsts[block], end)

    def block_of(self, slot: int) -> int:
        """The top-level block of a slot."""
        return self._slots[slot].block

    def piece(self, slot: int) -> Piece:
        """What a slot shows."""
        return self._slots[slot].piece

    # Helpers

    def _kept(self, first: int, fresh: Sequence[TopBlock]) -> tuple[int, int]:
        """How many slots stay when blocks change from `first` on, and from which item of a list on."""
        if first >= len(self._firsts):
            return len(self._slots), 0
        start = self._firsts[first]
        if first >= len(fresh):
            return start, 0
        item = same_items(self._blocks[first].block, fresh[first].block)
        if not item:
            return start, 0
        slots = self.slots_of(first)
        return bisect_left(self._slots, item, start, slots.stop, key=lambda slot: slot.piece.item), item

    def _reuse(self, old: _Slot | None, piece: Piece) -> tuple[_Slot, bool]:
        """The slot for a piece: the old one when it says the same, its element where that can change."""
        if old is not None and old.piece == piece:
            return old, True
        slot = _Slot(piece, 0, self._gap(piece), float(piece.indent * self._style.indent))
        if old is not None and old.element is not None and can_show(old.element, piece.content):
            slot.element = old.element
            slot.element.update(piece.content)
        return slot, False

    def _lay_out(self, slot: _Slot) -> None:
        if slot.element is None:
            slot.element = make_element(slot.piece.content, self._style, self._face)
        slot.element.lay_out(max(40.0, self._width - slot.left))
        slot.is_laid = True

    def _settle(self, at: int) -> bool:
        slot = self._slots[at]
        assert slot.element is not None
        return self._stack.set_height(at, slot.gap + slot.element.height)

    def _gap(self, piece: Piece) -> float:
        match piece.gap:
            case Gap.NONE:
                return 0.0
            case Gap.ITEM:
                return float(self._style.item_gap)
            case Gap.HEADING:
                return float(round(self._style.block_gap * 1.6))
            case Gap.BLOCK:
                return float(self._style.block_gap)

    def _guess(self, slot: _Slot) -> float:
        if slot.is_laid and slot.element is not None:
            return slot.gap + slot.element.height
        style, content = self._style, slot.piece.content
        match content:
            case TextPart(spans):
                text = plain(spans)
                room = max(4.0, 2 * (self._width - slot.left) / style.body.em)
                lines = -(-utf16.halves(text) // int(room)) + text.count("\n")
                return slot.gap + max(1, lines) * style.body.pitch
            case CodeBlock(_, text):
                return slot.gap + (text.count("\n") + 1) * style.code.pitch + 60
            case Table(_, _, rows):
                return slot.gap + (len(rows) + 1) * (style.cell.pitch + 12)
            case Rule():
                return slot.gap + style.block_gap

    def _selection_in(
        self, slot: int, selection: tuple[BodyPlace, BodyPlace] | None
    ) -> tuple[Place, Place] | None:
        if selection is None or not selection[0].slot <= slot <= selection[1].slot:
            return None
        start = selection[0].place if selection[0].slot == slot else Place(0, 0)
        end = selection[1].place if selection[1].slot == slot else self.element(slot).last
        return start, end

    def _paint_bars(self, painter: QPainter, slot: _Slot, x: float, top: float, height: float) -> None:
        for bar in slot.piece.bars:
            start = top if bar in slot.piece.joined else top + slot.gap
            left = x + bar * self._style.indent + 2
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._bar_color)
            painter.drawRect(QRectF(left, start, _BAR, top + height - start))

    def _paint_marker(self, painter: QPainter, piece: Piece, corner: QPointF) -> None:
        style, face = self._style, self._style.body
        if isinstance(piece.content, TextPart) and piece.content.level:
            face = style.heading(piece.content.level)
        color = style.theme.color("muted")
        if piece.marker != BULLET:
            painter.setFont(style.body.font)
            painter.setPen(color)
            width = QFontMetricsF(style.body.font).horizontalAdvance(piece.marker)
            painter.drawText(
                QPointF(corner.x() - style.size * 0.45 - width, corner.y() + face.baseline), piece.marker
            )
            return
        # Drawn, because the bullets of fonts differ in size and place.
        radius = style.size * 0.17
        middle = QPointF(corner.x() - style.size * 0.8, corner.y() + face.pitch / 2 + 0.5)
        is_hollow = piece.marker_level == 1
        painter.setPen(QPen(color, 1.2) if is_hollow else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if is_hollow else color)
        if piece.marker_level < 2:
            painter.drawEllipse(middle, radius, radius)
        else:
            painter.drawRect(QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius))

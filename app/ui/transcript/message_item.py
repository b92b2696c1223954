"""One message in the column: bubble or answer, thinking, notes and buttons, arranged one below the other.

Until somebody looks at it a message is a record and a guess of its height; `ensure` makes it real, `release`
makes it a guess again. Coordinates are those of the message: (0, 0) is its corner, the column its width.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from app.core.chat import MessageStatus, Role
from app.core.records import MessageRecord
from app.ui.theme import RADIUS_MEDIUM
from app.ui.transcript import utf16
from app.ui.transcript.actions import ErrorCard, Part, Target, TargetKind
from app.ui.transcript.body import Body
from app.ui.transcript.item_buttons import error_target, item_row
from app.ui.transcript.item_look import ItemLook, body_look, paint_caret
from app.ui.transcript.item_parts import (
    ButtonRow,
    ErrorBox,
    paint_focus_ring,
    paint_unseen_line,
)
from app.ui.transcript.markdown import plain_text
from app.ui.transcript.message_text import MessageText
from app.ui.transcript.reasoning_card import ReasoningCard
from app.ui.transcript.style import Style
from app.ui.transcript.text_targets import link_target, part_targets

_BUBBLE_PAD_X, _BUBBLE_PAD_Y = 16, 12
_BUBBLE_SHARE = 0.8
_UNSEEN_HEIGHT = 44.0
_ABOVE_USER = 10.0
_ROW_GAP = 6.0
_BELOW = 14.0


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place that stays where it is while heights around it change: a slot of a part, or only a distance."""

    part: Part | None
    slot: int
    fraction: float


class MessageItem:
    """A message as it is drawn."""

    def __init__(self, record: MessageRecord, style: Style, width: float) -> None:
        self.record = record
        self.is_busy = False  # an answer is being made: nothing that would start another
        self.unseen_above = False
        self.waiting: str | None = None
        self.error: ErrorCard | None = None
        self.source = MessageText(record)
        self.reasoning = ReasoningCard(style, record.id)
        self.reasoning.set_text(record.reasoning)
        self._new_reasoning: list[str] = []
        self._style = style
        self._width = width
        self._body: Body | None = None
        self._row: ButtonRow | None = None
        self._error_box: ErrorBox | None = None
        self._halves = utf16.halves(record.text)
        self._line_breaks = record.text.count("\n")
        self._body_top = self._row_top = self._height = 0.0
        self._bubble = QRectF()
        self._arrange()

    @property
    def id(self) -> int:
        return self.record.id

    @property
    def is_user(self) -> bool:
        return self.record.role is Role.USER

    @property
    def is_streaming(self) -> bool:
        return self.record.status is MessageStatus.STREAMING

    @property
    def is_real(self) -> bool:
        """Whether its text was parsed."""
        return self._body is not None

    @property
    def height(self) -> float:
        return self._height

    # Changes

    def set_record(self, record: MessageRecord) -> int:
        """The message became another or ended; return the first slot of its text that changed."""
        if record.id != self.record.id:
            self.reasoning = ReasoningCard(self._style, record.id)
            self.error = None
        if record.status is not MessageStatus.FAILED:
            self.error = None
        if record.status is not MessageStatus.STREAMING:
            self.waiting = None
        self.record = record
        self.reasoning.is_growing = False
        self._new_reasoning.clear()
        self.reasoning.set_text(record.reasoning)
        first = self.source.finish(record)
        self._halves = utf16.halves(record.text)
        self._line_breaks = record.text.count("\n")
        changed = self._body.set_blocks(self.source.blocks(), first) if self._body else 0
        self.refresh()
        return changed

    def add_reasoning(self, delta: str) -> None:
        """The model thinks on; drawn with the next frame."""
        self._new_reasoning.append(delta)

    def flush(self) -> int | None:
        """Draw the text that has come; return the first slot that changed, None if nothing has come."""
        if self._new_reasoning:
            self.reasoning.is_growing = True
            self.reasoning.set_text(self.reasoning.text + "".join(self._new_reasoning))
            self._new_reasoning.clear()
            self._arrange()
        first = self.source.flush()
        if first is None:
            return None
        self.reasoning.is_growing = False
        changed = self._body.set_blocks(self.source.blocks(), first) if self._body else 0
        self._arrange()
        return changed

    def set_width(self, width: float) -> None:
        """The column has another width."""
        self._width = width
        if self._body is not None:
            self._body.set_width(self._body_room())
        self._arrange()

    def set_style(self, style: Style) -> None:
        """Another theme or size: everything is made anew when it is looked at."""
        is_unfolded, is_growing = self.reasoning.is_unfolded, self.reasoning.is_growing
        text = self.reasoning.text
        self._style = style
        self.reasoning = ReasoningCard(style, self.record.id)
        self.reasoning.set_text(text)
        self.reasoning.is_unfolded, self.reasoning.is_growing = is_unfolded, is_growing
        self._body = self._row = self._error_box = None
        self._arrange()

    def refresh(self) -> None:
        """Something beside the text changed: make buttons and notes anew."""
        self._row = self._error_box = None
        self._arrange()

    def release(self) -> None:
        """Give up what was laid out; the height stays as a guess."""
        if self._body is not None and not self.is_streaming:
            self._body = self._row = self._error_box = None
            self.source.forget_blocks()

    def body(self, part: Part) -> Body:
        """The text of a part."""
        if part is Part.REASONING:
            return self.reasoning.body
        if self._body is None:
            self._body = Body(self._style)
            self._body.set_width(self._body_room())
            self._body.set_blocks(self.source.blocks())
        return self._body

    def ensure(self, top: float, bottom: float) -> bool:
        """Make what stands between two heights exact; True when something moved."""
        before = self._height, self._body_top
        body = self.body(Part.BODY)
        self._prepare_parts()
        self._arrange()
        changed = False
        if self.reasoning.is_unfolded:
            start = self.corner(Part.REASONING).y()
            changed |= self.reasoning.body.ensure(top - start, bottom - start)
        start = self.corner(Part.BODY).y()
        changed |= body.ensure(top - start, bottom - start)
        self._arrange()
        return changed or before != (self._height, self._body_top)

    # Places

    def corner(self, part: Part) -> QPointF:
        """Where the text of a part stands."""
        if part is Part.REASONING:
            return QPointF(0, self._unseen()) + self.reasoning.body_corner
        if self.is_user:
            return self._bubble.topLeft() + QPointF(_BUBBLE_PAD_X, _BUBBLE_PAD_Y)
        return QPointF(0, self._body_top)

    def parts(self) -> Iterator[Part]:
        """The parts whose text is shown, from top to bottom."""
        if self.reasoning.text and self.reasoning.is_unfolded:
            yield Part.REASONING
        if self._body is not None:
            yield Part.BODY

    def part_at(self, y: float) -> Part:
        """The part at a height."""
        return Part.REASONING if Part.REASONING in self.parts() and y < self._body_top else Part.BODY

    def anchor_at(self, y: float) -> Anchor:
        """The place at a height, to be found again after changes."""
        for part in self.parts():
            body, start = self.body(part), self.corner(part).y()
            if start <= y < start + body.height:
                slot = body.slot_at(y - start)
                height = body.slot_height(slot)
                return Anchor(part, slot, (y - start - body.slot_top(slot)) / height if height else 0.0)
        return Anchor(None, 0, y)

    def anchor_y(self, anchor: Anchor) -> float:
        """Where an anchor is now."""
        if anchor.part is None or anchor.part not in self.parts():
            return min(anchor.fraction, self._height) if anchor.part is None else self._body_top
        body = self.body(anchor.part)
        slot = min(anchor.slot, body.slot_count - 1)
        if slot < 0:
            return self._body_top
        inner = anchor.fraction * body.slot_height(slot)
        return self.corner(anchor.part).y() + body.slot_top(slot) + inner

    def targets(self, top: float, bottom: float) -> Iterator[Target]:
        """Everything between two heights that can be pressed, in the order of reading."""
        if self._body is None:
            return
        if self.reasoning.text:
            yield self.reasoning.target(self._unseen())
        for part in self.parts():
            corner, body = self.corner(part), self.body(part)
            yield from part_targets(body, corner, (top, bottom), part, self.id)
        if self._error_box is not None:
            yield from self._error_box.targets
        if self._row is not None:
            yield from self._row.targets

    def target_at(self, point: QPointF) -> Target | None:
        """What would be pressed at a point."""
        for target in self.targets(point.y() - 1, point.y() + 1):
            if target.kind not in (TargetKind.LINK, TargetKind.SIDE_SCROLL) and target.rect.contains(point):
                return target
        part = self.part_at(point.y())
        if part in self.parts():
            return link_target(self.body(part), self.corner(part), point, part, self.id)
        return None

    # Drawing

    def paint(self, painter: QPainter, at: QPointF, look: ItemLook) -> None:
        """Draw with the corner at `at`."""
        theme = self._style.theme
        if self.unseen_above:
            place = QRectF(at.x(), at.y(), self._width, _UNSEEN_HEIGHT - 12)
            paint_unseen_line(painter, place, self._style)
        if look.flash > 0:
            ground = theme.color("accent")
            ground.setAlphaF(0.16 * look.flash)
            painter.fillRect(self._text_rect().adjusted(-12, -8, 12, 8).translated(at), ground)
        if self.is_user:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("user_bubble"))
            painter.drawRoundedRect(self._bubble.translated(at), RADIUS_MEDIUM, RADIUS_MEDIUM)
        if self.reasoning.text:
            corner = at + QPointF(0, self._unseen())
            self.reasoning.paint(painter, corner, look.press, body_look(look, self.id, Part.REASONING))
        if self._body is not None:
            self._body.paint(painter, at + self.corner(Part.BODY), body_look(look, self.id, Part.BODY))
        self._paint_state(painter, at)
        if self._error_box is not None:
            self._error_box.paint(painter, at, look.press)
        if self._row is not None and self._shows_row(look):
            self._row.paint(painter, at, look.press)
        focused = look.press.focused
        if focused is not None and focused.message_id == self.id:
            paint_focus_ring(painter, focused.rect.translated(at), self._style)

    # Helpers

    def _unseen(self) -> float:
        return _UNSEEN_HEIGHT if self.unseen_above else 0.0

    def _body_room(self) -> float:
        if not self.is_user:
            return self._width
        return float(int(self._width * _BUBBLE_SHARE)) - 2 * _BUBBLE_PAD_X

    def _arrange(self) -> None:
        """Compute where everything stands from the heights that are known."""
        top = self._unseen()
        self.reasoning.set_width(self._width)
        height = self._body.height if self._body is not None else self._guess()
        if self.is_user:
            hug = self._body.natural_width if self._body is not None else self._body_room()
            wide = min(self._body_room(), float(int(hug) + 1)) + 2 * _BUBBLE_PAD_X
            top += _ABOVE_USER
            self._bubble = QRectF(self._width - wide, top, wide, height + 2 * _BUBBLE_PAD_Y)
            self._body_top = top + _BUBBLE_PAD_Y
            bottom = self._bubble.bottom() + 3
        else:
            self._body_top = top + self.reasoning.height
            if self.source.is_empty:
                height = float(self._style.body.pitch) if self._has_state_line() else 0.0
            bottom = self._body_top + height + _ROW_GAP
        if self._error_box is not None:
            above = 0.0 if self.source.is_empty else 6.0
            self._error_box.arrange(self._width, bottom + above)
            bottom += self._error_box.height + above + 6
        self._row_top = bottom
        if self._row is not None:
            left = self._width - self._row.width if self.is_user else -8.0
            self._row.arrange(left, bottom)
        if self.is_streaming or self._row is None or self._row.width:
            bottom += (
                self._style.row_height
            )  # kept free while the answer grows, so that its end moves nothing
        self._height = float(int(bottom + (3 if self.is_user else _BELOW)) + 1)

    def _guess(self) -> float:
        style = self._style
        lines = int(self._halves * style.body.em / 2 / self._body_room()) + 1 + int(self._line_breaks * 0.9)
        return float(lines * style.body.pitch)

    def _prepare_parts(self) -> None:
        if self._row is None and not self.is_streaming:
            shown = "" if self.is_user else plain_text(self.source.blocks())
            self._row = item_row(self.record, shown, self._style, is_busy=self.is_busy)
        if self._error_box is None and self.error is not None:
            has_button = self.error.action_label and not self.is_busy
            target = error_target(self.id, self.error) if has_button else None
            self._error_box = ErrorBox(self._style, self.error, target)

    def _has_state_line(self) -> bool:
        return self.waiting is not None or (self.is_streaming and not self.reasoning.is_growing)

    def _text_rect(self) -> QRectF:
        if self.is_user:
            return self._bubble
        return QRectF(0, self._unseen(), self._width, self._row_top - self._unseen())

    def _shows_row(self, look: ItemLook) -> bool:
        has_versions = len(self.record.version_ids) > 1  # an older version must not look lost
        if not self.is_user or look.is_hovered or has_versions:
            return True
        focused = look.press.focused
        return focused is not None and focused.message_id == self.id

    def _paint_state(self, painter: QPainter, at: QPointF) -> None:
        """The waiting line, or the caret behind the last character."""
        if self.waiting is not None and self.source.is_empty:
            face = self._style.body
            painter.setFont(face.font)
            painter.setPen(self._style.theme.color("muted"))
            painter.drawText(at + QPointF(0, self._body_top + face.baseline), self.waiting)
        elif self.is_streaming and self._body is not None and not self.reasoning.is_growing:
            paint_caret(painter, at + self.corner(Part.BODY), self._body, self._style)

"""The column in its window: what stands where on the screen, and what is marked, hovered and focused.

The middle between the view (events, timers, the public verbs) and the column (heights, messages): `pointer`
and `keys` act on it. Places are those of the viewport unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import QScrollBar, QWidget
from shiboken6 import isValid

from app.ui.theme import COLUMN_WIDTH
from app.ui.transcript.actions import Part, Target, TargetKind
from app.ui.transcript.column import Column
from app.ui.transcript.element import Element
from app.ui.transcript.item_look import ItemLook
from app.ui.transcript.item_parts import Press
from app.ui.transcript.message_item import MessageItem
from app.ui.transcript.scrolling import Scrolling
from app.ui.transcript.selection import Selection, selected_text
from app.ui.transcript.style import Style

_SIDE_MARGIN = 24
_NARROWEST = 160


@dataclass(frozen=True, slots=True)
class Spot:
    """What is under a place of the viewport. `at` in the coordinates of the message."""

    item: MessageItem
    at: QPointF
    target: Target | None
    part: Part
    slot: int  # of the element under the place; -1 for none


class Stage(QObject):
    """State of the transcript that is not the messages themselves.

    Signals:
        activated: (Target) something was pressed, by mouse, key or screen reader.
        focus_moved: (Target or None) the keyboard's focus stands elsewhere.
        text_copied: something went to the clipboard.
    """

    activated = Signal(object)
    focus_moved = Signal(object)
    text_copied = Signal()

    def __init__(self, viewport: QWidget, bar: QScrollBar, style: Style, parent: QObject) -> None:
        super().__init__(parent)
        self._viewport = viewport
        self.column = Column(style)
        self.scrolling = Scrolling(self.column, bar)
        self.copied: Target | None = None
        self.flash_id: int | None = None
        self.flash = 0.0
        self._left = 0
        self._selection: Selection | None = None
        self._hover: Spot | None = None
        self._focused: Target | None = None
        self._last_used: int | None = None

    # Where things are

    @property
    def left(self) -> int:
        """Where the column starts."""
        return self._left

    def set_room(self, width: int) -> None:
        """The view is `width` pixels wide with its scroll bar: the column stands in the middle of all."""
        column = max(_NARROWEST, min(COLUMN_WIDTH, width - 2 * _SIDE_MARGIN))
        self._left = max(0, (width - column) // 2)
        self.column.set_width(float(column))

    def settle(self) -> None:
        """Make what is shown exact."""
        self.scrolling.settle(self.window_height())
        self.repaint_soon()

    def window_height(self) -> int:
        """How much of the column is shown."""
        return self._viewport.height()

    def spot_at(self, place: QPointF) -> Spot | None:
        """What is under a place; None where there is no message."""
        y = place.y() + self.scrolling.top
        item = self.column.item_at(y)
        if item is None:
            return None
        at = QPointF(place.x() - self._left, y - self.column.top_of(item))
        if not item.is_real or not 0 <= at.y() < item.height:
            return Spot(item, at, None, Part.BODY, -1)
        part = item.part_at(at.y())
        slot = item.body(part).element_at(at - item.corner(part)) if part in item.parts() else -1
        return Spot(item, at, item.target_at(at), part, slot)

    def item_point(self, message_id: int, place: QPointF) -> tuple[MessageItem, QPointF] | None:
        """A place in the coordinates of a message, even outside of it."""
        item = self.column.find(message_id)
        if item is None:
            return None
        y = place.y() + self.scrolling.top - self.column.top_of(item)
        return item, QPointF(place.x() - self._left, y)

    def rect_of(self, item: MessageItem) -> QRectF:
        """Where a message stands."""
        top = self.column.top_of(item) - self.scrolling.top
        return QRectF(self._left, top, self.column.width, item.height)

    def item_at_global(self, place: QPointF) -> MessageItem | None:
        """The message at a place of the screen."""
        spot = self.spot_at(QPointF(self._viewport.mapFromGlobal(place.toPoint())))
        return None if spot is None else spot.item

    def global_rect(self, item: MessageItem, inner: QRectF | None = None) -> QRect:
        """Where a message, or a part of it, is on the screen."""
        rect = self.rect_of(item)
        if inner is not None:
            rect = inner.translated(rect.topLeft())
        whole = rect.toAlignedRect()
        return QRect(self._viewport.mapToGlobal(whole.topLeft()), whole.size())

    def is_in_window(self, item: MessageItem) -> bool:
        """Whether a part of a message is in sight."""
        return self.rect_of(item).intersects(QRectF(self._viewport.rect()))

    def targets_in_window(self) -> list[Target]:
        """What can be pressed now, as a person reads."""
        top, found = self.scrolling.top, []
        for item, start in self.column.within(top, top + self.window_height()):
            window = (top - start, top - start + self.window_height())
            for target in item.targets(*window):
                middle = target.rect.center().y()
                inside = target.rect.top() < window[1] and target.rect.bottom() > window[0]
                if window[0] <= middle <= window[1] or (target.kind is TargetKind.SIDE_SCROLL and inside):
                    found.append(target)
        return found

    def element_of(self, target: Target) -> Element | None:
        """The block that a target belongs to."""
        item = self.column.find(target.message_id)
        if item is None or target.slot < 0:
            return None
        return item.body(target.part).element(target.slot)

    # Scrolling

    def scroll_by(self, pixels: int) -> None:
        """Move the window."""
        self.scrolling.go_to(self.scrolling.top + pixels, self.window_height())
        self.repaint_soon()

    def scroll_to_start(self) -> None:
        """Show the first message."""
        self.scrolling.go_to(0, self.window_height())
        self.repaint_soon()

    def jump_to_end(self) -> None:
        """Show the end and follow it."""
        self.scrolling.follows = True
        self.settle()

    def show_item(self, item: MessageItem) -> None:
        """Bring a message into the window, its beginning a little below the upper edge."""
        for _ in range(3):  # guesses above it are corrected on the way
            self.scrolling.go_to(self.column.top_of(item) - 24, self.window_height())
        self.repaint_soon()

    def show_place(self, selection: Selection) -> None:
        """Bring the open end of the selection into the window."""
        item = self.column.find(selection.message_id)
        if item is None:
            return
        body = item.body(selection.part)
        caret = body.element(selection.focus.slot).caret(selection.focus.place)
        caret.translate(body.corner(selection.focus.slot) + item.corner(selection.part))
        top = self.column.top_of(item) + caret.top() - self.scrolling.top
        if top < 0:
            self.scroll_by(int(top) - 8)
        elif top + caret.height() > self.window_height():
            self.scroll_by(int(top + caret.height()) - self.window_height() + 8)

    def line_step(self) -> int:
        """The height of a line of text."""
        return self.column.style.body.pitch

    # Marked, hovered, focused

    def selection(self) -> Selection | None:
        return self._selection

    def set_selection(self, selection: Selection | None) -> None:
        """Mark text."""
        if selection == self._selection:
            return
        self._selection = selection
        if selection is not None:
            self._last_used = selection.message_id
        self.repaint_soon()

    def text_changed(self, message_id: int, first_slot: int, *, grew: bool) -> None:
        """A text changed from a slot on: what is marked there is gone, unless the slot only `grew`."""
        selection = self._selection
        if selection is None or selection.message_id != message_id or selection.part is not Part.BODY:
            return
        item = self.column.find(message_id)
        last = selection.ordered[1]
        if item is None or first_slot > last.slot:
            return
        body = item.body(Part.BODY)
        stays = grew and first_slot == last.slot < body.slot_count
        if not stays or last.place > body.element(last.slot).last:
            self._selection = None

    def hovered_target(self) -> Target | None:
        """What would be pressed now."""
        return self._hover.target if self._hover else None

    def set_hover(self, spot: Spot | None) -> None:
        """The pointer is over something else."""
        before, self._hover = self._hover, spot
        shape = Qt.CursorShape.ArrowCursor
        if spot is not None and spot.target is not None:
            shape = Qt.CursorShape.PointingHandCursor
        elif spot is not None and spot.slot >= 0:
            shape = Qt.CursorShape.IBeamCursor
        self._viewport.setCursor(shape)
        if _hover_key(before) != _hover_key(spot):
            self.repaint_soon()

    def focused_target(self) -> Target | None:
        return self._focused

    def focus_target(self, target: Target | None) -> None:
        """Move the keyboard's focus."""
        if target == self._focused:
            return
        self._focused = target
        if target is not None:
            self._last_used = target.message_id
        self.focus_moved.emit(target)
        self.repaint_soon()

    def drop_focus_ring(self) -> None:
        """The mouse took over."""
        self.focus_target(None)

    def find_item(self, message_id: int) -> MessageItem | None:
        return self.column.find(message_id)

    def current_item(self) -> MessageItem | None:
        """The message a person works with: selected, focused or used last, else the last one shown."""
        for message_id in (
            self._selection.message_id if self._selection else None,
            self._focused.message_id if self._focused else None,
            self._last_used,
        ):
            item = self.column.find(message_id) if message_id is not None else None
            if item is not None:
                return item
        return self.column.item_at(self.scrolling.top + self.window_height())

    def forget_message(self, message_id: int) -> None:
        """A message is gone or another one now."""
        if self._selection is not None and self._selection.message_id == message_id:
            self._selection = None
        if self._focused is not None and self._focused.message_id == message_id:
            self._focused = None
        self._hover = None

    def forget_all(self) -> None:
        """Other messages are shown."""
        self._selection = self._hover = self._focused = self._last_used = None
        self.copied = self.flash_id = None

    def activate(self, target: Target) -> None:
        """Press something."""
        self._last_used = target.message_id
        self.activated.emit(target)

    # Copying and drawing

    def selected_text(self) -> str:
        """What copying the selection gives; empty when nothing is marked."""
        selection = self._selection
        item = self.column.find(selection.message_id) if selection else None
        if selection is None or item is None or selection.is_empty:
            return ""
        source = item.reasoning.text if selection.part is Part.REASONING else item.source.text
        return selected_text(item.body(selection.part), source, *selection.ordered)

    def copy(self) -> None:
        """Put the marked text on the clipboard."""
        self.put_on_clipboard(self.selected_text())

    def put_on_clipboard(self, text: str) -> None:
        """Copy a text."""
        if text:
            QGuiApplication.clipboard().setText(text)
            self.text_copied.emit()

    def repaint_soon(self) -> None:
        """Draw with the next frame."""
        if isValid(self._viewport):  # the focus may leave while the window is taken apart
            self._viewport.update()

    def paint(self, painter: QPainter, clip: QRectF, *, has_focus: bool) -> None:
        """Draw what lies in the clip."""
        painter.fillRect(clip, self.column.style.theme.color("paper"))
        top = self.scrolling.top
        press = Press(self.hovered_target(), self._focused if has_focus else None, self.copied)
        hover = self._hover
        for item, start in self.column.within(top + clip.top(), top + clip.bottom()):
            is_hovered = hover is not None and hover.item is item
            slot = (hover.part, hover.slot) if hover is not None and is_hovered and hover.slot >= 0 else None
            flash = self.flash if self.flash_id == item.id else 0.0
            look = ItemLook(clip, press, self._selection, is_hovered, flash, slot)
            item.paint(painter, QPointF(self._left, start - top), look)


def _hover_key(spot: Spot | None) -> tuple[object, ...]:
    return () if spot is None else (spot.item, spot.target, spot.part, spot.slot)

"""What the mouse does in the transcript: hover, press, mark text, move wide blocks sideways.

Turns events of the viewport into verbs of the stage; draws nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QElapsedTimer, QObject, QPoint, QPointF, Qt, QTimerEvent
from PySide6.QtGui import QGuiApplication, QMouseEvent, QWheelEvent

from app.ui.transcript import side_bar
from app.ui.transcript.actions import Target, TargetKind
from app.ui.transcript.element import Element
from app.ui.transcript.selection import Selection
from app.ui.transcript.stage import Spot, Stage

_SCROLL_MS = 30
_BAR_REACH = 7  # pixels around the thin bar that still take hold of it


@dataclass(slots=True)
class _BarDrag:
    element: Element
    from_x: float
    start: float


class Pointer(QObject):
    """The mouse over the transcript."""

    def __init__(self, stage: Stage, parent: QObject) -> None:
        super().__init__(parent)
        self._stage = stage
        self._pressed: Target | None = None
        self._marking: int | None = None  # the message in which text is being marked
        self._words: Selection | None = None  # the word with which marking by words began
        self._bar: _BarDrag | None = None
        self._last_place = QPointF()
        self._timer = 0
        self._double_click = QElapsedTimer()
        self._double_place = QPoint()

    def press(self, event: QMouseEvent) -> None:
        """A button went down."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        place = event.position()
        self._stage.drop_focus_ring()
        spot = self._stage.spot_at(place)
        self._pressed = spot.target if spot else None
        if spot is None:
            self._stage.set_selection(None)
            return
        self._bar = self._bar_at(spot, place.x())
        if self._bar is not None or (self._pressed and self._pressed.kind is not TargetKind.LINK):
            return
        if self._is_triple(event):
            self._mark_paragraph(spot)
            return
        self._begin_marking(spot, extends=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        self._last_place = place

    def move(self, event: QMouseEvent) -> None:
        """The mouse moved, with or without a button."""
        place = event.position()
        if self._bar is not None:
            self._drag_bar(place)
        elif self._marking is not None:
            self._last_place = place
            self._mark_to(place)
            outside = place.y() < 0 or place.y() > self._stage.window_height()
            if outside and not self._timer:
                self._timer = self.startTimer(_SCROLL_MS)
            elif not outside:
                self._stop_scrolling()
        else:
            self._stage.set_hover(self._stage.spot_at(place))

    def release(self, event: QMouseEvent) -> None:
        """A button came up: press what was pressed, unless text was marked meanwhile."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self._stop_scrolling()
        was_marking, self._marking, self._words = self._marking is not None, None, None
        pressed, self._pressed = self._pressed, None
        was_dragging, self._bar = self._bar is not None, None
        selection = self._stage.selection()
        if selection is not None and selection.is_empty:
            self._stage.set_selection(None)
            selection = None
        spot = self._stage.spot_at(event.position())
        has_marked = was_marking and selection is not None
        if pressed and not was_dragging and not has_marked and spot and spot.target == pressed:
            self._stage.activate(pressed)
        self._stage.set_hover(self._stage.spot_at(event.position()))

    def double_click(self, event: QMouseEvent) -> None:
        """Mark the word."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        spot = self._stage.spot_at(event.position())
        if spot is None:
            return
        if spot.target is not None and spot.target.kind is not TargetKind.LINK:
            self.press(event)  # two quick presses of a button are two presses
            return
        body = spot.item.body(spot.part)
        place = body.place_at(spot.at - spot.item.corner(spot.part))
        if place is None:
            return
        start, end = body.element(place.slot).word_at(place.place)
        self._words = Selection(
            spot.item.id, spot.part, type(place)(place.slot, start), type(place)(place.slot, end)
        )
        self._stage.set_selection(self._words)
        self._marking = spot.item.id
        self._pressed = None
        self._double_click.start()
        self._double_place = event.position().toPoint()

    def wheel(self, event: QWheelEvent) -> bool:
        """Move the wide block under the pointer; False when the wheel means the conversation."""
        delta = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta()
        sideways = float(delta.x())
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not sideways:
            sideways = float(delta.y())
        if not sideways or abs(delta.y()) > abs(sideways):
            return False
        spot = self._stage.spot_at(event.position())
        if spot is None or spot.slot < 0:
            return False
        element = spot.item.body(spot.part).element(spot.slot)
        if not element.scroll_max:
            return False
        element.scroll_to(element.scroll_x - sideways)
        self._stage.repaint_soon()
        return True

    def leave(self) -> None:
        """The mouse left the viewport."""
        if self._marking is None and self._bar is None:
            self._stage.set_hover(None)

    def timerEvent(self, event: QTimerEvent) -> None:  # noqa: ARG002
        """Marking goes on beyond the edge."""
        y, height = self._last_place.y(), self._stage.window_height()
        beyond = y if y < 0 else max(0.0, y - height)
        self._stage.scroll_by(int(max(-60.0, min(60.0, beyond / 2 + (3 if beyond > 0 else -3)))))
        self._mark_to(self._last_place)

    # Helpers

    def _is_triple(self, event: QMouseEvent) -> bool:
        hints = QGuiApplication.styleHints()
        if not self._double_click.isValid():
            return False
        near = (event.position().toPoint() - self._double_place).manhattanLength()
        soon = self._double_click.elapsed() < hints.mouseDoubleClickInterval()
        self._double_click.invalidate()
        return soon and near < hints.startDragDistance()

    def _mark_paragraph(self, spot: Spot) -> None:
        body = spot.item.body(spot.part)
        place = body.place_at(spot.at - spot.item.corner(spot.part))
        if place is not None:
            start, end = body.element(place.slot).paragraph_at(place.place)
            marked = Selection(
                spot.item.id, spot.part, type(place)(place.slot, start), type(place)(place.slot, end)
            )
            self._stage.set_selection(marked)

    def _begin_marking(self, spot: Spot, *, extends: bool) -> None:
        body = spot.item.body(spot.part)
        place = body.place_at(spot.at - spot.item.corner(spot.part))
        self._marking = spot.item.id
        if place is None:
            self._stage.set_selection(None)
            return
        old = self._stage.selection()
        goes_on = extends and old is not None and (old.message_id, old.part) == (spot.item.id, spot.part)
        anchor = old.anchor if old is not None and goes_on else place
        self._stage.set_selection(Selection(spot.item.id, spot.part, anchor, place))

    def _mark_to(self, place: QPointF) -> None:
        selection = self._stage.selection()
        if selection is None:
            return
        found = self._stage.item_point(selection.message_id, place)
        if found is None:
            return
        item, at = found
        body = item.body(selection.part)
        focus = body.place_at(at - item.corner(selection.part))
        if focus is None:
            return
        if self._words is not None:
            first, last = self._words.ordered
            start, end = body.element(focus.slot).word_at(focus.place)
            if focus < first:
                changed = Selection(
                    selection.message_id, selection.part, last, type(focus)(focus.slot, start)
                )
            else:
                behind = max(last, type(focus)(focus.slot, end))
                changed = Selection(selection.message_id, selection.part, first, behind)
        else:
            changed = Selection(selection.message_id, selection.part, selection.anchor, focus)
        self._stage.set_selection(changed)

    def _stop_scrolling(self) -> None:
        if self._timer:
            self.killTimer(self._timer)
            self._timer = 0

    def _bar_at(self, spot: Spot, x: float) -> _BarDrag | None:
        """The thin bar under the pointer, if there is one."""
        if spot.slot < 0:
            return None
        body = spot.item.body(spot.part)
        element = body.element(spot.slot)
        if not element.scroll_max:
            return None
        inner = spot.at - spot.item.corner(spot.part) - body.corner(spot.slot)
        reach = element.bar().adjusted(0, -_BAR_REACH, 0, _BAR_REACH)
        return _BarDrag(element, x, element.scroll_x) if reach.contains(inner) else None

    def _drag_bar(self, place: QPointF) -> None:
        if self._bar is not None:
            element = self._bar.element
            moved = side_bar.scroll_for(element.track(), place.x() - self._bar.from_x, element.scroll_max)
            element.scroll_to(self._bar.start + moved)
            self._stage.repaint_soon()

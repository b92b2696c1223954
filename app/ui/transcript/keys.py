"""What the keyboard does in the transcript: scroll, mark text, walk over what can be pressed.

Turns keys into verbs of the stage; draws nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from app.ui.transcript.actions import Part, TargetKind
from app.ui.transcript.body import Body, BodyPlace
from app.ui.transcript.message_item import MessageItem
from app.ui.transcript.selection import Selection, moved, whole
from app.ui.transcript.stage import Stage

_SIDE_STEP = 48.0
_LINE_STEPS = 2  # lines for one press of Up or Down


class Keys:
    """The keyboard over the transcript."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def press(self, event: QKeyEvent) -> bool:
        """A key went down; False when it means nothing here."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self._stage.copy()
            return True
        if event.matches(QKeySequence.StandardKey.SelectAll):
            return self.select_all()
        key = Qt.Key(event.key())
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain == Qt.KeyboardModifier.ShiftModifier and self._extend(key):
            return True
        if plain not in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier):
            return False
        return self._on_target(key) or self._scroll(key)

    def walk(self, step: int) -> bool:
        """Give the focus to the next (+1) or former (-1) thing that can be pressed; False at the ends."""
        targets = self._stage.targets_in_window()
        focused = self._stage.focused_target()
        if not targets:
            return False
        at = targets.index(focused) + step if focused in targets else (0 if step > 0 else len(targets) - 1)
        if not 0 <= at < len(targets):
            self._stage.focus_target(None)
            return False
        self._stage.focus_target(targets[at])
        return True

    def select_all(self) -> bool:
        """Mark the whole message that has the selection or the focus, or was used last."""
        selection = self._stage.selection()
        item = self._stage.current_item()
        if item is None:
            return False
        self.select_message(item, Part.BODY if selection is None else selection.part)
        return True

    def select_message(self, item: MessageItem, part: Part) -> None:
        """Mark all of a message."""
        found = whole(item.body(part))
        if found is not None:
            self._stage.set_selection(Selection(item.id, part, *found))

    # Helpers

    def _on_target(self, key: Qt.Key) -> bool:
        target = self._stage.focused_target()
        if target is None:
            return False
        if target.kind is TargetKind.SIDE_SCROLL and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            element = self._stage.element_of(target)
            if element is not None:
                step = _SIDE_STEP if key is Qt.Key.Key_Right else -_SIDE_STEP
                element.scroll_to(element.scroll_x + step)
                self._stage.repaint_soon()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._stage.activate(target)
            return True
        return False

    def _scroll(self, key: Qt.Key) -> bool:
        line, page = self._stage.line_step() * _LINE_STEPS, self._stage.window_height()
        steps = {
            Qt.Key.Key_Up: -line,
            Qt.Key.Key_Down: line,
            Qt.Key.Key_PageUp: line - page,
            Qt.Key.Key_PageDown: page - line,
            Qt.Key.Key_Space: page - line,
        }
        if key in steps:
            self._stage.scroll_by(steps[key])
        elif key is Qt.Key.Key_Home:
            self._stage.scroll_to_start()
        elif key is Qt.Key.Key_End:
            self._stage.jump_to_end()
        else:
            return False
        return True

    def _extend(self, key: Qt.Key) -> bool:
        """Move the open end of the selection."""
        selection = self._stage.selection()
        keys = (
            Qt.Key.Key_Left,
            Qt.Key.Key_Right,
            Qt.Key.Key_Up,
            Qt.Key.Key_Down,
            Qt.Key.Key_Home,
            Qt.Key.Key_End,
        )
        if selection is None or key not in keys:
            return False
        item = self._stage.find_item(selection.message_id)
        if item is None:
            return False
        body = item.body(selection.part)
        focus = self._moved(body, selection.focus, key)
        changed = Selection(selection.message_id, selection.part, selection.anchor, focus)
        self._stage.set_selection(changed)
        self._stage.show_place(changed)
        return True

    def _moved(self, body: Body, at: BodyPlace, key: Qt.Key) -> BodyPlace:
        match key:
            case Qt.Key.Key_Left:
                return moved(body, at, -1)
            case Qt.Key.Key_Right:
                return moved(body, at, 1)
            case Qt.Key.Key_Home:
                return BodyPlace(at.slot, body.element(at.slot).paragraph_at(at.place)[0])
            case Qt.Key.Key_End:
                return BodyPlace(at.slot, body.element(at.slot).paragraph_at(at.place)[1])
        caret = body.element(at.slot).caret(at.place).translated(body.corner(at.slot))
        y = caret.top() - 4 if key is Qt.Key.Key_Up else caret.bottom() + 4
        found = body.place_at(QPointF(caret.left(), y))
        if found is not None and found == at:  # in the space between two blocks
            beyond = -self._stage.line_step() if key is Qt.Key.Key_Up else self._stage.line_step()
            found = body.place_at(QPointF(caret.left(), y + beyond))
        return found if found is not None else at

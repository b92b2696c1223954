"""All messages of the conversation, one below the other; only those near the window are real.

Content coordinates: y runs from 0 at the top of the first message, x from 0 at the left edge of the column.
Knows messages and heights; knows no widget and no scroll bar.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.records import MessageRecord
from app.ui.transcript.message_item import Anchor, MessageItem
from app.ui.transcript.stack import Stack
from app.ui.transcript.style import Style

TOP_MARGIN, BOTTOM_MARGIN = 16.0, 20.0
_KEPT_REAL = 120
"""So many messages stay laid out after they were looked at."""


@dataclass(frozen=True, slots=True)
class ColumnAnchor:
    """What stands at the upper edge of the window."""

    message_id: int
    inner: Anchor


class Column:
    """The messages."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._width = 760.0
        self._items: list[MessageItem] = []
        self._index: dict[int, int] = {}
        self._stack = Stack()
        self._real: OrderedDict[int, None] = OrderedDict()
        self._is_busy = False
        self._unseen_above: int | None = None

    def __len__(self) -> int:
        return len(self._items)

    @property
    def height(self) -> float:
        """Of everything, the margins above and below included."""
        return self._stack.total + TOP_MARGIN + BOTTOM_MARGIN

    @property
    def width(self) -> float:
        return self._width

    @property
    def style(self) -> Style:
        return self._style

    @property
    def items(self) -> Sequence[MessageItem]:
        return self._items

    # Changes

    def set_records(self, records: Sequence[MessageRecord]) -> None:
        """Show another conversation."""
        self._unseen_above = None
        self._real.clear()
        self._items = [self._make(record) for record in records]
        self._index = {item.id: at for at, item in enumerate(self._items)}
        self._stack = Stack(item.height for item in self._items)

    def append(self, record: MessageRecord) -> None:
        item = self._make(record)
        self._index[item.id] = len(self._items)
        self._items.append(item)
        self._stack.append(item.height)

    def replace(self, old_id: int, record: MessageRecord) -> int:
        """Let a record take the place of a message; return the first slot that changed."""
        at = self._index.pop(old_id)
        self._index[record.id] = at
        if old_id in self._real:
            del self._real[old_id]
            self._real[record.id] = None
        item = self._items[at]
        item.unseen_above = record.id == self._unseen_above
        changed = item.set_record(record)
        self.measure(item)
        return changed

    def remove_from(self, message_id: int) -> None:
        """Forget a message and all behind it."""
        at = self._index.get(message_id)
        if at is None:
            return
        for item in self._items[at:]:
            del self._index[item.id]
            self._real.pop(item.id, None)
        del self._items[at:]
        self._stack.cut(at)

    def set_width(self, width: float) -> None:
        """Lay out for another width, lazily."""
        if width != self._width:
            self._width = width
            for item in self._items:
                item.set_width(width)
            self._stack = Stack(item.height for item in self._items)

    def set_style(self, style: Style) -> None:
        """Take another theme or text size, lazily."""
        self._style = style
        for item in self._items:
            item.set_style(style)
        self._real.clear()
        self._stack = Stack(item.height for item in self._items)

    def set_busy(self, busy: bool) -> None:
        """Hide what would start another answer, or show it again."""
        if busy == self._is_busy:
            return
        self._is_busy = busy
        for item in self._items:
            item.is_busy = busy
            if item.is_real:
                item.refresh()
                self.measure(item)

    def set_unseen_above(self, message_id: int | None) -> None:
        """Draw the line of what the model sees above a message."""
        for one, is_above in ((self._unseen_above, False), (message_id, True)):
            item = self.find(one) if one is not None else None
            if item is not None:
                item.unseen_above = is_above
                item.refresh()
                self.measure(item)
        self._unseen_above = message_id

    def refresh_all(self) -> None:
        """Texts beside the messages changed: the language."""
        for item in self._items:
            if item.is_real:
                item.refresh()
                self.measure(item)

    def measure(self, item: MessageItem) -> None:
        """A message changed its height."""
        self._stack.set_height(self._index[item.id], item.height)

    def ensure(self, top: float, bottom: float) -> bool:
        """Make what stands between two heights exact; True when something moved."""
        changed = False
        for at in self._stack.within(top - TOP_MARGIN, bottom - TOP_MARGIN):
            item = self._items[at]
            start = self._stack.top(at) + TOP_MARGIN
            moved = item.ensure(top - start, bottom - start)
            changed |= self._stack.set_height(at, item.height) or moved
            self._real[item.id] = None
            self._real.move_to_end(item.id)
        return changed

    def release_far(self) -> None:
        """Give up the messages that were not looked at for long."""
        while len(self._real) > _KEPT_REAL:
            message_id, _ = self._real.popitem(last=False)
            item = self.find(message_id)
            if item is not None:
                item.release()

    # Places

    def find(self, message_id: int) -> MessageItem | None:
        at = self._index.get(message_id)
        return None if at is None else self._items[at]

    def top_of(self, item: MessageItem) -> float:
        """Where a message starts."""
        return self._stack.top(self._index[item.id]) + TOP_MARGIN

    def item_at(self, y: float) -> MessageItem | None:
        """The message at a height; the nearest one outside."""
        at = self._stack.at(y - TOP_MARGIN)
        return self._items[at] if at >= 0 else None

    def index_of(self, message_id: int) -> int:
        """The place of a message in the conversation; -1 for one that is not there."""
        return self._index.get(message_id, -1)

    def within(self, top: float, bottom: float) -> Iterator[tuple[MessageItem, float]]:
        """The messages between two heights, with where they start."""
        for at in self._stack.within(top - TOP_MARGIN, bottom - TOP_MARGIN):
            yield self._items[at], self._stack.top(at) + TOP_MARGIN

    def anchor_at(self, y: float) -> ColumnAnchor | None:
        """What stands at a height."""
        item = self.item_at(y)
        return None if item is None else ColumnAnchor(item.id, item.anchor_at(y - self.top_of(item)))

    def anchor_y(self, anchor: ColumnAnchor) -> float | None:
        """Where an anchor is now; None when its message is gone."""
        item = self.find(anchor.message_id)
        return None if item is None else self.top_of(item) + item.anchor_y(anchor.inner)

    def _make(self, record: MessageRecord) -> MessageItem:
        item = MessageItem(record, self._style, self._width)
        item.is_busy = self._is_busy
        return item

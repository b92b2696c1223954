"""The Markdown of one message, finished or growing; what arrives waits until somebody draws.

Coalescing stands here: tokens are only collected, and parsed together, once for a frame.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.core.chat import MessageStatus, Role
from app.core.records import MessageRecord
from app.ui.transcript.blocks import TopBlock
from app.ui.transcript.markdown import parse, plain_blocks
from app.ui.transcript.stream import MarkdownStream

MAX_MARKDOWN = 200_000
"""Characters: a longer text is shown as it is, because reading its markup would stop the window."""


class MessageText:
    """What a message says, and its blocks once somebody asks for them."""

    def __init__(self, record: MessageRecord) -> None:
        self._is_markdown = record.role is not Role.USER
        self._is_open = record.status is MessageStatus.STREAMING
        self._text = record.text
        self._pending: list[str] = []
        self._stream: MarkdownStream | None = None
        self._blocks: tuple[TopBlock, ...] | None = None

    @property
    def text(self) -> str:
        """All of it, also what was not drawn yet."""
        return self._text + "".join(self._pending)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said yet."""
        return not self._text and not self._pending

    def blocks(self) -> Sequence[TopBlock]:
        """The blocks of what was drawn."""
        if self._stream is not None:
            return self._stream.blocks
        if self._blocks is None:
            if not self._is_markdown or len(self._text) > MAX_MARKDOWN:
                self._blocks = plain_blocks(self._text)
            elif self._is_open:
                self._stream = MarkdownStream(self._text)
                return self._stream.blocks
            else:
                self._blocks = parse(self._text)
        return self._blocks

    def append(self, delta: str) -> None:
        """Add text to a growing message."""
        if delta:
            self._pending.append(delta)

    def flush(self) -> int | None:
        """Parse what has come; return the first block that changed, None if nothing has come."""
        if not self._pending:
            return None
        delta = "".join(self._pending)
        self._pending.clear()
        self._text += delta
        if self._stream is None:
            self._blocks = None
            return 0
        return self._stream.append(delta).first_changed

    def finish(self, record: MessageRecord) -> int:
        """The message became `record`; return the first block that changed."""
        before = self.text
        self._is_open = record.status is MessageStatus.STREAMING
        if record.text == before and self._is_open:
            return self.flush() or 0
        if self._stream is not None and record.text == before:
            first = self.flush()
            last = self._stream.finish().first_changed
            self._blocks = tuple(self._stream.blocks)
            self._stream = None
            return last if first is None else min(first, last)
        self._pending.clear()
        self._text = record.text
        self._stream, self._blocks = None, None
        return 0

    def forget_blocks(self) -> None:
        """Give the memory of a finished message back; `blocks` parses again."""
        if self._stream is None:
            self._blocks = None

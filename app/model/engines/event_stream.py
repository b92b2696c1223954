"""The answer to a streamed HTTP request, cut into events as the bytes arrive. Knows no socket."""

from __future__ import annotations

import json
from typing import Any

MAX_BUFFER_BYTES = 64 << 20

_END_OF_LINE = b"\r\n"
_END_OF_HEAD = b"\r\n\r\n"
_END_OF_EVENT = b"\n\n"
_OK = 200


class EventStream:
    """HTTP/1.1, in chunks or in one piece, with server-sent events or one JSON value in it."""

    __slots__ = ("_body", "_chunked", "_head_is_read", "_length", "_raw", "_status", "ended")

    def __init__(self) -> None:
        self._raw = bytearray()
        self._body = bytearray()
        self._head_is_read = False
        self._chunked = False
        self._length = 0  # of a body in one piece
        self._status = _OK
        self.ended = False

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """The events that `data` completes. An error answer is one event with the key "error".

        Raises `ValueError` when the bytes are no such answer.
        """
        self._raw += data
        if len(self._raw) + len(self._body) > MAX_BUFFER_BYTES:
            raise ValueError("an event without end")
        if not self._head_is_read and not self._read_head():
            return []
        if self._chunked:
            while not self.ended and self._read_chunk():
                pass
        else:
            self._body += self._raw
            self._raw.clear()
            self.ended = len(self._body) >= self._length
        if self._status == _OK:
            return self._take_events()
        return [self._error()] if self.ended else []

    def _read_head(self) -> bool:
        end = self._raw.find(_END_OF_HEAD)
        if end < 0:
            return False
        status_line, *lines = bytes(self._raw[:end]).decode("latin-1").split("\r\n")
        _, _, status = status_line.partition(" ")
        self._status = int(status[:3])
        for line in lines:
            name, _, value = line.partition(":")
            match name.strip().lower():
                case "transfer-encoding":
                    self._chunked = "chunked" in value
                case "content-length":
                    self._length = int(value)
        del self._raw[: end + len(_END_OF_HEAD)]
        self._head_is_read = True
        return True

    def _read_chunk(self) -> bool:
        """Move one chunk to the body; False when it is not there yet."""
        end = self._raw.find(_END_OF_LINE)
        if end < 0:
            return False
        size = int(self._raw[:end], 16)
        start = end + len(_END_OF_LINE)
        if len(self._raw) < start + size + len(_END_OF_LINE):
            return False
        self._body += self._raw[start : start + size]
        del self._raw[: start + size + len(_END_OF_LINE)]
        self.ended = size == 0
        return True

    def _take_events(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        while (end := self._body.find(_END_OF_EVENT)) >= 0:
            text = bytes(self._body[:end]).decode("utf-8", "replace")
            del self._body[: end + len(_END_OF_EVENT)]
            name, _, value = text.partition(":")  # an empty name is a comment that keeps the line open
            if name in ("data", "error") and value.strip() != "[DONE]":
                event = json.loads(value)
                events.append({"error": event} if name == "error" else event)
        return events

    def _error(self) -> dict[str, Any]:
        try:
            value = json.loads(self._body)
        except ValueError:
            value = None
        return value if isinstance(value, dict) and "error" in value else {"error": {}}

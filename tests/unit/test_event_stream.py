"""Streamed HTTP answers, however their bytes arrive."""

from __future__ import annotations

import json
import random

import pytest

from app.model.engines.event_stream import EventStream

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENTS = [{"content": "茶", "tokens": [1]}, {"content": "\n\n", "tokens": [2]}, {"stop": True}]


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def answer() -> bytes:
    body = [b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n" for event in EVENTS]
    body.insert(1, b": still here\n\n")
    return HEAD + b"".join(map(chunk, body)) + chunk(b"data: [DONE]\n\n") + chunk(b"")


def test_however_the_bytes_are_cut() -> None:
    for seed in range(200):
        rng = random.Random(seed)
        data, stream, events = answer(), EventStream(), []
        while data:
            cut = rng.choice((1, 2, 7, 60, 1000))
            events += stream.feed(data[:cut])
            data = data[cut:]
        assert events == EVENTS
        assert stream.ended


def test_not_ended_before_the_last_chunk() -> None:
    stream = EventStream()
    stream.feed(answer()[:-5])
    assert not stream.ended


def test_an_error_answer_is_one_event() -> None:
    body = b'{"error":{"code":400,"type":"exceed_context_size_error"}}'
    head = f"HTTP/1.1 400 Bad Request\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    stream = EventStream()
    assert stream.feed(head + body[:10]) == []
    assert stream.feed(body[10:]) == [json.loads(body)]
    assert stream.ended


def test_an_error_inside_the_stream() -> None:
    stream = EventStream()
    data = HEAD + chunk(b'error: {"type":"server_error"}\n\n')
    assert stream.feed(data) == [{"error": {"type": "server_error"}}]


@pytest.mark.parametrize("data", [b"hello\r\n\r\n", HEAD + b"zz\r\n", HEAD + chunk(b"data: {\n\n")])
def test_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"invalid|Expecting"):
        EventStream().feed(data)

"""The frames and the codec between engine worker and engine child."""

from __future__ import annotations

import struct
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import wire
from app.core.chat import FinishReason, Role, Timings, Turn, Usage
from app.core.engine import (
    DeviceWish,
    EngineKind,
    Failed,
    Finished,
    GenerationParams,
    LoadPlan,
    ModelRef,
    RequestEvent,
    TextDelta,
)
from app.core.errors import ErrorCode, ErrorInfo
from app.core.wire import FrameDecoder, WireError

odd_text = st.text(st.characters(exclude_categories=()), max_size=40)
"""Any code points, lone surrogates and control characters too."""

st.register_type_strategy(str, odd_text)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
commands = st.one_of([st.from_type(kind) for kind in get_args(wire.Command)])
replies = st.one_of([st.from_type(kind) for kind in get_args(wire.Reply)])
few = settings(derandomize=True, max_examples=100, deadline=None)


@few
@given(commands)
def test_commands_come_back_as_they_went(command: wire.Command) -> None:
    (payload,) = FrameDecoder().feed(wire.encode_command(command))
    assert wire.decode_command(payload) == command


@few
@given(replies)
def test_replies_come_back_as_they_went(reply: wire.Reply) -> None:
    (payload,) = FrameDecoder().feed(wire.encode_reply(reply))
    assert wire.decode_reply(payload) == reply


@few
@given(st.lists(replies, max_size=6), st.integers(1, 50))
def test_frames_survive_any_cutting(messages: list[wire.Reply], size: int) -> None:
    stream = b"".join(wire.encode_reply(message) for message in messages)
    decoder = FrameDecoder()
    payloads = [
        payload for at in range(0, len(stream), size) for payload in decoder.feed(stream[at : at + size])
    ]
    assert [wire.decode_reply(payload) for payload in payloads] == messages
    assert decoder.pending_bytes == 0


@few
@given(st.binary(max_size=300))
def test_rubbish_raises_the_one_error_or_waits(data: bytes) -> None:
    try:
        for payload in FrameDecoder().feed(data):
            wire.decode_reply(payload)
    except WireError:
        pass


@few
@given(st.recursive(st.none() | st.booleans() | st.integers() | odd_text, lambda x: st.lists(x, max_size=3)))
def test_json_that_is_no_message_raises_the_one_error(value: object) -> None:
    payload = wire._frame(value)[4:]
    with pytest.raises(WireError):
        wire.decode_reply(payload)


@pytest.mark.parametrize("length", [0, 1, wire.MAX_FRAME_BYTES + 1, 0xFFFFFFFF])
def test_a_length_out_of_bounds_is_rubbish(length: int) -> None:
    with pytest.raises(WireError):
        FrameDecoder().feed(struct.pack(">I", length))


def test_native_print_is_seen_at_once() -> None:
    with pytest.raises(WireError):
        FrameDecoder().feed(b"llama_context: constructing")


def test_a_message_longer_than_a_frame_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_FRAME_BYTES", 1000)
    with pytest.raises(WireError):
        wire.encode_reply(wire.RequestReply(1, TextDelta("x" * 1000)))


@pytest.mark.parametrize(
    "payload",
    [
        b"{}",
        b'{"t":"Nothing"}',
        b'{"t":"Hello","kind":"no such engine","pid":1}',
        b'{"t":"Hello","kind":"scripted","pid":"1"}',
        b'{"t":"Hello","kind":"scripted","pid":true}',
        b'{"t":"Hello","kind":"scripted"}',
        b'{"t":"RequestReply","request_id":1,"event":{"t":"TextDelta","text":1,"ids":[]}}',
        b'{"t":"RequestReply","request_id":1,"event":null}',
        b"[" * 100_000,
        b'"\xff\xfe"',
    ],
)
def test_what_is_not_a_message_is_refused(payload: bytes) -> None:
    with pytest.raises(WireError):
        wire.decode_reply(payload)


def test_the_error_does_not_quote_the_text() -> None:
    with pytest.raises(WireError) as caught:
        wire.decode_command(b'{"t":"Generate","request_id":"my secret","turns":[],"params":{}}')
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("kind", get_args(RequestEvent))
def test_every_event_has_its_way_over_the_wire(kind: type) -> None:
    assert wire._codec(kind)


def test_values_are_what_they_were() -> None:
    turns = (Turn(Role.USER, "茶 \ud800 \x00 🍵", 3), Turn(Role.ASSISTANT, ""))
    generate = wire.Generate(5, turns, GenerationParams(seed=None))
    (payload,) = FrameDecoder().feed(wire.encode_command(generate))
    back = wire.decode_command(payload)
    assert isinstance(back, wire.Generate)
    assert back.turns[0].role is Role.USER
    load = wire.Load(ModelRef("a", EngineKind.SCRIPTED, "C:\\模型\\x"), LoadPlan())
    assert wire.decode_command(wire.encode_command(load)[4:]) == load
    failed = wire.RequestReply(1, Failed(ErrorInfo(ErrorCode.DISK_FULL, {"path": "/x"})))
    assert wire.decode_reply(wire.encode_reply(failed)[4:]) == failed
    finished = wire.RequestReply(1, Finished(FinishReason.STOP, Usage(1, 2, 3), Timings(1.0, 2, 3.5)))
    assert wire.decode_reply(wire.encode_reply(finished)[4:]) == finished


def test_what_was_recorded_before_a_field_was_added_can_be_read() -> None:
    old = b'{"t":"Load","ref":{"id":"a","engine":"glm_torch","path":"/a"},"plan":{"context_length":512}}'
    assert wire.decode_command(old) == wire.Load(
        ModelRef("a", EngineKind.GLM_TORCH, "/a"), LoadPlan(context_length=512)
    )
    said = wire.Load(ModelRef("a", EngineKind.GLM_TORCH, "/a", "chatglm3"), LoadPlan())
    assert wire.decode_command(wire.encode_command(said)[4:]) == said
    on_card = wire.Load(said.ref, LoadPlan(threads=3, device=DeviceWish.GRAPHICS_CARD))
    assert wire.decode_command(wire.encode_command(on_card)[4:]) == on_card

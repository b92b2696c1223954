"""What the engine worker and the engine child say to each other, and how it stands on the pipe.

A frame is four bytes of length (big-endian) and one JSON object in UTF-8. The JSON follows from the fields of
the frozen dataclasses, so a new event or field needs no second place. Both ends are the same program: there
are no versions to bridge, but a field with a default may be absent, as in what was recorded before there was
one. Knows no process and no pipe; lone surrogates survive.
"""

from __future__ import annotations

import json
import struct
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, Union, cast, get_args, get_origin, get_type_hints

from app.core.chat import Turn
from app.core.engine import (
    EngineKind,
    GenerationParams,
    LoadPlan,
    LoadProgress,
    ModelInfo,
    ModelRef,
    RequestEvent,
)
from app.core.errors import ErrorInfo

MAX_FRAME_BYTES = 64 * 1024 * 1024
"""A longer frame is rubbish on the pipe, not a message."""

_HEADER = struct.Struct(">I")
_TAG = "t"
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


class WireError(Exception):
    """What came over the pipe, or was to go over it, is not a message."""


@dataclass(frozen=True, slots=True)
class Load:
    """Command: load a model; answered by `LoadProgress` and then `Loaded` or `LoadFailed`."""

    ref: ModelRef
    plan: LoadPlan


@dataclass(frozen=True, slots=True)
class Generate:
    """Command: answer `turns`, all of the conversation; the child leaves out what does not fit."""

    request_id: int
    turns: tuple[Turn, ...]
    params: GenerationParams


@dataclass(frozen=True, slots=True)
class Cancel:
    """Command: end this request; it still answers with its terminal event."""

    request_id: int


@dataclass(frozen=True, slots=True)
class CountTokens:
    """Command: answered by `TokenCount`, after the running request."""

    request_id: int
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Hello:
    """Reply: the child is up and reads commands."""

    kind: EngineKind
    pid: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """Reply: the model is loaded."""

    model: ModelInfo


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """Reply: the model could not be loaded."""

    error: ErrorInfo


@dataclass(frozen=True, slots=True)
class RequestReply:
    """Reply: an event of the request `request_id`."""

    request_id: int
    event: RequestEvent


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Reply: the length of a prompt in tokens."""

    request_id: int
    tokens: int


# There is no command to end: the child ends when its standard input does.
Command = Load | Generate | Cancel | CountTokens
Reply = Hello | LoadProgress | Loaded | LoadFailed | RequestReply | TokenCount


def encode_command(command: Command) -> bytes:
    """The frame of a command; raises `WireError` when it is too long."""
    return _frame(_codec(Command).encode(command))


def encode_reply(reply: Reply) -> bytes:
    """The frame of a reply; raises `WireError` when it is too long."""
    return _frame(_codec(Reply).encode(reply))


def decode_command(payload: bytes) -> Command:
    """The command of one frame's payload; raises `WireError`."""
    return cast("Command", _decode(_codec(Command), payload))


def decode_reply(payload: bytes) -> Reply:
    """The reply of one frame's payload; raises `WireError`."""
    return cast("Reply", _decode(_codec(Reply), payload))


class FrameDecoder:
    """Cuts a stream of bytes into payloads, however it arrives."""

    __slots__ = ("_buffer", "_max_bytes")

    def __init__(self, max_bytes: int = MAX_FRAME_BYTES) -> None:
        self._buffer = bytearray()
        self._max_bytes = max_bytes

    @property
    def pending_bytes(self) -> int:
        """Bytes of a frame that is not complete yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """The payloads that `data` completes; raises `WireError` when a length makes no sense."""
        self._buffer += data
        payloads: list[bytes] = []
        at = 0
        while len(self._buffer) - at >= _HEADER.size:
            (length,) = _HEADER.unpack_from(self._buffer, at)
            if not 2 <= length <= self._max_bytes:
                raise WireError(f"a frame of {length} bytes")
            end = at + _HEADER.size + length
            if len(self._buffer) < end:
                break
            payloads.append(bytes(self._buffer[at + _HEADER.size : end]))
            at = end
        del self._buffer[:at]
        return payloads


class _Codec(NamedTuple):
    """How values of one type become JSON values and come back."""

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


def _frame(value: object) -> bytes:
    payload = _ENCODER.encode(value).encode("utf-8", "surrogatepass")
    if len(payload) > MAX_FRAME_BYTES:
        raise WireError(f"a message of {len(payload)} bytes")
    return _HEADER.pack(len(payload)) + payload


def _decode(codec: _Codec, payload: bytes) -> object:
    try:
        return codec.decode(json.loads(payload.decode("utf-8", "surrogatepass")))
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        # The text of the cause may quote what a person wrote: only its kind goes on.
        raise WireError(f"not a message ({type(error).__name__})") from None


@cache
def _codec(kind: Any) -> _Codec:
    """The codec of an annotation, built once."""
    if kind in (str, int, bool, float):
        return _Codec(_as_it_is, _checked(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _Codec(lambda value: value.value, kind)
    if is_dataclass(kind):
        return _dataclass_codec(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (types.UnionType, Union):
        return _union_codec(arguments)
    if origin is tuple and arguments[1:] == (Ellipsis,):
        item = _codec(arguments[0])
        return _Codec(
            lambda values: [item.encode(value) for value in values],
            lambda values: tuple([item.decode(value) for value in _checked(list)(values)]),
        )
    if isinstance(origin, type) and issubclass(origin, Mapping) and arguments[0] is str:
        item = _codec(arguments[1])
        return _Codec(
            lambda pairs: {name: item.encode(value) for name, value in pairs.items()},
            lambda pairs: {name: item.decode(value) for name, value in _checked(dict)(pairs).items()},
        )
    raise TypeError(f"no way over the wire for {kind}")


def _as_it_is(value: Any) -> Any:
    return value


def _checked(kind: type) -> Callable[[Any], Any]:
    """A decoder that lets only `kind` pass (a whole number also where a float is wanted)."""

    def decode(value: Any) -> Any:
        if type(value) is kind:
            return value
        if kind is float and type(value) is int:
            return float(value)
        raise TypeError(kind.__name__)

    return decode


def _dataclass_codec(kind: Any) -> _Codec:
    hints = get_type_hints(kind)
    parts = [(part.name, _codec(hints[part.name])) for part in fields(kind)]
    # What a recording of before a field lacks is what the field is by itself.
    may_lack = {
        part.name
        for part in fields(kind)
        if part.default is not MISSING or part.default_factory is not MISSING
    }

    def encode(value: Any) -> Any:
        return {name: codec.encode(getattr(value, name)) for name, codec in parts}

    def decode(raw: Any) -> Any:
        there = ((name, codec) for name, codec in parts if name in raw or name not in may_lack)
        return kind(**{name: codec.decode(raw[name]) for name, codec in there})

    return _Codec(encode, decode)


def _union_codec(members: tuple[Any, ...]) -> _Codec:
    """One type or None; or several dataclasses, told apart by their names."""
    if type(None) in members:
        (member,) = (member for member in members if member is not type(None))
        codec = _codec(member)
        return _Codec(
            lambda value: None if value is None else codec.encode(value),
            lambda raw: None if raw is None else codec.decode(raw),
        )
    codecs = {member.__name__: _codec(member) for member in members}

    def encode(value: Any) -> Any:
        name = type(value).__name__
        return {_TAG: name, **codecs[name].encode(value)}

    def decode(raw: Any) -> Any:
        return codecs[raw[_TAG]].decode(raw)

    return _Codec(encode, decode)

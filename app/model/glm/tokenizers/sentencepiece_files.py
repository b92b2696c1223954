"""Opening a sentencepiece file, and writing the few records that ChatGLM-6B's first release lacks.

Knows the library and as much of the file format as that needs; no family.
"""

from __future__ import annotations

import struct
from pathlib import Path

import sentencepiece
from sentencepiece import SentencePieceProcessor

from app.core.errors import ErrorCode, WorldError

CONTROL, USER_DEFINED, BYTE = 3, 4, 6  # types of pieces in the file
BYTE_FALLBACK = b"\x12\x03\x98\x02\x01"  # trainer_spec { byte_fallback: true }
_ERRORS_ONLY = 2


def load(data: bytes, path: Path) -> SentencePieceProcessor:
    """The model in `data`, which was read from `path`; raises MODEL_UNREADABLE where it is none."""
    sentencepiece.set_min_log_level(_ERRORS_ONLY)
    try:
        processor = SentencePieceProcessor(model_proto=data)
        size = processor.get_piece_size() if data else 0
    except (RuntimeError, ValueError) as error:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail="no sentencepiece model") from error
    if size == 0:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail="no pieces")
    return processor


def pieces(spellings: list[str], kind: int) -> bytes:
    """Records that, put behind a model file, add pieces to it (repeated fields of protobuf append)."""
    return b"".join(_field(1, _piece(spelling, kind)) for spelling in spellings)


def _piece(spelling: str, kind: int) -> bytes:
    return _field(1, spelling.encode()) + b"\x15" + struct.pack("<f", 0.0) + b"\x18" + bytes([kind])


def _field(number: int, value: bytes) -> bytes:
    """A field of bytes; the values here are shorter than 128."""
    return bytes([number << 3 | 2, len(value)]) + value

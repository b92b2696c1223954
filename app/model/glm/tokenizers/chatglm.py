"""ChatGLM-6B's tokenizer: sentencepiece behind rules for newlines, tabs and runs of spaces.

Facts: reference sections 2.1 and 2.7. Knows the vocabularies of the first release (no control pieces in the
file, text ids behind 20000 image ids) and of all later ones; knows no prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from sentencepiece import SentencePieceProcessor

from app.core.errors import ErrorCode, WorldError
from app.model.glm.config import PrefixIds
from app.model.glm.defaults import defaults_of
from app.model.glm.family import Family
from app.model.glm.tokenizers import sentencepiece_files as files
from app.model.glm.tokenizers.pieces import Leading, PieceDecoder, PieceTable
from app.model.glm.tokenizers.protocol import Control, TokenDecoder, clean, decoded

LONGEST_BLANK = 80
CONTROL_PIECES = ["[MASK]", "[gMASK]", "[sMASK]", "<unused_0>", "<sop>", "<eop>", "<ENC>", "<dBLOCK>"]
NEWLINE, TAB = "<n>", "<|tab|>"
_NAMED = (Control.PAD, Control.MASK, Control.GMASK, Control.SMASK, Control.SOP, Control.EOP)
_SPACES = re.compile(f" {{2,{LONGEST_BLANK}}}")


def blank(count: int) -> str:
    """The piece that stands for a run of `count` spaces."""
    return f"<|blank_{count}|>"


def added_records() -> bytes:
    """What the slim release has at the end of its file and the first release added when it ran."""
    blanks = [blank(count) for count in range(2, LONGEST_BLANK + 1)]
    single_bytes = [f"<0x{value:02X}>" for value in range(256)]
    return (
        files.pieces(CONTROL_PIECES, files.CONTROL)
        + files.pieces([TAB, *blanks], files.USER_DEFINED)
        + files.pieces(single_bytes, files.BYTE)
        + files.BYTE_FALLBACK
    )


def open_chatglm(data: bytes, path: Path, ids: PrefixIds | None, declared: int | None) -> ChatGlmTokenizer:
    """The tokenizer of the file `data`, its ids counted so that <sop> is where the configuration has it.

    `declared` is the number of image ids that tokenizer_config.json names, if it does. Raises MODEL_MIXED
    where file, configuration and declaration are not of one model.
    """
    processor = _open_pieces(data, path)
    offset = ids.sop - processor.piece_to_id(Control.SOP.value) if ids else declared or 0
    gmask = processor.piece_to_id(Control.GMASK.value) + offset
    if offset < 0 or declared not in {None, offset} or (ids is not None and ids.gmask != gmask):
        raise WorldError(ErrorCode.MODEL_MIXED, path=path, detail=f"control ids moved by {offset}")
    return ChatGlmTokenizer(processor, offset)


class ChatGlmTokenizer:
    """The tokenizer of ChatGLM-6B in any edition."""

    def __init__(self, processor: SentencePieceProcessor, offset: int = 0) -> None:
        """`offset` is the number of image ids before those of the text: 20000 in the first release."""
        self._processor = processor
        self._offset = offset
        self.control: Mapping[Control, int] = {
            name: processor.piece_to_id(name.value) + offset for name in _NAMED
        }
        size = processor.get_piece_size()
        own = (token for token in range(size) if processor.is_control(token) or processor.is_unknown(token))
        self.control_ids = frozenset(token + offset for token in own) | frozenset(range(offset))
        self.vocab_limit = size + offset
        self.stop_ids = tuple(self.control[name] for name in defaults_of(Family.CHATGLM).stop)
        spelled = {NEWLINE: "\n", TAB: "\t"} | {blank(n): " " * n for n in range(2, LONGEST_BLANK + 1)}
        by_id = {processor.piece_to_id(piece): text for piece, text in spelled.items()}
        self._table = PieceTable(processor, Leading.ALL_SPACES, by_id)

    def encode_text(self, text: str) -> list[int]:
        text = clean(text).replace("\n", NEWLINE).replace("\t", TAB)
        # Greedy from the left is the same as the official replacement of the longest runs first.
        text = _SPACES.sub(lambda run: blank(len(run[0])), text)
        return [token + self._offset for token in self._processor.encode(text)]

    def decode(self, ids: Iterable[int]) -> str:
        return decoded(self.decoder(), ids)

    def decoder(self, *, continues: bool = False) -> TokenDecoder:
        return PieceDecoder(self._table, first=self._offset, continues=continues)


def _open_pieces(data: bytes, path: Path) -> SentencePieceProcessor:
    """The pieces of either release; raises MODEL_MIXED where the file is of another generation."""
    processor = files.load(data, path)
    if _id_of(processor, Control.GMASK) is None and _id_of(processor, NEWLINE) is not None:
        processor = files.load(data + added_records(), path)
    controls = {piece: _id_of(processor, piece) for piece in (*CONTROL_PIECES, Control.PAD)}
    wanted = [NEWLINE, TAB, *(blank(count) for count in range(2, LONGEST_BLANK + 1)), "<0x00>", "<0xFF>"]
    missing = [piece for piece in wanted if _id_of(processor, piece) is None]
    missing += [
        piece for piece, token in controls.items() if token is None or not processor.is_control(token)
    ]
    if missing:
        raise WorldError(ErrorCode.MODEL_MIXED, path=path, detail=f"tokenizer without {missing[0]}")
    return processor


def _id_of(processor: SentencePieceProcessor, piece: str) -> int | None:
    token = processor.piece_to_id(piece)
    return token if processor.id_to_piece(token) == piece else None

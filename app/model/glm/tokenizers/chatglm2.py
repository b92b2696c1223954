"""The tokenizer of ChatGLM2, ChatGLM3 and CodeGeeX2: plain sentencepiece with control ids behind its pieces.

Facts: reference section 3.5. The control ids are in no file; they follow the last piece. Knows no prompt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sentencepiece import SentencePieceProcessor

from app.core.errors import ErrorCode, WorldError
from app.model.glm.defaults import defaults_of
from app.model.glm.family import Family
from app.model.glm.tokenizers import sentencepiece_files as files
from app.model.glm.tokenizers.pieces import SPACE, Leading, PieceDecoder, PieceTable
from app.model.glm.tokenizers.protocol import Control, TokenDecoder, clean, decoded

_APPENDED = (Control.MASK, Control.GMASK, Control.SMASK, Control.SOP, Control.EOP)
_ROLES = (Control.SYSTEM, Control.USER, Control.ASSISTANT, Control.OBSERVATION)  # ChatGLM3 only
_FIRST_BYTE = 3  # behind <unk>, <s> and </s>


def open_pieces(data: bytes, path: Path, family: Family) -> SentencePieceProcessor:
    """The pieces of this generation; raises MODEL_MIXED where the file is of another one."""
    processor = files.load(data, path)
    heads = [processor.id_to_piece(token) for token in range(min(3, processor.get_piece_size()))]
    bytes_follow = processor.get_piece_size() >= _FIRST_BYTE + 256 and all(
        processor.is_byte(_FIRST_BYTE + value) for value in range(256)
    )
    if heads != ["<unk>", "<s>", "</s>"] or not bytes_follow:
        raise WorldError(ErrorCode.MODEL_MIXED, path=path, detail="tokenizer without byte pieces at 3")
    has_prefix = processor.encode("#", out_type=str)[0].startswith(SPACE)
    if has_prefix is (family is Family.CODEGEEX2):
        detail = "dummy prefix on" if has_prefix else "dummy prefix off"
        raise WorldError(ErrorCode.MODEL_MIXED, path=path, detail=f"tokenizer with {detail}")
    return processor


class ChatGlm2Tokenizer:
    """The tokenizer of the second and third generation."""

    def __init__(self, processor: SentencePieceProcessor, family: Family) -> None:
        self._processor = processor
        size = processor.get_piece_size()
        names = (*_APPENDED, *_ROLES) if family is Family.CHATGLM3 else _APPENDED
        appended = {name: size + at for at, name in enumerate(names)}
        self.control: Mapping[Control, int] = {Control.PAD: 0, Control.END_OF_SENTENCE: 2, **appended}
        self.control_ids = frozenset({0, 1, 2, *appended.values()})
        self.vocab_limit = size + len(appended)
        self.stop_ids = tuple(self.control[name] for name in defaults_of(family).stop)
        leading = Leading.NOTHING if family is Family.CODEGEEX2 else Leading.ONE_SPACE
        self._table = PieceTable(processor, leading)

    def encode_text(self, text: str) -> list[int]:
        ids: list[int] = self._processor.encode(clean(text))
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        return decoded(self.decoder(), ids)

    def decoder(self, *, continues: bool = False) -> TokenDecoder:
        return PieceDecoder(self._table, continues=continues)

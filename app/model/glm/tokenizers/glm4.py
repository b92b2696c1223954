"""GLM-4-9B's and CodeGeeX4's tokenizer: a tiktoken file, control ids behind its ranks.

Facts: reference section 4.3. The library's encoding is made from the file alone, so nothing is ever fetched.
Knows no prompt.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from pathlib import Path

import tiktoken

from app.core.errors import ErrorCode, WorldError
from app.model.glm.defaults import defaults_of
from app.model.glm.family import Family
from app.model.glm.tokenizers.byte_level import ByteDecoder
from app.model.glm.tokenizers.protocol import Control, TokenDecoder, clean, decoded

PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL = (
    "<|endoftext|>",
    "[MASK]",
    "[gMASK]",
    "[sMASK]",
    "<sop>",
    "<eop>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|observation|>",
    "<|begin_of_image|>",
    "<|end_of_image|>",
    "<|begin_of_video|>",
    "<|end_of_video|>",
)


def read_ranks(data: bytes, path: Path) -> dict[bytes, int]:
    """The ranks of a file with one "base64 rank" a line; raises MODEL_UNREADABLE where it is another file."""
    ranks: dict[bytes, int] = {}
    try:
        for line in data.split(b"\n"):
            if line.strip():
                token, rank = line.split()
                ranks[base64.b64decode(token, validate=True)] = int(rank)
    except (ValueError, binascii.Error) as error:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail="no tiktoken file") from error
    if sorted(ranks.values()) != list(range(len(ranks))) or any(bytes([b]) not in ranks for b in range(256)):
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail="ranks with gaps")
    return ranks


class TiktokenTokenizer:
    """The tokenizer of GLM-4-9B in its own layout and of CodeGeeX4."""

    def __init__(self, ranks: Mapping[bytes, int], special: Mapping[str, int], family: Family) -> None:
        """`special` are further control ids by spelling, beyond or in place of the known ones."""
        spelled = {spelling: len(ranks) + at for at, spelling in enumerate(SPECIAL)} | dict(special)
        known = {name.value: name for name in Control}
        self.control: Mapping[Control, int] = {
            known[spelling]: token for spelling, token in spelled.items() if spelling in known
        }
        self.control_ids = frozenset(spelled.values())
        self.vocab_limit = max(self.control_ids) + 1
        self.stop_ids = tuple(self.control[name] for name in defaults_of(family).stop)
        self._bytes = {rank: token for token, rank in ranks.items()}
        self._encoding = tiktoken.Encoding(
            "glm-4", pat_str=PATTERN, mergeable_ranks=dict(ranks), special_tokens=spelled
        )

    def encode_text(self, text: str) -> list[int]:
        return self._encoding.encode_ordinary(clean(text))

    def decode(self, ids: Iterable[int]) -> str:
        return decoded(self.decoder(), ids)

    def decoder(self, *, continues: bool = False) -> TokenDecoder:  # noqa: ARG002 - bytes need no beginning
        return ByteDecoder(lambda token: self._bytes.get(token, b""))

"""The tokenizer of GLM-4-0414, Z1, Edge and the converted GLM-4-9B: a byte-level `tokenizer.json`.

Facts: reference sections 4.3, 5.2 and 6. The library looks for added tokens in every text, for the special
ones unless told otherwise and for the others always. It is therefore given the file without them: what it
does not know it cannot find. Knows no prompt.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from app.core.errors import ErrorCode, WorldError
from app.model.glm.defaults import defaults_of
from app.model.glm.family import Family
from app.model.glm.tokenizers.byte_level import ByteDecoder
from app.model.glm.tokenizers.protocol import Control, TokenDecoder, clean, decoded

_ROLES = (Control.END_OF_TEXT, Control.SYSTEM, Control.USER, Control.ASSISTANT, Control.OBSERVATION)


class JsonTokenizer:
    """The tokenizer of every generation that is published in transformers' layout."""

    def __init__(self, data: bytes, path: Path, family: Family) -> None:
        """`data` was read from `path`; raises MODEL_UNREADABLE and, for another generation, MODEL_MIXED."""
        content = _content(data, path)
        added = _added_tokens(content, path)
        vocabulary = content["model"]["vocab"]
        known = {name.value: name for name in Control}
        self.control: Mapping[Control, int] = {
            known[spelling]: token for spelling, (token, _) in added.items() if spelling in known
        }
        needed = _ROLES if family is Family.GLM_EDGE else (*_ROLES, Control.GMASK, Control.SOP)
        missing = [name.value for name in needed if name not in self.control]
        if missing:
            raise WorldError(ErrorCode.MODEL_MIXED, path=path, detail=f"tokenizer without {missing[0]}")
        self.control_ids = frozenset(token for token, _ in added.values())
        self.stop_ids = tuple(self.control[name] for name in defaults_of(family).stop)
        for spelling in added:
            vocabulary.pop(spelling, None)
        self._bytes = _bytes_of(vocabulary, path)
        # Words that the answer may use and a text may not, such as <think> where it is a token.
        self._bytes |= {
            token: spelling.encode() for spelling, (token, special) in added.items() if not special
        }
        self.vocab_limit = max(self._bytes.keys() | self.control_ids) + 1
        self._tokenizer = _library_tokenizer(content, path)

    def encode_text(self, text: str) -> list[int]:
        return self._tokenizer.encode(clean(text), add_special_tokens=False).ids

    def decode(self, ids: Iterable[int]) -> str:
        return decoded(self.decoder(), ids)

    def decoder(self, *, continues: bool = False) -> TokenDecoder:  # noqa: ARG002 - bytes need no beginning
        return ByteDecoder(lambda token: self._bytes.get(token, b""))


def _content(data: bytes, path: Path) -> dict[str, Any]:
    """The file's object; only byte-level BPE is of this lineage."""
    try:
        content: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail="no JSON") from error
    model = content.get("model") if isinstance(content, dict) else None
    if not isinstance(model, dict) or not isinstance(model.get("vocab"), dict | list):
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail="no tokenizer.json")
    decoder = content.get("decoder")
    is_byte_level = isinstance(decoder, dict) and decoder.get("type") == "ByteLevel"
    if model.get("type") != "BPE" or not is_byte_level or not isinstance(model["vocab"], dict):
        raise WorldError(ErrorCode.MODEL_MIXED, path=path, detail="tokenizer is no byte-level BPE")
    found: dict[str, Any] = content
    return found


def _added_tokens(content: Mapping[str, Any], path: Path) -> dict[str, tuple[int, bool]]:
    """The added tokens by spelling: the id, and whether it is special."""
    added: dict[str, tuple[int, bool]] = {}
    try:
        for entry in content["added_tokens"]:
            spelling, token = entry["content"], entry["id"]
            if not isinstance(spelling, str) or not isinstance(token, int) or token < 0:
                raise TypeError(spelling)
            added[spelling] = token, bool(entry.get("special"))
    except (KeyError, TypeError, AttributeError) as error:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail="added_tokens") from error
    return added


def _bytes_of(vocabulary: Mapping[str, Any], path: Path) -> dict[int, bytes]:
    """What each id stands for; raises MODEL_UNREADABLE where not every byte has one."""
    byte_of = _byte_letters()
    found: dict[int, bytes] = {}
    try:
        for spelling, token in vocabulary.items():
            found[int(token)] = bytes([byte_of[letter] for letter in spelling])
    except (KeyError, TypeError, ValueError) as error:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail="vocabulary") from error
    if any(letter not in vocabulary for letter in byte_of) or min(found) < 0:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail="vocabulary")
    return found


def _byte_letters() -> dict[str, int]:
    """The letters with which byte-level vocabularies spell bytes: printable ones stand for themselves."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + at): byte for at, byte in enumerate(others)}


def _library_tokenizer(content: dict[str, Any], path: Path) -> Tokenizer:
    """The library's tokenizer for plain text: no added tokens, nothing put around, nothing cut off."""
    plain = content | {"added_tokens": [], "post_processor": None, "truncation": None, "padding": None}
    try:
        tokenizer: Tokenizer = Tokenizer.from_str(json.dumps(plain, ensure_ascii=False))
    except Exception as error:  # the library raises bare Exception
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail="no byte-level BPE") from error
    return tokenizer

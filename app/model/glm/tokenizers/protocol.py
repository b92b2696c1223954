"""What every tokenizer of the lineage offers, and the names of the control ids.

A text never becomes a control id: control ids are put between encoded texts as integers, by name (reference
section 0, decision 7). Knows no model and no file; standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Protocol

_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


class Control(StrEnum):
    """Control ids by name; the value is how GLM-4's files spell them. No tokenizer has all of them."""

    PAD = "<pad>"
    END_OF_SENTENCE = "</s>"  # ChatGLM2, ChatGLM3 and CodeGeeX2 end with it
    END_OF_TEXT = "<|endoftext|>"
    MASK = "[MASK]"
    GMASK = "[gMASK]"
    SMASK = "[sMASK]"
    SOP = "<sop>"
    EOP = "<eop>"
    SYSTEM = "<|system|>"
    USER = "<|user|>"
    ASSISTANT = "<|assistant|>"
    OBSERVATION = "<|observation|>"
    CODE_PREFIX = "<|code_prefix|>"  # CodeGeeX4 only, like the next two
    CODE_MIDDLE = "<|code_middle|>"
    CODE_SUFFIX = "<|code_suffix|>"


class TokenDecoder(Protocol):
    """Turns the ids of one answer into text as they come; what it has given never changes."""

    def push(self, token: int) -> str:
        """The text that is certain now; an unfinished character is kept back."""
        ...

    def finish(self) -> str:
        """What was kept back, with U+FFFD for what never became a character."""
        ...


class GlmTokenizer(Protocol):
    """Texts into ids and back, for one generation."""

    @property
    def control(self) -> Mapping[Control, int]:
        """The control ids that this tokenizer has."""
        ...

    @property
    def control_ids(self) -> frozenset[int]:
        """Every id that no text can become, those without a name here too."""
        ...

    @property
    def vocab_limit(self) -> int:
        """The first id of the matrix' padding: it and those above must never be chosen."""
        ...

    @property
    def stop_ids(self) -> tuple[int, ...]:
        """The ids that end an answer."""
        ...

    def encode_text(self, text: str) -> list[int]:
        """The ids of a text, whatever it says; lone surrogates become U+FFFD."""
        ...

    def decode(self, ids: Iterable[int]) -> str:
        """The text of a whole answer, without its control ids."""
        ...

    def decoder(self, *, continues: bool = False) -> TokenDecoder:
        """A decoder for one answer. With `continues` the answer goes on from a text that was begun before."""
        ...


def clean(text: str) -> str:
    """The text with U+FFFD in place of lone surrogates, which no encoding of a tokenizer has."""
    return _LONE_SURROGATES.sub("\ufffd", text)


def decoded(decoder: TokenDecoder, ids: Iterable[int]) -> str:
    """Everything a decoder makes of `ids`."""
    return "".join([decoder.push(token) for token in ids]) + decoder.finish()

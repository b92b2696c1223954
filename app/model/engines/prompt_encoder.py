"""Pieces of a prompt into token ids, so that a text never becomes a control token.

Control tokens stand in the vocabulary by their spelling; they are looked for in the template's pieces alone.
Everything between two of them is one text for the tokenizer, as it was when the model was trained, and what
comes back is checked. Knows the vocabulary and a tokenizer; no conversation and no server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from app.model.engines.chat_template import Piece
from app.model.gguf import GgufVocabulary

Tokenize = Callable[[Sequence[str | int]], list[int]]
"""Texts and ids in turn into ids; control tokens in the texts are spelled out."""

MEMO_TOKENS = 2_000_000
"""Tokens of texts seen before that are kept, so that counting a long conversation again is cheap."""

_CONTROL, _USER_DEFINED, _UNKNOWN = 3, 4, 2  # token types of GGUF
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


class PromptEncoder:
    """Encodes for one vocabulary; remembers the texts it has seen."""

    def __init__(self, vocabulary: GgufVocabulary, tokenize: Tokenize, begin: Sequence[int]) -> None:
        """`begin`: ids that the model wants at the start of every prompt."""
        self._tokenize = tokenize
        self._begin = tuple(begin)
        self._special: dict[str, int] = {}
        self._control: set[int] = set()
        for token, (spelling, kind) in enumerate(zip(vocabulary.tokens, vocabulary.types, strict=True)):
            if kind in (_CONTROL, _USER_DEFINED, _UNKNOWN) and spelling:
                self._special[spelling.decode("utf-8", "replace")] = token
                if kind != _USER_DEFINED:
                    self._control.add(token)
        by_length = sorted(self._special, key=len, reverse=True)
        self._pattern = re.compile(f"({'|'.join(map(re.escape, by_length))})") if by_length else None
        self._memo: dict[str, tuple[int, ...]] = {}
        self._memo_tokens = 0

    def encode(self, pieces: Iterable[Piece]) -> list[int]:
        """The ids of the whole prompt."""
        segments = self._segments(pieces)
        self._learn({segment for segment in segments if isinstance(segment, str)})
        ids: list[int] = []
        for segment in segments:
            if isinstance(segment, str):
                ids += self._memo[segment]
            else:
                ids.append(segment)
        if self._begin and tuple(ids[: len(self._begin)]) != self._begin:
            ids[:0] = self._begin
        return ids

    def _segments(self, pieces: Iterable[Piece]) -> list[str | int]:
        """Control tokens as ids, and the text between each two of them as one."""
        segments: list[str | int] = []
        text = ""
        for piece in pieces:
            if not piece.is_template or self._pattern is None:
                text += piece.text
                continue
            for at, part in enumerate(self._pattern.split(piece.text)):
                if at % 2 == 0:
                    text += part
                    continue
                if text:
                    segments.append(text)
                    text = ""
                segments.append(self._special[part])
        if text:
            segments.append(text)
        return segments

    def _learn(self, texts: set[str]) -> None:
        """Tokenize what is new, all in one call where the vocabulary has a mark to part the answers."""
        if self._memo_tokens > MEMO_TOKENS:
            self._memo.clear()
            self._memo_tokens = 0
        new = [text for text in texts if text not in self._memo]
        for text, ids in zip(new, self._tokenize_all(new), strict=True):
            safe = ids if self._control.isdisjoint(ids) else self._by_characters(text)
            self._memo[text] = tuple(safe)
            self._memo_tokens += len(safe)

    def _tokenize_all(self, texts: Sequence[str]) -> list[list[int]]:
        texts = [_LONE_SURROGATES.sub("\ufffd", text) for text in texts]
        mark = next(iter(self._control), None)
        if mark is None or not texts:
            return [self._tokenize([text]) for text in texts]
        parted: list[list[int]] = [[]]
        for token in self._tokenize([part for text in texts for part in (text, mark)][:-1]):
            if token == mark:
                parted.append([])
            else:
                parted[-1].append(token)
        if len(parted) == len(texts):
            return parted
        return [self._tokenize([text]) for text in texts]  # a text spelled the mark itself

    def _by_characters(self, text: str) -> list[int]:
        """For a text that a tokenizer turns into a control token after all: each character by itself."""
        return [token for token in self._tokenize(list(text)) if token not in self._control]

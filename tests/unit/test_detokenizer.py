"""Ids that a stream left out are found again by their bytes, or not at all."""

from __future__ import annotations

import random

import pytest

from app.model.engines.detokenizer import Detokenizer, _byte_alphabet
from app.model.gguf import GgufVocabulary

LETTER_OF = {byte: letter for letter, byte in _byte_alphabet().items()}


def byte_level(*tokens: bytes) -> Detokenizer:
    """Ids 0-255 are single bytes, then `tokens`."""
    every = [bytes([byte]) for byte in range(256)] + list(tokens)
    spelled = tuple("".join(LETTER_OF[byte] for byte in token).encode() for token in every)
    return Detokenizer(GgufVocabulary("gpt2", spelled, (1,) * len(spelled)))


def test_bytes_of_a_token() -> None:
    detokenizer = byte_level(b" tea")
    assert detokenizer.token_bytes(256) == b" tea"
    assert detokenizer.token_bytes(0xE8) == b"\xe8"
    assert detokenizer.token_bytes(999) is None
    assert detokenizer.token_bytes(-1) is None


def test_bytes_of_a_sentencepiece_token() -> None:
    vocabulary = GgufVocabulary("llama", (b"<0xE8>", "▁tea".encode(), b"</s>", b"<think>"), (6, 1, 3, 4))
    detokenizer = Detokenizer(vocabulary)
    assert [detokenizer.token_bytes(token) for token in range(4)] == [b"\xe8", b" tea", None, b"<think>"]
    assert Detokenizer(GgufVocabulary("t5", (b"a",), (1,))).token_bytes(0) is None


@pytest.mark.parametrize("text", ["茶", "🍵", "é", "ह"])
def test_a_character_of_single_bytes(text: str) -> None:
    *before, last = text.encode()
    assert byte_level().missing_ids(text, last, len(before)) == tuple(before)


def test_longer_tokens() -> None:
    detokenizer = byte_level(b" \xe8", b"\xf0\x9f")
    assert detokenizer.missing_ids(" 茶", 0xB6, 2) == (256, 0x8C)
    assert detokenizer.missing_ids("🍵", 0xB5, 2) == (257, 0x8D)


def test_two_ways_are_no_answer() -> None:
    detokenizer = byte_level(b"\xf0\x9f", b"\x9f\x8d")
    assert detokenizer.missing_ids("🍵", 0xB5, 2) is None
    assert detokenizer.missing_ids("🍵", 0xB5, 3) == (0xF0, 0x9F, 0x8D)


def test_what_cannot_be_is_no_answer() -> None:
    detokenizer = byte_level()
    assert detokenizer.missing_ids("茶", 0x00, 2) is None
    assert detokenizer.missing_ids("茶", 0xB6, 5) is None
    assert detokenizer.missing_ids("\ufffd", 0xBD, 2) is None
    assert detokenizer.missing_ids("茶" * 100, 0xB6, 299) is None


def test_every_answer_spells_the_text() -> None:
    rng = random.Random(7)
    detokenizer = byte_level(b"\xe8\x8c", b"\x8c\xb6", b"\xf0\x9f", b"\x9f\x8d", b"\x8d\xb5")
    for _ in range(300):
        text = chr(rng.choice((0x8336, 0x1F375, 0xE9, 0x4E00 + rng.randrange(2000))))
        data = text.encode()
        for count in range(1, 4):
            found = detokenizer.missing_ids(text, data[-1], count)
            if found is not None:
                spelled = b"".join(detokenizer.token_bytes(token) or b"" for token in (*found, data[-1]))
                assert (spelled, len(found)) == (data, count)

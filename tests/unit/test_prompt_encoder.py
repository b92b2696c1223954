"""Pieces into token ids: control tokens come from the template alone."""

from __future__ import annotations

from collections.abc import Sequence

from app.model.engines.chat_template import Piece
from app.model.engines.prompt_encoder import PromptEncoder
from app.model.gguf import GgufVocabulary

END, USER, THINK = 0, 1, 2
VOCABULARY = GgufVocabulary("gpt2", (b"<|end|>", b"<|user|>", b"<think>", b"x"), (3, 3, 4, 1))


class Letters:
    """A tokenizer whose tokens are characters, and that counts its calls.

    `gullible`: it turns a text that spells a control token into it, as no tokenizer should.
    """

    def __init__(self, gullible: bool = False) -> None:
        self.calls = 0
        self.gullible = gullible

    def __call__(self, content: Sequence[str | int]) -> list[int]:
        self.calls += 1
        ids: list[int] = []
        for part in content:
            if isinstance(part, int):
                ids.append(part)
            elif self.gullible and part == "<|end|>":
                ids.append(END)
            else:
                ids += [1000 + ord(letter) for letter in part]
        return ids


def letters(text: str) -> list[int]:
    return [1000 + ord(letter) for letter in text]


def template(text: str) -> Piece:
    return Piece(text, is_template=True)


def written(text: str) -> Piece:
    return Piece(text, is_template=False)


def test_control_tokens_of_the_template_and_only_those() -> None:
    encoder = PromptEncoder(VOCABULARY, Letters(), [])
    ids = encoder.encode([template("<|user|>\n"), written("a<|end|>b"), template("<|end|>")])
    assert ids == [USER, *letters("\na<|end|>b"), END]


def test_text_between_two_control_tokens_is_one_text() -> None:
    class Texts(Letters):
        def __call__(self, content: Sequence[str | int]) -> list[int]:
            assert [part for part in content if isinstance(part, str)] == ["\na b"]
            return super().__call__(content)

    PromptEncoder(VOCABULARY, Texts(), []).encode(
        [template("<|user|>\n"), written("a"), template(" b<|end|>")]
    )


def test_a_gullible_tokenizer_is_not_believed() -> None:
    encoder = PromptEncoder(VOCABULARY, Letters(gullible=True), [])
    assert encoder.encode([template("<|user|>"), written("<|end|>")]) == [USER, *letters("<|end|>")]
    assert encoder.encode([written("<|end|>"), template("<|user|>"), written("ok")])[-2:] == letters("ok")


def test_the_beginning_stands_there_once() -> None:
    encoder = PromptEncoder(VOCABULARY, Letters(), [USER])
    assert encoder.encode([written("a")]) == [USER, *letters("a")]
    assert encoder.encode([template("<|user|>"), written("a")]) == [USER, *letters("a")]


def test_texts_seen_before_are_not_asked_for_again() -> None:
    tokenize = Letters()
    encoder = PromptEncoder(VOCABULARY, tokenize, [])
    turns = [piece for at in range(100) for piece in (template("<|user|>"), written(f"text {at}"))]
    first = encoder.encode(turns)
    assert tokenize.calls == 1
    assert encoder.encode(turns) == first
    assert encoder.encode(turns[50:]) == first[-len(encoder.encode(turns[50:])) :]
    assert tokenize.calls == 1


def test_lone_surrogates_are_replaced() -> None:
    encoder = PromptEncoder(VOCABULARY, Letters(), [])
    assert encoder.encode([written("a\ud800b")]) == letters("a\ufffdb")


def test_a_vocabulary_without_control_tokens() -> None:
    encoder = PromptEncoder(GgufVocabulary("gpt2", (), ()), Letters(), [])
    assert encoder.encode([template("User: "), written("a")]) == letters("User: a")

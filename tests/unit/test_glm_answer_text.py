"""What streams is what the official code makes of the whole answer, and nothing is taken back."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.model.glm.answer_text import AnswerStream, Piece, PieceKind, Thinking
from app.model.glm.family import Family
from app.model.glm.tokenizers.opening import open_tokenizer
from app.model.glm.tokenizers.protocol import Control
from tests.helpers.glm_tokenizers import SENTENCES, config_for, small_tokenizer
from tests.helpers.shared import shared

PIECES = (
    *SENTENCES, "[[训练时间]]", "[[训练", "[[[", "时间]]", ",", "!", ":", ";", "?", "中", "a", " ",
    "\n", "\n\n", "  ",
    "<think>", "</think>", "</thi", "<thi", "🍵", "<n>", "\u3000", "é",
)  # fmt: skip
WIDE = {",": "，", "!": "！", ":": "：", ";": "；", r"\?": "？"}


def whole(family: Family, text: str) -> str:
    """The finished answer, written as the official code does it: with whole strings."""
    match family:
        case Family.CHATGLM:
            text = text.strip().replace("[[训练时间]]", "2023年")
            for mark, wide in WIDE.items():
                text = re.sub(rf"([\u4e00-\u9fff]){mark}", rf"\1{wide}", text)
                text = re.sub(rf"{mark}([\u4e00-\u9fff])", rf"{wide}\1", text)
            return text
        case Family.CHATGLM2 | Family.CHATGLM3:
            return text.strip().replace("[[训练时间]]", "2023年")
        case Family.CODEGEEX2:
            return text
        case _:
            return text.removeprefix("\n")


def streamed(stream: AnswerStream, ids: list[int]) -> list[Piece]:
    pieces = [piece for token in ids for piece in stream.push(token)]
    return pieces + stream.finish()


def text_of(pieces: list[Piece], kind: PieceKind = PieceKind.TEXT) -> str:
    return "".join(piece.text for piece in pieces if piece.kind is kind)


def ids_for(family: Family) -> st.SearchStrategy[list[int]]:
    """Ids of texts that matter mixed with any ids at all."""
    tokenizer = small_tokenizer(family)
    from_text = st.sampled_from(PIECES).map(tokenizer.encode_text)
    any_id = st.integers(0, tokenizer.vocab_limit + 3).map(lambda token: [token])
    return st.lists(st.one_of(from_text, any_id), max_size=12).map(
        lambda parts: [token for part in parts for token in part]
    )


@pytest.mark.parametrize("family", [family for family in Family if family is not Family.GLM_Z1])
@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_streamed_is_whole(family: Family, data: st.DataObject) -> None:
    ids = data.draw(ids_for(family))
    pieces = streamed(AnswerStream(small_tokenizer(family), family), ids)
    assert text_of(pieces) == whole(family, small_tokenizer(family).decode(ids))
    assert [token for piece in pieces for token in piece.ids] == ids
    assert {piece.kind for piece in pieces} <= {PieceKind.TEXT}


@pytest.mark.parametrize("mode", [Thinking.OPENED, Thinking.TAGGED])
@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_streamed_thinking_is_whole(mode: Thinking, data: st.DataObject) -> None:
    ids = data.draw(ids_for(Family.GLM_Z1))
    pieces = streamed(AnswerStream(small_tokenizer(Family.GLM_Z1), Family.GLM_Z1, thinking=mode), ids)
    text = small_tokenizer(Family.GLM_Z1).decode(ids)
    thought = ""
    if mode is Thinking.OPENED or text.lstrip().startswith("<think>"):
        if mode is Thinking.TAGGED:
            text = text.lstrip()[7:]
        thought, _, text = text.partition("</think>")
    assert text_of(pieces, PieceKind.REASONING) == thought.strip()
    assert text_of(pieces) == text.strip()
    assert [token for piece in pieces for token in piece.ids] == ids
    kinds = [piece.kind for piece in pieces if piece.text]
    assert kinds == sorted(kinds, key=lambda kind: kind is PieceKind.TEXT)


@pytest.mark.parametrize("family", Family)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_going_on_from_a_begun_answer(family: Family, data: st.DataObject) -> None:
    """The text of an answer cut in two is the text of the whole one, up to whitespace at the cut."""
    tokenizer = small_tokenizer(family)
    text = (
        "好, the tea: " + data.draw(st.lists(st.sampled_from(PIECES[:-10]), max_size=4).map("".join)) + "end"
    )
    ids = tokenizer.encode_text(text)
    cut = data.draw(st.integers(1, len(ids)))
    thinking = Thinking.NONE
    one = text_of(streamed(AnswerStream(tokenizer, family, thinking=thinking), ids))
    first = text_of(streamed(AnswerStream(tokenizer, family, thinking=thinking), ids[:cut]))
    assume(first and "\ufffd" not in first and "[" not in text)
    second = text_of(streamed(AnswerStream(tokenizer, family, begun=first), ids[cut:]))
    narrow = str.maketrans("，！：；？", ",!:;?")
    assert re.sub(r"\s", "", (first + second).translate(narrow)) == re.sub(r"\s", "", one.translate(narrow))


def test_a_begun_answer_keeps_its_spaces_and_its_neighbour() -> None:
    tokenizer = small_tokenizer(Family.CHATGLM)
    stream = AnswerStream(tokenizer, Family.CHATGLM, begun="中")
    assert text_of(streamed(stream, [tokenizer.encode_text("a,")[-1]])) == "，"
    stream = AnswerStream(tokenizer, Family.CHATGLM, begun="tea")
    assert text_of(streamed(stream, tokenizer.encode_text("world"))) == " world"
    tokenizer = small_tokenizer(Family.GLM4)
    assert (
        text_of(streamed(AnswerStream(tokenizer, Family.GLM4, begun="x"), tokenizer.encode_text("\ny")))
        == "\ny"
    )
    z1 = AnswerStream(small_tokenizer(Family.GLM_Z1), Family.GLM_Z1, begun="x")
    assert text_of(streamed(z1, small_tokenizer(Family.GLM_Z1).encode_text(" y"))) == " y"


def test_what_is_kept_back() -> None:
    tokenizer = small_tokenizer(Family.CHATGLM)
    stream = AnswerStream(tokenizer, Family.CHATGLM)
    comma, chinese, newline = (tokenizer.encode_text(text)[-1] for text in ("a,", "a你", "a\n"))
    assert stream.push(chinese) == [Piece(PieceKind.TEXT, "你", (chinese,))]
    assert stream.push(newline) == []
    assert stream.push(comma) == [Piece(PieceKind.TEXT, "\n", (newline, comma))]
    assert stream.push(chinese) == [Piece(PieceKind.TEXT, "，你", (chinese,))]
    assert stream.push(comma) == [Piece(PieceKind.TEXT, "，", (comma,))]  # nothing can change it any more
    assert stream.push(newline) == []
    assert stream.finish() == [Piece(PieceKind.TEXT, "", (newline,))]


@pytest.mark.parametrize("family", Family)
def test_a_character_of_many_bytes_comes_whole(family: Family) -> None:
    tokenizer = small_tokenizer(family)
    ids = [*tokenizer.encode_text("a🍵"), max(tokenizer.control_ids)]
    stream = AnswerStream(tokenizer, family, thinking=Thinking.NONE)
    pieces = streamed(stream, ids)
    assert text_of(pieces) == "a🍵"
    assert [piece.text for piece in pieces if piece.text][-1] == "🍵"


def test_an_unfinished_character_is_said_at_the_end() -> None:
    for family in Family:
        tokenizer = small_tokenizer(family)
        ids = tokenizer.encode_text("a🍵")[:-1]
        assert text_of(streamed(AnswerStream(tokenizer, family, thinking=Thinking.NONE), ids)).startswith(
            "a\ufffd"
        )


def test_thinking_of_z1() -> None:
    tokenizer = small_tokenizer(Family.GLM_Z1)
    ids = tokenizer.encode_text("\nLet me see, <b>.\n</think>\n\nTea. </think> is a tag.\n")
    pieces = streamed(AnswerStream(tokenizer, Family.GLM_Z1), ids)
    assert text_of(pieces, PieceKind.REASONING) == "Let me see, <b>."
    assert text_of(pieces) == "Tea. </think> is a tag."
    ids = tokenizer.encode_text("Tea.")
    assert text_of(streamed(AnswerStream(tokenizer, Family.GLM_Z1, thinks=False), ids)) == "Tea."
    pieces = streamed(AnswerStream(tokenizer, Family.GLM_Z1), ids)  # never came to an end
    assert text_of(pieces, PieceKind.REASONING) == "Tea."


def test_tags_are_text_where_nothing_thinks() -> None:
    tokenizer = small_tokenizer(Family.GLM4)
    ids = tokenizer.encode_text("<think>x</think>")
    assert text_of(streamed(AnswerStream(tokenizer, Family.GLM4), ids)) == "<think>x</think>"


def test_an_answer_of_the_real_chatglm() -> None:
    """The official smoke test's answer, before and after its rule for punctuation (reference section 2.9)."""
    tokenizer = open_tokenizer(shared("fixtures", "chatglm-6b"), config_for(Family.CHATGLM, 130528))
    raw = "你好👋!我是人工智能助手 ChatGLM-6B,很高兴见到你,欢迎问我任何问题。"
    ids = [*tokenizer.encode_text(raw), tokenizer.control[Control.EOP]]
    pieces = streamed(AnswerStream(tokenizer, Family.CHATGLM), ids)
    assert text_of(pieces) == "你好👋！我是人工智能助手 ChatGLM-6B，很高兴见到你，欢迎问我任何问题。"
    assert len(pieces) > 10


def test_an_answer_of_the_real_chatglm3() -> None:
    vectors = shared("fixtures", "vectors", "tokenizer_vectors.json").read_text(encoding="utf-8")
    case = json.loads(vectors)["chatglm3-6b"]["chat_cases"][1]
    ids = case["ids"]
    answer = ids[ids.index(64796) + 1 : ids.index(64795, ids.index(64796))]
    tokenizer = open_tokenizer(shared("fixtures", "chatglm2-6b"), config_for(Family.CHATGLM3, 65024))
    assert (
        text_of(streamed(AnswerStream(tokenizer, Family.CHATGLM3), answer)) == case["messages"][1]["content"]
    )

"""A stream ends with the blocks of the whole text, however it was cut, and touches little on the way."""

from __future__ import annotations

import os
import random

import pytest

from app.ui.transcript import stream as stream_module
from app.ui.transcript.blocks import CodeBlock, Heading, ListBlock, Paragraph, Quote, Table, TopBlock
from app.ui.transcript.markdown import parse, plain_text
from app.ui.transcript.stream import MarkdownStream
from tests.helpers import markdown_documents as documents

# For a person who changes the rules: TEAHOUSE_STREAM_DOCUMENTS=20000 tries more than the suite does.
DOCUMENTS = int(os.environ.get("TEAHOUSE_STREAM_DOCUMENTS", "300"))


def fed(*parts: str) -> MarkdownStream:
    stream = MarkdownStream()
    for part in parts:
        stream.append(part)
    return stream


def shown(stream: MarkdownStream) -> str:
    return plain_text(stream.blocks)


def check(text: str, parts: list[str]) -> None:
    """Feed a text in parts; every report must be true, and the end must be exact."""
    note = f"{text!r} in {len(parts)} parts"
    stream = MarkdownStream()
    before: tuple[TopBlock, ...] = ()
    for part in [*parts, None]:
        change = stream.finish() if part is None else stream.append(part)
        after = tuple(stream.blocks)
        first = change.first_changed
        assert all(old is new for old, new in zip(before[:first], after[:first], strict=True))
        assert before[first : first + 1] != after[first : first + 1] or len(before) == len(after) == first
        behind = 0
        for top in after:
            assert behind <= top.start <= top.end <= len(stream.text)
            behind = top.end
        before = after
    assert stream.text == text
    assert before == parse(text), note


def test_any_document_in_any_chunks_ends_as_parsed():
    for seed in range(DOCUMENTS):
        rng = random.Random(seed)
        text = documents.document(rng)
        check(text, documents.chunks(rng, text))


def test_blocks_that_are_shown_in_pieces_end_as_parsed(monkeypatch: pytest.MonkeyPatch):
    for name, limit in (("LONG_PARAGRAPH", 20), ("LONG_BLOCK", 40), ("LONG_CODE", 60)):
        monkeypatch.setattr(stream_module, name, limit)
    for seed in range(DOCUMENTS, DOCUMENTS + DOCUMENTS // 2):
        rng = random.Random(seed)
        text = documents.document(rng)
        check(text, documents.chunks(rng, text))


LONG = {
    "paragraph": "一行**字**和 some words\n" * 300,
    "one line": "没有换行的一段话，with words **粗** " * 300,
    "list": "- 项目 **粗**\n  - 内 `码`\n" * 200,
    "numbered": "".join(f"{number}. 第{number}项\n" for number in range(1, 400)),
    "table": "| a | b |\n|---|---|\n" + "| 一 | **二** |\n" * 300,
    "code": "```py\n" + "x = 1  # 注\n" * 400 + "```\n",
    "quote": "> 引用的一行\n" * 500,
    "one item": "- 项\n" + "  又一行\n\n  另一段\n" * 300,
    "code in an item": "1. 看\n   ```py\n" + "   x = 1\n" * 600 + "   ```\n2. 完\n",
    "blank": "\n" * 6_000,
    "indented": "    x = 1\n" * 500,
    "one line of code": "```\n" + "x=1;" * 1_500 + "\n```\n",
    "heading": "# " + "长" * 5_000,
    "unmatched": "**没有结束 " + "一行字\n" * 1_000,
}


@pytest.mark.parametrize("name", LONG)
def test_long_blocks_end_as_parsed_and_go_on(name: str):
    text = LONG[name] + "\n尾 **巴**\n\n- 后"
    check(text, [text[at : at + 37] for at in range(0, len(text), 37)])


@pytest.mark.parametrize("name", LONG)
def test_a_token_never_costs_the_whole_of_a_long_block(name: str, monkeypatch: pytest.MonkeyPatch):
    lengths: list[int] = []
    real = stream_module.parse_sections

    def counting(text: str):
        lengths.append(len(text))
        return real(text)

    monkeypatch.setattr(stream_module, "parse_sections", counting)
    text = LONG[name]
    stream = MarkdownStream()
    for at in range(0, len(text), 16):
        stream.append(text[at : at + 16])
    limit = (
        stream_module.LONG_CODE
        if name in ("code in an item", "one line of code")
        else stream_module.LONG_BLOCK
    )
    typical = sorted(lengths)[len(lengths) * 99 // 100]
    assert typical <= limit + 200
    stream.finish()
    assert tuple(stream.blocks) == parse(text)


def test_finished_blocks_are_never_replaced():
    stream = fed("# 题\n\n第一段\n\n第二")
    heading, first, _ = stream.blocks
    assert stream.append("段").first_changed == 2
    assert stream.append("\n\n第三段\n\n").first_changed == 3
    assert stream.finish().first_changed == 4
    assert stream.blocks[0] is heading
    assert stream.blocks[1] is first


def test_items_rows_and_cells_that_stand_are_the_same_objects():
    stream = fed("- 一\n- 二\n- 三")
    before = stream.blocks[0].block
    stream.append("\n- 四\n- ")
    after = stream.blocks[0].block
    assert isinstance(before, ListBlock)
    assert isinstance(after, ListBlock)
    kept = after.items[0]
    stream.append("五\n- 六")
    latest = stream.blocks[0].block
    assert isinstance(latest, ListBlock)
    assert latest.items[0] is kept
    assert len(latest.items) == 6


def test_nothing_is_reported_where_nothing_changed():
    stream = fed("文")
    assert stream.append("").first_changed == 1
    assert fed().append("").first_changed == 0


def test_a_finished_stream_takes_no_more():
    stream = fed("文")
    stream.finish()
    with pytest.raises(ValueError, match="finished"):
        stream.append("x")


def test_a_stream_may_start_with_text_and_go_on():
    stream = MarkdownStream("- 一\n- 二")
    stream.append("\n- 三")
    stream.finish()
    assert tuple(stream.blocks) == parse("- 一\n- 二\n- 三")


@pytest.mark.parametrize(
    ("so_far", "expected"),
    [
        ("说明：\n-", "说明："),  # may become a list; as it stands it underlines a heading
        ("说明：\n1.", "说明："),
        ("说明：\n``", "说明："),
        ("说明：\n#", "说明："),
        ("比较：\n| 名 | 值", "比较："),
        ("比较：\n| 名 | 值 |\n", "比较："),
        ("比较：\n| 名 | 值 |\n|--", "比较："),
        ("文 **", "文 "),
        ("看 [这里](https://exam", "看 这里"),
    ],
)
def test_marks_are_held_back_until_they_mean_something(so_far: str, expected: str):
    stream = fed(so_far)
    (top,) = stream.blocks
    assert isinstance(top.block, Paragraph)
    assert shown(stream).rstrip() == expected.rstrip()
    stream.finish()
    assert tuple(stream.blocks) == parse(so_far)


@pytest.mark.parametrize(
    ("so_far", "style", "text"),
    [
        ("文 **粗", "bold", "粗"),
        ("文 **粗*", "bold", "粗"),
        ("- 项 **粗体 ", "bold", "粗体"),
        ("文 `co", "code", "co"),
        ("文 `a**b", "code", "a**b"),
    ],
)
def test_open_marks_look_as_they_will(so_far: str, style: str, text: str):
    block = fed(so_far).blocks[-1].block
    if isinstance(block, ListBlock):
        block = block.items[-1].blocks[-1]
    assert isinstance(block, Paragraph)
    assert [span.text for span in block.spans if getattr(span, style)] == [text]


def test_a_single_star_is_no_mark():
    assert shown(fed("2 * 3 * 4")) == "2 * 3 * 4"


@pytest.mark.parametrize("opening", ["```py\n", "```py\na\n", "- x\n  ```py\n  "])
def test_code_is_shown_as_it_comes(opening: str):
    stream = fed(opening, "y = a**", "b | `c` ")
    assert "y = a**b | `c` " in shown(stream)


def test_a_table_grows_by_whole_rows():
    stream = fed("| 名 | 值 |\n|---|---|\n| 一 | 1 |\n| 二 ")
    (top,) = stream.blocks
    assert isinstance(top.block, Table)
    assert len(top.block.rows) == 1
    stream.append("| 2 |\n")
    (top,) = stream.blocks
    assert isinstance(top.block, Table)
    assert len(top.block.rows) == 2


def test_a_fence_is_closed_when_its_end_is_there():
    stream = fed("```py\nx = 1\n``")
    (top,) = stream.blocks
    assert top.block == CodeBlock("py", "x = 1", closed=False)
    stream.append("`\n")
    (top,) = stream.blocks
    assert top.block == CodeBlock("py", "x = 1", closed=True)


def test_kinds_that_one_more_line_decides():
    stream = fed("文\n")
    assert isinstance(stream.blocks[0].block, Paragraph)
    stream.append("===\n> 引\n")
    assert isinstance(stream.blocks[0].block, Heading)
    stream.append("懒\n")
    quote = stream.blocks[1].block
    assert isinstance(quote, Quote)
    assert plain_text(stream.blocks[1:]) == "引\n懒"

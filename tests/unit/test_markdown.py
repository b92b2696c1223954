"""What models write becomes the right blocks, whole and inert."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ui.transcript.blocks import (
    Align,
    Block,
    CodeBlock,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
)
from app.ui.transcript.markdown import PLAIN_CHUNK, parse, plain_blocks, plain_text
from tests.helpers import markdown_documents as documents


def blocks(text: str) -> list[Block]:
    return [top.block for top in parse(text)]


def only(text: str) -> Block:
    (block,) = blocks(text)
    return block


def spans(text: str) -> tuple[Span, ...]:
    block = only(text)
    assert isinstance(block, Paragraph)
    return block.spans


def words(block: Block) -> str:
    assert isinstance(block, Paragraph | Heading)
    return "".join(span.text for span in block.spans)


def paragraph(text: str) -> Paragraph:
    return Paragraph((Span(text),))


def test_a_list_may_follow_a_line_of_text():
    first, second = blocks("步骤如下：\n- 一\n- 二")
    assert words(first) == "步骤如下："
    assert isinstance(second, ListBlock)
    assert [words(item.blocks[0]) for item in second.items] == ["一", "二"]


def test_two_spaces_nest_a_list():
    outer = only("- 水果\n  - 苹果\n    - 红\n- 蔬菜")
    assert isinstance(outer, ListBlock)
    assert len(outer.items) == 2
    inner = outer.items[0].blocks[1]
    assert isinstance(inner, ListBlock)
    assert isinstance(inner.items[0].blocks[1], ListBlock)


def test_ordered_and_unordered_lists_nest_and_count_on():
    outer = only("3. 三\n   - 点\n     1) 一\n4. 四")
    assert isinstance(outer, ListBlock)
    assert (outer.ordered, outer.start, len(outer.items)) == (True, 3, 2)
    bullets = outer.items[0].blocks[1]
    assert isinstance(bullets, ListBlock)
    assert not bullets.ordered
    numbers = bullets.items[0].blocks[1]
    assert isinstance(numbers, ListBlock)
    assert numbers.ordered


@pytest.mark.parametrize(
    ("text", "tight"),
    [
        ("- a\n- b", True),
        ("- a\n\n- b", False),
        ("- a\n\n  b\n- c", False),
        ("- a\n  - b\n\n    c\n- d", True),
        ("- # a\n\n- # b", False),
        ("- a\n- b\n\n\ntext", True),
        ("> - a\n>\n> - b", False),
        ("- ```\n\n  x\n  ```\n- b", True),
    ],
)
def test_loose_lists_have_a_blank_line_between_items_or_blocks(text: str, tight: bool):
    block = blocks(text)[0]
    block = block.blocks[0] if isinstance(block, Quote) else block
    assert isinstance(block, ListBlock)
    assert block.tight is tight


def test_an_empty_item_is_kept():
    block = only("- a\n-\n- c")
    assert isinstance(block, ListBlock)
    assert [len(item.blocks) for item in block.items] == [1, 0, 1]


def test_a_table_may_follow_a_line_of_text_and_be_followed_by_one():
    before, table, after = blocks("比较：\n| 名称 | 值 |\n|:-:|--:|\n| **茶** | 1 |\n| 水 |\n以上。")
    assert (words(before), words(after)) == ("比较：", "以上。")
    assert table == Table(
        (Align.CENTER, Align.RIGHT),
        ((Span("名称"),), (Span("值"),)),
        (((Span("茶", bold=True),), (Span("1"),)), ((Span("水"),), ())),
    )


def test_a_fence_inside_an_item_keeps_its_lines():
    block = only("1. 运行：\n   ```py\n   if x:\n       y\n\n   ```\n2. 完")
    assert isinstance(block, ListBlock)
    assert block.items[0].blocks[1] == CodeBlock("py", "if x:\n    y\n")
    assert len(block.items) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```python\nx\n```", CodeBlock("python", "x")),
        ("```c++ title\nx", CodeBlock("c++", "x", closed=False)),
        ("~~~\n```\n~~~~", CodeBlock("", "```")),
        ("````\n```\n````", CodeBlock("", "```")),
        ("```", CodeBlock("", "", closed=False)),
        ("```\n\n```", CodeBlock("", "")),
        ("```\n    ```", CodeBlock("", "    ```", closed=False)),
        ("    indented\n\n      more", CodeBlock("", "indented\n\n  more")),
    ],
)
def test_code(text: str, expected: CodeBlock):
    assert only(text) == expected


def test_headings_quotes_and_rules():
    assert blocks("# 一 #\n二\n---\n***\n> 引\n> > 深\n续") == [
        Heading(1, (Span("一"),)),
        Heading(2, (Span("二"),)),
        Rule(),
        Quote((paragraph("引"), Quote((paragraph("深\n续"),)))),
    ]


@pytest.mark.parametrize(
    "text", ["他说**“重点”**，对", "**“重点”**，", "这是**（重点）**的", "**重点：**内容", "说**《书》**吧"]
)
def test_chinese_bold_beside_full_width_punctuation(text: str):
    found = re.search(r"\*\*(.+)\*\*", text)
    assert found is not None
    assert [span.text for span in spans(text) if span.bold] == [found[1]]
    assert "*" not in "".join(span.text for span in spans(text))


def test_styles_combine():
    assert spans("***a** b* ~~c~~ **d `e` [f](https://g.h)** __**i** j__") == (
        Span("a", bold=True, italic=True),
        Span(" b", italic=True),
        Span(" "),
        Span("c", strike=True),
        Span(" "),
        Span("d ", bold=True),
        Span("e", bold=True, code=True),
        Span(" ", bold=True),
        Span("f", bold=True, href="https://g.h"),
        Span(" "),
        Span("i j", bold=True),
    )


def test_line_breaks_are_kept_and_no_space_enters_chinese_text():
    assert spans("床前明月光\n疑是地上霜  \n举头\\\n望明月") == (
        Span("床前明月光\n疑是地上霜\n举头\n望明月"),
    )


def test_escapes_and_entities():
    assert spans(r"\*a\* \\ \[b\](c) \`d &lt;e&gt; &#20013; &nosuch;") == (
        Span(r"*a* \ [b](c) `d <e> 中 &nosuch;"),
    )


def test_task_lists_and_footnotes_are_text():
    block = only("- [ ] 做\n- [x] 完")
    assert isinstance(block, ListBlock)
    assert [words(item.blocks[0]) for item in block.items] == ["[ ] 做", "[x] 完"]
    assert blocks("见注[^1]。\n\n[^1]: 来源") == [paragraph("见注[^1]。"), paragraph("[^1]: 来源")]


def test_link_reference_definitions_stay_visible():
    assert plain_text(parse("[文][1]\n\n[1]: https://a.b")) == "[文][1]\n\n[1]: https://a.b"


def test_links_to_pages_and_mail_keep_their_address():
    assert spans("<https://a.b/c> <m@a.b> [文](http://d.e 'T') [中](https://a.b/茶(1))") == (
        Span("https://a.b/c", href="https://a.b/c"),
        Span(" "),
        Span("m@a.b", href="mailto:m@a.b"),
        Span(" "),
        Span("文", href="http://d.e"),
        Span(" "),
        Span("中", href="https://a.b/%E8%8C%B6(1)"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](JavaScript:alert(1))",
        "[x](data:text/html;base64,AAAA)",
        "[x](file:///etc/passwd)",
        "[x](&#106;avascript:alert(1))",
        "<javascript:alert(1)>",
        "<ftp://a.b>",
        "![x](data:image/png;base64,AAAA)",
        "![x](https://a.b/c.png)",
        "<img src=https://a.b/c.png>",
        "<script>alert(1)</script>",
        "<div onclick='x'>hi</div>",
        "<!-- comment -->",
        "<|im_end|><|user|>[gMASK]<sop>",
        "[x](#section)",
        "https://a.b",
    ],
)
def test_nothing_else_can_be_opened_or_run(text: str):
    assert all(not span.href for span in spans(text))


def test_html_and_control_tokens_are_shown_as_typed():
    text = "<b>粗</b><br/> <|im_end|> <|endoftext|> [gMASK] <sop>"
    assert spans(text) == (Span(text),)


def test_pictures_are_their_description_and_address():
    assert spans('![茶 *壶*](https://a.b/c_d_.png "T")') == (Span("茶 *壶* (https://a.b/c_d_.png)"),)
    assert spans("[![徽](https://a.b/c.svg)](https://d.e)") == (
        Span("徽 (https://a.b/c.svg)", href="https://d.e"),
    )


def test_brackets_pair_as_in_commonmark():
    assert spans("[a [b](http://c) d](http://e) [`]`](http://f) [\\]](http://g)") == (
        Span("[a "),
        Span("b", href="http://c"),
        Span(" d](http://e) "),
        Span("]", code=True, href="http://f"),
        Span(" "),
        Span("]", href="http://g"),
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ranges_are_the_lines_of_the_block(end: str):
    lines = ["", "# 题", "文", "", "  - 一", "", "  - 二", "", "", "```", "x", "```", "> 引", "", "尾", ""]
    text = end.join(lines)
    assert [text[top.start : top.end].split(end) for top in parse(text)] == [
        ["# 题"],
        ["文"],
        ["  - 一", "", "  - 二"],
        ["```", "x", "```"],
        ["> 引"],
        ["尾"],
    ]


def test_ranges_cover_all_but_blank_lines():
    for seed in range(200):
        text = documents.document(random.Random(seed))
        behind = 0
        for top in parse(text):
            assert behind <= top.start <= top.end <= len(text)
            assert not text[behind : top.start].strip(" \t\r\n"), text
            behind = top.end
        assert not text[behind:].strip(" \t\r\n"), text


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab 字，。中文\n\t\u3000é🍵１"), max_size=200))
def test_nothing_is_lost_of_text_without_markup(text: str):
    shown = plain_text(parse(text))
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", text)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("a字\n #>-*_`~|[]()!<&;:\\1.\t\x00\ud800\u2028http"), max_size=120))
def test_no_text_breaks_the_parser(text: str):
    for top in parse(text):
        assert 0 <= top.start <= top.end <= len(text)


# Each would take minutes, gigabytes or the whole stack in a parser without bounds. Here they take
# milliseconds, and the limit of time is only there to end a test that has failed.
@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        ">" * 10_000,
        "> " * 10_000 + "x",
        "[" * 10_000,
        "![" * 10_000,
        "[" * 10_000 + "](x)" * 10_000,
        "![a" * 5_000 + "](x)" * 5_000,
        "[a](" * 10_000,
        "[a](<b" * 10_000,
        "[a](b '" * 10_000,
        "- " * 10_000 + "x",
        "1. " * 10_000,
        "".join(f"{'  ' * depth}- a\n" for depth in range(300)),
        "".join(f"{'>' * depth} a\n" for depth in range(300)),
        "*a " * 10_000,
        "_a*" * 10_000,
        "**" * 10_000 + "x",
        "`" * 10_000,
        " ".join("`" * length for length in range(300)),
        "<" * 10_000,
        "<a@" * 10_000,
        "&#" * 10_000,
        "\\" * 10_000,
        "|" * 10_000 + "\n" + "|-" * 5_000,
        "|a" * 40 + "|\n" + "|-" * 40 + "|\n" + "|a\n" * 10_000,
        "\n" * 10_000 + "x",
        "- \n" * 10_000,
        "```\n" * 9_999,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_hostile_text_is_bounded(text: str):
    shown = parse(text)
    assert _depth([top.block for top in shown]) <= 30
    assert len(plain_text(shown)) <= 3 * len(text) + 100


def _depth(inner: list[Block]) -> int:
    below = [0]
    for block in inner:
        if isinstance(block, Quote):
            below.append(1 + _depth(list(block.blocks)))
        elif isinstance(block, ListBlock):
            below.append(1 + max((_depth(list(item.blocks)) for item in block.items), default=0))
    return max(below)


def test_what_is_nested_too_deeply_stays_as_text():
    assert "最深" in plain_text(parse("> " * 200 + "最深"))
    assert "最深" in plain_text(parse("- " * 200 + "最深\n\n外"))
    assert plain_text(parse("- " * 200 + "最深\n\n外")).endswith("外")


def test_plain_text_reads_like_the_message():
    text = (
        "# 题\n文 **粗**\n\n3. 一\n   - 点\n4. 二\n\n| a | b |\n|-|-|\n| 1 | 2 |\n\n> 引\n\n```py\nx = 1\n```"
    )
    assert plain_text(parse(text)) == "题\n\n文 粗\n\n3. 一\n• 点\n4. 二\n\na\tb\n1\t2\n\n引\n\nx = 1"


def test_plain_blocks_show_text_as_it_is():
    text = "# 不是标题\r\n**不粗**\n\n  <b>&amp;"
    (top,) = plain_blocks(text)
    assert top.block == paragraph("# 不是标题\n**不粗**\n\n  <b>&amp;")
    assert text[top.start : top.end] == text
    assert plain_blocks("") == ()


@pytest.mark.parametrize(
    "text",
    [
        "行\n" * 5_000,
        "词 " * 5_000,
        "字" * 10_000,
        "好，" * 3_000 + "\r\n" * 3_000,
        "\n" * 5_000,
        "a" * 2_001,
    ],
    ids=["lines", "words", "no border", "crlf", "blank", "one more"],
)
def test_long_plain_text_is_divided_without_loss(text: str):
    tops = plain_blocks(text)
    behind = 0
    for top in tops:
        assert isinstance(top.block, Paragraph)
        assert top.end - top.start <= PLAIN_CHUNK
        assert text[behind : top.start] in ("", "\n", "\r\n")
        assert "".join(span.text for span in top.block.spans) == text[top.start : top.end].replace(
            "\r\n", "\n"
        )
        behind = top.end
    assert text[behind:] in ("", "\n", "\r\n")

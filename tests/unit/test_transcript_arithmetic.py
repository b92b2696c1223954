"""The pure parts of the transcript: stacks of heights, UTF-16, columns of tables, the flow of pieces."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.ui.transcript import utf16
from app.ui.transcript.blocks import ListBlock, ListItem, Paragraph, Quote, Span, TopBlock
from app.ui.transcript.flow import BULLET, MAX_PIECE, Gap, TextPart, pieces_of, plain, same_items
from app.ui.transcript.markdown import parse
from app.ui.transcript.stack import Stack
from app.ui.transcript.table_columns import column_widths

FAST = settings(max_examples=60, deadline=None, derandomize=True)
HEIGHTS = st.lists(st.integers(0, 50).map(float), max_size=12)


@FAST
@given(
    heights=HEIGHTS,
    y=st.integers(-10, 400),
    changes=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 60))),
)
def test_a_stack_is_the_sum_of_its_heights_also_after_changes(heights, y, changes):
    stack = Stack(heights)
    stack.append(7.0)
    heights = [*heights, 7.0]
    for index, height in changes:
        if index < len(heights):
            assert stack.set_height(index, float(height)) == (heights[index] != height)
            heights[index] = float(height)
    assert stack.total == sum(heights)
    assert [stack.top(index) for index in range(len(heights) + 1)] == [
        sum(heights[:n]) for n in range(len(heights) + 1)
    ]
    at = stack.at(y)
    assert 0 <= at < len(heights)
    if 0 <= y < stack.total:
        assert stack.top(at) <= y < stack.top(at) + stack.height(at)
    stack.cut(1)
    assert (len(stack), stack.total) == (1, heights[0])


@FAST
@given(heights=HEIGHTS, top=st.integers(-60, 300), size=st.integers(0, 100))
def test_what_lies_within_a_stretch_is_never_left_out(heights, top, size):
    stack = Stack(heights)
    found = set(stack.within(top, top + size))
    for index in range(len(heights)):
        if stack.height(index) and stack.top(index) < top + size and stack.top(index + 1) > top:
            assert index in found


def test_an_empty_stack_has_nothing_anywhere():
    assert Stack().at(0) == -1
    assert list(Stack().within(-10, 10)) == []
    assert Stack().total == 0


@FAST
@given(text=st.text(st.sampled_from("a茶🍵𠮷é\u0301"), max_size=20), at=st.integers(0, 20))
def test_places_in_units_and_characters_are_one_another(text, at):
    index = min(at, len(text))
    unit = utf16.to_units(text, index)
    assert utf16.to_index(text, unit) == index
    assert utf16.length(text) == len(text.encode("utf-16-le")) // 2


def test_what_cannot_be_printed_keeps_its_place():
    assert utf16.printable("a\x00b\ud800\tc\n") == "a\ufffdb\ufffd\tc\n"


@FAST
@given(natural=st.lists(st.floats(1, 2_000), min_size=1, max_size=12), room=st.floats(100, 800))
def test_columns_fill_their_room_and_are_never_wider_than_they_like(natural, room):
    widths = column_widths(natural, room)
    assert all(width <= wish for width, wish in zip(widths, natural, strict=True))
    if sum(natural) <= room:
        assert widths == natural
    elif all(wish > 180 for wish in natural) and 180 * len(natural) > room:
        assert sum(widths) > room  # it moves sideways rather than being squeezed
    if len(natural) * 180 <= room:
        assert sum(widths) <= room + 0.01


def test_narrow_columns_keep_what_they_like_and_wide_ones_share():
    assert column_widths([50, 900, 900], 650) == [50, 300, 300]


def pieces(text: str):
    tops = parse(text)
    return [piece for at, top in enumerate(tops) for piece in pieces_of(top, tops[at - 1] if at else None)]


def test_nested_lists_and_quotes_become_flat_pieces():
    flat = pieces("- one\n  - two\n\n> said\n>\n> > deep")
    shown = [(plain(p.content.spans), p.indent, p.marker, p.marker_level, p.bars) for p in flat]
    assert shown == [
        ("one", 1, BULLET, 0, ()),
        ("two", 2, BULLET, 1, ()),
        ("said", 1, "", 0, (0,)),
        ("deep", 2, "", 0, (0, 1)),
    ]
    assert [p.gap for p in flat] == [Gap.NONE, Gap.ITEM, Gap.BLOCK, Gap.BLOCK]


def test_the_bar_of_a_quote_goes_on_between_its_pieces_only():
    first, second, inner = pieces("> a\n>\n> b\n> > c")
    assert first.joined == ()
    assert second.joined == (0,)
    assert inner.joined == (0,)


def test_numbers_start_where_the_list_says():
    assert [p.marker for p in pieces("7. a\n8. b")] == ["7.", "8."]


def test_an_item_that_starts_with_code_has_a_line_for_its_marker():
    first, second = pieces("- ```\n  x\n  ```")
    assert (first.marker, first.content) == (BULLET, TextPart(()))
    assert second.marker == ""


@FAST
@given(words=st.lists(st.sampled_from(["茶馆。", "tea ", "x" * 900, "\n", "a, "]), min_size=1, max_size=400))
def test_long_paragraphs_are_cut_without_losing_a_word(words):
    text = "".join(words)
    top = TopBlock(Paragraph((Span(text[:50], bold=True), Span(text[50:]))), 0, len(text))
    cut = pieces_of(top, None)
    joined = "".join(plain(piece.content.spans) for piece in cut)
    assert joined.replace("\n", "") == text.replace("\n", "")
    assert all(len(plain(piece.content.spans)) <= MAX_PIECE for piece in cut)


def test_a_growing_list_is_looked_at_from_its_first_new_item_on():
    item = ListItem((Paragraph((Span("a"),)),))
    old = ListBlock(ordered=False, start=1, tight=True, items=(item, item))
    new = ListBlock(
        ordered=False, start=1, tight=True, items=(item, item, ListItem((Paragraph((Span("b"),)),)))
    )
    assert same_items(old, new) == 2
    assert same_items(old, Quote(())) == 0
    whole = pieces_of(TopBlock(new, 0, 9), None)
    assert pieces_of(TopBlock(new, 0, 9), None, 2) == whole[2:]

"""Search hits without Markdown signs; the matches stay on their words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ui.sidebar.snippet_text import plain_snippet


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("likes water that is **not quite boiling**. A way", "likes water that is not quite boiling. A way"),
        ("每天只安排**一个主要地点**，午后", "每天只安排一个主要地点，午后"),
        ("way:\n\n1. Warm the pot\n- one\n  - two", "way: 1. Warm the pot one two"),
        ("| Tea | Water |\n| --- | --- |\n| Green | 80 °C |", "Tea · Water Green · 80 °C"),
        ("# Title\n> quoted `code` ~~gone~~", "Title quoted code gone"),
        ("```python\nimport math\n```\nafter", "import math after"),
        ("2**3 and snake_case and a * b", "2**3 and snake_case and a * b"),
        ("*one* and _two_", "one and two"),
    ],
)
def test_signs_go_and_words_stay(text: str, plain: str) -> None:
    assert plain_snippet(text, ())[0] == plain


def test_a_match_stays_on_its_word() -> None:
    text = "- **Green tea** | likes *tea*"
    marks = [(text.index("tea"), 3), (text.rindex("tea"), 3)]
    plain, moved = plain_snippet(text, marks)
    assert [plain[start : start + length] for start, length in moved] == ["tea", "tea"]


def test_a_sign_that_was_searched_for_stays() -> None:
    assert plain_snippet("a **b** c", [(2, 2)]) == ("a **b c", ((2, 2),))


@settings(derandomize=True, max_examples=300)
@given(
    st.text("ab茶 *_`|#>-\n", max_size=40),
    st.text("xy𝒜", min_size=1, max_size=3),
    st.text("ab *|`\n", max_size=20),
)
def test_marked_words_survive_whatever_stands_around_them(before: str, word: str, after: str) -> None:
    plain, moved = plain_snippet(before + word + after, [(len(before), len(word))])
    assert [plain[start : start + length] for start, length in moved] == [word]
    assert "\n" not in plain

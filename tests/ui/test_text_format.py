"""Groups, dates and numbers in the language in use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from app.ui.text_format import (
    GroupKind,
    count_text,
    date_text,
    group_of,
    group_title,
    one_line,
    percent_text,
    size_text,
)

NOW = datetime(2026, 11, 21, 15, 30).astimezone()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    yield
    QLocale.setDefault(before)


def ms(*when: int) -> int:
    return int(datetime(*when).astimezone().timestamp() * 1000)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("when", "kind", "title"),
    [
        ((2026, 11, 21, 0, 0), GroupKind.TODAY, "Today"),
        ((2026, 11, 22, 9, 0), GroupKind.TODAY, "Today"),  # a clock that was wrong
        ((2026, 11, 20, 23, 59), GroupKind.YESTERDAY, "Yesterday"),
        ((2026, 11, 19, 12, 0), GroupKind.WEEK, "Last 7 days"),
        ((2026, 11, 14, 0, 0), GroupKind.WEEK, "Last 7 days"),
        ((2026, 11, 13, 23, 59), GroupKind.MONTH, "November"),
        ((2026, 3, 1, 0, 0), GroupKind.MONTH, "March"),
        ((2024, 11, 3, 0, 0), GroupKind.MONTH, "November 2024"),
    ],
)
def test_groups(when, kind, title):
    group = group_of(ms(*when), NOW)
    assert group.kind is kind
    assert group_title(group, NOW) == title


def test_chinese_months():
    QLocale.setDefault(QLocale("zh_CN"))
    assert group_title(group_of(ms(2026, 10, 3), NOW), NOW) == "十月"


@settings(derandomize=True, max_examples=200)
@given(st.integers(0, 900 * 24 * 60), st.integers(0, 900 * 24 * 60))
def test_a_group_reaches_from_its_start_to_the_next(ago: int, other_ago: int):
    newer, older = sorted((ago, other_ago))
    newer_ms, older_ms = (
        int((NOW.astimezone(UTC) - timedelta(minutes=minutes)).timestamp() * 1000)
        for minutes in (newer, older)
    )
    group, older_group = group_of(newer_ms, NOW), group_of(older_ms, NOW)
    assert group.start_ms <= newer_ms
    assert (older_ms >= group.start_ms) == (older_group == group)


@pytest.mark.parametrize("moment", [0, -5, 1])
def test_the_earliest_times_do_not_fail(moment):
    assert group_of(moment, NOW).year == 1970
    assert "1970" in date_text(moment, NOW)


def test_dates():
    assert date_text(ms(2026, 11, 21, 9, 5), NOW).replace("\u202f", " ") == "9:05 AM"
    assert date_text(ms(2026, 1, 2), NOW) == "Jan 2"
    assert date_text(ms(2025, 12, 31), NOW) == "Dec 31, 2025"


def test_numbers():
    assert count_text(1830) == "1,830"
    assert size_text(98_362_432) == "98.4 MB"
    assert percent_text(0.344) == "34 %"
    assert percent_text(1.7) == "100 %"


@given(st.text())
@settings(derandomize=True, max_examples=100)
def test_one_line_keeps_every_place(text: str):
    line = one_line(text)
    assert len(line) == len(text)
    assert len(line.splitlines()) <= 1

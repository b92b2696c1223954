"""Answers that no person would write: they are drawn, bounded, and nothing breaks."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.ui.theme import LIGHT
from app.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import answer, bottom, draw, draw_now, streaming, user

HOSTILE = {
    "a line of a megabyte without a space": "x" * 1_000_000,
    "a Chinese line without a mark": "茶" * 200_000,
    "ten thousand quotes": ">" * 10_000 + " deep",
    "nested lists": "\n".join("  " * n + "- item" for n in range(300)),
    "two hundred columns": "|a" * 200 + "|\n" + "|-" * 200 + "|\n" + ("|b" * 200 + "|\n") * 5,
    "forty columns, many rows": "|a" * 40 + "|\n" + "|-" * 40 + "|\n" + ("|b" * 40 + "|\n") * 3_000,
    "control characters": "".join(map(chr, range(32))) * 300 + "\x7f\x00\ud800",
    "both directions": "\u202e" * 500 + "abc \u2066 def עברית العربية \u202d" * 300,
    "characters of no width": "a" + "\u0301" * 20_000 + "\u200b" * 20_000 + "\u200d" * 5_000,
    "code in one line": "```python\n" + "x = [" + "1, " * 200_000 + "]\n```",
    "code of many lines": "```\n" + "line\n" * 60_000 + "```",
    "an open string": '```python\n"""' + "a 'b' \\ " * 20_000,
    "emphasis": "*a **b " * 8_000,
    "brackets": "[" * 20_000 + "](" * 20_000,
    "pictures": "![a](b) " * 5_000,
    "emoji of many parts": "👩‍👩‍👧‍👦" * 5_000,
    "empty lines": "\n" * 200_000,
    "items": "- a\n" * 20_000,
    "html": "<script>alert(1)</script><img src=x onerror=y>" * 2_000,
}


@pytest.fixture
def view(qtbot) -> TranscriptView:
    made = TranscriptView(LIGHT)
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_opened_scrolled_marked_and_copied(view, name):
    text = HOSTILE[name]
    started = time.monotonic()
    view.set_messages([user(1, text[:20_000]), answer(2, text)])
    draw(view)
    for value in (0, bottom(view) // 2, bottom(view)):
        view.verticalScrollBar().setValue(value)
        draw(view)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    QTest.mouseMove(view.viewport(), QPoint(500, 400))
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(500, 400))
    view.stage.selected_text()
    view.resize(500, 600)
    draw(view)
    # Not a measure of speed: a bound that only something quadratic would break.
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("name", ["both directions", "nested lists", "control characters", "brackets"])
def test_a_hostile_message_grows(view, name):
    text = HOSTILE[name][:12_000]
    view.set_messages([user(1, "?"), streaming(2)])
    for at in range(0, len(text), 400):
        view.append_text(2, text[at : at + 400])
        draw_now(view)
    draw(view)
    view.replace(2, answer(2, text))
    draw(view)
    assert view.message_text(2) == text

"""The bar of a memory: its arithmetic, its painted stretches, and its legend."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from app.core import memory_plan
from app.core.memory import GraphicsCard, MachineMemory, MemoryChoice
from app.core.memory_shares import MemoryShares, of_the_card, of_the_computer
from app.ui.settings.memory_bar import MemoryBar, MemoryLegend, colors, stretches
from app.ui.theme import THEMES
from tests.helpers.memory_cases import FP16, GIB, INT4, SIX_B, computer

ESTIMATE = memory_plan.estimate(SIX_B, MemoryChoice(INT4, 8192))
SHARES = MemoryShares(16 * GIB, 4 * GIB, 6 * GIB, 2 * GIB)


def test_others_model_conversation_and_free_are_the_whole_computer() -> None:
    machine = MachineMemory(total=16 * GIB, available=9 * GIB, ours=2 * GIB)
    shares = of_the_computer(machine, ESTIMATE)
    assert shares.others == 5 * GIB
    assert shares.model + shares.conversation == ESTIMATE.total
    assert shares.conversation == ESTIMATE.conversation
    assert shares.others + shares.model + shares.conversation + shares.free == machine.total
    assert shares.missing == 0
    assert of_the_computer(machine, None) == MemoryShares(16 * GIB, 5 * GIB)
    assert of_the_card(machine, ESTIMATE) is None


def test_what_is_too_much_is_missing_and_nothing_is_free() -> None:
    large = memory_plan.estimate(SIX_B, MemoryChoice(FP16, 32768))
    shares = of_the_computer(computer(4 * GIB), large)
    assert shares.missing == large.total - 4 * GIB
    assert shares.free == 0


@pytest.mark.parametrize("free", [0, 2 * GIB, 3 * GIB, 20 * GIB])
def test_computer_and_card_together_hold_the_whole_load(free: int) -> None:
    machine = computer(15 * GIB, card=GraphicsCard("A card", 24 * GIB, free))
    here, there = of_the_computer(machine, ESTIMATE), of_the_card(machine, ESTIMATE)
    assert there is not None
    assert here.model + there.model + here.conversation + there.conversation == ESTIMATE.total
    assert here.conversation + there.conversation == ESTIMATE.conversation
    assert there.model + there.conversation == memory_plan.on_the_card(ESTIMATE, machine) <= free
    assert there.others == 24 * GIB - free
    assert min(here.model, here.conversation, there.model, there.conversation) >= 0


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    parts=st.lists(st.integers(0, 64 * GIB), min_size=3, max_size=3),
    total=st.integers(0, 64 * GIB),
    width=st.floats(20, 2000),
)
def test_stretches_fill_the_bar_and_never_leave_it(parts: list[int], total: int, width: float) -> None:
    found = stretches(MemoryShares(total, *parts), width)
    assert sum(found) == pytest.approx(width)
    assert min(found) >= 0


def test_a_small_conversation_is_still_seen() -> None:
    assert stretches(MemoryShares(16 * GIB, 4 * GIB, 6 * GIB, 1), 700)[2] >= 2


def colors_along(bar: MemoryBar) -> list[str]:
    """The colours that are met from left to right in the middle of the bar."""
    picture = bar.grab().toImage()
    names: list[str] = []
    for x in range(4, picture.width() - 4):
        name = QColor(picture.pixel(x, picture.height() // 2)).name()
        if not names or names[-1] != name:
            names.append(name)
    return names


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_bar_is_painted_in_its_order_and_in_both_themes(themes, qtbot, theme: str) -> None:
    themes.set_preference(theme)
    bar = MemoryBar(themes)
    qtbot.addWidget(bar)
    bar.resize(400, 14)
    bar.set_shares(SHARES)
    others, model, conversation, free, missing = (color.name() for color in colors(THEMES[theme]))
    met = [name for name in colors_along(bar) if name in {others, model, conversation, free, missing}]
    assert met == [others, model, conversation, free]
    assert len({others, model, conversation, free, missing}) == 5
    bar.set_shares(MemoryShares(8 * GIB, 4 * GIB, 6 * GIB, 0))
    assert missing in colors_along(bar)


def test_the_legend_has_the_figures_and_says_what_is_missing(themes, qtbot) -> None:
    legend = MemoryLegend(themes)
    qtbot.addWidget(legend)
    legend.set_shares(SHARES, has_load=True)
    assert legend.texts() == [
        "other programs 4.0 GB", "model 6.0 GB", "conversation 2.0 GB", "free 4.0 GB",
    ]  # fmt: skip
    assert legend.bar.accessibleDescription() == ", ".join(legend.texts())
    legend.set_shares(MemoryShares(8 * GIB, 4 * GIB, 6 * GIB, 0), has_load=True)
    assert legend.texts() == ["other programs 4.0 GB", "model 6.0 GB", "missing 2.0 GB"]
    legend.set_shares(MemoryShares(8 * GIB, 4 * GIB), has_load=False)
    assert legend.texts() == ["other programs 4.0 GB", "free 4.0 GB"]


def test_the_legend_takes_as_many_lines_as_it_needs(themes, qtbot) -> None:
    legend = MemoryLegend(themes)
    qtbot.addWidget(legend)
    legend.set_shares(SHARES, has_load=True)
    wide, narrow = legend.heightForWidth(700), legend.heightForWidth(220)
    assert narrow > wide

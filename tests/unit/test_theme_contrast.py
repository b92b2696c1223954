"""Text on its ground reaches 4.5:1 (WCAG 2, relative luminance), marks of focus 3:1, in both themes."""

from __future__ import annotations

import pytest

from app.ui.theme import CONTRAST_THEMES, DARK, LIGHT, Theme

TEXT_ON_GROUND = {
    "text": "paper sidebar surface user_bubble hover code selection",
    "muted": "paper sidebar surface user_bubble hover code",
    "accent": "paper surface",
    "accent_hover": "paper sidebar surface hover user_bubble",
    "on_accent": "accent accent_hover",
    "danger": "paper surface hover",
    "warning": "paper surface",
    "code_keyword": "code",
    "code_string": "code",
    "code_number": "code",
    "code_comment": "code",
    "code_name": "code",
    "paper": "text",  # tooltips and toasts are inverted
}
MARK_ON_GROUND = {
    "accent": "paper sidebar surface hover",  # the ring of the focus, the dot of the busy conversation
    "muted": "surface",  # the edge of a check box
    "text": "paper sidebar surface",  # the ring of the focus around the main button
}


def luminance(color: str) -> float:
    def linear(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(color[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def pairs(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(ink, ground) for ink, grounds in table.items() for ground in grounds.split()]


def test_the_measure_itself():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize(("ink", "ground"), pairs(TEXT_ON_GROUND))
def test_text_can_be_read(theme: Theme, ink: str, ground: str):
    assert contrast(getattr(theme, ink), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize(("ink", "ground"), pairs(MARK_ON_GROUND))
def test_marks_can_be_seen(theme: Theme, ink: str, ground: str):
    assert contrast(getattr(theme, ink), getattr(theme, ground)) >= 3.0


@pytest.mark.parametrize("theme", CONTRAST_THEMES.values(), ids=lambda theme: theme.name)
@pytest.mark.parametrize(("ink", "ground"), pairs(TEXT_ON_GROUND))
def test_with_more_contrast_text_can_be_read(theme: Theme, ink: str, ground: str):
    is_plain = ink in ("text", "muted") and ground != "selection"
    assert contrast(getattr(theme, ink), getattr(theme, ground)) >= (7 if is_plain else 3)


@pytest.mark.parametrize("theme", CONTRAST_THEMES.values(), ids=lambda theme: theme.name)
@pytest.mark.parametrize("ground", ["paper", "sidebar", "surface"])
def test_with_more_contrast_edges_can_be_seen(theme: Theme, ground: str):
    assert contrast(theme.border, getattr(theme, ground)) >= 3

"""Settings: declared, typed, bounded, and forgiving with what a file holds."""

from __future__ import annotations

import pytest

from app.core import settings as declared
from app.core.settings import ALL, BY_KEY, Settings


def test_every_default_passes_its_own_check_and_keys_are_unique() -> None:
    assert len(BY_KEY) == len(ALL)
    for setting in ALL:
        assert setting.checked(setting.default) == setting.default


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (declared.THEME, "pink"),
        (declared.FONT_SIZE, 99),
        (declared.FONT_SIZE, "15"),
        (declared.FONT_SIZE, True),
        (declared.TEMPERATURE, -0.1),
        (declared.TEMPERATURE, float("nan")),
        (declared.SIDEBAR_VISIBLE, 1),
        (declared.SYSTEM_PROMPT, "x" * 20_001),
        (declared.CONTEXT_LENGTH, 3000),
    ],
)
def test_out_of_bounds_is_refused(setting: declared.Setting, value: object) -> None:
    with pytest.raises(ValueError, match=setting.key):
        Settings().changed(setting, value)


def test_a_file_with_nonsense_gives_the_defaults_for_it() -> None:
    settings = Settings.from_mapping({"theme": "pink", "font_size": 18, "unknown": 1, "top_p": None})
    assert settings.text(declared.THEME) == "system"
    assert settings.number(declared.FONT_SIZE) == 18
    assert settings.decimal(declared.TOP_P) == declared.TOP_P.default


def test_changed_leaves_the_old_values_alone() -> None:
    old = Settings()
    new = old.changed(declared.THEME, "dark")
    assert (old.text(declared.THEME), new.text(declared.THEME)) == ("system", "dark")

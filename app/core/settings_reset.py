"""Every setting as at first, and back again. Pure; what is no choice of a person (window, records) stays."""

from __future__ import annotations

from app.core.model_records import with_wishes_of
from app.core.settings import ALL, CONTEXT_LENGTH, MODEL_RECORDS, PRECISION, Setting, SettingGroup, Settings


def chosen_by_people() -> tuple[Setting, ...]:
    """The settings that somebody chose: those of the pane, and what older versions kept for all models."""
    return tuple(
        setting
        for setting in ALL
        if setting.group is not SettingGroup.STATE or setting in (CONTEXT_LENGTH, PRECISION)
    )


def as_at_first(settings: Settings) -> Settings:
    """`settings` without anything that a person chose, also for single models."""
    return with_choices_of(settings, Settings())


def with_choices_of(settings: Settings, other: Settings) -> Settings:
    """`settings` with everything that a person chose as it is in `other`."""
    for setting in chosen_by_people():
        settings = settings.changed(setting, other.value(setting))
    return settings.changed(MODEL_RECORDS, with_wishes_of(settings, other))

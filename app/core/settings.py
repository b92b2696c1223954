"""The settings: declared once, typed, bounded. Values are immutable; storage reads and writes them.

To add a setting, add one declaration to `ALL`, and its label and help to `ui/texts/settings.py` (a test
compares the two lists). The pane, the validation and the file follow from the declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

SettingValue = str | int | float | bool


class SettingKind(StrEnum):
    """What widget a setting gets and how its value is checked."""

    CHOICE = "choice"
    NUMBER = "number"
    DECIMAL = "decimal"
    SWITCH = "switch"
    TEXT = "text"
    HIDDEN = "hidden"  # remembered by the app, not shown in the pane


class SettingGroup(StrEnum):
    """The pages of the settings pane, in order. Those without settings are of their own make."""

    MODEL = "model"
    MODELS = "models"
    ANSWERS = "answers"
    APPEARANCE = "appearance"
    LANGUAGE = "language"
    STORAGE = "storage"
    PRIVACY = "privacy"
    DOCTOR = "doctor"
    ADVANCED = "advanced"
    ABOUT = "about"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Setting:
    """One declaration. `choices` for CHOICE; `minimum`/`maximum`/`step` for NUMBER and DECIMAL."""

    key: str
    kind: SettingKind
    group: SettingGroup
    default: SettingValue
    choices: tuple[SettingValue, ...] = ()
    minimum: float = 0.0
    maximum: float = 0.0
    step: float = 1.0
    max_length: int = 20_000

    def checked(self, value: object) -> SettingValue:
        """`value` in this setting's type and bounds; raises `ValueError` when it cannot be."""
        match self.kind:
            case SettingKind.CHOICE:
                if value not in self.choices:
                    raise ValueError(f"{self.key}: {value!r} is none of {self.choices}")
                return self.choices[self.choices.index(value)]
            case SettingKind.SWITCH:
                if not isinstance(value, bool):
                    raise ValueError(f"{self.key}: {value!r} is not true or false")
                return value
            case SettingKind.NUMBER:
                return int(self._bounded(value))
            case SettingKind.DECIMAL:
                return float(self._bounded(value))
            case _:
                if not isinstance(value, str) or len(value) > self.max_length:
                    raise ValueError(f"{self.key}: not a text of at most {self.max_length}")
                return value

    def _bounded(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{self.key}: {value!r} is not a number")
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{self.key}: {value} is not in {self.minimum}..{self.maximum}")
        return value


DEVICE = Setting(  # the values of `engine.DeviceWish`
    "device", SettingKind.CHOICE, SettingGroup.MODEL, "auto", ("auto", "processor", "graphics_card")
)
IDLE_MINUTES = Setting(  # 0: the model stays loaded (decisions.md has why half an hour)
    "idle_minutes", SettingKind.CHOICE, SettingGroup.MODEL, 30, (0, 5, 15, 30, 60)
)
THREADS = Setting(  # 0: one for each core; a number of another computer counts as far as this one goes
    "threads", SettingKind.NUMBER, SettingGroup.ADVANCED, 0, maximum=1024
)
THEME = Setting("theme", SettingKind.CHOICE, SettingGroup.APPEARANCE, "system", ("system", "light", "dark"))
FONT_SIZE = Setting("font_size", SettingKind.NUMBER, SettingGroup.APPEARANCE, 15, minimum=12, maximum=24)
LANGUAGE = Setting("language", SettingKind.CHOICE, SettingGroup.LANGUAGE, "system", ("system", "zh_CN", "en"))
# What an older Teahouse kept for all models at once: it counts for a model until something is chosen for
# that model itself (`model_records`). 0 and "auto" are what is recommended for this computer.
CONTEXT_LENGTH = Setting(
    "context_length",
    SettingKind.CHOICE,
    SettingGroup.STATE,
    0,
    (0, 2048, 4096, 8192, 16384, 32768, 65536, 131072),
)
PRECISION = Setting(
    "precision", SettingKind.CHOICE, SettingGroup.STATE, "auto", ("auto", "fp16", "int8", "int4")
)
MODEL_RECORDS = Setting(
    "model_records", SettingKind.HIDDEN, SettingGroup.STATE, "", max_length=60_000
)  # see `model_records`
SYSTEM_PROMPT = Setting("system_prompt", SettingKind.TEXT, SettingGroup.ANSWERS, "")
MAX_TOKENS = Setting(
    "max_tokens",
    SettingKind.CHOICE,
    SettingGroup.ANSWERS,
    1024,
    (256, 512, 1024, 2048, 4096, 0),  # 0: as long as the context allows
)
TEMPERATURE = Setting(
    "temperature",
    SettingKind.DECIMAL,
    SettingGroup.ANSWERS,
    0.7,
    minimum=0.0,
    maximum=1.5,
    step=0.1,
)
TOP_P = Setting("top_p", SettingKind.DECIMAL, SettingGroup.ANSWERS, 0.9, minimum=0.05, maximum=1.0, step=0.05)
LAST_MODEL = Setting("last_model", SettingKind.HIDDEN, SettingGroup.STATE, "")
DEFAULT_MODEL = Setting(  # an id: every start begins with it; "" leaves that to the model used last
    "default_model", SettingKind.HIDDEN, SettingGroup.STATE, ""
)
LAST_CONVERSATION = Setting("last_conversation", SettingKind.HIDDEN, SettingGroup.STATE, "")
WINDOW_GEOMETRY = Setting("window_geometry", SettingKind.HIDDEN, SettingGroup.STATE, "")
FIRST_RUN = Setting(
    "first_run", SettingKind.HIDDEN, SettingGroup.STATE, ""
)  # the welcome: "open" while it waits for a choice, "done" behind it; "" where it never came
SIDEBAR_VISIBLE = Setting("sidebar_visible", SettingKind.SWITCH, SettingGroup.STATE, True)

ALL: tuple[Setting, ...] = (
    DEVICE,
    IDLE_MINUTES,
    CONTEXT_LENGTH,
    PRECISION,
    MODEL_RECORDS,
    SYSTEM_PROMPT,
    MAX_TOKENS,
    TEMPERATURE,
    TOP_P,
    THEME,
    FONT_SIZE,
    LANGUAGE,
    THREADS,
    LAST_MODEL,
    DEFAULT_MODEL,
    LAST_CONVERSATION,
    WINDOW_GEOMETRY,
    FIRST_RUN,
    SIDEBAR_VISIBLE,
)
BY_KEY: Mapping[str, Setting] = MappingProxyType({setting.key: setting for setting in ALL})


@dataclass(frozen=True, slots=True)
class Settings:
    """All values at one moment; `changed` gives the next moment."""

    values: Mapping[str, SettingValue] = field(default_factory=dict)

    def text(self, setting: Setting) -> str:
        """The value of a text, or of a choice among texts."""
        return str(self.value(setting))

    def number(self, setting: Setting) -> int:
        """The value of a whole number, or of a choice among them."""
        return int(self.value(setting))

    def decimal(self, setting: Setting) -> float:
        """The value of a decimal."""
        return float(self.value(setting))

    def switch(self, setting: Setting) -> bool:
        """The value of a switch."""
        return bool(self.value(setting))

    def value(self, setting: Setting) -> SettingValue:
        """The value, or the declared default."""
        return self.values.get(setting.key, setting.default)

    def changed(self, setting: Setting, value: object) -> Settings:
        """These settings with one other value; raises `ValueError` when it is out of bounds."""
        return Settings({**self.values, setting.key: setting.checked(value)})

    @classmethod
    def from_mapping(cls, raw: Mapping[str, object]) -> Settings:
        """Settings from a file: values out of bounds fall back to the default, unknown keys are left out."""
        values: dict[str, SettingValue] = {}
        for key, value in raw.items():
            setting = BY_KEY.get(key)
            if setting is None:
                continue
            try:
                values[key] = setting.checked(value)
            except ValueError:
                continue
        return cls(values)

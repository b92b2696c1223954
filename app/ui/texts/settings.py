"""Labels, help lines and names of choices of every setting that is shown, keyed as in `core.settings`.

Source strings only; the pane asks for them in the language in use, and its search in both. A test compares
the keys here with the declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from app.core.settings import (
    DEVICE,
    FONT_SIZE,
    IDLE_MINUTES,
    LANGUAGE,
    MAX_TOKENS,
    SYSTEM_PROMPT,
    TEMPERATURE,
    THEME,
    THREADS,
    TOP_P,
    Setting,
    SettingGroup,
    SettingValue,
)
from app.ui.texts import lengths
from app.ui.texts.mark import QT_TRANSLATE_NOOP

_CONTEXT = "SettingsTexts"


@dataclass(frozen=True, slots=True)
class SettingText:
    """The source strings of one setting.

    `technical` is the name that specialists look for; `low`/`high` stand at the ends of a slider and
    `stops` name its parts from left to right; `choices` name the values of a choice.
    """

    label: str
    help: str
    technical: str
    placeholder: str = ""
    low: str = ""
    high: str = ""
    stops: tuple[str, ...] = ()
    choices: Mapping[SettingValue, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupText:
    """The source strings of one page."""

    title: str
    about: str


GROUP_TEXTS: Mapping[SettingGroup, GroupText] = {
    SettingGroup.MODEL: GroupText(
        QT_TRANSLATE_NOOP("SettingsTexts", "Model and memory"),
        QT_TRANSLATE_NOOP("SettingsTexts", "How much the model takes in, and what that costs."),
    ),
    SettingGroup.MODELS: GroupText(
        QT_TRANSLATE_NOOP("SettingsTexts", "Your models"),
        QT_TRANSLATE_NOOP(
            "SettingsTexts",
            "Teahouse starts with the model that was used last, unless you choose one here for every start.",
        ),
    ),
    SettingGroup.ANSWERS: GroupText(
        QT_TRANSLATE_NOOP("SettingsTexts", "Answers"),
        QT_TRANSLATE_NOOP(
            "SettingsTexts", "What you can expect from every answer. Changes count from the next one."
        ),
    ),
    SettingGroup.APPEARANCE: GroupText(
        QT_TRANSLATE_NOOP("SettingsTexts", "Appearance"),
        QT_TRANSLATE_NOOP("SettingsTexts", "Changes are seen at once."),
    ),
    SettingGroup.LANGUAGE: GroupText(
        QT_TRANSLATE_NOOP("SettingsTexts", "Language"),
        QT_TRANSLATE_NOOP(
            "SettingsTexts", "The language of the program; the model answers in the language you write."
        ),
    ),
    SettingGroup.STORAGE: GroupText(
        QT_TRANSLATE_NOOP("SettingsTexts", "Storage and backup"),
        QT_TRANSLATE_NOOP("SettingsTexts", "Everything that Teahouse keeps lies in these two folders."),
    ),
    SettingGroup.PRIVACY: GroupText(
        QT_TRANSLATE_NOOP("SettingsTexts", "Privacy"),
        QT_TRANSLATE_NOOP("SettingsTexts", "What is kept of what you do, and how to check it."),
    ),
    SettingGroup.DOCTOR: GroupText(
        QT_TRANSLATE_NOOP("SettingsTexts", "Check-up"),
        QT_TRANSLATE_NOOP(
            "SettingsTexts", "Whether everything that Teahouse needs is in order on this computer."
        ),
    ),
    SettingGroup.ADVANCED: GroupText(
        QT_TRANSLATE_NOOP("SettingsTexts", "Advanced"),
        QT_TRANSLATE_NOOP("SettingsTexts", "Things that most people never need."),
    ),
    SettingGroup.ABOUT: GroupText(
        QT_TRANSLATE_NOOP("SettingsTexts", "About"),
        QT_TRANSLATE_NOOP("SettingsTexts", "What this program is, and whose work is in it."),
    ),
}

SETTING_TEXTS: Mapping[str, SettingText] = {
    DEVICE.key: SettingText(
        label=QT_TRANSLATE_NOOP("SettingsTexts", "Runs on"),
        help=QT_TRANSLATE_NOOP(
            "SettingsTexts", "A graphics card answers much faster where the model fits into its memory."
        ),
        technical=QT_TRANSLATE_NOOP("SettingsTexts", "Device: CPU or GPU (CUDA, Metal)"),
        choices={
            "auto": QT_TRANSLATE_NOOP("SettingsTexts", "Automatic"),
            "processor": QT_TRANSLATE_NOOP("SettingsTexts", "Processor"),
            "graphics_card": QT_TRANSLATE_NOOP("SettingsTexts", "Graphics card"),
        },
    ),
    IDLE_MINUTES.key: SettingText(
        label=QT_TRANSLATE_NOOP("SettingsTexts", "Free memory when idle"),
        help=QT_TRANSLATE_NOOP(
            "SettingsTexts",
            "A model that wrote nothing for so long gives its memory back. When you write, it is loaded "
            "again in some seconds, and reads the conversation again.",
        ),
        technical=QT_TRANSLATE_NOOP("SettingsTexts", "Unload the model when idle (keep-alive)"),
        choices={
            0: QT_TRANSLATE_NOOP("SettingsTexts", "never"),
            5: QT_TRANSLATE_NOOP("SettingsTexts", "after 5 min"),
            15: QT_TRANSLATE_NOOP("SettingsTexts", "after 15 min"),
            30: QT_TRANSLATE_NOOP("SettingsTexts", "after 30 min"),
            60: QT_TRANSLATE_NOOP("SettingsTexts", "after 60 min"),
        },
    ),
    THREADS.key: SettingText(
        label=QT_TRANSLATE_NOOP("SettingsTexts", "Threads of the processor"),
        help=QT_TRANSLATE_NOOP(
            "SettingsTexts",
            "How many parts of the processor work on an answer at once. More is not always faster; fewer "
            "leave more for other programs.",
        ),
        technical=QT_TRANSLATE_NOOP("SettingsTexts", "Threads (CPU cores)"),
        low=QT_TRANSLATE_NOOP("SettingsTexts", "automatic"),
        high=QT_TRANSLATE_NOOP("SettingsTexts", "all there are"),
    ),
    SYSTEM_PROMPT.key: SettingText(
        label=QT_TRANSLATE_NOOP("SettingsTexts", "What the model should always bear in mind"),
        help=QT_TRANSLATE_NOOP(
            "SettingsTexts",
            "It stands before every conversation. The shorter it is, the better small models follow it.",
        ),
        technical=QT_TRANSLATE_NOOP("SettingsTexts", "System prompt"),
        placeholder=QT_TRANSLATE_NOOP(
            "SettingsTexts", "For example: Answer briefly and in simple words. I teach at a primary school."
        ),
    ),
    MAX_TOKENS.key: SettingText(
        label=QT_TRANSLATE_NOOP("SettingsTexts", "Longest answer"),
        help=QT_TRANSLATE_NOOP(
            "SettingsTexts",
            "An answer that reaches this length ends there, and you can let it go on with Continue.",
        ),
        technical=QT_TRANSLATE_NOOP("SettingsTexts", "Maximum new tokens (max_tokens)"),
    ),
    TEMPERATURE.key: SettingText(
        label=QT_TRANSLATE_NOOP("SettingsTexts", "Precise or imaginative"),
        help=QT_TRANSLATE_NOOP(
            "SettingsTexts",
            "Precise suits facts and code; imaginative suits stories and ideas, and errs more often.",
        ),
        technical=QT_TRANSLATE_NOOP("SettingsTexts", "Temperature"),
        low=QT_TRANSLATE_NOOP("SettingsTexts", "precise"),
        high=QT_TRANSLATE_NOOP("SettingsTexts", "imaginative"),
        stops=(
            QT_TRANSLATE_NOOP("SettingsTexts", "Very precise"),
            QT_TRANSLATE_NOOP("SettingsTexts", "Precise"),
            QT_TRANSLATE_NOOP("SettingsTexts", "Balanced"),
            QT_TRANSLATE_NOOP("SettingsTexts", "Imaginative"),
            QT_TRANSLATE_NOOP("SettingsTexts", "Very imaginative"),
        ),
    ),
    TOP_P.key: SettingText(
        label=QT_TRANSLATE_NOOP("SettingsTexts", "Choice of words"),
        help=QT_TRANSLATE_NOOP(
            "SettingsTexts",
            "How far the model may stray from the likeliest next word. Most people never change this.",
        ),
        technical=QT_TRANSLATE_NOOP("SettingsTexts", "Top-p (nucleus sampling)"),
        low=QT_TRANSLATE_NOOP("SettingsTexts", "only the likeliest"),
        high=QT_TRANSLATE_NOOP("SettingsTexts", "all words"),
        stops=(
            QT_TRANSLATE_NOOP("SettingsTexts", "Narrow"),
            QT_TRANSLATE_NOOP("SettingsTexts", "Moderate"),
            QT_TRANSLATE_NOOP("SettingsTexts", "Wide"),
        ),
    ),
    THEME.key: SettingText(
        label=QT_TRANSLATE_NOOP("SettingsTexts", "Light or dark"),
        help=QT_TRANSLATE_NOOP("SettingsTexts", '"As the system" changes together with your computer.'),
        technical=QT_TRANSLATE_NOOP("SettingsTexts", "Theme, dark mode"),
        choices={
            "system": QT_TRANSLATE_NOOP("SettingsTexts", "As the system"),
            "light": QT_TRANSLATE_NOOP("SettingsTexts", "Light"),
            "dark": QT_TRANSLATE_NOOP("SettingsTexts", "Dark"),
        },
    ),
    FONT_SIZE.key: SettingText(
        label=QT_TRANSLATE_NOOP("SettingsTexts", "Size of the text in conversations"),
        help=QT_TRANSLATE_NOOP(
            "SettingsTexts", "The size of what you and the model write; menus keep their size."
        ),
        technical=QT_TRANSLATE_NOOP("SettingsTexts", "Font size, in pixels"),
        low=QT_TRANSLATE_NOOP("SettingsTexts", "small"),
        high=QT_TRANSLATE_NOOP("SettingsTexts", "large"),
    ),
    LANGUAGE.key: SettingText(
        label=QT_TRANSLATE_NOOP("SettingsTexts", "Language of the program"),
        help=QT_TRANSLATE_NOOP("SettingsTexts", "Takes effect at once; your conversations stay as they are."),
        technical=QT_TRANSLATE_NOOP("SettingsTexts", "User interface language, locale"),
        choices={
            "system": QT_TRANSLATE_NOOP("SettingsTexts", "As the system"),
            "zh_CN": "简体中文",  # a language is named in itself, whatever is spoken
            "en": "English",
        },
    ),
}


def text(source: str) -> str:
    """A source string of this module in the language in use."""
    return QCoreApplication.translate(_CONTEXT, source) if source else ""


def search_words(setting: Setting, chinese: QTranslator) -> str:
    """Everything by which `setting` can be found, in both languages, folded for comparison."""
    found = SETTING_TEXTS[setting.key]
    sources = [found.label, found.help, found.technical, found.low, found.high, *found.stops]
    sources += [*found.choices.values(), GROUP_TEXTS[setting.group].title]
    words = [setting.key, setting.key.replace("_", " ")]
    for source in filter(None, sources):
        words += [source, chinese.translate(_CONTEXT, source) or ""]
    return "\n".join(words).casefold()


def option_text(setting: Setting, value: SettingValue) -> str:
    """The name of one choice; lengths are told in what they hold."""
    named = SETTING_TEXTS[setting.key].choices.get(value)
    if named is not None:
        return text(named)
    tokens = int(value)
    if tokens == 0:
        return QCoreApplication.translate("SettingsTexts", "No limit: until the model is done")
    source = QCoreApplication.translate(
        "SettingsTexts", "Up to {words} words or {characters} Chinese characters"
    )
    number = QLocale().toString
    return source.format(
        words=number(lengths.words(tokens)),
        characters=number(lengths.characters(tokens)),
    )


def named_value(label: str, value: str) -> str:
    """A setting and its value on one control: "Free memory when idle: after 30 min"."""
    return QCoreApplication.translate("SettingsTexts", "{label}: {value}").format(label=label, value=value)


def length_note(setting: Setting) -> str:
    """What stands below a text that is longer than what is kept."""
    return QCoreApplication.translate("SettingsTexts", "Only the first {count} characters count.").format(
        count=QLocale().toString(setting.max_length)
    )

"""The words of the page "Advanced" that belong to no setting. QtCore only."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QTranslator

from app.ui.texts.mark import QT_TRANSLATE_NOOP

_CONTEXT = "AdvancedTexts"


@dataclass(frozen=True, slots=True)
class AdvancedText:
    """The source strings of one block; `technical` is what specialists look for."""

    title: str
    help: str
    technical: str


LOG = AdvancedText(
    QT_TRANSLATE_NOOP("AdvancedTexts", "Log"),
    QT_TRANSLATE_NOOP(
        "AdvancedTexts",
        "What the program noted of its own work, for whoever looks for a fault. Nothing of what you or the "
        "model wrote stands in it.",
    ),
    QT_TRANSLATE_NOOP("AdvancedTexts", "Log files (debug)"),
)
RESET = AdvancedText(
    QT_TRANSLATE_NOOP("AdvancedTexts", "All settings as at first"),
    QT_TRANSLATE_NOOP(
        "AdvancedTexts",
        "Also what you chose for each model. Conversations, models and what was measured stay as they are.",
    ),
    QT_TRANSLATE_NOOP("AdvancedTexts", "Reset to defaults"),
)
DETAILS = AdvancedText(
    QT_TRANSLATE_NOOP("AdvancedTexts", "Technical details"),
    QT_TRANSLATE_NOOP("AdvancedTexts", "For a report of a fault: the versions of the program and its parts."),
    QT_TRANSLATE_NOOP("AdvancedTexts", "Versions of Python, Qt and torch"),
)
OPEN = QT_TRANSLATE_NOOP("AdvancedTexts", "Open log folder")
RESET_ALL = QT_TRANSLATE_NOOP("AdvancedTexts", "Reset all settings")
WAS_RESET = QT_TRANSLATE_NOOP("AdvancedTexts", "All settings are as they were at first.")
UNDO = QT_TRANSLATE_NOOP("AdvancedTexts", "Undo")
COPY = QT_TRANSLATE_NOOP("AdvancedTexts", "Copy")
COPIED = QT_TRANSLATE_NOOP("AdvancedTexts", "Copied.")


def text(source: str) -> str:
    """A source string of this module in the language in use."""
    return QCoreApplication.translate(_CONTEXT, source)


def search_words(found: AdvancedText, chinese: QTranslator) -> str:
    """Everything by which a block is found, in both languages, folded for comparison."""
    sources = (found.title, found.help, found.technical)
    translated = [chinese.translate(_CONTEXT, source) or "" for source in sources]
    return "\n".join([*sources, *translated]).casefold()

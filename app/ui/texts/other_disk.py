"""How a folder gets to another disk, where its own does not take what it should. Needs QtCore only."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from app.core.paths import Kept
from app.ui.texts.storage import Part


def other_disk(part: Part, kept: Kept, *, is_too_large: bool = False) -> str:
    """What a person can do; `is_too_large` where the disk is one that takes no large files."""
    if kept is Kept.PORTABLE:
        advice = QCoreApplication.translate(
            "StorageTexts", "The whole Teahouse folder can be copied to another disk and used there."
        )
        if not is_too_large:
            return advice
        return with_advice(
            advice,
            QCoreApplication.translate(
                "StorageTexts",
                "This disk takes such files once it is formatted as exFAT, which erases everything on it, "
                "Teahouse included.",
            ),
        )
    if kept is Kept.NAMED:
        return QCoreApplication.translate(
            "StorageTexts",
            "The folder in use was named when Teahouse was started; name one on another disk instead.",
        )
    if part is Part.MODELS:
        return QCoreApplication.translate(
            "StorageTexts", 'Under "Storage and backup" the models folder can be moved to another disk.'
        )
    return QCoreApplication.translate(
        "StorageTexts", 'Under "Storage and backup" your conversations can be moved to another disk.'
    )


def with_advice(sentence: str, advice: str) -> str:
    """Both, as the language in use puts sentences beside each other."""
    joint = "" if QLocale().language() == QLocale.Language.Chinese else " "
    return f"{sentence}{joint}{advice}"

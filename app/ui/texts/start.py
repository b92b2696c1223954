"""What opening the database found, in whole sentences. Knows QtCore only; decides nothing."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from app.core.records import MendAction, StartReport
from app.ui.texts.errors import describe


def start_sentences(report: StartReport) -> tuple[str, ...]:
    """One sentence for each thing that a person should know; none after an ordinary start."""
    sentences = [*_mended(report)]
    if report.error is not None:
        sentences.append(describe(report.error).sentence)
    elif report.read_only:
        sentences.append(
            QCoreApplication.translate(
                "StartTexts", "Your conversations can be read now, but nothing new can be saved."
            )
        )
    if report.interrupted_replies == 1:
        sentences.append(
            QCoreApplication.translate(
                "StartTexts",
                "An answer was cut off when Teahouse last ended. Its text is kept, and it can be continued.",
            )
        )
    elif report.interrupted_replies > 1:
        sentences.append(
            QCoreApplication.translate(
                "StartTexts",
                "{count} answers were cut off when Teahouse last ended. Their text is kept, and they can be "
                "continued.",
            ).format(count=report.interrupted_replies)
        )
    return tuple(sentences)


def settings_sentence(kept_at: str) -> str:
    """The settings file made no sense; `kept_at` is where it lies now."""
    return QCoreApplication.translate(
        "StartTexts",
        "The file with your settings could not be read, so the usual settings count. It was kept at {path}.",
    ).format(path=kept_at)


def _mended(report: StartReport) -> list[str]:
    sentences: list[str] = []
    match report.mended:
        case MendAction.NONE:
            return sentences
        case MendAction.RESTORED:
            sentences.append(_restored(report.restored_at))
        case MendAction.FRESH:
            sentences.append(
                QCoreApplication.translate(
                    "StartTexts",
                    "The file with your conversations was damaged and no copy of it could be used, so "
                    "Teahouse began a new one.",
                )
            )
    if report.salvaged_messages:
        sentences.append(
            QCoreApplication.translate(
                "StartTexts", "Messages that could still be read out of the damaged file: {count}."
            ).format(count=QLocale().toString(report.salvaged_messages))
        )
    if report.damaged_copy:
        sentences.append(
            QCoreApplication.translate("StartTexts", "The damaged file was kept: {path}").format(
                path=report.damaged_copy
            )
        )
    return sentences


def _restored(at_ms: int | None) -> str:
    if at_ms is None:
        return QCoreApplication.translate(
            "StartTexts", "The file with your conversations was damaged; the last good copy took its place."
        )
    moment = QDateTime.fromMSecsSinceEpoch(at_ms)
    return QCoreApplication.translate(
        "StartTexts", "The file with your conversations was damaged; the good copy of {date} took its place."
    ).format(date=QLocale().toString(moment, QLocale.FormatType.ShortFormat))

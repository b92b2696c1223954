"""What opening the database found, in whole sentences. Knows QtCore only; decides nothing."""

from __future__ import annotations

import sys

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from app.core.records import MendAction, StartReport
from app.ui.text_format import one_line
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


def not_answering_sentence() -> str:
    """A Teahouse runs on this computer and does not answer: it hangs, or it still closes."""
    if sys.platform == "win32":
        return QCoreApplication.translate(
            "StartTexts",
            "Teahouse is still running and does not answer. It may be busy, or still be putting things away "
            "after its window was closed. Please wait a little: this message goes by itself. If it stays, "
            'end "Teahouse" in the Task Manager (Ctrl+Shift+Esc); then it opens again. What was saved is '
            "kept.",
        )
    if sys.platform == "darwin":
        return QCoreApplication.translate(
            "StartTexts",
            "Teahouse is still running and does not answer. It may be busy, or still be putting things away "
            "after its window was closed. Please wait a little: this message goes by itself. If it stays, "
            'choose "Force Quit" from the Apple menu and end Teahouse there; then it opens again. What was '
            "saved is kept.",
        )
    return QCoreApplication.translate(
        "StartTexts",
        "Teahouse is still running and does not answer. It may be busy, or still be putting things away "
        "after its window was closed. Please wait a little: this message goes by itself. If it stays, end "
        "Teahouse in the system monitor; then it opens again. What was saved is kept.",
    )


def other_computer_sentence(computer: str) -> str:
    """The folder is in use on another computer, or was not closed there."""
    return QCoreApplication.translate(
        "StartTexts",
        "These conversations are open on the computer {name}, or the disk was taken out there before "
        "Teahouse was closed. Open them here only if they are closed there: two computers that write to them "
        "at once can damage them.",
    ).format(name=one_line(computer))


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

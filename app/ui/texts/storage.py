"""What is said about where things lie, about moving them, and about backup files. Needs QtCore only.

Whole sentences in the language in use. Knows values, no widget.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, QTranslator

from app.core.archives import ArchiveInfo, RestoreReport
from app.core.settings import SettingGroup
from app.ui.importing.places import DiskKind
from app.ui.text_format import count_text, one_line, size_text
from app.ui.texts.importing import short
from app.ui.texts.mark import QT_TRANSLATE_NOOP
from app.ui.texts.settings import GROUP_TEXTS

_CONTEXT = "StorageTexts"
_LONGEST_PATH = 120
_PIECE = re.compile(r"[^/\\]{24}|[/\\]")


class Part(StrEnum):
    """The parts of the page: what lies somewhere, and the backup."""

    CONVERSATIONS = "conversations"
    MODELS = "models"
    BACKUP = "backup"


_HEADS: Mapping[Part, str] = {
    Part.CONVERSATIONS: QT_TRANSLATE_NOOP("StorageTexts", "Conversations and settings"),
    Part.MODELS: QT_TRANSLATE_NOOP("StorageTexts", "Models"),
    Part.BACKUP: QT_TRANSLATE_NOOP("StorageTexts", "Backup"),
}
_BACKUP_HELP = QT_TRANSLATE_NOOP(
    "StorageTexts",
    "One file with all conversations and settings, to keep in another place or to take to another computer. "
    "The models are not in it. Whoever has the file can read it.",
)


def text(source: str) -> str:
    """A source string of this module in the language in use."""
    return QCoreApplication.translate(_CONTEXT, source)


def head(part: Part) -> str:
    """Above a part of the page."""
    return text(_HEADS[part])


def backup_help() -> str:
    """What a backup is."""
    return text(_BACKUP_HELP)


def search_words(chinese: QTranslator) -> str:
    """Everything by which the page can be found, in both languages, folded for comparison."""
    words = ["backup restore move folder storage export"]
    page = GROUP_TEXTS[SettingGroup.STORAGE]
    for source in (page.title, page.about):
        words += [source, chinese.translate("SettingsTexts", source) or ""]
    for source in (_BACKUP_HELP, *_HEADS.values()):
        words += [source, chinese.translate(_CONTEXT, source) or ""]
    for context, source in (("_Folder", "Move…"), ("_Backup", "Back up…"), ("_Backup", "Restore…")):
        words.append(chinese.translate(context, source) or "")
    return "\n".join(words).casefold()


# Where things lie


def figures(byte_count: int, free_bytes: int) -> str:
    """What a folder takes, and what is free on its disk; below 0 where nobody knows."""
    if free_bytes < 0:
        return QCoreApplication.translate("StorageTexts", "{size} in use").format(size=size_text(byte_count))
    return QCoreApplication.translate("StorageTexts", "{size} in use, {free} free on this disk").format(
        size=size_text(byte_count), free=size_text(free_bytes)
    )


def missing_note() -> str:
    """In place of the figures, of a folder on a disk that is gone."""
    return QCoreApplication.translate("StorageTexts", "This folder is not there. Is its disk connected?")


def named_note() -> str:
    """Why a folder cannot be moved."""
    return QCoreApplication.translate(
        "StorageTexts", "This folder was named when Teahouse was started, so it cannot be moved from here."
    )


def portable_note() -> str:
    """Why a folder of a portable copy cannot be moved."""
    return QCoreApplication.translate(
        "StorageTexts",
        "This is a portable copy: this folder stays beside the program, and moves along with it.",
    )


# Moving


def move_question(part: Part, target: Path, size: int) -> str:
    """Before anything is copied; `size` in bytes."""
    if part is Part.MODELS:
        pattern = QCoreApplication.translate("StorageTexts", "Move the models ({size}) to this folder?")
    else:
        pattern = QCoreApplication.translate(
            "StorageTexts", "Move your conversations and settings ({size}) to this folder?"
        )
    return f"{pattern.format(size=size_text(size))}\n{short_path(target)}"


def move_note(part: Part, kind: DiskKind, free: int) -> str:
    """What a move asks of the person; `free` bytes at the new place, below 0 where nobody knows."""
    sentences = []
    if free >= 0:
        sentences.append(
            QCoreApplication.translate("StorageTexts", "{free} are free there.").format(free=size_text(free))
        )
    if part is Part.MODELS:
        sentences.append(
            QCoreApplication.translate(
                "StorageTexts",
                "The files are copied and checked first, and you can go on chatting. The old ones are "
                "removed only when the new ones are in use.",
            )
        )
    else:
        sentences.append(
            QCoreApplication.translate(
                "StorageTexts",
                "The files are copied and checked first. The old ones are removed only when the new ones are "
                "in use.",
            )
        )
    if kind is DiskKind.PORTABLE:
        sentences.append(_portable_note(part))
    elif kind is DiskKind.NETWORK:
        sentences.append(
            QCoreApplication.translate(
                "StorageTexts",
                "This is a place in the network: it is slower, and not there while the network is not.",
            )
        )
    joint = "" if QLocale().language() == QLocale.Language.Chinese else " "
    return joint.join(sentences)


def move_label() -> str:
    """On the button that begins a move."""
    return QCoreApplication.translate("StorageTexts", "Move")


def looking_text() -> str:
    """While a place is looked at."""
    return QCoreApplication.translate("StorageTexts", "Looking at the place…")


def moving_text(part: Part) -> str:
    """While it is copied."""
    if part is Part.MODELS:
        return QCoreApplication.translate("StorageTexts", "Copying the models…")
    return QCoreApplication.translate("StorageTexts", "Copying your conversations…")


def idle_text() -> str:
    """Everything is copied, and something is done with a model: it is added, checked, packed or loaded."""
    return QCoreApplication.translate(
        "StorageTexts",
        "Copied. The new folder takes over as soon as what is being done with a model has ended.",
    )


def clearing_text() -> str:
    """The new folder counts, and the old files go when no model out of them is loaded any more."""
    return QCoreApplication.translate(
        "StorageTexts", "The new folder is in use. The old files go as soon as no answer needs them."
    )


def moved(part: Part, target: Path, *, is_rest_left: bool) -> str:
    """The new folder is in use."""
    if part is Part.MODELS:
        pattern = QCoreApplication.translate("StorageTexts", "The models are now here: {path}")
    else:
        pattern = QCoreApplication.translate(
            "StorageTexts", "Your conversations and settings are now here: {path}"
        )
    sentence = pattern.format(path=short_path(target))
    if is_rest_left:
        rest = QCoreApplication.translate(
            "StorageTexts", "Files that did not belong to the models stayed in the old folder."
        )
        return f"{sentence}\n{rest}"
    return sentence


# Backup and restore


def suggested_name(date: str) -> str:
    """Of a backup file, without its suffix; `date` as 2025-01-31."""
    return QCoreApplication.translate("StorageTexts", "Teahouse backup {date}").format(date=date)


def backing_up_text() -> str:
    """While a backup is made."""
    return QCoreApplication.translate("StorageTexts", "Making the backup…")


def backed_up(info: ArchiveInfo, name: str, size: int) -> str:
    """The backup file is whole; `size` in bytes."""
    if not info.conversations:
        pattern = QCoreApplication.translate(
            "StorageTexts",
            "The settings are now in {name} ({size}). There was no conversation to back up.",
        )
    elif info.conversations == 1:
        pattern = QCoreApplication.translate(
            "StorageTexts", "1 conversation and the settings are now in {name} ({size})."
        )
    else:
        pattern = QCoreApplication.translate(
            "StorageTexts", "{count} conversations and the settings are now in {name} ({size})."
        )
    return pattern.format(count=count_text(info.conversations), name=short(name), size=size_text(size))


def checking_text() -> str:
    """While a backup file is read."""
    return QCoreApplication.translate("StorageTexts", "Checking the backup…")


def restore_question(info: ArchiveInfo, name: str) -> str:
    """The backup file is in order."""
    made_at = QLocale().toString(QDateTime.fromMSecsSinceEpoch(info.made_at), QLocale.FormatType.ShortFormat)
    if not info.conversations:
        pattern = QCoreApplication.translate(
            "StorageTexts", "{name} was made on {date} and holds no conversation. Restore it all the same?"
        )
    elif info.conversations == 1:
        pattern = QCoreApplication.translate(
            "StorageTexts", "{name} was made on {date} and holds 1 conversation. Add what is missing here?"
        )
    else:
        pattern = QCoreApplication.translate(
            "StorageTexts",
            "{name} was made on {date} and holds {count} conversations. Add those that are missing here?",
        )
    return pattern.format(name=short(name), date=made_at, count=count_text(info.conversations))


def restore_note() -> str:
    """Under the question."""
    return QCoreApplication.translate(
        "StorageTexts", "Nothing that you have here is changed or removed, and a copy of it is kept."
    )


def restore_label() -> str:
    """On the button that begins to restore."""
    return QCoreApplication.translate("StorageTexts", "Restore")


def settings_label() -> str:
    """Beside the box under the question."""
    return QCoreApplication.translate("StorageTexts", "Take over the settings as well")


def adding_text() -> str:
    """While conversations are added."""
    return QCoreApplication.translate("StorageTexts", "Adding the conversations…")


def beside_title() -> str:
    """The title of a conversation that goes on otherwise here; {title} stays as it is."""
    return QCoreApplication.translate("StorageTexts", "{title} (from the backup)")


def restored(report: RestoreReport, *, with_settings: bool) -> str:
    """What restoring gave."""
    sentences = [_added(report)]
    if report.beside:
        sentences.append(
            QCoreApplication.translate(
                "StorageTexts",
                "{count} of them have gone on differently here; both versions are in the list.",
            ).format(count=count_text(report.beside))
        )
    in_bin = report.in_bin + report.added_to_bin
    if in_bin == 1:
        sentences.append(QCoreApplication.translate("StorageTexts", "1 is in the recycle bin."))
    elif in_bin:
        sentences.append(
            QCoreApplication.translate("StorageTexts", "{count} are in the recycle bin.").format(
                count=count_text(in_bin)
            )
        )
    if with_settings:
        sentences.append(QCoreApplication.translate("StorageTexts", "The settings were taken over."))
    joint = "" if QLocale().language() == QLocale.Language.Chinese else " "
    return joint.join(sentences)


def short_path(path: Path) -> str:
    """A path for a sentence, cut in the middle where it is very long, with places where a line may end."""
    shown = one_line(str(path))
    if len(shown) > _LONGEST_PATH:
        shown = f"{shown[: _LONGEST_PATH // 2]}…{shown[-_LONGEST_PATH // 2 :]}"
    return _PIECE.sub(lambda piece: f"{piece[0]}\u200b", shown)


def _added(report: RestoreReport) -> str:
    if report.added == 1:
        return QCoreApplication.translate("StorageTexts", "1 conversation was added.")
    if report.added:
        return QCoreApplication.translate("StorageTexts", "{count} conversations were added.").format(
            count=count_text(report.added)
        )
    if report.already_there:
        return QCoreApplication.translate(
            "StorageTexts", "All conversations of this backup are here already."
        )
    return QCoreApplication.translate("StorageTexts", "There was no conversation in the list of this backup.")


def _portable_note(part: Part) -> str:
    if part is Part.MODELS:
        return QCoreApplication.translate(
            "StorageTexts",
            "This disk can be unplugged: while it is not connected, these models cannot be used.",
        )
    return QCoreApplication.translate(
        "StorageTexts",
        "This disk can be unplugged: while it is not connected, Teahouse cannot show your conversations.",
    )

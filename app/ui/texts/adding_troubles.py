"""Why a model that a person brought could not be added, and what to do about it. Needs QtCore only."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.errors import ErrorCode, ErrorInfo
from app.core.paths import Kept
from app.ui.text_format import size_text
from app.ui.texts.errors import describe
from app.ui.texts.importing import short, text
from app.ui.texts.mark import QT_TRANSLATE_NOOP
from app.ui.texts.other_disk import other_disk, with_advice
from app.ui.texts.storage import Part

_ADDING: Mapping[ErrorCode, str] = {
    ErrorCode.DISK_FULL: QT_TRANSLATE_NOOP(
        "Importing",
        'There is not enough room on the disk for "{name}": the copy takes {size}. Nothing of it was left '
        "behind. Make some room and try again.",
    ),
    ErrorCode.FILE_TOO_LARGE: QT_TRANSLATE_NOOP(
        "Importing",
        'The disk with the models folder takes no file as large as those of "{name}": one that is formatted '
        "as FAT32 takes none above 4 GB. Nothing was copied. You can use the model where it is.",
    ),
    ErrorCode.MODEL_MISSING: QT_TRANSLATE_NOOP(
        "Importing",
        '"{name}" is not where it was. Is its disk still connected? Nothing of the copy was left behind.',
    ),
    ErrorCode.MODEL_UNREADABLE: QT_TRANSLATE_NOOP(
        "Importing",
        '"{name}" could not be read any more. Is its disk still connected? Nothing of the copy was left '
        "behind.",
    ),
    ErrorCode.MODEL_CHANGED: QT_TRANSLATE_NOOP(
        "Importing",
        'The copy of "{name}" did not come out like the original, so it was thrown away. Try again when '
        "nothing else is changing these files.",
    ),
    ErrorCode.MODEL_NOT_AS_PUBLISHED: QT_TRANSLATE_NOOP(
        "Importing",
        '"{file}" differs from what was published, so "{name}" was not copied. Download this file again; if '
        "you changed the model yourself, use it where it is.",
    ),
    ErrorCode.READ_ONLY: QT_TRANSLATE_NOOP(
        "Importing",
        'Teahouse may not write into its folder of models, so "{name}" was not added. Check that folder '
        "and try again.",
    ),
    ErrorCode.STORAGE_FAILED: QT_TRANSLATE_NOOP(
        "Importing",
        'The disk refused to take "{name}". Nothing of it was left behind. Try again, or use the model '
        "where it is.",
    ),
}
_ADDING_PACKED: Mapping[ErrorCode, str] = {
    ErrorCode.FILE_TOO_LARGE: QT_TRANSLATE_NOOP(
        "Importing",
        'The disk with the models folder takes no file as large as those of "{name}": one that is formatted '
        "as FAT32 takes none above 4 GB. Nothing was unpacked.",
    ),
    ErrorCode.STORAGE_FAILED: QT_TRANSLATE_NOOP(
        "Importing",
        'The disk refused to take "{name}". Nothing of it was left behind. Try again.',
    ),
}
"""Out of a pack a model can only be copied."""


def adding_trouble(
    error: ErrorInfo, name: str, size: int, *, is_packed: bool = False, kept: Kept = Kept.MOVABLE
) -> str:
    """Why a model could not be added; `size` of its copy in bytes, `kept` tells of the models folder."""
    source = (_ADDING_PACKED if is_packed else _ADDING).get(error.code) or _ADDING.get(error.code)
    if source is None:
        return describe(error).sentence
    file = short(error.params.get("detail", ""))
    sentence = text(source).format(name=short(name), size=size_text(size), file=file)
    is_too_large = error.code is ErrorCode.FILE_TOO_LARGE
    if is_too_large or (is_packed and error.code is ErrorCode.STORAGE_FAILED):
        return with_advice(sentence, other_disk(Part.MODELS, kept, is_too_large=is_too_large))
    return sentence

"""What a person may want to know about a load that went well, and what computes. Knows QtCore only."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from app.core.engine import LoadNote, ModelInfo
from app.ui.texts.mark import QT_TRANSLATE_NOOP

DEVICE_NOTES = frozenset(
    {
        LoadNote.ACCELERATOR_FAILED,
        LoadNote.ACCELERATOR_MISSING,
        LoadNote.ACCELERATOR_TOO_SMALL,
        LoadNote.PARTLY_ON_PROCESSOR,
    }
)
"""Those that change how long a person waits: said in a toast as soon as they are known, so they are short."""

_SENTENCES: Mapping[LoadNote, str] = {
    LoadNote.ACCELERATOR_FAILED: QT_TRANSLATE_NOOP(
        "LoadNotes", "The graphics card cannot be used: the processor does it all."
    ),
    LoadNote.ACCELERATOR_MISSING: QT_TRANSLATE_NOOP(
        "LoadNotes", "This model finds no graphics card to run on: the processor does it all."
    ),
    LoadNote.ACCELERATOR_TOO_SMALL: QT_TRANSLATE_NOOP(
        "LoadNotes", "The graphics card lacks free memory: the processor does it all."
    ),
    LoadNote.PARTLY_ON_PROCESSOR: QT_TRANSLATE_NOOP(
        "LoadNotes", "Too large for the graphics card: a part runs on the processor."
    ),
    LoadNote.ROPE_CORRECTED: QT_TRANSLATE_NOOP(
        "LoadNotes",
        "The description of this model names a wrong rope base; the one that it was trained with is used.",
    ),
    LoadNote.PREFIX_IGNORED: QT_TRANSLATE_NOOP(
        "LoadNotes", "This model brings a P-Tuning prefix, which is not used."
    ),
    LoadNote.HEAD_NOT_TIED: QT_TRANSLATE_NOOP(
        "LoadNotes",
        "The files of this model hold an output matrix that its description leaves out; it is used.",
    ),
}


def note_sentence(note: LoadNote) -> str:
    """The note in a whole sentence."""
    return QCoreApplication.translate("LoadNotes", _SENTENCES[note])


def device_sentence(model: ModelInfo) -> str:
    """What computes, for a model that is loaded."""
    if not model.device:
        return QCoreApplication.translate("LoadNotes", "Computed by the processor.")
    if LoadNote.PARTLY_ON_PROCESSOR in model.notes:
        text = QCoreApplication.translate("LoadNotes", "Computed by {device} and the processor.")
    else:
        text = QCoreApplication.translate("LoadNotes", "Computed by {device}.")
    return text.format(device=model.device)

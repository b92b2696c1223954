"""What can be wrong with a model, in words: the table of `ui.texts.errors` for these codes.

Source strings only; every sentence is for a person who has never seen the inside of a model.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.core.errors import ErrorCode
from app.ui.texts.error_entry import ErrorAction, ErrorEntry
from app.ui.texts.mark import QT_TRANSLATE_NOOP

_MODELS: Mapping[ErrorCode, ErrorEntry] = {
    ErrorCode.MODEL_MISSING: ErrorEntry(
        ErrorAction.OPEN_MODELS_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'The model "{name}" is not where it was. Put it back into the models folder, '
            "or choose another model.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The model is not where it was. Put it back into the models folder, or choose another model.",
        ),
    ),
    ErrorCode.MODEL_UNREADABLE: ErrorEntry(
        ErrorAction.OPEN_MODELS_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'The model "{name}" could not be read. Check that its disk is connected and that you may '
            "open it.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The model could not be read. Check that its disk is connected and that you may open it.",
        ),
    ),
    ErrorCode.MODEL_TRUNCATED: ErrorEntry(
        ErrorAction.OPEN_MODELS_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'The model "{name}" is incomplete: {actual} of {expected} are there. Please get the file '
            "once more.",
        ),
        QT_TRANSLATE_NOOP("ErrorTexts", "The file of the model is incomplete. Please get it once more."),
    ),
    ErrorCode.MODEL_NOT_A_MODEL: ErrorEntry(
        ErrorAction.OPEN_MODELS_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts", '"{name}" is not a model that can be used here. It was left as it is.'
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts", "This file is not a model that can be used here. It was left as it is."
        ),
    ),
    ErrorCode.MODEL_UNSUPPORTED: ErrorEntry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'Teahouse cannot run the model "{name}" yet. It was left as it is; another model will do.',
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts", "Teahouse cannot run this model yet. It was left as it is; another model will do."
        ),
    ),
    ErrorCode.MODEL_NEEDS_FULL_EDITION: ErrorEntry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'This is the light edition of Teahouse: it opens models in one file (.gguf), and "{name}" is a '
            "folder. Install the full edition to use it; your conversations and models stay.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "This is the light edition of Teahouse: it opens models in one file (.gguf). Install the full "
            "edition to use models in folders; your conversations and models stay.",
        ),
    ),
    ErrorCode.MODEL_LOAD_FAILED: ErrorEntry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'The model "{name}" could not be loaded: its file may be damaged. Your conversations are safe.',
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The model could not be loaded: its file may be damaged. Your conversations are safe.",
        ),
    ),
    ErrorCode.NO_MODEL: ErrorEntry(
        ErrorAction.ADD_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts", "There is no model here yet that can answer. Add one; what you write is kept."
        ),
    ),
    ErrorCode.PRECISION_UNAVAILABLE: ErrorEntry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts", "This model cannot be used with the precision {precision}, only with {available}."
        ),
        QT_TRANSLATE_NOOP("ErrorTexts", "This model cannot be used with the chosen precision."),
    ),
}

# A model in one file, to be carried to another computer.
_PACKS: Mapping[ErrorCode, ErrorEntry] = {
    ErrorCode.PACK_DAMAGED: ErrorEntry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'The model pack "{name}" is damaged: it was not copied completely, or was changed on its way. '
            "Nothing of it was taken over. Please copy the pack again, or make it anew.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The model pack is damaged: it was not copied completely, or was changed on its way. Nothing of "
            "it was taken over. Please copy the pack again, or make it anew.",
        ),
    ),
    ErrorCode.PACK_NEWER: ErrorEntry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'The model pack "{name}" was made by a newer Teahouse than this one. Bring the newer Teahouse to '
            "this computer, too, and it will open the pack.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The model pack was made by a newer Teahouse than this one. Bring the newer Teahouse to this "
            "computer, too, and it will open the pack.",
        ),
    ),
    ErrorCode.FILE_TOO_LARGE: ErrorEntry(
        ErrorAction.NONE,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "That disk takes no file larger than 4 GB, and one of {size} was to be written, so nothing was. "
            "Choose another disk, or have this one formatted as exFAT, which erases what is on it.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "That disk takes no file as large as was to be written, so nothing was. Choose another disk; one "
            "that is formatted as FAT32 takes no file above 4 GB.",
        ),
    ),
}

# Models that are a folder of files: what a download, a disk or a stranger may have done to them.
_MODEL_FOLDERS: Mapping[ErrorCode, ErrorEntry] = {
    ErrorCode.MODEL_LFS_POINTER: ErrorEntry(
        ErrorAction.OPEN_MODELS_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'The download of "{name}" brought only short notes in place of its large files. Please download '
            "the large files too.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The download of the model brought only short notes in place of its large files. Please download "
            "the large files too.",
        ),
    ),
    ErrorCode.MODEL_INCOMPLETE: ErrorEntry(
        ErrorAction.OPEN_MODELS_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'Some files of the model "{name}" are missing or cut short. Please download it again, with all '
            "of its files.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "Some files of the model are missing or cut short. Please download it again, with all of its "
            "files.",
        ),
    ),
    ErrorCode.MODEL_UNSAFE: ErrorEntry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'There is something in "{name}" that could run as a program and harm this computer, so it was '
            "not opened. Choose another model, or get this one from its publisher.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "There is something in the model that could run as a program and harm this computer, so it was "
            "not opened. Choose another model, or get this one from its publisher.",
        ),
    ),
    ErrorCode.MODEL_MIXED: ErrorEntry(
        ErrorAction.OPEN_MODELS_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'The files around "{name}" do not belong together: they come from different models. Please '
            "download the model again, into an empty folder.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The files of the model do not belong together: they come from different models. Please "
            "download it again, into an empty folder.",
        ),
    ),
    ErrorCode.MODEL_OUTSIDE: ErrorEntry(
        ErrorAction.OPEN_MODELS_FOLDER,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'Some files of the model "{name}" are only links to another place, so they were not opened. Put '
            "the files themselves into its folder.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "Some files of the model are only links to another place, so they were not opened. Put the files "
            "themselves into its folder.",
        ),
    ),
    ErrorCode.MODEL_CHANGED: ErrorEntry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'The files of the model "{name}" are not what they should be: they were damaged on their way, or '
            "changed while they were read. Please get the model again.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The files of the model are not what they should be: they were damaged on their way, or changed "
            "while they were read. Please get the model again.",
        ),
    ),
    ErrorCode.MODEL_NOT_AS_PUBLISHED: ErrorEntry(
        ErrorAction.NONE,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            '"{name}" differs from what was published, so the model was not copied. Download this file '
            "again; if you changed the model yourself, use it where it is.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "A file differs from what was published, so the model was not copied. Download it again; if you "
            "changed the model yourself, use it where it is.",
        ),
    ),
    ErrorCode.MODEL_NAN: ErrorEntry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            'The model "{name}" is damaged inside and could only write nonsense, so it was not used. Choose '
            "another model, or download this one again.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The model is damaged inside and could only write nonsense, so it was not used. Choose another "
            "model, or download this one again.",
        ),
    ),
    ErrorCode.PREPARED_DAMAGED: ErrorEntry(
        ErrorAction.TRY_AGAIN,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "The copy of the model that Teahouse keeps to start it faster is damaged. The model itself is "
            "in order; with your next try the copy is made anew.",
        ),
    ),
    ErrorCode.OUT_OF_MEMORY_PREDICTED: ErrorEntry(
        ErrorAction.CHOOSE_MODEL,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "Even in its most compact form this model takes about {needed} of memory, and only {available} "
            "can be had, so it was not loaded. Close other programs, or choose a smaller model.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "There is not enough free memory for this model, so it was not loaded. Close other programs, or "
            "choose a smaller model.",
        ),
    ),
    ErrorCode.CONTEXT_TOO_LONG: ErrorEntry(
        ErrorAction.OPEN_SETTINGS,
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "This model can remember {limit} tokens at most, and it was asked to remember {requested}. "
            "Choose a shorter memory in the settings.",
        ),
        QT_TRANSLATE_NOOP(
            "ErrorTexts",
            "This model cannot remember as much as it was asked to. Choose a shorter memory in the settings.",
        ),
    ),
}

MODEL_ERRORS: Mapping[ErrorCode, ErrorEntry] = {**_MODELS, **_PACKS, **_MODEL_FOLDERS}

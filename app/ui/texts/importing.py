"""What is said about a model that a person brings: what it is, its files, where it stays, how copying goes.

For people who have never seen the inside of a model. Whole sentences in the language in use; needs QtCore
only. Knows values, no widget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from PySide6.QtCore import QCoreApplication, QLocale

from app.core.engine import EngineKind
from app.core.errors import ErrorCode, ErrorInfo
from app.core.imports import FileCheck, FileState, HashReport, TaskProgress
from app.core.models import FoundModel
from app.ui.text_format import count_text, one_line, percent_text, size_text
from app.ui.texts import lengths
from app.ui.texts.errors import describe
from app.ui.texts.mark import QT_TRANSLATE_NOOP
from app.ui.texts.memory import precision_of
from app.ui.texts.waiting import duration_text

_NAMED_FILES = 3
"""So many files are called by name in a sentence; of more the number is told."""
_LONGEST_NAME = 60  # characters of a name in a sentence

# Names of products: the same in every language. All but the last three came in one size.
_GENERATIONS: Mapping[str, str] = {
    "chatglm": "ChatGLM-6B",
    "chatglm2": "ChatGLM2-6B",
    "chatglm3": "ChatGLM3-6B",
    "codegeex2": "CodeGeeX2-6B",
    "glm4-9b": "GLM-4-9B",
    "codegeex4": "CodeGeeX4-9B",
    "glm4-0414": "GLM-4-0414",
    "glm-z1": "GLM-Z1",
    "glm-edge": "GLM-Edge",
}
# As GGUF files name the networks: one for several generations.
_GGUF_GENERATIONS: Mapping[str, str] = {"chatglm": "ChatGLM, GLM-4", "glm4": "GLM-4-0414, GLM-Z1"}

_FINE, _FULL, _COMPACT = (
    QT_TRANSLATE_NOOP("Importing", "fine precision"),
    QT_TRANSLATE_NOOP("Importing", "full precision"),
    QT_TRANSLATE_NOOP("Importing", "compact precision"),
)

_FILE_STATES: Mapping[FileState, str] = {
    FileState.GOOD: QT_TRANSLATE_NOOP("Importing", "in order"),
    FileState.UNUSED: QT_TRANSLATE_NOOP("Importing", "not needed"),
    FileState.MISSING: QT_TRANSLATE_NOOP("Importing", "is missing"),
    FileState.SHORT: QT_TRANSLATE_NOOP("Importing", "is cut short"),
    FileState.POINTER: QT_TRANSLATE_NOOP(
        "Importing", "is only a note that the download left in place of the file"
    ),
    FileState.UNREADABLE: QT_TRANSLATE_NOOP("Importing", "cannot be read, or makes no sense inside"),
    FileState.FOREIGN: QT_TRANSLATE_NOOP("Importing", "belongs to another model"),
    FileState.UNSAFE: QT_TRANSLATE_NOOP("Importing", "could run as a program, so it is not opened"),
    FileState.OUTSIDE: QT_TRANSLATE_NOOP("Importing", "is a link that leads out of the folder"),
    FileState.CHANGED: QT_TRANSLATE_NOOP("Importing", "differs from what was published"),
}

_LOOKING: Mapping[ErrorCode, str] = {
    ErrorCode.MODEL_MISSING: QT_TRANSLATE_NOOP("Importing", '"{name}" is not there any more.'),
    ErrorCode.MODEL_UNREADABLE: QT_TRANSLATE_NOOP(
        "Importing",
        '"{name}" could not be read. Check that its disk is connected and that you may open it.',
    ),
}


def text(source: str) -> str:
    """A source string of this module in the language in use."""
    return QCoreApplication.translate("Importing", source)


def short(name: str) -> str:
    """A name of any length for a sentence: on one line, cut in the middle where it is very long."""
    line, half = one_line(name), _LONGEST_NAME // 2
    return line if len(line) <= _LONGEST_NAME else f"{line[:half]}…{line[-half:]}"


def shown_name(path_text: str) -> str:
    """The last part of a path, for a sentence."""
    return short(PurePath(path_text).name or path_text)


# What it is


def generation_name(family: str) -> str:
    """What people call a generation; its own word where it is not known."""
    return _GENERATIONS.get(family, family)


def kind_sentence(model: FoundModel, *, is_certain: bool = True) -> str:
    """What kind of model it is, under its name; `is_certain` is whether its generation is."""
    if model.ref.engine is EngineKind.LLAMA_CPP:
        known = _GGUF_GENERATIONS.get(model.architecture, "")
        single = QCoreApplication.translate("Importing", "A model in one file")
        return f"{known} · {single}" if known else single
    if model.architecture in _GENERATIONS and not is_certain:
        return QCoreApplication.translate("Importing", "A model of the ChatGLM family")
    if model.architecture in _GENERATIONS:
        return QCoreApplication.translate("Importing", "A model of the generation {generation}").format(
            generation=_GENERATIONS[model.architecture]
        )
    return QCoreApplication.translate("Importing", "A folder with a model")


def pack_kind() -> str:
    """What stands under the name of a pack that does not tell what is in it."""
    return QCoreApplication.translate("Importing", "A model pack")


def figures(model: FoundModel) -> list[tuple[str, str]]:
    """What is known in figures, each with the words under it."""
    found: list[tuple[str, str]] = []
    if model.file_bytes:
        found.append((size_text(model.file_bytes), QCoreApplication.translate("Importing", "on the disk")))
    if model.parameter_count:
        number = _parameters(model.parameter_count)
        found.append((number, QCoreApplication.translate("Importing", "parameters")))
    if label := precision_of(model):
        found.append((label, _precision(label)))
    if model.trained_context:
        number = _memory_words(model.trained_context)
        found.append((number, QCoreApplication.translate("Importing", "it can remember at most")))
    return found


# Its files


def files_summary(files: Sequence[FileCheck]) -> str:
    """Whether everything is there, in one sentence."""
    needed = [one for one in files if one.state is not FileState.UNUSED]
    bad = [one for one in needed if one.state is not FileState.GOOD]
    if bad and len(needed) == 1:
        return QCoreApplication.translate("Importing", "The file is not in order")
    if bad:
        pattern = QCoreApplication.translate("Importing", "{bad} of {count} files are not in order")
        if len(bad) == 1:
            pattern = QCoreApplication.translate("Importing", "1 of {count} files is not in order")
        return pattern.format(bad=count_text(len(bad)), count=count_text(len(needed)))
    if len(needed) == 1:
        return QCoreApplication.translate("Importing", "The file is complete")
    return QCoreApplication.translate("Importing", "All {count} files are there").format(
        count=count_text(len(needed))
    )


def file_state(file: FileCheck) -> str:
    """What was found about one file; stands behind or under its name."""
    if file.state is FileState.SHORT and file.expected_bytes:
        return QCoreApplication.translate(
            "Importing", "is cut short: {actual} of {expected} are there"
        ).format(actual=size_text(file.byte_count), expected=size_text(file.expected_bytes))
    return text(_FILE_STATES[file.state])


def what_is_taken(*, opens_folders: bool) -> str:
    """What may be brought; the light edition does not open folders."""
    if opens_folders:
        return QCoreApplication.translate(
            "Importing",
            "The whole folder of a ChatGLM or GLM model, a model in one file (.gguf), or a pack.",
        )
    return QCoreApplication.translate(
        "Importing",
        "A model in one file (.gguf), alone or in a pack. Folders need the full edition of Teahouse.",
    )


def nothing_found(path_text: str, *, opens_folders: bool = True) -> str:
    """The folder or file holds no model; the light edition does not open folders."""
    if not opens_folders:
        return QCoreApplication.translate(
            "Importing",
            'There is no model in "{name}" that this light edition of Teahouse can use. It takes a model in '
            "one file (.gguf), alone or in a pack.",
        ).format(name=shown_name(path_text))
    return QCoreApplication.translate(
        "Importing",
        'There is no model in "{name}" that Teahouse can use. It takes the whole folder of a ChatGLM or GLM '
        "model with all of its files, a model in one file (.gguf), or a model pack.",
    ).format(name=shown_name(path_text))


def looking_trouble(error: ErrorInfo, path_text: str) -> str:
    """Why a place could not be looked at."""
    source = _LOOKING.get(error.code)
    return text(source).format(name=shown_name(path_text)) if source else describe(error).sentence


# Where it stays


def in_place_note(*, is_portable: bool) -> str:
    """What using a model where it is asks of the person."""
    if is_portable:
        return QCoreApplication.translate(
            "Importing", "It works only while this disk is connected, and loading may be slow."
        )
    return QCoreApplication.translate(
        "Importing", "Takes no further room. The files have to stay where they are now."
    )


def copy_note(needed: int, free: int, *, is_room: bool) -> str:
    """What a copy takes, in bytes, and whether there is room; `free` below 0 where nobody knows."""
    if free < 0:
        return QCoreApplication.translate("Importing", "Takes {needed} of the disk.").format(
            needed=size_text(needed)
        )
    pattern = QCoreApplication.translate("Importing", "Takes {needed} of the disk; {free} are free.")
    if not is_room:
        pattern = QCoreApplication.translate(
            "Importing", "Not enough room: it takes {needed}, and {free} are free."
        )
    return pattern.format(needed=size_text(needed), free=size_text(free))


# Work that takes a while


def looking_text(path_text: str) -> str:
    """While a place is looked at."""
    return QCoreApplication.translate("Importing", 'Looking at "{name}"…').format(name=shown_name(path_text))


def progress_text(progress: TaskProgress | None, seconds_left: float | None) -> str:
    """As in "34 %, about 2 min left"; "" before anything is known. Times in seconds."""
    if progress is None or progress.total <= 0:
        return ""
    percent = percent_text(min(0.99, progress.done / progress.total))
    if seconds_left is None:
        return percent
    return QCoreApplication.translate("Importing", "{percent}, about {time} left").format(
        percent=percent, time=duration_text(seconds_left)
    )


def hash_result(report: HashReport) -> str:
    """What checking every byte gave."""
    total, confirmed = len(report.hashes), len(report.confirmed)
    if report.changed:
        if len(report.changed) > _NAMED_FILES:
            return QCoreApplication.translate(
                "Importing",
                "{count} files differ from what was published (see the list of files). Download them again "
                "before you rely on this model.",
            ).format(count=count_text(len(report.changed)))
        return QCoreApplication.translate(
            "Importing",
            "Differs from what was published: {names}. Download it again before you rely on this model.",
        ).format(names=", ".join(short(name) for name in report.changed))
    if confirmed and confirmed == total:
        return QCoreApplication.translate("Importing", "Every byte agrees with what was published.")
    if confirmed:
        return QCoreApplication.translate(
            "Importing",
            "{count} of {total} files agree with what was published. For the others nothing was published; "
            "what they hold now is remembered with the model for later checks.",
        ).format(count=count_text(confirmed), total=count_text(total))
    return QCoreApplication.translate(
        "Importing",
        "Everything could be read. Nothing was published to compare it with; what the files hold now is "
        "remembered with the model for later checks.",
    )


def _parameters(count: int) -> str:
    number = QLocale()
    if count >= 10**9:
        pattern = QCoreApplication.translate(
            "Importing", "{billions} billion", "use {billions} or {hundred_millions}"
        )
    elif count >= 10**8:
        pattern = QCoreApplication.translate(
            "Importing", "{millions} million", "use {millions} or {hundred_millions}"
        )
    elif count >= 10**6:
        pattern = QCoreApplication.translate(
            "Importing", "{millions} million", "use {millions} or {ten_thousands}"
        )
    else:
        return count_text(count)
    return pattern.format(
        billions=number.toString(count / 1e9, "f", 1),
        millions=number.toString(round(count / 1e6)),
        hundred_millions=number.toString(count / 1e8, "f", 0 if count >= 10**9 else 1),
        ten_thousands=number.toString(round(count / 1e4)),
    )


def _precision(label: str) -> str:
    if label.startswith(("FP", "BF", "F16", "F32")):
        return text(_FULL)
    if "8" in label.partition("_")[0]:
        return text(_FINE)
    return text(_COMPACT)


def _memory_words(tokens: int) -> str:
    """A context length in what it holds of prose."""
    pattern = QCoreApplication.translate(
        "Importing", "{words} words", "use {words} or {characters} (of Chinese)"
    )
    return pattern.format(
        words=count_text(lengths.words(tokens)),
        characters=count_text(lengths.characters(tokens)),
    )

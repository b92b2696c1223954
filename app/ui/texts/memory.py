"""What is said about memory: the page "Model and memory", and a load that was made smaller. QtCore only.

Sizes of memory are told in binary gigabytes, as everywhere for memory: a computer of "16 GB" has 16 of these.
Every figure comes from the planner or from a measurement; where there is none, none is said.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from app.core.engine import EngineKind, Precision
from app.core.load_plan import LoadAdjustment
from app.core.memory import Fit, MachineMemory, MemoryChoice, MemoryPlan
from app.core.memory_shares import MemoryShares
from app.core.model_records import LoadMeasure
from app.core.models import FoundModel
from app.ui.text_format import count_text, installed_gigabytes, one_line, size_text
from app.ui.texts import lengths
from app.ui.texts.mark import QT_TRANSLATE_NOOP

_CONTEXT = "MemoryTexts"
_GIB, _MIB = 1 << 30, 1 << 20
_SEGMENTS: Mapping[Precision, str] = {
    Precision.FP16: QT_TRANSLATE_NOOP("MemoryTexts", "FP16 · best"),
    Precision.INT8: QT_TRANSLATE_NOOP("MemoryTexts", "INT8 · nearly the same"),
    Precision.INT4: QT_TRANSLATE_NOOP("MemoryTexts", "INT4 · smallest"),
}
_COSTS: Mapping[Precision, str] = {
    Precision.FP16: QT_TRANSLATE_NOOP("MemoryTexts", "The most exact answers; uses {size}."),
    Precision.INT8: QT_TRANSLATE_NOOP(
        "MemoryTexts", "Answers hardly differ from those of FP16; uses {size} instead of {most}."
    ),
    Precision.INT4: QT_TRANSLATE_NOOP(
        "MemoryTexts", "Answers may be slightly worse than with FP16; uses {size} instead of {most}."
    ),
}
SEARCHED = (
    QT_TRANSLATE_NOOP("MemoryTexts", "Precision"),
    QT_TRANSLATE_NOOP("MemoryTexts", "How much of the conversation the model remembers"),
    QT_TRANSLATE_NOOP("MemoryTexts", "Memory of this computer"),
    QT_TRANSLATE_NOOP("MemoryTexts", "Context length (context window), in tokens"),
    QT_TRANSLATE_NOOP("MemoryTexts", "Quantization: how many bits each weight of the model keeps"),
    *_SEGMENTS.values(),
)
"""Source strings by which the page is found."""


def text(source: str) -> str:
    """A source string of this module in the language in use."""
    return QCoreApplication.translate(_CONTEXT, source)


def search_words(chinese: QTranslator) -> str:
    """Everything by which the page is found, in both languages, folded for comparison."""
    words = ["precision", "quantization", "context length", "context window", "memory", "model"]
    for source in SEARCHED:
        words += [source, chinese.translate(_CONTEXT, source) or ""]
    return "\n".join(words).casefold()


def model_name(model: FoundModel) -> str:
    """What a model is called wherever it is named."""
    if model.is_starter:
        return QCoreApplication.translate("ModelChip", "Small trial model (English only)")
    return one_line(model.name)


def memory_size(size: int, *, in_megabytes_below: int = _GIB) -> str:
    """Bytes of memory: "4.6 GB"; whole megabytes for small sizes."""
    if size < in_megabytes_below:
        return f"{count_text(round(size / _MIB))} MB"
    return f"{QLocale().toString(size / _GIB, 'f', 1)} GB"


def precision_name(choice: MemoryChoice, label: str = "") -> str:
    """What a precision is called; a file's own ("Q4_1") is its `label`."""
    return label if choice.precision is Precision.NATIVE else choice.precision.value.upper()


def precision_of(model: FoundModel) -> str:
    """The precision of a model's files, in the words of the setting: the same before a load and after it.

    A folder of BF16 files is loaded at what the setting calls FP16.
    """
    is_sixteen_bit = model.ref.engine is EngineKind.GLM_TORCH and model.precision_label == "BF16"
    return Precision.FP16.value.upper() if is_sixteen_bit else model.precision_label


# The page


def model_facts(model: FoundModel) -> str:
    """The line below the title of the page: which model, and what it takes on the disk."""
    if not model.file_bytes:
        return model_name(model)
    source = QCoreApplication.translate("MemoryTexts", "{name} · installed, {size} on disk")
    if model.is_elsewhere and not model.is_bundled:
        source = QCoreApplication.translate("MemoryTexts", "{name} · used in its own folder, {size} on disk")
    return source.format(name=model_name(model), size=size_text(model.file_bytes))


def segment(precision: Precision, *, is_recommended: bool) -> str:
    """What stands on the segment of a precision."""
    name = text(_SEGMENTS[precision])
    if not is_recommended:
        return name
    return QCoreApplication.translate("MemoryTexts", "{name} ✓ recommended").format(name=name)


def precision_help(choice: MemoryChoice, size: int, most: int, speed: float | None) -> str:
    """What a precision costs and gives: bytes `size`, and `most` at FP16; `speed` in tokens a second."""
    sentence = text(_COSTS[choice.precision]).format(size=memory_size(size), most=memory_size(most))
    if speed is None:
        return sentence
    pace = QCoreApplication.translate(
        "MemoryTexts", "It last wrote {speed} tokens a second on this computer."
    ).format(speed=QLocale().toString(speed, "f", 1))
    return joined(sentence, pace)


def no_choice(size: int | None) -> str:
    """In place of the help where a file leaves no choice of precision."""
    if size is None:
        return QCoreApplication.translate(
            "MemoryTexts", "The files of this model come at one precision; there is nothing to choose."
        )
    return QCoreApplication.translate(
        "MemoryTexts", "The files of this model come at one precision; it uses {size}."
    ).format(size=memory_size(size))


def context_text(tokens: int) -> str:
    """A context length in tokens and in what they hold."""
    return QCoreApplication.translate(
        "MemoryTexts", "{tokens} tokens: about {words} words or {characters} Chinese characters"
    ).format(
        tokens=count_text(tokens),
        words=count_text(lengths.words(tokens)),
        characters=count_text(lengths.characters(tokens)),
    )


def short_length(tokens: int) -> str:
    """A context length at the end of a slider: "8K"; one below 1,024 in full."""
    if tokens < 1024:
        return count_text(tokens)
    return QCoreApplication.translate("MemoryTexts", "{count}K").format(count=tokens // 1024)


def context_help() -> str:
    """What a longer context costs."""
    return QCoreApplication.translate(
        "MemoryTexts",
        "A longer memory needs more of the computer's memory, and long conversations take longer to read.",
    )


def cannot_be_told() -> str:
    """In place of the bar where the files do not tell what a model takes."""
    return QCoreApplication.translate(
        "MemoryTexts", "What this model takes of the memory cannot be told from its files."
    )


# The card


def of_which_others(machine: MachineMemory) -> str:
    """The memory of this computer and what others take of it."""
    return QCoreApplication.translate(
        "MemoryTexts", "{total} GB, of which {others} are used by other programs"
    ).format(
        total=installed_gigabytes(machine.total),
        others=memory_size(machine.others).replace(" ", "\N{NO-BREAK SPACE}"),
    )


def share_texts(shares: MemoryShares, *, has_load: bool) -> tuple[str, str, str, str]:
    """The words of the legend: others, model, conversation, and what is free or missing.

    Empty where there is nothing to say: without a load of model and conversation.
    """
    others = QCoreApplication.translate("MemoryTexts", "other programs {size}")
    model = QCoreApplication.translate("MemoryTexts", "model {size}")
    conversation = QCoreApplication.translate("MemoryTexts", "conversation {size}")
    rest = QCoreApplication.translate("MemoryTexts", "free {size}")
    if shares.missing:
        rest = QCoreApplication.translate("MemoryTexts", "missing {size}")
    return (
        others.format(size=_share(shares.others)),
        model.format(size=_share(shares.model)) if has_load else "",
        conversation.format(size=_share(shares.conversation)) if shares.conversation else "",
        rest.format(size=_share(shares.missing or shares.free)),
    )


def _share(size: int) -> str:
    """In gigabytes as far as that says something: figures in a row are to be compared."""
    return memory_size(size, in_megabytes_below=_GIB // 10)


def verdict_word(fit: Fit) -> str:
    """The short answer to whether it fits."""
    match fit:
        case Fit.FITS:
            return QCoreApplication.translate("MemoryTexts", "Fits.")
        case Fit.TIGHT:
            return QCoreApplication.translate("MemoryTexts", "Tight.")
        case Fit.TOO_LARGE:
            return QCoreApplication.translate("MemoryTexts", "Does not fit.")


def verdict_reason(plan: MemoryPlan, fit: Fit, needed: int, room: int) -> str:
    """What follows from `fit`, that of what is wanted: `needed` bytes where `room` can be had."""
    if fit is Fit.FITS:
        return ""
    if fit is Fit.TIGHT:
        return QCoreApplication.translate(
            "MemoryTexts", "Only {size} would be left for everything else on this computer."
        ).format(size=memory_size(max(0, room - needed)))
    short = QCoreApplication.translate(
        "MemoryTexts", "It would take {needed}, and {room} can be had."
    ).format(needed=memory_size(needed), room=memory_size(room))
    if plan.fit is Fit.TOO_LARGE:
        smallest = QCoreApplication.translate(
            "MemoryTexts",
            "Even its smallest form takes {size}: close other programs, or use a smaller model.",
        ).format(size=memory_size(plan.estimate.total))
        return joined(short, smallest)
    return joined(short, _instead(plan.wanted, plan.chosen, plan.estimate.total))


def measured(measure: LoadMeasure) -> str:
    """What a load was estimated to take and took."""
    return QCoreApplication.translate("MemoryTexts", "Last time: estimated {estimated}, used {used}.").format(
        estimated=memory_size(measure.estimated), used=memory_size(measure.used)
    )


# A load that was made smaller


def adjustment_sentence(adjustment: LoadAdjustment) -> str:
    """Why something else is loaded than was asked for, and what."""
    if adjustment.has_failed:
        reason = QCoreApplication.translate(
            "MemoryTexts", "The memory ran out while {name} was being loaded."
        )
    else:
        reason = QCoreApplication.translate(
            "MemoryTexts", "{name} would take {needed} of memory, and {room} can be had."
        )
    reason = reason.format(
        name=model_name(adjustment.asked),
        needed=memory_size(adjustment.needed),
        room=memory_size(adjustment.usable),
    )
    if adjustment.loaded.ref == adjustment.asked.ref:
        return joined(reason, _instead(adjustment.wanted, adjustment.chosen, adjustment.takes))
    other = QCoreApplication.translate("MemoryTexts", "{name} answers instead; it takes {size}.")
    return joined(
        reason, other.format(name=model_name(adjustment.loaded), size=memory_size(adjustment.takes))
    )


def order_sentence(needed: int, room: int) -> str:
    """A warning for a load that was ordered although it does not fit."""
    return QCoreApplication.translate(
        "MemoryTexts",
        "This takes about {needed} of memory, and {room} can be had: the computer may become very slow, or "
        "end the model.",
    ).format(needed=memory_size(needed), room=memory_size(room))


def _instead(wanted: MemoryChoice, chosen: MemoryChoice, takes: int) -> str:
    is_coarser = chosen.precision is not wanted.precision
    is_shorter = chosen.context_length != wanted.context_length
    if is_coarser and is_shorter:
        source = QCoreApplication.translate(
            "MemoryTexts",
            "It is loaded with {chosen} instead of {wanted}, remembers {fewer} tokens instead of {more}, and "
            "takes {size}.",
        )
    elif is_coarser:
        source = QCoreApplication.translate(
            "MemoryTexts", "It is loaded with {chosen} instead of {wanted} and takes {size}."
        )
    else:
        source = QCoreApplication.translate(
            "MemoryTexts", "It remembers {fewer} tokens instead of {more} and takes {size}."
        )
    return source.format(
        chosen=precision_name(chosen),
        wanted=precision_name(wanted),
        fewer=count_text(chosen.context_length),
        more=count_text(wanted.context_length),
        size=memory_size(takes),
    )


def joined(*sentences: str) -> str:
    """Sentences in a row: with a space between them, but not after a full stop of Chinese."""
    result = ""
    for sentence in filter(None, sentences):
        space = " " if result and not result.endswith("。") else ""
        result += space + sentence
    return result

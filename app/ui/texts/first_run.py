"""What is said at the first start and in the list of models: this computer, what it can run, where to get it.

For people who have never heard of a model. Whole sentences in the language in use; needs QtCore only. Figures
come from the planner or from what was published; where one is not known, nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from app.core import memory_plan
from app.core.catalog import Advice, CatalogModel, Edition, EditionKind, Purpose, Suitability
from app.core.memory import Fit, MachineMemory
from app.ui.text_format import count_text, installed_gigabytes, size_text
from app.ui.texts.mark import QT_TRANSLATE_NOOP
from app.ui.texts.memory import joined, memory_size, precision_name, verdict_word

if TYPE_CHECKING:
    from app.model.machine_check import MachineFacts  # psutil is not to be waited for before the first paint

_CONTEXT = "FirstRun"
_BILLION, _YI = 10**9, 10**8  # Chinese counts in hundreds of millions

_PURPOSES: Mapping[Purpose, str] = {
    Purpose.CHAT: QT_TRANSLATE_NOOP("FirstRun", "For conversation"),
    Purpose.REASONING: QT_TRANSLATE_NOOP("FirstRun", "Think first, then answer"),
    Purpose.CODE: QT_TRANSLATE_NOOP("FirstRun", "For program code"),
}


def purpose_title(purpose: Purpose) -> str:
    """The headline over the models of one purpose."""
    return QCoreApplication.translate(_CONTEXT, _PURPOSES[purpose])


def servers_title() -> str:
    """The headline over the models that Teahouse cannot run."""
    return QCoreApplication.translate("FirstRun", "Too large for Teahouse")


# This computer


def machine_line(facts: MachineFacts) -> str:
    """Memory, graphics card and disk in one line."""
    memory = facts.memory
    parts = [
        QCoreApplication.translate("FirstRun", "{total} GB memory").format(
            total=installed_gigabytes(memory.total)
        )
    ]
    if memory.card is not None:
        card = QCoreApplication.translate("FirstRun", "graphics card with {total} GB")
        parts.append(card.format(total=installed_gigabytes(memory.card.total)))
    elif not memory.is_unified:
        parts.append(QCoreApplication.translate("FirstRun", "no usable graphics card"))
    if facts.free_disk is not None:
        disk = QCoreApplication.translate("FirstRun", "{size} free")
        parts.append(disk.format(size=_disk_size(facts.free_disk)))
    return " · ".join(parts)


def too_old(facts: MachineFacts) -> str:
    """Why no model will answer on this computer."""
    return QCoreApplication.translate(
        "FirstRun",
        "The processor of this computer ({name}) is too old for models: it lacks the instructions that all "
        "programs for them are built on (AVX2). You can look around, but no model will answer here.",
    ).format(name=facts.processor or "x86")


def light_edition() -> str:
    """The light edition, in place of a model's name."""
    return QCoreApplication.translate("FirstRun", "The light edition of Teahouse")


def light_edition_note() -> str:
    """What it opens, and what it does not."""
    return QCoreApplication.translate(
        "FirstRun",
        "It opens models in one file (.gguf): drag one onto this window, or choose it with the button below. "
        "Models that come as a folder need the full edition.",
    )


def needs_full_edition() -> str:
    """Over the list of models, none of which the light edition opens."""
    return QCoreApplication.translate(
        "FirstRun",
        "The models of this list come as folders, and this is the light edition of Teahouse, which opens "
        "models in one file (.gguf). Install the full edition to use them; your conversations stay.",
    )


def needs_full_verdict() -> str:
    """Beside a model of that list."""
    return QCoreApplication.translate("FirstRun", "Needs the full edition")


# What it can run


def figures(best: Suitability, machine: MachineMemory) -> list[tuple[str, str]]:
    """Pairs of figure and words: what has to be brought, and what is in use while the model answers."""
    on_card = memory_plan.on_the_card(best.estimate, machine)
    in_use = QCoreApplication.translate("FirstRun", "of memory in use ({precision})")
    found = [
        (size_text(best.model.usual.size), QCoreApplication.translate("FirstRun", "of files to bring")),
        (memory_size(best.estimate.total - on_card), in_use.format(precision=precision_name(best.choice))),
    ]
    if on_card:
        words = QCoreApplication.translate("FirstRun", "of the graphics card's memory")
        found.append((memory_size(on_card), words))
    return found


def reason(advice: Advice, facts: MachineFacts) -> str:
    """Why this is recommended, or why nothing is."""
    machine, best = facts.memory, advice.best
    if best is None:
        return QCoreApplication.translate(
            "FirstRun",
            "{free} of memory are free now, and no model of the GLM family fits comfortably. The smallest, "
            "{name}, takes about {size}. Closing other programs helps.",
        ).format(
            free=memory_size(machine.usable),
            name=advice.smallest.model.name,
            size=memory_size(advice.smallest.estimate.total),
        )
    needed = best.estimate.total - memory_plan.on_the_card(best.estimate, machine)
    why = QCoreApplication.translate(
        "FirstRun", "{free} of memory are free now; with this model {left} stay free for everything else."
    ).format(free=memory_size(machine.usable), left=memory_size(machine.usable - needed))
    more = room = ""
    if advice.better is not None:
        more = QCoreApplication.translate(
            "FirstRun", "{name} would suit it even better, but {size} would have to be free on the disk."
        ).format(name=advice.better.model.name, size=_disk_size(advice.better.needed_disk))
    elif advice.is_larger_slow:
        more = QCoreApplication.translate(
            "FirstRun", "Larger models fit too, but would write more slowly here than one reads aloud."
        )
    if not advice.has_room:
        room = QCoreApplication.translate(
            "FirstRun",
            "The disk has too little room for it ({size} are needed): leave the files on a stick or another "
            "disk.",
        ).format(size=_disk_size(best.needed_disk))
    return joined(why, more, room)


def nothing_fits() -> str:
    """In place of a model's name where none is recommended."""
    return QCoreApplication.translate("FirstRun", "Little memory is free")


# The list


def how_to_bring() -> str:
    """What to do with an address."""
    return QCoreApplication.translate(
        "FirstRun",
        "Teahouse never goes online: it opens no page and downloads nothing. Copy an address, download the "
        "whole folder with a browser, on another computer if you like, bring it here, for instance on a USB "
        "stick, and drag the folder onto this window.",
    )


def good_at(model: CatalogModel) -> str:
    """What a model is good at, in the language in use."""
    is_chinese = QLocale().language() == QLocale.Language.Chinese
    return model.good_at["zh" if is_chinese else "en"]


def facts_line(model: CatalogModel) -> str:
    """How large a model is, and how much it remembers."""
    parts = [parameters_text(model.parameters)]
    if model.usual.size:
        size = QCoreApplication.translate("FirstRun", "{size} to download")
        parts.append(size.format(size=_disk_size(model.usual.size)))
    if model.usual.context_length:
        parts.append(_remembers(model.usual.context_length))
    return " · ".join(parts)


def parameters_text(count: int) -> str:
    """A number of parameters: "4.3 billion parameters"."""
    source = QCoreApplication.translate(
        "FirstRun", "{billions} billion parameters", "use one of {billions}, {yi} (hundreds of millions)"
    )
    yi = count / _YI
    return source.format(
        billions=_short(count / _BILLION), yi=count_text(round(yi)) if yi >= 1 else _short(yi)
    )


def memory_line(at_int4: Suitability) -> str:
    """What a model takes at INT4 on this computer: the least, and less than a recommendation at INT8 says."""
    return QCoreApplication.translate("FirstRun", "at least {size} of memory (INT4)").format(
        size=memory_size(at_int4.estimate.total)
    )


def verdict(at_int4: Suitability) -> str:
    """Whether that fits, and whether it would be slow."""
    word = verdict_word(at_int4.fit)
    if at_int4.fit is Fit.FITS and not at_int4.keeps_pace:
        return joined(word, QCoreApplication.translate("FirstRun", "Writes slowly here."))
    return word


def edition_note(edition: Edition) -> str:
    """How an edition differs from the usual one; "" where it does not."""
    if edition.kind is EditionKind.BASE:
        return QCoreApplication.translate("FirstRun", "Only continues texts; it was not taught to converse.")
    notes = []
    if edition.kind is EditionKind.LONG:
        long = QCoreApplication.translate("FirstRun", "For long texts: {remembers}.")
        notes.append(long.format(remembers=_remembers(edition.context_length)))
    if edition.quantization_bits:
        small = QCoreApplication.translate("FirstRun", "Compressed to INT{bits} already.")
        notes.append(small.format(bits=edition.quantization_bits))
    if edition.is_doubled:
        doubled = QCoreApplication.translate(
            "FirstRun",
            "The folder holds the model twice: the files ending in .bin may be left out, those ending in "
            ".safetensors are enough.",
        )
        notes.append(doubled)
    return joined(*notes)


def edition_title(edition: Edition) -> str:
    """The published name of an edition, with its size where it is known."""
    if not edition.size:
        return edition.repository
    return f"{edition.repository} · {_disk_size(edition.size)}"


def licence_line(model: CatalogModel) -> str:
    """The licence by its name."""
    return QCoreApplication.translate("FirstRun", "Licence: {name}").format(name=model.licence.name)


def _remembers(tokens: int) -> str:
    return QCoreApplication.translate("FirstRun", "remembers {tokens} tokens").format(
        tokens=count_text(tokens)
    )


def _disk_size(size: int) -> str:
    """Bytes on a disk, without a decimal where that says nothing: "212 GB", "8.7 GB"."""
    if size >= 20 * _BILLION:
        return QLocale().formattedDataSize(size, 0, QLocale.DataSizeFormat.DataSizeSIFormat)
    return size_text(size)


def _short(number: float) -> str:
    return QLocale().toString(number, "f", 1 if number < 10 and round(number, 1) % 1 else 0)

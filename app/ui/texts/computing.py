"""What computes on this computer: threads of the processor and the graphics card. QtCore only."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.ui.texts.memory import joined


def threads_text(wish: int, automatic: int) -> str:
    """A number of threads; 0 leaves it to the program, which takes `automatic`."""
    count = thread_count(wish or automatic)
    if wish:
        return count
    return QCoreApplication.translate("ComputingTexts", "Automatic: {count}").format(count=count)


def thread_count(count: int) -> str:
    """So many threads, in words."""
    if count == 1:
        return QCoreApplication.translate("ComputingTexts", "1 thread")
    return QCoreApplication.translate("ComputingTexts", "{count} threads").format(count=count)


def device_sentence(wish: str, card: str, threads: int, *, is_for_processor: bool) -> str:
    """What computes, for a person's wish and this computer.

    `card` is its graphics card, "" where none can be used; `is_for_processor` is whether the engine of the
    model at hand knows no card.
    """
    count = thread_count(threads)
    processor = QCoreApplication.translate("ComputingTexts", "The processor is used with {threads}.")
    if not card:
        none = QCoreApplication.translate(
            "ComputingTexts", "No NVIDIA graphics card that can be used was found."
        )
        return joined(none, processor.format(threads=count))
    if wish == "processor":
        unused = QCoreApplication.translate("ComputingTexts", "{card} is not used.")
        return joined(unused.format(card=card), processor.format(threads=count))
    if is_for_processor:
        return QCoreApplication.translate(
            "ComputingTexts",
            "The files of this model are made for the processor, which is used with {threads}.",
        ).format(threads=count)
    return QCoreApplication.translate(
        "ComputingTexts",
        "{card} is used as far as the model fits into its memory; for the rest the processor with {threads}.",
    ).format(card=card, threads=count)


def no_card_reason() -> str:
    """Why the graphics card cannot be chosen."""
    return QCoreApplication.translate(
        "ComputingTexts",
        "Needs an NVIDIA graphics card with its driver, and an installation of Teahouse that can use it.",
    )

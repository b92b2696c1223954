"""What the page "About" says: the version, whose work the program is made with, under which licences.

Knows QtCore only. Names of programs and of licences are the same in every language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QTranslator

from app.core.settings import SettingGroup
from app.ui.texts.mark import QT_TRANSLATE_NOOP
from app.ui.texts.settings import GROUP_TEXTS

_CONTEXT = "AboutTexts"

NAME = QT_TRANSLATE_NOOP("AboutTexts", "Teahouse")
WHAT = QT_TRANSLATE_NOOP(
    "AboutTexts", "Chat with the GLM family of models on your own computer, without the internet."
)
LIGHT = QT_TRANSLATE_NOOP("AboutTexts", "Light edition: it opens models in one file.")
LOADED = QT_TRANSLATE_NOOP("AboutTexts", "The loaded model")
LICENCES = QT_TRANSLATE_NOOP("AboutTexts", "Licences")
OWN = QT_TRANSLATE_NOOP(
    "AboutTexts",
    "Teahouse is free software. It is made with the work of many others; these are the main ones.",
)
OWN_BUTTON = QT_TRANSLATE_NOOP("AboutTexts", "Read Teahouse's licence")
ALL_BUTTON = QT_TRANSLATE_NOOP("AboutTexts", "Everything inside and its licences")
NO_LIST = QT_TRANSLATE_NOOP(
    "AboutTexts",
    "The list of everything inside comes with the installed program; this one runs from its source.",
)
_PUBLIC_DOMAIN = QT_TRANSLATE_NOOP("AboutTexts", "Public domain")


@dataclass(frozen=True, slots=True)
class Work:
    """A work that the program is made with. `licence` is a name, or a source string of this module."""

    name: str
    licence: str
    is_of_torch_engine: bool = False


WORKS = (
    Work(NAME, "Apache License 2.0"),
    Work("Python", "PSF License 2"),
    Work("Qt, Qt for Python", "GNU LGPL 3"),
    Work("llama.cpp, ggml", "MIT License"),
    Work("PyTorch", "BSD 3-Clause License", is_of_torch_engine=True),
    Work("Transformers, Tokenizers", "Apache License 2.0", is_of_torch_engine=True),
    Work("SQLite", _PUBLIC_DOMAIN),
    Work("SQLite3 Multiple Ciphers", "MIT License"),
    Work("SmolLM2-135M-Instruct", "Apache License 2.0"),
)
"""The rest, and every text, stands on the page of third-party licences, which is made from what is inside."""


def text(source: str) -> str:
    """A source string of this module in the language in use; a name stays as it is."""
    return QCoreApplication.translate(_CONTEXT, source)


def version_text(version: str) -> str:
    """The version, as a line."""
    return QCoreApplication.translate("AboutTexts", "Version {version}").format(version=version)


def not_opened(path: str) -> str:
    """No program showed the file."""
    return QCoreApplication.translate("AboutTexts", "No program opened the file. It is here:\n{path}").format(
        path=path
    )


def works(has_torch_engine: bool) -> Sequence[Work]:
    """The works that are inside this edition."""
    return [work for work in WORKS if has_torch_engine or not work.is_of_torch_engine]


def search_words(chinese: QTranslator) -> str:
    """Everything by which the page is found, in both languages, folded for comparison."""
    page = GROUP_TEXTS[SettingGroup.ABOUT]
    words = [page.title, page.about, "about version license copyright open source"]
    words += [chinese.translate("SettingsTexts", source) or "" for source in (page.title, page.about)]
    sources = [NAME, WHAT, LIGHT, LICENCES, OWN, OWN_BUTTON, ALL_BUTTON]
    words += [*sources, *(chinese.translate(_CONTEXT, source) or "" for source in sources)]
    words += [word for work in WORKS for word in (work.name, work.licence)]
    return "\n".join(words).casefold()

"""The words around the doctor's findings: the summary, questions before something goes, what came of it.

Knows QtCore only. The findings themselves are `texts.doctor`.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QTranslator

from app.core.findings import DoctorRemedy, Finding, Severity
from app.core.settings import SettingGroup
from app.ui.text_format import count_text, size_text
from app.ui.texts.doctor import describe_finding
from app.ui.texts.mark import QT_TRANSLATE_NOOP
from app.ui.texts.settings import GROUP_TEXTS

_CONTEXT = "DoctorTexts"

TITLES = {
    Severity.PROBLEM: QT_TRANSLATE_NOOP("DoctorTexts", "Needs your attention"),
    Severity.NOTE: QT_TRANSLATE_NOOP("DoctorTexts", "Worth knowing"),
    Severity.GOOD: QT_TRANSLATE_NOOP("DoctorTexts", "In order"),
}
CHECK = QT_TRANSLATE_NOOP("DoctorTexts", "Check again")
THOROUGH = QT_TRANSLATE_NOOP("DoctorTexts", "Also read every byte of the models")
COPY = QT_TRANSLATE_NOOP("DoctorTexts", "Copy report")
COPY_ABOUT = QT_TRANSLATE_NOOP(
    "DoctorTexts",
    "The report is for whoever helps you. No word of your conversations is in it, and it goes nowhere by "
    "itself.",
)
COPIED = QT_TRANSLATE_NOOP("DoctorTexts", "Copied")
CHECKING = QT_TRANSLATE_NOOP("DoctorTexts", "Checking…")
CANCELLED = QT_TRANSLATE_NOOP("DoctorTexts", "The check was cancelled; what it found so far stands below.")
REMOVE = QT_TRANSLATE_NOOP("DoctorTexts", "Remove")

_QUESTIONS = {
    DoctorRemedy.REMOVE_ABANDONED: QT_TRANSLATE_NOOP(
        "DoctorTexts", "Remove the unfinished copies ({count}, {size})?"
    ),
    DoctorRemedy.REMOVE_ORPHANS: QT_TRANSLATE_NOOP(
        "DoctorTexts", "Remove the prepared copies without a model ({count}, {size})?"
    ),
    DoctorRemedy.REMOVE_DAMAGED_LISTS: QT_TRANSLATE_NOOP(
        "DoctorTexts", "Remove the damaged list of models ({count})?"
    ),
}
_QUESTION_NOTES = {
    DoctorRemedy.REMOVE_ABANDONED: QT_TRANSLATE_NOOP(
        "DoctorTexts", "The models that they were made from stay where they are. They lie in {path}."
    ),
    DoctorRemedy.REMOVE_ORPHANS: QT_TRANSLATE_NOOP(
        "DoctorTexts", "They can be made again when the model is back. They lie in {path}."
    ),
    DoctorRemedy.REMOVE_DAMAGED_LISTS: QT_TRANSLATE_NOOP(
        "DoctorTexts",
        "The models themselves stay. Which ones were used where they lie can then be read nowhere any more; "
        "the list lies in {path}.",
    ),
}
_MENDED = {
    DoctorRemedy.REMOVE_ABANDONED: QT_TRANSLATE_NOOP(
        "DoctorTexts", "The unfinished copies are removed: {size} are free again."
    ),
    DoctorRemedy.REMOVE_ORPHANS: QT_TRANSLATE_NOOP(
        "DoctorTexts", "The prepared copies without a model are removed: {size} are free again."
    ),
    DoctorRemedy.REMOVE_DAMAGED_LISTS: QT_TRANSLATE_NOOP("DoctorTexts", "The damaged list is removed."),
    DoctorRemedy.NARROW: QT_TRANSLATE_NOOP("DoctorTexts", "Only your account can read it now."),
    DoctorRemedy.CHOOSE_INT8: QT_TRANSLATE_NOOP("DoctorTexts", "INT8 is chosen for this model."),
}
_NOT_MENDED = QT_TRANSLATE_NOOP(
    "DoctorTexts", "That did not help: the system did not allow it, or something else is using the files."
)


def text(source: str) -> str:
    """A source string of this module in the language in use."""
    return QCoreApplication.translate(_CONTEXT, source)


def summary(findings: Sequence[Finding]) -> str:
    """All findings in one sentence."""
    problems = sum(found.severity is Severity.PROBLEM for found in findings)
    notes = sum(found.severity is Severity.NOTE for found in findings)
    if problems == 1:
        return QCoreApplication.translate("DoctorTexts", "One thing needs your attention.")
    if problems:
        return QCoreApplication.translate("DoctorTexts", "{count} things need your attention.").format(
            count=count_text(problems)
        )
    if notes == 1:
        return QCoreApplication.translate("DoctorTexts", "Everything works. One thing is worth knowing.")
    if notes:
        return QCoreApplication.translate(
            "DoctorTexts", "Everything works. {count} things are worth knowing."
        ).format(count=count_text(notes))
    return QCoreApplication.translate("DoctorTexts", "Everything is in order.")


def question(found: Finding) -> str:
    """Asked before something goes: what, and how much."""
    return text(_QUESTIONS[found.remedy]).format(**_sizes(found))


def question_note(found: Finding) -> str:
    """What is to be known before the answer."""
    return text(_QUESTION_NOTES[found.remedy]).format(path=found.params.get("path", ""))


def mended(found: Finding) -> str:
    """After it was put right."""
    return text(_MENDED[found.remedy]).format(**_sizes(found))


def not_mended() -> str:
    """After it was to be put right, and still is not."""
    return text(_NOT_MENDED)


def report(findings: Sequence[Finding], technical: str) -> str:
    """The report: the findings in the language in use, the worst first, and the technical part below."""
    lines = [QCoreApplication.translate("DoctorTexts", "Report of Teahouse"), summary(findings)]
    for severity, title in TITLES.items():
        chosen = [found for found in findings if found.severity is severity]
        if chosen:
            lines += ["", text(title), *(f"- {describe_finding(found).sentence}" for found in chosen)]
    return "\n".join([*lines, "", technical, ""])


def search_words(chinese: QTranslator) -> str:
    """Everything by which the page can be found, in both languages, folded for comparison."""
    page = GROUP_TEXTS[SettingGroup.DOCTOR]
    words = [page.title, page.about, "doctor", "diagnose", "health", "problem", "体检", "诊断", "故障"]
    words += [chinese.translate("SettingsTexts", source) or "" for source in (page.title, page.about)]
    for source in (CHECK, THOROUGH, COPY, COPY_ABOUT, *TITLES.values()):
        words += [source, chinese.translate(_CONTEXT, source) or ""]
    return "\n".join(words).casefold()


def _sizes(found: Finding) -> dict[str, str]:
    count, size = found.params.get("count", "0"), found.params.get("size", "0")
    return {"count": count_text(int(count)), "size": size_text(int(size))}

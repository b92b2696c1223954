"""What the tests of `tests/faults` are about, for the table that people read: theme by theme.

Knows the names of the test files and what their tests note; every file has a theme (a test sees to it).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one test: `passed`, `failed` or `skipped`, its duration, and what it noted."""

    file: str
    name: str
    result: str
    seconds: float
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Theme:
    """Some tests, by file or file and beginning of a name. `counted` is the note that says how often."""

    title: str
    promise: str
    tests: tuple[str, ...]
    counted: str = ""

    def holds(self, outcome: Outcome) -> bool:
        """Whether the test belongs here."""
        path = f"{outcome.file}::{outcome.name}"
        return any(path.startswith(test if "::" in test else f"{test}::") for test in self.tests)


KILLS = "kills"
THEMES = (
    Theme(
        "Killed while an answer streams (the whole window, the real engine)",
        "no message that was painted is lost, answers are whole to their last second, no engine is left",
        ("test_app_killed",),
        KILLS,
    ),
    Theme(
        "The installed program's window killed while an answer streams",
        "every question and every text that was seen in its database is there, nothing is left running",
        ("test_program_killed",),
        KILLS,
    ),
    Theme(
        "Killed while saving",
        "every change that was acknowledged is there, the database is sound",
        ("test_database_killed",),
        KILLS,
    ),
    Theme(
        "Killed while migrating, from every older version",
        "the old version or a newer one, with every message; the next start goes on",
        ("test_migrating",),
        KILLS,
    ),
    Theme(
        "Killed while copying and importing a model",
        "a whole model or none; the next try succeeds and leaves nothing lying about",
        ("test_importing::test_a_kill", "test_importing::test_an_import_killed"),
        KILLS,
    ),
    Theme(
        "Killed while packing and unpacking a model",
        "a whole pack or model, or none",
        ("test_packs::test_packing_killed", "test_packs::test_unpacking_killed"),
        KILLS,
    ),
    Theme(
        "Killed while preparing a model",
        "a whole prepared file or none; the model answers alike either way",
        ("test_glm_preparing::test_a_kill",),
        KILLS,
    ),
    Theme(
        "Killed while moving models or conversations",
        "whole at one place or the other, every acknowledged message there, the rest tidied up",
        ("test_moving_faults::test_models_are_whole", "test_moving_faults::test_every_message"),
        KILLS,
    ),
    Theme(
        "Power cut: what was not synced is lost, out of order, torn",
        "every acknowledged message is there, the database is sound",
        ("test_power_cut::test_a_power_cut",),
        "power cuts",
    ),
    Theme(
        "The same cuts with the app's syncs left out",
        "messages are lost and files damaged: the test above can fail",
        ("test_power_cut::test_the_same_cuts",),
    ),
    Theme(
        "The disk full at every write of the database",
        "refused whole and said, what was acknowledged stays, with room all goes on",
        ("test_every_write",),
        "writes refused",
    ),
    Theme(
        "The disk full, or taking no writing, elsewhere",
        "a sentence, nothing half done, nothing typed is lost",
        (
            "test_database_disk",
            "test_small_files",
            "test_window_disk_faults",
            "test_importing::test_a_disk_that_says_no",
            "test_importing::test_a_real_full_disk",
            "test_importing::test_a_folder",
            "test_packs::test_a_real_full_disk",
            "test_glm_preparing::test_a_disk",
            "test_moving_faults::test_a_disk",
        ),
        "writes refused",
    ),
    Theme(
        "Damaged databases: bits, pages, cut, foreign, logs and journals",
        "the damaged file is kept, what the last copy held is back, with what could still be read",
        ("test_database_damage",),
        "databases",
    ),
    Theme(
        "Two of the app at once",
        "one window; two that write or copy at the same time lose nothing of each other",
        (
            "test_two_at_once",
            "test_importing::test_two_apps",
            "test_importing::test_a_second_app",
            "test_window_faults::test_a_second_start",
        ),
        "rounds",
    ),
    Theme(
        "The engine killed, hung, crashed, out of memory",
        "a sentence, the text so far is kept, the next question is answered, a smaller plan is tried",
        ("test_engine_faults", "test_engine_memory_limit"),
    ),
    Theme(
        "Models that are damaged, mixed up or something else",
        "told by what is wrong with them, and the model before answers again",
        (
            "test_model_files",
            "test_hostile_models",
            "test_glm_faults",
            "test_glm_preparing",
            "test_importing",
            "test_packs",
        ),
    ),
    Theme(
        "What a person sees of it in the window",
        "a whole sentence in both languages with one thing to do",
        ("test_window_faults", "test_moving_faults"),
    ),
)


def by_theme(outcomes: Iterable[Outcome]) -> dict[Theme, list[Outcome]]:
    """The outcomes of each theme that has any; a test belongs to the first that holds it."""
    found: dict[Theme, list[Outcome]] = {}
    for outcome in outcomes:
        theme = next((one for one in THEMES if one.holds(outcome)), None)
        if theme is not None:
            found.setdefault(theme, []).append(outcome)
    return {theme: found[theme] for theme in THEMES if theme in found}


def table(outcomes: Iterable[Outcome]) -> str:
    """One row for each theme."""
    lines = [
        "| what was done | how often | what has to be so | what came of it | took |",
        "| --- | ---: | --- | --- | ---: |",
    ]
    for theme, found in by_theme(outcomes).items():
        seconds = sum(outcome.seconds for outcome in found)
        cases = f"{len(found)} case{'s' if len(found) > 1 else ''}"
        how_often = f"{counted(theme, found):,} {theme.counted}" if theme.counted else cases
        lines.append(
            f"| {theme.title} | {how_often} | {theme.promise} | {result(found)}{notes(theme, found)} "
            f"| {seconds:,.0f} s |"
        )
    return "\n".join(lines)


def counted(theme: Theme, found: Iterable[Outcome]) -> int:
    """How often the theme's fault was tried."""
    return sum(int(value) for outcome in found for name, value in outcome.notes if name == theme.counted)


def result(found: list[Outcome]) -> str:
    """In words, failures first."""
    results = Counter(outcome.result for outcome in found)
    words = [f"**{results['FAILED']} FAILED**"] if results["FAILED"] else []
    words += [f"{results['skipped']} could not run here"] if results["skipped"] else []
    return ", ".join(words) or "held"


def notes(theme: Theme, found: Iterable[Outcome]) -> str:
    """What else the tests noted: counts added up, words as they are."""
    sums: Counter[str] = Counter()
    words: list[str] = []
    for name, value in (note for outcome in found for note in outcome.notes if note[0] != theme.counted):
        if value.isdecimal():
            sums[name] += int(value)
        else:
            words.append(f"; {name}: {value}")
    return "".join([*(f"; {name}: {count:,}" for name, count in sums.items()), *words])

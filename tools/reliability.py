"""Kills and breaks the app many times over, or lets it work for long, and can record what came of it.

Run by `dev.py faults`. The tests of `tests/faults` are told how often and with which seed by the variables
that `tests/faults/dice.py` reads, and note with pytest's `record_property` how often they did it. The record
is the measured parts of `docs/reliability.md`, between marks; the words around them stay.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import fault_themes
import machine
import soaking
from fault_themes import Outcome

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reliability.md"
LONGEST_TEST_S = 7200
PROGRAM_TESTS = "tests/faults/test_program_killed.py"
MARK = "<!-- measured: {part} {end} -->"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line. `words` repeats the run."""

    count: int
    seed: int
    program: str
    words: str


def main() -> int:
    """Run the tests or the long work; gives the exit status, 0 when all is well."""
    parser = argparse.ArgumentParser(prog="dev.py faults", description=__doc__)
    parser.add_argument(
        "--count", type=int, default=1000, help="of kills, damaged databases, power cuts: each so many (1000)"
    )
    parser.add_argument("--seed", type=int, help="of all random choices; without it a new one, which is told")
    parser.add_argument(
        "--only", default="", metavar="WORDS", help="tests whose names hold these (pytest -k)"
    )
    parser.add_argument(
        "--program", default="", help="kill this program's window instead of our own Python's"
    )
    parser.add_argument("--soak", action="store_true", help="work for long instead: 10 times COUNT exchanges")
    parser.add_argument("--record", action="store_true", help="write docs/reliability.md")
    options = parser.parse_args()
    if options.count < 1:
        parser.error("--count is at least 1")
    if options.record and options.only:
        parser.error("a part of the tests is not recorded")
    seed = secrets.randbelow(10**8) if options.seed is None else options.seed
    words = f"python3 dev.py faults --count {options.count}"
    words += f" --program {options.program}" if options.program else ""
    words += f" --only '{options.only}'" if options.only else ""
    wish = Wish(options.count, seed, options.program, words + ("" if options.soak else f" --seed {seed}"))
    print(f"faults: {wish.words}", flush=True)
    status, part, text = soak(wish) if options.soak else test(wish, options.only)
    print(text)
    if options.record:
        record(part, text)
    return status


def test(wish: Wish, only: str) -> tuple[int, str, str]:
    """Run the tests; gives pytest's exit status, the part of the page, and its text."""
    environment = {
        **machine.environment(),
        "TEAHOUSE_FAULTS_COUNT": str(wish.count),
        "TEAHOUSE_FAULTS_SEED": str(wish.seed),
    }
    if wish.program:
        environment["TEAHOUSE_FAULTS_PROGRAM"] = str(Path(wish.program).absolute())
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="teahouse-") as place:
        report = Path(place) / "report.xml"
        tests = [PROGRAM_TESTS] if wish.program else ["tests/faults", f"--ignore={PROGRAM_TESTS}"]
        words = ["-m", "pytest", *tests, f"--junitxml={report}"]
        words += [f"--timeout={LONGEST_TEST_S}", "-q", *(["-k", only] if only else [])]
        words += ["-o", "junit_family=xunit1"]  # the newer one has no place for what a test notes
        status = subprocess.call([sys.executable, *words], cwd=ROOT, env=environment)
        found = outcomes(report) if report.exists() else []
    minutes = (time.monotonic() - began) / 60
    return status, "program" if wish.program else "faults", page(wish, found, minutes)


def soak(wish: Wish) -> tuple[int, str, str]:
    """Work for long, with the scripted engine and with the real one."""
    runs = [soaking.run("scripted", 10 * wish.count), soaking.run("starter", max(1, wish.count // 5))]
    head = [machine.as_markdown(machine.facts()), f"Run again by `{wish.words} --soak`."]
    return (
        int(not all(run.is_flat for run in runs)),
        "soak",
        "\n\n".join([*head, *map(soaking.as_markdown, runs)]),
    )


def outcomes(report: Path) -> list[Outcome]:
    """The tests of a JUnit report, in their order."""
    found = []
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - our own file
        is_bad = case.find("failure") is not None or case.find("error") is not None
        result = "FAILED" if is_bad else "skipped" if case.find("skipped") is not None else "passed"
        notes = tuple((note.get("name", ""), note.get("value", "")) for note in case.iter("property"))
        file = case.get("classname", "").rpartition(".")[2]
        found.append(Outcome(file, case.get("name", ""), result, float(case.get("time", 0)), notes))
    return found


def page(wish: Wish, found: list[Outcome], minutes: float) -> str:
    """The measured part: machine, how to repeat it, verdict, a row for each theme, what went wrong."""
    facts = machine.facts() | {"Seed": str(wish.seed)}
    bad = [f"- {one.file}: {one.name}: {one.result}" for one in found if one.result != "passed"]
    parts = [
        machine.as_markdown(facts),
        f"Run again by `{wish.words}`; it took {minutes:.0f} minutes.",
        verdict(found),
        fault_themes.table(found),
    ]
    return "\n\n".join([*parts, *(["Not passed:\n\n" + "\n".join(bad)] if bad else [])])


def verdict(found: list[Outcome]) -> str:
    """In one sentence, and only what the tests that ran have shown."""
    themes = fault_themes.by_theme(found)
    kills = sum(fault_themes.counted(theme, themes[theme]) for theme in themes if theme.counted == "kills")
    failed = sum(one.result == "FAILED" for one in found)
    passed = sum(one.result == "passed" for one in found)
    if failed or not found:
        return f"**{failed} of {len(found)} tests FAILED**, in {kills:,} kills and the faults below."
    return (
        f"{kills:,} kills: 0 acknowledged messages lost, 0 databases damaged, answers complete to their last "
        f"second. {passed} of {len(found)} tests passed."
    )


def record(part: str, text: str) -> None:
    """Put a measured part into the page, also when tests failed: it tells what was seen."""
    begin, end = MARK.format(part=part, end="from here"), MARK.format(part=part, end="to here")
    before, found, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{PAGE.name} has no marks for {part}")
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
    print(f"recorded in {os.path.relpath(PAGE, ROOT)}")


if __name__ == "__main__":
    sys.exit(main())

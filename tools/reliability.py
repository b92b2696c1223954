"""Runs the fault tests many times over and can record the outcome. Run by `dev.py faults`.

How often the random ones repeat is told to the tests by `TEAHOUSE_FAULTS_COUNT`. What a test notes with
pytest's `record_property` (for instance how many kills it made) stands beside its outcome.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import machine

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reliability.md"
LONGEST_TEST_S = 3600


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one test: `passed`, `failed` or `skipped`, its duration, and what it noted."""

    name: str
    result: str
    seconds: float
    notes: str


def main() -> int:
    """Run the tests; gives pytest's exit status."""
    parser = argparse.ArgumentParser(prog="dev.py faults", description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="repetitions of each random fault (100)")
    parser.add_argument("--record", action="store_true", help="write docs/reliability.md")
    options = parser.parse_args()
    if options.count < 1:
        parser.error("--count is at least 1")
    with tempfile.TemporaryDirectory(prefix="teahouse-") as place:
        report = Path(place) / "report.xml"
        words = ["-m", "pytest", "tests/faults", f"--timeout={LONGEST_TEST_S}", f"--junitxml={report}"]
        words += ["-o", "junit_family=xunit1"]  # the newer one has no place for what a test notes
        status = subprocess.call(
            [sys.executable, *words],
            cwd=ROOT,
            env={**machine.environment(), "TEAHOUSE_FAULTS_COUNT": str(options.count)},
        )
        if options.record and report.exists():
            record(options.count, outcomes(report))
    return status


def outcomes(report: Path) -> list[Outcome]:
    """The tests of a JUnit report, in their order."""
    found = []
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - our own file
        is_bad = case.find("failure") is not None or case.find("error") is not None
        result = "FAILED" if is_bad else "skipped" if case.find("skipped") is not None else "passed"
        notes = ", ".join(f"{note.get('name')} {note.get('value')}" for note in case.iter("property"))
        found.append(Outcome(case.get("name", ""), result, float(case.get("time", 0)), notes))
    return found


def record(count: int, results: list[Outcome]) -> None:
    """Write the page, also when tests failed: it tells what was seen."""
    passed = sum(outcome.result == "passed" for outcome in results)
    rows = [f"| {o.name.replace('_', ' ')} | {o.result} | {o.seconds:.1f} s | {o.notes} |" for o in results]
    page = [
        "# Reliability",
        f"Written by `python3 dev.py faults --count {count} --record`; anyone can run it again.",
        machine.as_markdown(machine.facts()),
        f"{passed} of {len(results)} tests passed, each random fault repeated {count} times.",
        "\n".join(["| test | outcome | took | notes |", "| --- | --- | --- | --- |", *rows]),
    ]
    PAGE.write_text("\n\n".join(page) + "\n", encoding="utf-8")
    print(f"recorded in {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())

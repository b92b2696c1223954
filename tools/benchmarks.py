"""Runs the scripts of `tests/bench`, shows their figures beside the targets, and can record them.

Run by `dev.py bench`. A script prints one JSON object per line: `name`, `value`, `unit`, and `target`, which
is a text such as "<= 33" or ">= 5", a number (at least that for a rate, whose unit ends in "/s"; at most that
for anything else), or null where there is none. Other lines are passed on. A missed target is shown and
recorded, and is no failure of the command.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import machine

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "tests" / "bench"
PAGE = ROOT / "docs" / "benchmarks.md"
DATA = ROOT / "docs" / "benchmarks.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `limit` with `is_floor` false means "at most", true "at least"; None: no target."""

    script: str
    name: str
    value: float
    unit: str
    limit: float | None = None
    is_floor: bool = False

    @property
    def target(self) -> str:
        if self.limit is None:
            return ""
        return f"{'>=' if self.is_floor else '<='} {self.limit:,g}"

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        is_met = self.value >= self.limit if self.is_floor else self.value <= self.limit
        return "met" if is_met else "MISSED"


def main() -> int:
    """Run the chosen scripts; 1 when one of them failed, 2 when one does not exist."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="scripts to run, without _bench.py; none: all")
    parser.add_argument("--record", action="store_true", help="write docs/benchmarks.md and .json")
    options = parser.parse_args()
    scripts = {path.stem.removesuffix("_bench"): path for path in sorted(SCRIPTS.glob("*_bench.py"))}
    unknown = [name for name in options.names if name not in scripts]
    if unknown:
        parser.error(f"no bench named {', '.join(unknown)}; there are: {', '.join(scripts) or 'none'}")
    figures: list[Figure] = []
    failed: list[str] = []
    for name in options.names or scripts:
        print(f"bench: {name}", flush=True)
        status, measured = run_script(name, scripts[name])
        figures += measured
        if status != 0:
            failed.append(name)
    print(table(figures))
    if failed:
        print(f"bench: FAILED: {', '.join(failed)}", file=sys.stderr)
        return 1
    if options.record:
        record(figures)
    return 0


def run_script(name: str, path: Path) -> tuple[int, list[Figure]]:
    """Run one script; gives its exit status and what it measured."""
    figures = []
    with subprocess.Popen(
        [sys.executable, str(path)],
        cwd=ROOT,
        # `app` is imported from the working tree, as in the tests.
        env={**machine.environment(), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:  # shown as they come: some scripts take half an hour
            figure = parse(name, line)
            if figure is None:
                print(line, end="", flush=True)
            else:
                print(f"  {figure.name}: {readable(figure.value)} {figure.unit}", flush=True)
                figures.append(figure)
    return process.returncode, figures


def parse(script: str, line: str) -> Figure | None:
    """The figure in one line of a script's output, or None for any other line."""
    try:
        told = json.loads(line)
        figure = Figure(script, str(told["name"]), float(told["value"]), str(told["unit"]))
        target = told.get("target")
        if target is None:
            return figure
        is_floor = target.lstrip().startswith(">") if isinstance(target, str) else figure.unit.endswith("/s")
        limit = float(target.strip(" <>=") if isinstance(target, str) else target)
    except (ValueError, KeyError, TypeError):
        return None
    return Figure(figure.script, figure.name, figure.value, figure.unit, limit, is_floor)


def table(figures: list[Figure]) -> str:
    """The figures as a Markdown table, which a terminal shows well enough."""
    rows = [("what", "measured", "unit", "target", "")]
    rows += [(f.name, readable(f.value), f.unit, f.target, f.verdict) for f in figures]
    widths = [max(3, *(len(row[column]) for row in rows)) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def readable(value: float) -> str:
    """Four digits that matter, and never an exponent."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def record(figures: list[Figure]) -> None:
    """Write what was measured into the page and the data; other scripts' figures stay, with their machine."""
    try:
        told = json.loads(DATA.read_text(encoding="utf-8"))
    except FileNotFoundError:
        told = {}
    facts = machine.facts()
    for script in dict.fromkeys(figure.script for figure in figures):
        own = [asdict(figure) for figure in figures if figure.script == script]
        told[script] = {"machine": facts, "figures": own}
    told = dict(sorted(told.items()))
    PAGE.write_text(page(told), encoding="utf-8")
    DATA.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"recorded in {PAGE.relative_to(ROOT)}")


def page(told: Mapping[str, Any]) -> str:
    """The page: a section for each script, with the machine it ran on, since two need not be the same."""
    parts = [
        "# Benchmarks",
        "Written by `python3 dev.py bench [NAME ...] --record`; anyone can run it. Targets are our own.",
        "Each section has the day and the machine of its figures.",
    ]
    for script, section in told.items():
        parts += [
            f"## {script}",
            machine.as_markdown(section["machine"]),
            table([Figure(**figure) for figure in section["figures"]]),
        ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main())

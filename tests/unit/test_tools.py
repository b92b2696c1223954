"""The programs behind `dev.py bench` and `dev.py faults`: what they read, and what they would record."""

import json
from pathlib import Path

import benchmarks
import fault_themes
import pytest
import reliability
import soaking
from fault_themes import Outcome

from tests.faults import dice

ROOT = Path(__file__).resolve().parents[2]


def line(**told):
    return json.dumps({"name": "gap_p99", "value": 20.0, "unit": "ms", **told})


@pytest.mark.parametrize(
    ("told", "target", "verdict"),
    [
        ({"target": 33}, "<= 33", "met"),
        ({"target": "<= 15"}, "<= 15", "MISSED"),
        ({"target": ">= 15"}, ">= 15", "met"),
        ({"target": 5000, "unit": "1/s"}, ">= 5,000", "MISSED"),
        ({"target": None}, "", ""),
        ({}, "", ""),
    ],
)
def test_a_figure_is_held_against_its_target(told, target, verdict):
    figure = benchmarks.parse("stream", line(**told))
    assert (figure.target, figure.verdict) == (target, verdict)


@pytest.mark.parametrize(
    "other", ["", "loading", "3", "[]", '{"name": "x"}', line(target="soon"), line(value="x")]
)
def test_other_lines_are_no_figures(other):
    assert benchmarks.parse("stream", other) is None


def test_the_table_shows_every_figure_and_lines_up():
    figures = [
        benchmarks.parse("stream", line(target=33)),
        benchmarks.parse("stream", line(name="long " * 9)),
    ]
    rows = benchmarks.table(figures).splitlines()
    assert len(rows) == 4
    assert len({len(row) for row in rows}) == 1
    assert "met" in rows[2]


@pytest.mark.parametrize(
    ("value", "text"), [(53_580.4, "53,580"), (1.5826, "1.583"), (0.0651, "0.0651"), (0, "0")]
)
def test_figures_are_readable(value, text):
    assert benchmarks.readable(value) == text


def test_recording_one_script_keeps_the_others_with_their_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(benchmarks, "ROOT", tmp_path)
    monkeypatch.setattr(benchmarks, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(benchmarks, "DATA", tmp_path / "data.json")
    monkeypatch.setattr(benchmarks.machine, "facts", lambda: {"Date": "2026-01-01"})
    benchmarks.record([benchmarks.parse("stream", line(target=33)), benchmarks.parse("disk", line())])
    monkeypatch.setattr(benchmarks.machine, "facts", lambda: {"Date": "2026-02-02"})
    benchmarks.record([benchmarks.parse("stream", line(value=5))])
    told = json.loads((tmp_path / "data.json").read_text(encoding="utf-8"))
    assert [told[name]["machine"]["Date"] for name in ("disk", "stream")] == ["2026-01-01", "2026-02-02"]
    assert told["stream"]["figures"][0]["value"] == 5
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert page.count("## ") == 2
    assert "2026-01-01" in page


def test_outcomes_are_read_from_the_report(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        """<testsuites><testsuite>
        <testcase classname="tests.faults.test_app_killed" name="test_kill" time="1.5">
        <properties><property name="kills" value="20"/></properties></testcase>
        <testcase classname="tests.faults.test_x" name="test_disk" time="0.1"><failure/></testcase>
        <testcase classname="tests.faults.test_x" name="test_skip" time="0"><skipped/></testcase>
        </testsuite></testsuites>""",
        encoding="utf-8",
    )
    found = reliability.outcomes(report)
    assert [(o.file, o.name, o.result, o.notes) for o in found] == [
        ("test_app_killed", "test_kill", "passed", (("kills", "20"),)),
        ("test_x", "test_disk", "FAILED", ()),
        ("test_x", "test_skip", "skipped", ()),
    ]


def outcome(file, name, result="passed", **notes):
    return Outcome(file, name, result, 1.0, tuple((key, str(value)) for key, value in notes.items()))


def test_faults_are_shown_by_theme_with_their_counts():
    found = [
        outcome("test_importing", "test_a_kill_at_any_moment[True]", kills=70, whole=5),
        outcome("test_importing", "test_a_kill_at_any_moment[False]", kills=50, whole=6),
        outcome("test_importing", "test_a_source_that_goes_away", codes="gone 3, cut 1"),
        outcome("test_importing", "test_a_real_full_disk", "FAILED"),
    ]
    rows = fault_themes.table(found).splitlines()[2:]
    assert len(rows) == 3
    assert "| 120 kills |" in rows[0]
    assert "held; whole: 11" in rows[0]
    assert "1 FAILED" in rows[1]
    assert "| 1 case |" in rows[2]
    assert "held; codes: gone 3, cut 1" in rows[2]


def test_the_verdict_says_nothing_that_was_not_shown():
    assert "0 acknowledged messages lost" in reliability.verdict([outcome("test_app_killed", "x", kills=5)])
    bad = reliability.verdict([outcome("test_app_killed", "x", "FAILED", kills=5)])
    assert "FAILED" in bad
    assert "lost" not in bad
    assert "FAILED" in reliability.verdict([])


def test_every_fault_test_has_a_theme():
    files = {path.stem for path in (ROOT / "tests" / "faults").glob("test_*.py")}
    known = {test.partition("::")[0] for theme in fault_themes.THEMES for test in theme.tests}
    assert files == known


def test_the_shares_of_the_kills_are_a_thousand():
    assert sum(dice.KILLS.values()) == 1000


def test_a_measured_part_is_put_between_its_marks(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text(
        "before <!-- measured: soak from here -->old<!-- measured: soak to here --> after", "utf-8"
    )
    monkeypatch.setattr(reliability, "PAGE", page)
    monkeypatch.setattr(reliability, "ROOT", tmp_path)  # on Windows no other disk is relative to it
    reliability.record("soak", "new")
    text = page.read_text("utf-8")
    assert "new" in text
    assert "old" not in text
    assert text.startswith("before <!--")
    assert text.endswith("--> after")
    with pytest.raises(SystemExit):
        reliability.record("faults", "new")


def test_the_page_has_the_marks():
    text = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    for part in ("faults", "program", "soak"):
        assert text.count(reliability.MARK.format(part=part, end="from here")) == 1
        assert text.count(reliability.MARK.format(part=part, end="to here")) == 1


@pytest.mark.parametrize(("last", "is_flat"), [(101, True), (110, False)])
def test_growth_is_seen_behind_the_warm_up(last, is_flat):
    flat = {"engine_mb": 9, "threads": 3, "handles": 7, "processes": 2}
    memory = [50, 90, 100, 100, 100, 100, 100, 100, 100, last]
    samples = tuple(flat | {"exchanges": 10 * (n + 1), "window_mb": mb} for n, mb in enumerate(memory))
    assert soaking.Run("scripted", 100, 60.0, 0, samples).is_flat is is_flat
    assert not soaking.Run("scripted", 100, 60.0, 1, samples).is_flat

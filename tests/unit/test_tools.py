"""The programs behind `dev.py bench` and `dev.py faults`: what they read, and what they would record."""

import json

import benchmarks
import pytest
import reliability


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
        <testcase name="test_kill" time="1.5">
        <properties><property name="kills" value="20"/></properties></testcase>
        <testcase name="test_disk" time="0.1"><failure message="no"/></testcase>
        <testcase name="test_skip" time="0"><skipped/></testcase>
        </testsuite></testsuites>""",
        encoding="utf-8",
    )
    found = reliability.outcomes(report)
    assert [(o.name, o.result, o.notes) for o in found] == [
        ("test_kill", "passed", "kills 20"),
        ("test_disk", "FAILED", ""),
        ("test_skip", "skipped", ""),
    ]

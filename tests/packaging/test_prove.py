"""The proof of the packages: what held is recorded, and one failure ends it without a record."""

import prove
import pytest
from prove_window import ProofError


def facts(*lines, failure=None):
    yield from lines
    if failure:
        raise ProofError(failure)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(prove, "ROOT", tmp_path)
    monkeypatch.setattr(prove, "PAGE", tmp_path / "proof.md")
    return tmp_path


def run(monkeypatch, place, linux, windows):
    monkeypatch.setattr(prove.prove_linux, "prove", lambda *_: linux)
    monkeypatch.setattr(prove.prove_windows, "prove", lambda *_: windows)
    return prove.prove(place / "teahouse.deb", place / "teahouse.tar.xz", True)


def test_what_held_is_recorded_in_its_order(place, monkeypatch, capsys):
    assert run(monkeypatch, place, facts("installed", "removed"), facts("under wine")) == 0
    told = (place / "proof.md").read_text(encoding="utf-8")
    assert told.index("teahouse.deb") < told.index("- installed") < told.index("- removed")
    assert told.index("- removed") < told.index("- under wine")
    assert f"Version {prove.version()}" in told
    assert "prove: installed" in capsys.readouterr().out


def test_a_failure_is_told_and_records_nothing(place, monkeypatch, capsys):
    assert run(monkeypatch, place, facts("installed", failure="no answer"), facts("under wine")) == 1
    assert "no answer" in capsys.readouterr().err
    assert not (place / "proof.md").exists()

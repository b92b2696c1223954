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


def test_the_packages_of_windows_have_a_page_of_their_own(place, monkeypatch):
    monkeypatch.setattr(prove, "WINDOWS_PAGE", place / "proof-windows.md")
    monkeypatch.setattr(prove.prove_windows_app, "prove", lambda *_: facts("the starter answered"))
    setup, portable = place / "teahouse-1-light-setup.exe", place / "teahouse-1-light-portable.zip"
    packages = prove.prove_windows_app.Packages(place / "Teahouse", setup, portable)
    assert prove.prove_app_of_windows(packages, True) == 0
    told = (place / "proof-windows.md").read_text(encoding="utf-8")
    assert "package --windows --edition light --prove --record" in told
    assert told.index(setup.name) < told.index("- the starter answered")
    assert not (place / "proof.md").exists()

"""The command that builds: which packages it makes of which edition, and which orders make no sense."""

import build
import pytest
from layout import Edition


def test_each_system_has_its_packages_and_the_largest_edition_is_divided():
    for edition in Edition:
        assert list(build.makers(edition, "win32")) == ["exe"]
        assert list(build.makers(edition, "darwin")) == ["app"]
    assert (
        list(build.makers(Edition.FULL, "linux"))
        == list(build.makers(Edition.LIGHT, "linux"))
        == ["deb", "tar"]
    )
    assert list(build.makers(Edition.NVIDIA, "linux")) == ["parts"]


def test_the_usual_order_is_everything_of_the_full_edition():
    options = build.arguments([])
    assert (options.edition, options.only, options.smoke, options.prove) == (Edition.FULL, None, False, False)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--edition", "huge"], "invalid Edition value: 'huge'"),
        (["--only", "msi"], "invalid choice: 'msi'"),
        (["--edition", "light", "--prove"], "for the full edition"),
        (["--record"], "goes with --prove"),
        (["--windows", "--edition", "nvidia"], "the edition full or light"),
        (["--windows", "--only", "frozen"], "makes everything"),
    ],
)
def test_orders_that_make_no_sense_are_refused(words, reason, capsys):
    with pytest.raises(SystemExit):
        build.arguments(words)
    assert reason in capsys.readouterr().err


def test_a_package_of_another_edition_is_refused(monkeypatch, capsys):
    of_linux = {edition: build.makers(edition, "linux") for edition in Edition}
    monkeypatch.setattr(build, "makers", of_linux.__getitem__)
    assert build.arguments(["--edition", "nvidia", "--only", "parts"]).only == "parts"
    with pytest.raises(SystemExit):
        build.arguments(["--edition", "nvidia", "--only", "deb"])
    assert "nvidia has no package deb" in capsys.readouterr().err

"""The version is said in one place; the tag, the checksums and the notes of a release are made from it."""

import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import layout
import macos_plist
import pytest
import release
import windows

from app import __version__
from app.model import doctor
from app.ui import bug_report

ROOT = layout.ROOT
FILES = (
    "teahouse-{}-linux-x86_64.tar.xz",
    "teahouse-{}-linux-x86_64.deb",
    "teahouse-{}-windows-x86_64-setup.exe",
    "teahouse-{}-windows-x86_64-setup-part2.exe",
    "teahouse-{}-windows-x86_64-portable.zip",
    "teahouse-{}-macos-arm64.dmg",
    "teahouse-{}-linux-third-party.html",
    "teahouse-{}-nvidia-linux-part1of3.tar.xz",
)


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(FILES):
        (tmp_path / name.format(__version__)).write_bytes(b"x" * number)
    return tmp_path


def test_layout_reads_the_version_that_the_app_says():
    assert layout.version() == __version__
    assert re.fullmatch(r"\d+\.\d+\.\d+([ab]|rc)?\d*", __version__)


def tracked():
    """The files of the repository that could say a version: no locks, no records, no tests."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    names = [Path(name) for name in listed.stdout.split("\0") if name]
    own = [name for name in names if name.parts[0] not in ("tests", "requirements", "docs", "resources")]
    return [name for name in own if (ROOT / name).is_file()]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="the list of files is git's")
def test_no_other_file_says_the_version():
    spelled = re.compile(rf"(?<![\d.]){re.escape(__version__)}(?![\d.])")
    saying = set()
    for name in tracked():
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        if spelled.search(text):
            saying.add(name.as_posix())
    # The picture of the check-up shows an invented computer, and `layout` an example of a name.
    assert saying <= {"app/__init__.py", "app/cli/demo_doctor.py", "packaging/layout.py"}
    assert "app/__init__.py" in saying


def test_the_project_takes_it_from_the_app():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "app.__version__"}


def test_the_verbs_say_it():
    asked = [sys.executable, "-m", "app", "--version"]
    assert (
        subprocess.run(asked, cwd=ROOT, capture_output=True, text=True).stdout == f"Teahouse {__version__}\n"
    )


def test_the_check_up_and_the_report_of_a_bug_say_it():
    assert doctor.__version__ is __version__
    assert bug_report.__version__ is __version__


def test_both_systems_are_told_it():
    assert windows.version_numbers(__version__)[:3] == tuple(map(int, re.findall(r"\d+", __version__)[:3]))
    assert macos_plist.info_plist()["CFBundleShortVersionString"] == __version__


def test_only_the_tag_of_the_version_is_released(capsys):
    assert release.main(["tag", f"v{__version__}"]) == 0
    for wrong in (__version__, f"v{__version__}.1", "v", "main"):
        assert release.main(["tag", wrong]) == 1
        assert __version__ in capsys.readouterr().err


def test_the_checksums_name_every_file_once(folder):
    lines = release.write_sums(folder).read_text(encoding="utf-8").splitlines()
    assert [line.split("  ")[1] for line in lines] == sorted(name.format(__version__) for name in FILES)
    for line in lines:
        digest, name = line.split("  ")
        assert digest == hashlib.sha256((folder / name).read_bytes()).hexdigest()
    again = release.write_sums(folder).read_text(encoding="utf-8").splitlines()
    assert again == lines


def test_an_empty_release_is_refused(tmp_path, capsys):
    assert release.main(["sums", str(tmp_path)]) == 1
    assert "nothing" in capsys.readouterr().err


def test_the_notes_say_of_every_file_what_it_is_for(folder):
    release.write_sums(folder)
    text = release.notes(folder)
    assert "$" not in text
    for name in FILES:
        assert text.count(f"| `{name.format(__version__)}` | ") == 2
    assert text.count("Windows 10 and 11: installer") == text.count("one part of several") == 1
    assert f"## Teahouse {__version__}" in text
    assert f"## 茶馆 {__version__}" in text
    assert f"macOS {macos_plist.OLDEST_MACOS[0]} and newer" in text


def test_a_file_that_nobody_knows_is_not_released(folder, capsys):
    (folder / "core.dump").touch()
    assert release.main(["notes", str(folder)]) == 1
    assert "core.dump" in capsys.readouterr().err

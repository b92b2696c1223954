"""What is built from others' work is named exactly: packages by their hashes, torch alone by its version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.model import starter

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"
TORCH = REQUIREMENTS / "torch.txt"
LOCKS = sorted(set(REQUIREMENTS.glob("*.txt")) - {TORCH})
PINNED = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[0-9][A-Za-z0-9.+!]*( ; [^#]+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def requirements(text: str) -> Iterator[tuple[str, list[str]]]:
    """What each line of a lock asks for, continued lines joined, and the options behind it."""
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        wanted, *options = re.split(r"\s+(?=--)", line.strip())
        yield wanted.strip(), options


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_of_a_lock_is_one_version_with_hashes(lock: Path) -> None:
    found = list(requirements(lock.read_text("utf-8")))
    assert len(found) > 3
    for wanted, options in found:
        assert PINNED.fullmatch(wanted), wanted
        assert options, wanted
        assert all(HASH.fullmatch(option) for option in options), wanted


@pytest.mark.parametrize(
    "line",
    [
        "tea==1.0",
        "tea>=1.0 --hash=sha256:" + "0" * 64,
        "tea==1.0 --hash=md5:0",
        "tea @ https://evil.example/tea.whl --hash=sha256:" + "0" * 64,
        "--extra-index-url https://evil.example",
        "-e ./tea",
        "git+https://evil.example/tea",
    ],
)
def test_anything_else_would_be_found(line: str) -> None:
    ((wanted, options),) = requirements(line)
    is_sound = PINNED.fullmatch(wanted) and options and all(HASH.fullmatch(one) for one in options)
    assert not is_sound


def test_torch_alone_is_a_version_without_a_hash() -> None:
    """Its builds differ from machine to machine; `docs/security.md` says what that means."""
    assert re.fullmatch(r"torch==[0-9]+\.[0-9]+\.[0-9]+\n", TORCH.read_text("utf-8"))


def test_the_locks_are_installed_by_their_hashes_and_as_wheels() -> None:
    program = (ROOT / "dev.py").read_text("utf-8")
    assert '"--no-deps", "--require-hashes"' in program
    assert '"--only-binary=:all:"' in program


def test_the_starter_model_is_known_by_its_hash(tmp_path: Path) -> None:
    assert re.fullmatch("[0-9a-f]{64}", starter.SHA256)
    other = tmp_path / "starter.gguf"
    with other.open("wb") as file:
        file.truncate(starter.FILE_BYTES)
    assert not starter.verify(other)

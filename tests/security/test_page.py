"""`docs/security.md` names tests that exist, and what it says of the database is so."""

from __future__ import annotations

import re
from pathlib import Path

from tests.helpers.storage_fixtures import opened, paths_in, talk

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[a-z0-9_/]+\.py)::(test_[a-z0-9_]+)`", PAGE)


def test_every_test_that_is_named_exists() -> None:
    assert len(NAMED) > 50
    sources = {path: (ROOT / path).read_text("utf-8") for path, _ in NAMED}
    missing = [f"{path}::{name}" for path, name in NAMED if f"def {name}(" not in sources[path]]
    assert missing == []


def test_every_file_of_these_tests_is_named() -> None:
    ours = {f"tests/security/{path.name}" for path in Path(__file__).parent.glob("test_*.py")}
    assert ours <= {path for path, _ in NAMED}


def test_names_are_written_so_that_they_are_found() -> None:
    assert PAGE.count("::") == len(NAMED) + 1  # the first says how they are written: `file::test`


def test_the_database_is_not_encrypted_as_the_page_says(tmp_path: Path) -> None:
    with opened(paths_in(tmp_path)) as (store, _):
        talk(store, "a question in plain letters", "answer")
    content = paths_in(tmp_path).database.read_bytes()
    assert content.startswith(b"SQLite format 3\x00")
    assert b"a question in plain letters" in content
    assert "**The database is not encrypted**" in PAGE

"""kill -9 of a process that writes exchanges: what it was told is stored is there, the file is sound."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from app.core.paths import AppPaths
from app.core.records import MendAction
from app.storage.health import find_damage
from app.storage.store import Store
from tests.faults.dice import dice, kills
from tests.helpers.storage_fixtures import opened, paths_in

NEW_FILE_AFTER = 5  # kills: each but the first finds what the one before left behind


def test_what_was_acknowledged_is_there(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    chance = dice("saving")
    acknowledged = 0
    for kill in range(kills("saving")):
        paths = paths_in(tmp_path / f"茶馆 data {kill // NEW_FILE_AFTER}")
        paths.data_dir.parent.mkdir(exist_ok=True)
        told = write_until_killed(paths, chance.randint(1, 60))
        check(paths, told)
        acknowledged += len(told)
    record_property("kills", kills("saving"))
    record_property("changes acknowledged", acknowledged)


def write_until_killed(paths: AppPaths, lines: int) -> list[list[str]]:
    """Let the writer say `lines` lines, then kill it; all that it said."""
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.database_writer", str(paths.data_dir.parent)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    told = [writer.stdout.readline().split() for _ in range(lines)]
    writer.kill()
    told += [line.split() for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    writer.stdout.close()
    writer.wait(timeout=20)
    assert told[0], "the writer did not start"
    return told


def check(paths: AppPaths, told: list[list[str]]) -> None:
    with opened(paths) as (store, report):
        assert report.mended is MendAction.NONE
        assert find_damage(store._database.connection, thorough=True) == ""
        stored = {
            message.id: message
            for summary in store.conversations()
            for message in store.open_conversation(summary.id).messages
        }
        for what, message_id, number in told:
            message = stored[int(message_id)]
            if what == "asked":
                assert message.text == f"question {number} 问题"
            elif what == "finished":
                assert (message.text, message.status) == (f"answer {number} whole", "COMPLETE")
            elif what == "partial":
                assert message.text.endswith("whole") or message.text.count("answer") >= 50 * int(number)
        assert all(message.status != "STREAMING" for message in stored.values())
        assert not streaming(store)
        hits = store.search("问题", limit=100_000)
        assert {hit.message_id for hit in hits} == {m.id for m in stored.values() if m.role == "user"}


def streaming(store: Store) -> list[object]:
    return list(store._database.rows("SELECT id FROM message WHERE status = 'STREAMING'"))

"""Ways to damage a database file, drawn from a seed; shared by the suite (20 of them) and `dev.py faults`."""

from __future__ import annotations

import random
from pathlib import Path

import apsw

from app.core.errors import ErrorCode, WorldError
from app.core.paths import AppPaths
from app.core.records import MendAction
from app.storage.backups import good_copies
from app.storage.health import find_damage
from app.storage.opening import open_store
from app.storage.store import Store
from tests.helpers.storage_fixtures import ask, opened, talk

KINDS = ("bits", "page", "truncated", "foreign", "zeros", "empty", "other_database", "garbage_wal")
COPIED, LATER = 40, 12  # exchanges in the copy, and those that only the damaged file holds


def make_database(paths: AppPaths) -> list[int]:
    """Conversations of a known text; a good copy holds the first `COPIED` exchanges only."""
    conversations: list[int] = []
    with opened(paths) as (store, _):
        conversations += [talk(store, question(number), reply(number)) for number in range(COPIED)]
    assert len(good_copies(paths.backups_dir)) == 1
    with opened(paths) as (store, _):
        later = range(COPIED, COPIED + LATER)
        conversations += [talk(store, question(number), reply(number)) for number in later]
        store.save_draft(conversations[-1], "unsent")
    assert len(good_copies(paths.backups_dir)) == 1
    return conversations


def question(number: int) -> str:
    return f"question {number} 问题 " + "很长的问题" * (number % 40)


def reply(number: int) -> str:
    return f"reply {number} 回答 " + "很长的回答 " * (number % 300)


def damage(path: Path, kind: str, rng: random.Random) -> None:
    """Damage the closed file at `path` for real."""
    data = bytearray(path.read_bytes())
    if kind == "bits":
        for _ in range(rng.randint(1, 60)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == "page":
        for _ in range(rng.randint(1, 6)):
            start = rng.randrange(len(data) // 4096) * 4096
            data[start : start + 4096] = rng.randbytes(4096)
    elif kind == "truncated":
        del data[rng.randrange(1, len(data)) :]
    elif kind == "foreign":
        data = bytearray(b"%PDF-1.7\n" + rng.randbytes(rng.randint(1, 100_000)))
    elif kind == "zeros":
        start = rng.randrange(len(data))
        end = min(len(data), start + rng.randint(1, 50_000))
        data[start:end] = bytes(end - start)
    elif kind == "empty":
        data = bytearray()
    elif kind == "garbage_wal":
        path.with_name(f"{path.name}-wal").write_bytes(rng.randbytes(rng.randint(1, 100_000)))
        data[: 4096 * rng.randint(1, 3)] = rng.randbytes(64)
    path.write_bytes(data)
    if kind == "other_database":
        path.unlink()
        with apsw.Connection(str(path)) as connection:
            connection.execute("CREATE TABLE message(x); INSERT INTO message VALUES('not ours')")
        connection.close()


def check_one(folder: Path, master: AppPaths, kind: str, seed: int) -> str:
    """Damage a copy of the master's data, open it, and check the promises; returns what was done."""
    paths = AppPaths(folder / "data", folder / "models")
    paths.backups_dir.mkdir(parents=True)
    for source in (master.database, *master.backups_dir.iterdir()):
        (paths.data_dir / source.relative_to(master.data_dir)).write_bytes(source.read_bytes())
    damage(paths.database, kind, random.Random(seed))
    damaged = paths.database.read_bytes()
    store, report = open_store(paths)
    try:
        if report.mended is MendAction.NONE:
            # Flipped bits inside a text are a sound database with another letter in it.
            assert kind in ("bits", "page", "zeros", "garbage_wal"), f"{kind} {seed}: not noticed"
        else:
            assert report.mended is MendAction.RESTORED
            kept = Path(report.damaged_copy)
            assert kept.parent == paths.data_dir
            assert kept.read_bytes() == damaged, f"{kind} {seed}: the damaged file was changed"
            _check_copied_are_there(store)
        found = find_damage(store._database.connection)
        assert found == "", f"{kind} {seed}: {report} {found}"
        _check_it_works(store)
    except WorldError as error:
        # What the quick look at start does not see is said when it is met, and mended at the next start.
        if error.info.code is not ErrorCode.DATABASE_DAMAGED:
            raise
        store.close()
        store, report = open_store(paths)
        assert report.mended is MendAction.RESTORED, f"{kind} {seed}: met, but not mended"
        _check_copied_are_there(store)
        _check_it_works(store)
    finally:
        store.close()
    return report.mended.value


def _check_copied_are_there(store: Store) -> None:
    """Everything that the copy holds, whatever became of the file."""
    shown = [store.open_conversation(summary.id).messages for summary in store.conversations()]
    stored = {message.text for messages in shown for message in messages}
    stored |= {
        text for (text,) in store._database.rows("SELECT text FROM message")
    }  # a damaged tip shows less than is there
    missing = [n for n in range(COPIED) if question(n) not in stored or reply(n) not in stored]
    assert not missing


def _check_it_works(store: Store) -> None:
    started = ask(store, "after the damage 灾后")
    assert [hit.message_id for hit in store.search("灾后")][:1] == [started.reply.id - 1]
    for summary in store.conversations():
        store.open_conversation(summary.id)

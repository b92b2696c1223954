"""The disk is full at the first write of a person's day, at the second, and so on to the last.

Whatever is refused is refused whole and said, what was acknowledged stays, and with room again all goes on.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from app.core.errors import ErrorCode, WorldError
from app.core.paths import AppPaths
from app.core.records import MendAction
from app.storage import backups
from app.storage.health import find_damage
from app.storage.opening import open_store
from app.storage.store import Store
from tests.faults.dice import dice, times
from tests.faults.full_disk import Budget, filling_disk
from tests.helpers.storage_fixtures import MODEL, PARAMS, answer, ask, paths_in

LONG = "很长的回答。" * 2000
EVERY = 100_000  # more than there are
# A file layer in Python lets SQLite say "input/output error" for some of the refused writes.
FULL = (ErrorCode.DISK_FULL, ErrorCode.STORAGE_FAILED)
State = dict[str, list[tuple[object, ...]]]


@pytest.fixture(autouse=True)
def always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy is made whenever the app is closed."""
    monkeypatch.setattr(backups, "DUE_AFTER_MS", -1)


def deeds(store: Store) -> Iterator[Callable[[], object]]:
    """Every kind of write, each when the one before was carried out or refused."""
    yield lambda: ask(store, "first 第一")
    yield lambda: store.save_partial(2, LONG[:500])
    yield lambda: answer(store, 2, LONG)
    yield lambda: store.save_draft(1, "draft")
    yield lambda: store.enqueue(1, "waiting")
    yield lambda: store.begin_exchange(1, "waiting", model_ref=MODEL, params=PARAMS, queued_id=1)
    yield lambda: answer(store, 4, "short")
    yield lambda: store.begin_regeneration(2, model_ref=MODEL, params=PARAMS)
    yield lambda: answer(store, 5, LONG)
    yield lambda: store.select_version(1, 2)
    yield lambda: store.rename(1, "title 题目")
    yield lambda: store.set_pinned(1, True)
    yield lambda: store.delete_conversation(1)
    yield lambda: store.restore_conversation(1)
    yield lambda: store.set_app_state("key", "value")
    yield lambda: copied(store)
    yield lambda: ask(store, "another", None)
    yield lambda: store.purge_conversation(2)


def copied(store: Store) -> None:
    while not store.backup_step():
        pass


def state_of(store: Store) -> State:
    """All that a person could miss."""
    tables = {
        "conversation": "id, title, pinned, deleted_at IS NULL, tip_message_id, draft",
        "message": "id, parent_id, text, replace(status, 'STREAMING', 'INTERRUPTED')",
        "queued_message": "id, text",
    }
    state = {
        name: store._database.rows(f"SELECT {columns} FROM {name} ORDER BY 1")
        for name, columns in tables.items()
    }
    return state | {"app_state": [(store.app_state("key"),)]}


def live(paths: AppPaths) -> tuple[State | None, int]:
    """The last state that was acknowledged, None without a database; and how much was refused."""
    try:
        store, report = open_store(paths)
    except WorldError as error:
        check_says_full(error)
        return None, 1
    if report.read_only:
        assert report.error is not None
        assert report.error.code in FULL
    acknowledged, refused = state_of(store), 0
    for deed in deeds(store):
        try:
            deed()
        except WorldError as error:
            check_says_full(error)
            assert state_of(store) == acknowledged
            refused += 1
        except (LookupError, apsw.ConstraintError):
            refused += 1  # what it is about was refused before
        acknowledged = state_of(store)
    store.close()
    return acknowledged, refused


def check_says_full(error: WorldError) -> None:
    assert error.info.code in FULL


def check(paths: AppPaths, acknowledged: State | None, write: int) -> None:
    """With room again: sound, nothing gained or lost, and it can be written to."""
    store, report = open_store(paths)
    try:
        assert report.mended is MendAction.NONE, write
        assert find_damage(store._database.connection, thorough=True) == "", write
        if acknowledged is not None:
            assert state_of(store) == acknowledged, write
        messages = [m for one in store.conversations() for m in store.open_conversation(one.id).messages]
        shown = {message.id for message in messages if "第一" in message.text}
        assert {hit.message_id for hit in store.search("第一")} == shown, write
        ask(store, "on we go")
    finally:
        store.close()
    for copy in backups.good_copies(paths.backups_dir):
        assert backups.damage_of(copy.path) == "", write
    assert not list(paths.data_dir.rglob("*.part*")), write


# A refusal while a file is opened reaches SQLite, and Python once more by a way that nobody can catch.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("lasting", [True, False], ids=["full from then on", "refused once"])
def test_the_disk_is_full_at_any_write(
    tmp_path: Path, lasting: bool, record_property: Callable[[str, object], None]
) -> None:
    with filling_disk() as disk:
        live(paths_in(tmp_path / "counted"))
        total = disk.writes
        some = dice("writes").sample(range(1, total + 1), min(total, times(8, EVERY)))
        for write in sorted(some):
            paths = paths_in(tmp_path / f"{write}")
            paths.data_dir.parent.mkdir()
            disk.writes, disk.full_at, disk.lasting = 0, write, lasting
            refused_before = disk.refused
            acknowledged, _ = live(paths)
            assert disk.refused > refused_before, write
            disk.empty()
            check(paths, acknowledged, write)
            shutil.rmtree(paths.data_dir.parent)
    record_property("writes refused", len(some))
    record_property("writes of the whole day", total)


def test_a_budget_counts_writes() -> None:
    """The disk of these tests refuses what it says it refuses."""
    budget = Budget()
    budget.full_at, budget.lasting = 2, False
    budget.spend(1)
    with pytest.raises(Exception, match="no space"):
        budget.spend(1)
    budget.spend(1)
    assert (budget.writes, budget.refused) == (3, 1)

"""Backup into one file and restore: the same conversations again, nothing changed, nothing believed."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import settings as declared
from app.core.archives import RestoreReport
from app.core.cancel import Cancelled, CancelToken
from app.core.chat import MessageStatus
from app.core.imports import TaskProgress
from app.core.paths import AppPaths
from app.core.records import ReplyOutcome
from app.core.settings import Settings
from app.storage import archive
from app.storage.backups import damage_of, good_copies
from app.storage.health import find_damage
from app.storage.settings_file import write_settings
from app.storage.store import Store
from tests.helpers.archives import back_up, content, everything, fill, manifest_of, posix, restore
from tests.helpers.archives import other as other
from tests.helpers.archives import paths as paths
from tests.helpers.archives import target as target
from tests.helpers.storage_fixtures import PARAMS, answer, ask, opened, paths_in, talk, texts


def test_the_same_conversations_in_an_empty_profile_and_nothing_twice(
    paths: AppPaths, other: AppPaths, target: Path
) -> None:
    with opened(paths) as (store, _):
        fill(store)
        back_up(store, target)
        before = content(store)
    with opened(other) as (store, _):
        report = restore(store, target)
        assert (report.added, report.added_to_bin, report.beside, report.messages) == (2, 1, 0, 11)
        assert content(store) == before
        assert find_damage(store._database.connection, thorough=True) == ""
        assert next(hit.title for hit in store.search("杭州")) == "Hangzhou 杭州"
        assert {hit.snippet for hit in store.search("another")} == {"another answer"}
        assert store.search("gone") == []  # of the recycle bin
        assert store.queue_into_draft(2 + 1) == "later\n\nhalf a thought"
        rows = everything(store)
        copies = len(good_copies(other.backups_dir))
        assert restore(store, target) == RestoreReport(already_there=3, in_bin=1)
        assert everything(store) == rows
        assert len(good_copies(other.backups_dir)) == copies


_WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
    lambda text: bool(text.strip())
)
_STEPS = st.lists(
    st.tuples(st.sampled_from(["new", "on", "again", "edit", "bin", "cut"]), _WORDS, st.integers(0, 5)),
    max_size=14,
)


def act(store: Store, steps: list[tuple[str, str, int]]) -> None:
    """Somebody chats, as the steps say."""
    for what, words, number in steps:
        known = [one.id for one in store.conversations()]
        chosen = known[number % len(known)] if known else None
        if what == "new" or chosen is None:
            talk(store, words, words * 2)
            continue
        messages = store.open_conversation(chosen).messages
        if what == "on":
            talk(store, words, words[::-1], chosen)
        elif what == "again":
            reply = store.begin_regeneration(messages[-1].id, model_ref="m", params=PARAMS).reply
            answer(store, reply.id, words)
        elif what == "edit":
            started = ask(store, words, chosen, parent_id=messages[number % len(messages) // 2 * 2].parent_id)
            answer(store, started.reply.id, words)
        elif what == "bin":
            store.delete_conversation(chosen)
        else:
            store.save_partial(ask(store, words, chosen).reply.id, words)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=_STEPS, later=_STEPS, elsewhere=_STEPS)
def test_whatever_was_written_is_there_after_a_restore_and_nothing_else_changes(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[tuple[str, str, int]],
    later: list[tuple[str, str, int]],
    elsewhere: list[tuple[str, str, int]],
) -> None:
    """A profile is backed up and goes on; a copy of it goes on otherwise; the two are put together."""
    folder = tmp_path_factory.mktemp("profiles")
    here, empty, copy = (paths_in(folder / name) for name in ("here", "empty", "copy"))
    early, late = folder / "early.teahouse", folder / "late.teahouse"
    with opened(here) as (store, _):
        act(store, first)
        back_up(store, early)
        act(store, later)
        rows = everything(store)
        assert restore(store, early).added == 0  # it only went on
        assert everything(store) == rows
        back_up(store, late)
    with opened(here) as (store, _):
        before, wanted = content(store), said(store)
    with opened(empty) as (store, _):
        restore(store, late)
        assert content(store) == before
    with opened(copy) as (store, _):
        restore(store, early)
        act(store, elsewhere)
    with opened(copy) as (store, _):
        rows = everything(store)
        restore(store, late)
        now = everything(store)
        for table, was, is_now in zip(("conversation", "message"), rows, now, strict=False):
            assert is_now[: len(was)] == was, table  # not a character of what was there
        assert wanted <= said(store)  # and all that was said in the backup
        assert restore(store, late).added == 0
        assert everything(store) == now
        assert find_damage(store._database.connection, thorough=True) == ""
        assert store._database.row("PRAGMA foreign_key_check") is None


def said(store: Store) -> set[tuple[str, ...]]:
    """Every message with all those above it."""
    paths: dict[int | None, tuple[str, ...]] = {None: ()}
    for row in store._database.rows("SELECT id, parent_id, role, text, created_at FROM message ORDER BY id"):
        paths[row[0]] = (*paths[row[1]], f"{row[2:]}")
    return set(paths.values())


def test_a_conversation_that_goes_on_otherwise_is_added_beside_it(
    paths: AppPaths, other: AppPaths, target: Path
) -> None:
    with opened(paths) as (store, _):
        conversation = talk(store, "one", "first")
        store.rename(conversation, "Tea 茶")
        back_up(store, target)
    with opened(other) as (store, _):
        restore(store, target)
        talk(store, "two there", "second there", 1)
    with opened(paths) as (store, _):
        talk(store, "two here", "second here", 1)
        back_up(store, target)
    with opened(other) as (store, _):
        report = restore(store, target)
        assert (report.added, report.beside, report.messages) == (1, 1, 4)
        beside = next(one for one in store.conversations() if one.id != 1)
        assert beside.title == "Tea 茶 (from the backup)"
        assert not beside.title_is_auto
        assert texts(store, 1) == ["one", "first", "two there", "second there"]
        assert texts(store, beside.id) == ["one", "first", "two here", "second here"]
        assert [hit.conversation_id for hit in store.search("two here")] == [beside.id]
        assert restore(store, target).added == 0


def test_an_answer_that_was_cut_off_in_the_backup_and_went_on_here(paths: AppPaths, target: Path) -> None:
    with opened(paths) as (store, _):
        started = ask(store, "tell me")
        store.save_partial(started.reply.id, "Once upon", "hm")
        back_up(store, target)
        store.finish_reply(
            started.reply.id, ReplyOutcome("Once upon a time", MessageStatus.COMPLETE, "hm, yes")
        )
        assert restore(store, target) == RestoreReport(already_there=1)


def test_a_reply_that_was_being_written_is_interrupted(
    paths: AppPaths, other: AppPaths, target: Path
) -> None:
    with opened(paths) as (store, _):
        store.save_partial(ask(store, "tell me").reply.id, "Once upon")
        back_up(store, target)
    with opened(other) as (store, _):
        restore(store, target)
        reply = store.open_conversation(1).messages[1]
        assert (reply.status, reply.text) == (MessageStatus.INTERRUPTED, "Once upon")
        assert [hit.message_id for hit in store.search("upon")] == [reply.id]


def test_what_is_in_the_bin_here_stays_there_and_what_was_purged_comes_back(
    paths: AppPaths, target: Path
) -> None:
    with opened(paths) as (store, _):
        fill(store)
        back_up(store, target)
        store.delete_conversation(1)
        store.purge_conversation(3)
        report = restore(store, target)
        assert (report.added, report.already_there, report.in_bin) == (1, 2, 2)
        assert {one.id for one in store.deleted_conversations()} == {1, 2}


def test_settings_come_with_it_for_whoever_asks(paths: AppPaths, other: AppPaths, target: Path) -> None:
    write_settings(paths.settings_file, Settings().changed(declared.SYSTEM_PROMPT, "Be kind. 请"))
    with opened(paths) as (store, _):
        back_up(store, target)
    with opened(other) as (store, _):
        restore(store, target)
        assert not other.settings_file.exists()
        unpacked = archive.unpack(target, other.data_dir, lambda _: None, CancelToken())
        with unpacked.scratch:
            assert unpacked.settings.text(declared.SYSTEM_PROMPT) == "Be kind. 请"
            assert unpacked.info.has_settings


def test_a_verified_copy_is_kept_before_something_is_added(
    paths: AppPaths, other: AppPaths, target: Path
) -> None:
    with opened(paths) as (store, _):
        talk(store, "from there", "x")
        back_up(store, target)
    with opened(other) as (store, _):
        talk(store, "was here", "y")
        restore(store, target)
        copies = [copy for copy in good_copies(other.backups_dir) if not copy.rolling]
        assert len(copies) == 1
        assert damage_of(copies[0].path) == ""
        connection = apsw.Connection(str(copies[0].path), flags=apsw.SQLITE_OPEN_READONLY)
        assert connection.execute("SELECT title FROM conversation").fetchall() == [("was here",)]
        connection.close()


def test_the_manifest_says_what_is_in_it(paths: AppPaths, target: Path) -> None:
    with opened(paths) as (store, _):
        fill(store)
        back_up(store, target)
    info = manifest_of(target).info
    assert (info.conversations, info.messages, info.app_version) == (2, 11, "1.0")
    assert not info.has_settings
    with zipfile.ZipFile(target) as file:
        manifest = json.loads(file.read("manifest.json"))
        for name, facts in manifest["members"].items():
            assert hashlib.sha256(file.read(name)).hexdigest() == facts["sha256"]
        assert sorted(file.namelist()) == ["conversations.db", "manifest.json"]


@posix
def test_only_the_owner_may_read_it_and_nothing_is_left_beside_it(
    paths: AppPaths, other: AppPaths, target: Path
) -> None:
    with opened(paths) as (store, _):
        fill(store)
        back_up(store, target)
        assert sorted(target.parent.iterdir()) == [target]
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert not [path for path in paths.data_dir.iterdir() if "partial" in path.name]
    with opened(other) as (store, _):
        restore(store, target)
        assert not [path for path in other.data_dir.iterdir() if "partial" in path.name]


def test_progress_goes_up_to_the_end(paths: AppPaths, target: Path) -> None:
    told: list[TaskProgress] = []
    with opened(paths) as (store, _):
        fill(store)
        back_up(store, target, told.append)
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert told[0].done == 0
    assert told[-1].done == told[-1].total > 0


class After(CancelToken):
    """Cancelled at the so-manieth look."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks

    def raise_if_cancelled(self) -> None:
        self.looks -= 1
        if self.looks < 0:
            self.cancel()
        super().raise_if_cancelled()


def test_cancelled_at_any_look_nothing_is_left(paths: AppPaths, other: AppPaths, target: Path) -> None:
    with opened(paths) as (store, _):
        fill(store)
        for looks in range(2):
            with pytest.raises(Cancelled):
                archive.back_up(store, target, "1", lambda _: None, After(looks))
            assert list(target.parent.iterdir()) == []
        back_up(store, target)
    with opened(other) as (store, _):
        talk(store, "here", "x")
        rows = everything(store)
        looks = 0
        while True:
            try:
                report = restore(store, target, After(looks))
                break
            except Cancelled:
                assert everything(store) == rows
                assert store.search("杭州") == []
                looks += 1
        assert report.added == 2
        assert looks > 5


def test_an_older_file_stays_until_the_new_one_is_whole(paths: AppPaths, target: Path) -> None:
    with opened(paths) as (store, _):
        talk(store, "one", "x")
        back_up(store, target)
        old = target.read_bytes()
        talk(store, "two", "y")
        with pytest.raises(Cancelled):
            archive.back_up(store, target, "1", lambda _: None, After(1))
        assert target.read_bytes() == old
        back_up(store, target)
        assert manifest_of(target).info.conversations == 2


def test_a_disk_without_room_for_the_copy_is_no_reason_not_to_back_up_elsewhere(
    paths: AppPaths, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shutil import disk_usage

    def usage(path: Path) -> object:
        found = disk_usage(path)
        return found._replace(free=0) if Path(path) == paths.data_dir else found

    with opened(paths) as (store, _):
        fill(store)
        monkeypatch.setattr("app.storage.archive.shutil.disk_usage", usage)
        with archive.scratch_for_backup(paths, target) as scratch:
            assert scratch.path.parent == target.parent
        back_up(store, target)
    assert manifest_of(target).info.conversations == 2

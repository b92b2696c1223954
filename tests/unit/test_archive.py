"""Backup into one file and restore: the same conversations again, nothing changed, nothing believed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import stat
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import settings as declared
from app.core.archives import RestoreReport
from app.core.cancel import Cancelled, CancelToken
from app.core.chat import MessageStatus
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.core.paths import AppPaths
from app.core.records import ReplyOutcome
from app.core.settings import Settings
from app.storage import archive, archive_file
from app.storage.backups import damage_of, good_copies
from app.storage.health import find_damage
from app.storage.opening import open_store
from app.storage.settings_file import write_settings
from app.storage.store import Store
from tests.helpers.storage_fixtures import PARAMS, answer, ask, opened, paths_in, talk, texts

BESIDE = "{title} (from the backup)"
NOTHING = RestoreReport()
posix = pytest.mark.skipif(sys.platform == "win32", reason="modes")


def back_up(store: Store, target: Path, report: Callable[[TaskProgress], None] = lambda _: None) -> None:
    archive.back_up(store, target, "1.0", report, CancelToken())


def restore(store: Store, path: Path, cancel: CancelToken | None = None) -> RestoreReport:
    return archive.restore(store, path, BESIDE, lambda _: None, cancel or CancelToken())


def content(store: Store) -> list[object]:
    """Everything that a person could see, without ids of rows."""
    found: list[object] = []
    for table in ("conversation", "message", "queued_message"):
        columns = [row[1] for row in store._database.rows(f"PRAGMA table_info({table})")]
        for row in store._database.rows(f"SELECT * FROM {table} ORDER BY id"):
            values = dict(zip(columns, row, strict=True))
            for key in ("id", "conversation_id", "parent_id", "tip_message_id"):
                values.pop(key, None)
            found.append((table, *sorted(values.items(), key=lambda item: item[0])))
    for one in (*store.conversations(), *store.deleted_conversations()):
        opened_one = store.open_conversation(one.id)
        found.append([(m.role, m.text, len(m.version_ids), m.version_number) for m in opened_one.messages])
    return found


def everything(store: Store) -> list[object]:
    tables = ("conversation", "message", "queued_message", "app_state")
    return [store._database.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]


def fill(store: Store) -> None:
    """Versions, an edit, a bin, a pin, a draft, a queue, an answer that failed, odd characters."""
    first = talk(store, "带两位老人去杭州玩三天 🍵", "好的。\n\n| a | b |\n|---|---|")
    messages = store.open_conversation(first).messages
    again = store.begin_regeneration(messages[1].id, model_ref="glm", params=PARAMS)
    answer(store, again.reply.id, "another answer")
    answer(store, ask(store, "edited", first, parent_id=None).reply.id, "to the edit")
    store.select_version(first, messages[0].id)
    store.rename(first, "Hangzhou 杭州")
    store.set_pinned(first, True)
    binned = talk(store, "gone", "soon")
    store.delete_conversation(binned)
    third = talk(store, "third", "x" * 5000)
    store.enqueue(third, "later")
    outcome = ReplyOutcome("", MessageStatus.FAILED, error=WorldError(ErrorCode.NO_MODEL).info)
    store.finish_reply(ask(store, "fails", third).reply.id, outcome)
    store.save_draft(third, "half a thought")


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return paths_in(tmp_path / "here 这里")


@pytest.fixture
def other(tmp_path: Path) -> AppPaths:
    return paths_in(tmp_path / "there")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "stick 🍵"
    folder.mkdir()
    return folder / "my chats.teahouse"


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
    info = archive_file.read_manifest(target).info
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
        assert archive_file.read_manifest(target).info.conversations == 2


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
    assert archive_file.read_manifest(target).info.conversations == 2


# What somebody may hand us


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A good backup file."""
    folder = tmp_path_factory.mktemp("made")
    with opened(paths_in(folder)) as (store, _):
        fill(store)
        back_up(store, folder / "x.teahouse")
    return (folder / "x.teahouse").read_bytes()


@pytest.fixture
def good(made: bytes, target: Path) -> Path:
    target.write_bytes(made)
    return target


def refused(other: AppPaths, target: Path, code: ErrorCode = ErrorCode.BACKUP_DAMAGED) -> None:
    """Nothing is left, and the error is the world's. What can be restored is unpacked first."""
    with pytest.raises(WorldError) as caught:
        archive.unpack(target, other.data_dir, lambda _: None, CancelToken())
    assert caught.value.info.code is code, caught.value
    assert list(other.data_dir.iterdir()) == []


def made_anew(
    target: Path, change: Callable[[dict[str, bytes], dict[str, object]], None], **options: int
) -> None:
    """The backup file with other members or another manifest; hashes fit unless `change` spoils them."""
    with zipfile.ZipFile(target) as file:
        members = {name: file.read(name) for name in file.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    with zipfile.ZipFile(target, "w", options.get("method", zipfile.ZIP_DEFLATED)) as file:
        for name, data in members.items():
            file.writestr(name, data)
        file.writestr("manifest.json", json.dumps(manifest))


def facts(data: bytes) -> dict[str, object]:
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def with_database(change: Callable[[apsw.Connection], object], folder: Path) -> object:
    """A change of the database in the file, with a manifest that fits."""

    def apply(members: dict[str, bytes], manifest: dict[str, object]) -> None:
        path = folder / "changed.db"
        path.write_bytes(members["conversations.db"])
        connection = apsw.Connection(str(path))
        change(connection)
        connection.close()
        members["conversations.db"] = path.read_bytes()
        listed = manifest["members"]
        assert isinstance(listed, dict)
        listed["conversations.db"] = facts(members["conversations.db"])

    return apply


def spoil(key: str, value: object) -> Callable[[dict[str, bytes], dict[str, object]], None]:
    return lambda _members, manifest: manifest.update({key: value})


@pytest.mark.parametrize(
    "change",
    [
        lambda members, _: members.update({"../evil.txt": b"x"}),
        lambda members, _: members.update({"/etc/evil": b"x"}),
        lambda members, _: members.update({f"{n}": b"" for n in range(100)}),
        lambda members, _: members.pop("conversations.db"),
        lambda members, _: members.update({"conversations.db": members["conversations.db"] + b"\0"}),
        lambda members, _: members.update({"conversations.db": b"\0" * len(members["conversations.db"])}),
        lambda members, _: members.update({"settings.json": b"{}"}),
        lambda _, manifest: manifest.pop("members"),
        lambda _, manifest: manifest["members"].update({"../evil": facts(b"")}),
        lambda _, manifest: manifest["members"]["conversations.db"].update({"bytes": 1 << 50}),
        lambda _, manifest: manifest["members"]["conversations.db"].update({"sha256": "0" * 64}),
        lambda _, manifest: manifest["members"]["conversations.db"].update({"sha256": None}),
        spoil("app", "Other"),
        spoil("format", -1),
        spoil("format", "1"),
        spoil("members", []),
        spoil("made_at", None),
        spoil("schema", 1.5),
    ],
)  # fmt: skip
def test_a_file_that_is_not_as_its_manifest_says(
    other: AppPaths, good: Path, change: Callable[..., None]
) -> None:
    made_anew(good, change)
    refused(other, good)
    assert not (other.data_dir.parent / "evil.txt").exists()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE message SET parent_id = id WHERE id = 3",
        "UPDATE message SET parent_id = 11 WHERE id = 1",
        "UPDATE message SET parent_id = 99 WHERE id = 3",
        "UPDATE message SET conversation_id = 77 WHERE id = 3",
        "UPDATE message SET role = 'system of a kind' WHERE id = 3",
        "UPDATE message SET status = 'BROKEN' WHERE id = 3",
        "UPDATE message SET text = x'ff' WHERE id = 3",
        "UPDATE message SET text = CAST(x'ff41' AS TEXT) WHERE id = 3",
        "UPDATE message SET created_at = 9e18 WHERE id = 3",
        "UPDATE message SET prompt_tokens = 'many' WHERE id = 4",
        "UPDATE message SET error_params = x'00' WHERE id = 4",
        "UPDATE conversation SET title = x'00' WHERE id = 1",
        "UPDATE conversation SET created_at = -1 WHERE id = 1",
        "UPDATE conversation SET deleted_at = 'yes' WHERE id = 1",
        "UPDATE conversation SET tip_message_id = 11 WHERE id = 1",
        "UPDATE queued_message SET conversation_id = 50",
        "DROP TABLE app_state",
        "DROP INDEX message_by_tree",
        "PRAGMA application_id = 7",
        "DELETE FROM sqlite_sequence; PRAGMA writable_schema=ON; DELETE FROM sqlite_schema",
    ],
)
def test_rows_that_the_app_cannot_have_written(other: AppPaths, good: Path, sql: str, tmp_path: Path) -> None:
    made_anew(good, with_database(lambda connection: connection.execute(sql), tmp_path))
    refused(other, good)


def test_one_made_by_a_newer_app(other: AppPaths, good: Path, tmp_path: Path) -> None:
    whole = good.read_bytes()
    made_anew(good, spoil("format", 2))
    refused(other, good, ErrorCode.BACKUP_NEWER)
    good.write_bytes(whole)
    made_anew(good, spoil("schema", 900))
    refused(other, good, ErrorCode.BACKUP_NEWER)
    good.write_bytes(whole)
    newer = "PRAGMA user_version = 900; CREATE TABLE hats(size); DROP TABLE app_state"
    made_anew(good, with_database(lambda connection: connection.execute(newer), tmp_path))
    refused(other, good, ErrorCode.BACKUP_NEWER)


def test_more_than_the_disk_holds_is_not_unpacked(
    other: AppPaths, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.archive_file.SPARE_BYTES", 1 << 60)
    refused(other, good, ErrorCode.DISK_FULL)


def test_a_bomb_is_not_unpacked(other: AppPaths, target: Path) -> None:
    """A lot of nothing in very little, whatever its manifest and its header say."""
    block = b"\0" * (1 << 20)
    for promised in (1000, 96 << 20):
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            with file.open("conversations.db", "w") as member:
                for _ in range(96):
                    member.write(block)
            members = {"conversations.db": {"bytes": promised, "sha256": "0" * 64}}
            numbers = {"format": 1, "made_at": 0, "schema": 1, "conversations": 0, "messages": 0}
            file.writestr("manifest.json", json.dumps({"app": "Teahouse", "members": members, **numbers}))
        if promised == 1000:
            data = bytearray(target.read_bytes())
            at = data.index(b"PK\x01\x02")
            data[at + 24 : at + 28] = (1000).to_bytes(4, "little")  # the header lies too
            target.write_bytes(data)
        largest = 0

        def see(_: TaskProgress) -> None:
            nonlocal largest
            sizes = [path.stat().st_size for path in other.data_dir.glob(".teahouse-*/*")]
            largest = max(largest, *sizes, 0)

        with pytest.raises(WorldError) as caught:
            archive.unpack(target, other.data_dir, see, CancelToken())
        assert caught.value.info.code is ErrorCode.BACKUP_DAMAGED
        assert largest <= max(promised, 1 << 20)


def test_a_table_of_contents_without_end(other: AppPaths, target: Path) -> None:
    with zipfile.ZipFile(target, "w") as file:
        for number in range(42_000):
            file.writestr(f"{number:060}", b"")
    refused(other, target)


@pytest.mark.parametrize("seed", range(6))
def test_flipped_cut_and_foreign_bytes(other: AppPaths, good: Path, seed: int) -> None:
    whole = good.read_bytes()
    dice = random.Random(seed)
    with opened(other) as (store, _):
        for kind in ("flip", "cut", "head", "zeros", "foreign"):
            data = bytearray(whole)
            at = dice.randrange(len(data))
            if kind == "flip":
                data[at] ^= 1 << dice.randrange(8)
            elif kind == "cut":
                del data[at:]
            elif kind == "head":
                del data[: at + 1]
            elif kind == "zeros":
                data[at : at + 300] = bytes(len(data[at : at + 300]))
            else:
                data = bytearray(dice.randbytes(at))
            good.write_bytes(data)
            try:
                report = restore(store, good)
            except WorldError as error:
                assert error.info.code in (ErrorCode.BACKUP_DAMAGED, ErrorCode.BACKUP_NEWER), error  # noqa: PT017
                assert store.conversations() == []
            else:  # a byte that means nothing: of a time, or of an attribute
                assert kind in ("flip", "zeros")
                assert (report.added, report.messages) == (2, 11)
                break


def test_a_folder_and_nothing_in_place_of_a_file(other: AppPaths, target: Path) -> None:
    refused(other, target, ErrorCode.STORAGE_FAILED)
    target.mkdir()
    refused(other, target, ErrorCode.STORAGE_FAILED)


def test_what_a_killed_app_left_behind_is_removed_by_the_next_backup(paths: AppPaths, target: Path) -> None:
    left = target.parent / ".teahouse-4194304999-abc.partial"
    left.mkdir()
    (left / "archive").write_bytes(b"half")
    running = target.parent / f".teahouse-{os.getppid()}-abc.partial"
    running.mkdir()
    with opened(paths) as (store, _):
        back_up(store, target)
    assert sorted(path.name for path in target.parent.iterdir()) == sorted([running.name, target.name])


def test_a_backup_of_a_store_that_may_only_be_read(paths: AppPaths, other: AppPaths, target: Path) -> None:
    """Of a newer app: what can be read can be carried away."""
    with opened(paths) as (store, _):
        fill(store)
    connection = apsw.Connection(str(paths.database))
    connection.execute("PRAGMA user_version = 900")
    connection.close()
    store, report = open_store(paths)
    assert report.read_only
    back_up(store, target)
    store.close()
    assert archive_file.read_manifest(target).schema == 900
    refused(other, target, ErrorCode.BACKUP_NEWER)

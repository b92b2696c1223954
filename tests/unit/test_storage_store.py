"""The store: sending, versions, the recycle bin, drafts, the queue; each against a real file."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

import apsw
import pytest

from app.core.chat import FinishReason, MessageStatus, Role
from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.paths import AppPaths
from app.core.records import AnswerFigures, ReplyOutcome
from app.storage.conversations import TITLE_LENGTH, automatic_title
from app.storage.database import uri_of
from app.storage.store import Store
from tests.helpers.storage_fixtures import MODEL, PARAMS, answer, ask, opened, paths_in, talk, texts


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    return paths_in(tmp_path)


@pytest.fixture
def store(paths: AppPaths) -> Iterator[Store]:
    with opened(paths) as (store, _):
        yield store


def rows(paths: AppPaths, sql: str) -> list[tuple[object, ...]]:
    """What Python's own sqlite3 sees in the file."""
    with sqlite3.connect(f"file:{paths.database}?mode=ro", uri=True) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


def test_an_exchange_is_two_rows_that_any_sqlite_reads(paths: AppPaths, store: Store) -> None:
    started = ask(store, "你好，world")
    assert rows(paths, "SELECT role, text, status FROM message ORDER BY id") == [
        ("user", "你好，world", "COMPLETE"),
        ("assistant", "", "STREAMING"),
    ]
    assert started.user is not None
    assert started.user.parent_id is None
    assert started.reply.parent_id == started.user.id
    assert started.reply.model_ref == MODEL
    assert started.conversation.title == "你好，world"
    assert [summary.id for summary in store.conversations()] == [started.conversation.id]


def test_columns_are_those_of_the_map(paths: AppPaths, store: Store) -> None:
    wanted = {
        "conversation": "id uuid title title_is_auto tip_message_id draft model_ref params_json pinned "
        "folder_id archived_at deleted_at created_at updated_at",
        "message": "id conversation_id parent_id role text reasoning status pinned finish_reason model_ref "
        "params_json prompt_tokens output_tokens first_token_ms duration_ms error_code created_at",
    }
    for table, columns in wanted.items():
        found = {row[1] for row in rows(paths, f"PRAGMA table_info({table})")}
        assert found >= set(columns.split())


def test_the_whole_outcome_of_a_reply_is_kept(store: Store) -> None:
    started = ask(store, "Why?")
    outcome = ReplyOutcome(
        text="So far",
        status=MessageStatus.FAILED,
        reasoning="hm",
        finish_reason=FinishReason.CONTEXT,
        figures=AnswerFigures(12, 34, 56, 78),
        error=ErrorInfo(ErrorCode.ENGINE_CRASHED, {"exit_code": "-9"}),
    )
    stored = store.finish_reply(started.reply.id, outcome)
    again = store.open_conversation(started.conversation.id).messages[-1]
    assert again == stored
    kept = ReplyOutcome(
        again.text, again.status, again.reasoning, again.finish_reason, again.figures, again.error
    )
    assert kept == outcome


def test_what_streams_is_kept_and_is_interrupted_after_a_crash(paths: AppPaths) -> None:
    with opened(paths) as (store, report):
        assert report.interrupted_replies == 0
        started = ask(store, "Tell me")
        store.save_partial(started.reply.id, "Once upon", "thinking")
    with opened(paths) as (store, report):
        assert report.interrupted_replies == 1
        reply = store.open_conversation(started.conversation.id).messages[-1]
        assert (reply.status, reply.text, reply.reasoning) == (
            MessageStatus.INTERRUPTED,
            "Once upon",
            "thinking",
        )
        assert [hit.message_id for hit in store.search("upon")] == [reply.id]
        continued = store.begin_continuation(reply.id)
        assert (continued.reply.text, continued.reply.status) == ("Once upon", MessageStatus.STREAMING)
        assert continued.user is None
        answer(store, reply.id, "Once upon a time")
        assert [hit.snippet for hit in store.search("time")] == ["Once upon a time"]
    with opened(paths) as (_, report):
        assert report.interrupted_replies == 0


def test_editing_and_regenerating_add_versions_and_overwrite_nothing(store: Store) -> None:
    first = ask(store, "one")
    answer(store, first.reply.id, "answer one")
    second = ask(store, "two", first.conversation.id)
    answer(store, second.reply.id, "answer two")
    assert first.user is not None
    edited = ask(store, "uno", first.conversation.id, parent_id=first.user.parent_id)
    answer(store, edited.reply.id, "answer uno")
    again = store.begin_regeneration(edited.reply.id, model_ref="other", params=PARAMS)
    answer(store, again.reply.id, "answer uno bis")
    shown = store.open_conversation(first.conversation.id).messages
    assert [message.text for message in shown] == ["uno", "answer uno bis"]
    assert edited.user is not None
    assert shown[0].version_ids == (first.user.id, edited.user.id)
    assert shown[1].version_ids == (edited.reply.id, again.reply.id)
    assert shown[1].version_number == 2

    chosen = store.select_version(first.conversation.id, first.user.id)
    assert [message.text for message in chosen.messages] == ["one", "answer one", "two", "answer two"]
    back = store.select_version(first.conversation.id, edited.user.id)
    assert [message.text for message in back.messages] == ["uno", "answer uno bis"]
    reply_chosen = store.select_version(first.conversation.id, edited.reply.id)
    assert [message.text for message in reply_chosen.messages] == ["uno", "answer uno"]


def test_a_message_of_another_conversation_is_no_parent_and_no_version(store: Store) -> None:
    mine, other = ask(store, "mine"), ask(store, "other")
    with pytest.raises(ValueError, match="not in conversation"):
        ask(store, "x", mine.conversation.id, parent_id=other.reply.id)
    with pytest.raises(ValueError, match="not in conversation"):
        store.select_version(mine.conversation.id, other.reply.id)
    assert texts(store, mine.conversation.id) == ["mine", ""]


def test_a_failed_transaction_leaves_everything_as_it_was(paths: AppPaths, store: Store) -> None:
    started = ask(store, "kept")
    store.save_draft(started.conversation.id, "half written")
    with pytest.raises(LookupError):
        ask(store, "never", started.conversation.id, parent_id=999)
    assert store.draft(started.conversation.id) == "half written"
    assert rows(paths, "SELECT count(*) FROM message") == [(2,)]
    assert store.search("never") == []


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_an_empty_message_is_refused(store: Store, text: str) -> None:
    for job in (lambda: ask(store, text), lambda: store.enqueue(1, text)):
        with pytest.raises(WorldError) as caught:
            job()
        assert caught.value.info.code is ErrorCode.EMPTY_MESSAGE
    assert store.conversations() == []


def test_drafts_go_when_their_text_is_sent(store: Store) -> None:
    store.save_draft(None, "new chat")
    assert store.draft(None) == "new chat"
    started = ask(store, "new chat")
    assert store.draft(None) == ""
    store.save_draft(started.conversation.id, "more")
    assert store.open_conversation(started.conversation.id).draft == "more"
    ask(store, "more", started.conversation.id)
    assert store.draft(started.conversation.id) == ""
    store.save_draft(None, "x")
    store.save_draft(None, "")
    assert store.draft(None) == ""


def test_the_queue_keeps_order_and_a_queued_message_is_never_in_neither_place(store: Store) -> None:
    conversation_id = talk(store, "q", "a")
    store.save_draft(conversation_id, "first")
    first = store.enqueue(conversation_id, "first")
    assert store.draft(conversation_id) == ""
    second, third = store.enqueue(conversation_id, "second"), store.enqueue(conversation_id, "third")
    assert store.queue(conversation_id) == [first, second, third]
    store.save_draft(conversation_id, "being typed")
    started = store.begin_exchange(
        conversation_id, first.text, model_ref=MODEL, params=PARAMS, queued_id=first.id
    )
    assert started.user is not None
    assert started.user.text == "first"
    assert store.draft(conversation_id) == "being typed"
    assert store.dequeue(second.id) == second
    assert store.dequeue(second.id) is None
    store.enqueue(conversation_id, "fourth")
    store.save_draft(conversation_id, "being typed")
    assert store.queue_into_draft(conversation_id) == "third\n\nfourth\n\nbeing typed"
    assert store.draft(conversation_id) == "third\n\nfourth\n\nbeing typed"
    assert store.queue(conversation_id) == []
    assert store.queue_into_draft(conversation_id) == "third\n\nfourth\n\nbeing typed"


def test_the_list_is_pinned_first_then_newest_first(store: Store) -> None:
    ids = [talk(store, f"chat {number}", "ok") for number in range(3)]
    pinned = store.set_pinned(ids[0], True)
    assert pinned.pinned
    assert [summary.id for summary in store.conversations()] == [ids[0], ids[2], ids[1]]
    store.set_pinned(ids[0], False)
    assert [summary.id for summary in store.conversations()] == [ids[2], ids[1], ids[0]]


def test_the_recycle_bin_gives_everything_back_and_purging_takes_everything(
    paths: AppPaths, store: Store
) -> None:
    kept, gone = talk(store, "茶馆 keep", "好"), talk(store, "茶馆 gone", "好的")
    store.rename(gone, "Named 龙井")
    store.enqueue(gone, "waiting")
    assert store.delete_conversation(gone).deleted_at is not None
    assert [summary.id for summary in store.conversations()] == [kept]
    assert [summary.id for summary in store.deleted_conversations()] == [gone]
    assert {hit.conversation_id for hit in store.search("茶馆")} == {kept}
    assert store.search("龙井") == []
    assert store.restore_conversation(gone).deleted_at is None
    assert {hit.conversation_id for hit in store.search("茶馆")} == {kept, gone}
    assert [hit.is_title for hit in store.search("龙井")] == [True]
    store.delete_conversation(gone)
    store.purge_conversation(gone)
    assert store.deleted_conversations() == []
    assert texts(store, kept) == ["茶馆 keep", "好"]
    assert rows(paths, "SELECT DISTINCT conversation_id FROM message") == [(kept,)]
    assert rows(paths, "SELECT count(*) FROM queued_message") == [(0,)]
    with pytest.raises(LookupError):
        store.open_conversation(gone)


def test_a_reply_that_ends_in_the_recycle_bin_is_kept_but_not_found(store: Store) -> None:
    started = ask(store, "question")
    store.delete_conversation(started.conversation.id)
    answer(store, started.reply.id, "late words")
    assert store.search("late") == []
    store.restore_conversation(started.conversation.id)
    assert [hit.message_id for hit in store.search("late")] == [started.reply.id]


def test_titles(store: Store) -> None:
    conversation_id = talk(store, "\n\n  The first line \nsecond", "ok")
    assert store.conversations()[0].title == "The first line"
    named = store.rename(conversation_id, "  My  tea ")
    assert (named.title, named.title_is_auto) == ("My tea", False)
    hit = store.search("my te")[0]
    assert (hit.is_title, hit.conversation_id, hit.snippet) == (True, conversation_id, "My tea")
    automatic = store.rename(conversation_id, "")
    assert (automatic.title, automatic.title_is_auto) == ("The first line", True)
    assert store.search("tea") == []


def test_an_automatic_title_is_cut_between_whole_characters() -> None:
    assert automatic_title("x" * TITLE_LENGTH) == "x" * TITLE_LENGTH
    long = automatic_title("茶" * 200)
    assert len(long) == TITLE_LENGTH
    assert long.endswith("…")
    accented = "a" * (TITLE_LENGTH - 2) + "e\u0301" + "b" * 20
    assert automatic_title(accented) == "a" * (TITLE_LENGTH - 2) + "…"


def test_half_an_emoji_does_not_cost_the_message(store: Store) -> None:
    started = ask(store, "half \ud83c end")
    assert started.user is not None
    assert started.user.text == "half \ufffd end"
    assert texts(store, started.conversation.id)[0] == "half \ufffd end"


def test_app_state(store: Store) -> None:
    assert store.app_state("seen") is None
    store.set_app_state("seen", "1")
    store.set_app_state("seen", "2")
    assert store.app_state("seen") == "2"


def test_five_thousand_messages_open_in_order_and_purge(store: Store) -> None:
    """Deep trees must not meet a limit of SQLite (its triggers end at a depth of 1,000)."""
    database = store._database
    with database.transaction():
        conversation = database.insert(
            "INSERT INTO conversation(uuid, created_at, updated_at) VALUES('u', 1, 1)"
        )
        database.execute_many(
            "INSERT INTO message(id, conversation_id, parent_id, role, text, status, created_at) "
            "VALUES(?, ?, ?, ?, ?, 'COMPLETE', 1)",
            (
                (at, conversation, at - 1 if at > 1 else None, "user" if at % 2 else "assistant", f"m{at}")
                for at in range(1, 5001)
            ),
        )
        database.execute("UPDATE conversation SET tip_message_id = 5000")
    shown = store.open_conversation(conversation).messages
    assert [message.id for message in shown] == list(range(1, 5001))
    assert {message.role for message in shown} == {Role.USER, Role.ASSISTANT}
    assert store.select_version(conversation, 1).messages[-1].id == 5000
    store.purge_conversation(conversation)
    assert store.conversations() == []


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps a person's folders apart by itself")
def test_only_the_owner_may_read_the_files(paths: AppPaths) -> None:
    paths.data_dir.mkdir(parents=True, mode=0o755)
    paths.data_dir.chmod(0o755)
    with opened(paths) as (store, _):
        talk(store, "secret", "yes")
        assert stat.S_IMODE(paths.data_dir.stat().st_mode) == 0o700
        modes = {
            file.name: stat.S_IMODE(file.stat().st_mode)
            for file in paths.data_dir.iterdir()
            if file.is_file()
        }
        assert {"teahouse.db", "teahouse.db-wal", "teahouse.db-shm"} <= set(modes)
        assert set(modes.values()) == {0o600}
    copies = list(paths.backups_dir.iterdir())
    assert [stat.S_IMODE(copy.stat().st_mode) for copy in copies] == [0o600]
    assert stat.S_IMODE(paths.backups_dir.stat().st_mode) == 0o700


def test_the_file_is_wal_and_checks_foreign_keys(store: Store) -> None:
    assert store._database.row("PRAGMA journal_mode") == ("wal",)
    assert store._database.row("PRAGMA foreign_keys") == (1,)


def test_a_second_process_reads_and_writes_but_does_not_interrupt(paths: AppPaths) -> None:
    with opened(paths) as (window, _):
        streaming = ask(window, "long answer please")
        with opened(paths) as (terminal, report):
            assert report.interrupted_replies == 0
            talk(terminal, "quick", "done")
            status = terminal.open_conversation(streaming.conversation.id).messages[-1].status
            assert status is MessageStatus.STREAMING
        assert len(window.conversations()) == 2
        answer(window, streaming.reply.id, "the end")


def test_closing_twice_is_fine(paths: AppPaths) -> None:
    with opened(paths) as (store, _):
        store.close()
    assert not paths.database.with_name("teahouse.db-wal").exists()


def test_a_folder_of_a_network_is_no_computer_to_sqlite():
    assert uri_of(PurePosixPath("/d/茶 #?.db"), "mode=ro") == "file:///d/%E8%8C%B6%20%23%3F.db?mode=ro"
    assert uri_of(PureWindowsPath(r"C:\d\x.db"), "mode=ro") == "file:///C:/d/x.db?mode=ro"
    share = uri_of(PureWindowsPath(r"\\nas\home\x.db"), "mode=ro")
    assert share == "file:////nas/home/x.db?mode=ro"
    with pytest.raises(apsw.CantOpenError):  # and not: invalid uri authority
        apsw.Connection(share, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)

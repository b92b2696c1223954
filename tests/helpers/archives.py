"""Stores with everything in them, backups of them, and what is compared afterwards."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.archives import RestoreReport
from app.core.cancel import CancelToken
from app.core.chat import MessageStatus
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.core.paths import AppPaths
from app.core.records import ReplyOutcome
from app.storage import archive, archive_file
from app.storage.archive_file import Manifest
from app.storage.store import Store
from tests.helpers.storage_fixtures import PARAMS, answer, ask, paths_in, talk

BESIDE = "{title} (from the backup)"
NOTHING = RestoreReport()
posix = pytest.mark.skipif(sys.platform == "win32", reason="modes")


def back_up(store: Store, target: Path, report: Callable[[TaskProgress], None] = lambda _: None) -> None:
    archive.back_up(store, target, "1.0", report, CancelToken())


def restore(store: Store, path: Path, cancel: CancelToken | None = None) -> RestoreReport:
    return archive.restore(store, path, BESIDE, lambda _: None, cancel or CancelToken())


def manifest_of(path: Path) -> Manifest:
    """What a backup file says of itself; it is read whole."""
    with tempfile.TemporaryDirectory() as folder:
        return archive_file.unpack(path, Path(folder), lambda _: None, CancelToken())


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

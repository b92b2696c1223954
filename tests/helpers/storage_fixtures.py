"""A store in a folder of its own, and short ways to talk in it. Real SQLite on a real disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.chat import FinishReason, MessageStatus
from app.core.engine import GenerationParams
from app.core.paths import AppPaths
from app.core.records import ExchangeStarted, MessageRecord, ReplyOutcome, StartReport
from app.storage.exchanges import ParentChoice
from app.storage.opening import open_store
from app.storage.store import TIP, Store

PARAMS = GenerationParams()
MODEL = "starter"


def paths_in(folder: Path) -> AppPaths:
    return AppPaths(data_dir=folder / "data", models_dir=folder / "models")


@contextmanager
def opened(paths: AppPaths) -> Iterator[tuple[Store, StartReport]]:
    store, report = open_store(paths)
    try:
        yield store, report
    finally:
        store.close()


def ask(
    store: Store, text: str, conversation_id: int | None = None, parent_id: ParentChoice = TIP
) -> ExchangeStarted:
    return store.begin_exchange(
        conversation_id, text, parent_id=parent_id, model_ref=MODEL, params=PARAMS, system_prompt="Be kind."
    )


def answer(store: Store, reply_id: int, text: str) -> MessageRecord:
    outcome = ReplyOutcome(text, MessageStatus.COMPLETE, finish_reason=FinishReason.STOP)
    return store.finish_reply(reply_id, outcome)


def talk(store: Store, question: str, reply: str, conversation_id: int | None = None) -> int:
    """One whole exchange; returns the conversation."""
    started = ask(store, question, conversation_id)
    answer(store, started.reply.id, reply)
    return started.conversation.id


def texts(store: Store, conversation_id: int) -> list[str]:
    return [message.text for message in store.open_conversation(conversation_id).messages]

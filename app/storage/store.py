"""Everything the app can ask of its database: a thin face over the files beside this one.

One store, one connection, one thread: whoever opens it (the storage worker, a headless verb, a test) also
calls it and closes it. Values in, frozen values out, never rows. Every method may raise `WorldError`
(DISK_FULL, READ_ONLY, DATABASE_DAMAGED, DATABASE_LOCKED, DATABASE_NEWER, STORAGE_FAILED); what failed left
everything as it was. `LookupError` and `ValueError` are mistakes of the caller. A method that writes has
its change on the disk when it returns; `save_partial` is the one exception.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.archives import RestoreReport
from app.core.cancel import CancelToken
from app.core.engine import GenerationParams
from app.core.errors import ErrorCode, WorldError
from app.core.paths import AppPaths
from app.core.records import (
    ConversationSummary,
    ExchangeStarted,
    MessageRecord,
    OpenConversation,
    QueuedMessage,
    ReplyOutcome,
    SearchFilter,
    SearchHit,
)
from app.core.task_progress import Progress, Report
from app.storage import backups, conversations, exchanges, merge, message_tree, search_index, waiting
from app.storage.database import Database, connect_read_only
from app.storage.errors import world_errors
from app.storage.exchanges import Asking, ParentChoice, Place
from app.storage.ownership import Ownership

TIP = Place.TIP
_ANY = SearchFilter()
_log = logging.getLogger(__name__)


class Store:
    """The open database. Made by `opening.open_store`."""

    def __init__(self, database: Database, paths: AppPaths, ownership: Ownership) -> None:
        self._database = database
        self._paths = paths
        self._ownership = ownership
        self._copy: backups.RunningCopy | None = None
        self._closed = False

    @property
    def is_read_only(self) -> bool:
        """Whether every method that writes raises the reason given in the start report."""
        return self._database.refusal is not None

    @property
    def paths(self) -> AppPaths:
        """Where this store lies."""
        return self._paths

    # The list

    def conversations(self) -> list[ConversationSummary]:
        """Those outside the recycle bin: pinned first, newest first."""
        return conversations.all_conversations(self._database)

    def deleted_conversations(self) -> list[ConversationSummary]:
        """The recycle bin, last deleted first."""
        return conversations.deleted_conversations(self._database)

    def rename(self, conversation_id: int, title: str) -> ConversationSummary:
        """Give a title; an empty one brings the automatic title back."""
        return conversations.rename(self._database, conversation_id, title)

    def set_pinned(self, conversation_id: int, pinned: bool) -> ConversationSummary:
        """Keep at the top of the list, or no longer."""
        return conversations.set_pinned(self._database, conversation_id, pinned=pinned)

    def delete_conversation(self, conversation_id: int) -> ConversationSummary:
        """Into the recycle bin: out of the list and of the search, everything kept."""
        return conversations.delete(self._database, conversation_id)

    def restore_conversation(self, conversation_id: int) -> ConversationSummary:
        """Out of the recycle bin, back into the list and the search."""
        return conversations.restore(self._database, conversation_id)

    def purge_conversation(self, conversation_id: int) -> None:
        """Gone for good, with the next `close` also out of the index of words.

        Copies made before keep it until newer ones take their place.
        """
        conversations.purge(self._database, conversation_id)

    # One conversation

    def open_conversation(self, conversation_id: int) -> OpenConversation:
        """The conversation with the messages from its first to its tip."""
        return message_tree.open_conversation(self._database, conversation_id)

    def select_version(self, conversation_id: int, message_id: int) -> OpenConversation:
        """Show the path through `message_id`, as it was last continued."""
        return exchanges.select_version(self._database, conversation_id, message_id)

    def begin_exchange(
        self,
        conversation_id: int | None,
        text: str,
        *,
        model_ref: str,
        params: GenerationParams,
        system_prompt: str = "",
        parent_id: ParentChoice = TIP,
        queued_id: int | None = None,
    ) -> ExchangeStarted:
        """Store a person's message with its empty reply; `conversation_id` None begins a conversation.

        `parent_id`: `TIP` to go on at the end; the edited message's own `parent_id` (None for a first
        message) to put another version beside it. The draft is forgotten in the same transaction; with
        `queued_id` that row leaves the queue instead, and the draft stays. Raises EMPTY_MESSAGE.
        """
        asking = Asking(model_ref, params, system_prompt)
        return exchanges.begin_exchange(self._database, conversation_id, text, parent_id, asking, queued_id)

    def begin_regeneration(
        self, reply_id: int, *, model_ref: str, params: GenerationParams, system_prompt: str = ""
    ) -> ExchangeStarted:
        """Store another, empty reply to the same message; the old one stays as a version."""
        asking = Asking(model_ref, params, system_prompt)
        return exchanges.begin_regeneration(self._database, reply_id, asking)

    def begin_continuation(self, reply_id: int) -> ExchangeStarted:
        """Let a reply that was cut off stream again, with the text it has."""
        return exchanges.begin_continuation(self._database, reply_id)

    def save_partial(self, reply_id: int, text: str, reasoning: str = "") -> None:
        """Keep what a reply has so far (about once a second); survives the app, not always the power."""
        exchanges.save_partial(self._database, reply_id, text, reasoning)

    def finish_reply(self, reply_id: int, outcome: ReplyOutcome) -> MessageRecord:
        """Store how a reply ended, and make it findable."""
        return exchanges.finish_reply(self._database, reply_id, outcome)

    # Drafts, the queue, what the app remembers

    def draft(self, conversation_id: int | None) -> str:
        """What was typed and not sent; None is the new chat."""
        return conversations.draft(self._database, conversation_id)

    def save_draft(self, conversation_id: int | None, text: str) -> None:
        """Keep what is being typed; None is the new chat."""
        conversations.save_draft(self._database, conversation_id, text)

    def enqueue(self, conversation_id: int, text: str) -> QueuedMessage:
        """Let a message wait for the running answer; it is no longer the draft. Raises EMPTY_MESSAGE."""
        return waiting.enqueue(self._database, conversation_id, text)

    def queue(self, conversation_id: int) -> list[QueuedMessage]:
        """The waiting messages, oldest first."""
        return waiting.queue(self._database, conversation_id)

    def dequeue(self, queued_id: int) -> QueuedMessage | None:
        """Take a waiting message out (to withdraw it; to send it, name it in `begin_exchange`)."""
        return waiting.dequeue(self._database, queued_id)

    def queue_into_draft(self, conversation_id: int) -> str:
        """Put what a former run left waiting before the draft, and return the draft."""
        return waiting.queue_into_draft(self._database, conversation_id)

    def app_state(self, key: str) -> str | None:
        """A value that the app remembers; None when it was never set."""
        return conversations.app_state(self._database, key)

    def set_app_state(self, key: str, value: str) -> None:
        """Remember a value."""
        conversations.set_app_state(self._database, key, value)

    # Search

    def search(
        self,
        query: str,
        limit: int = 50,
        filter: SearchFilter = _ANY,  # noqa: A002 - the word that a caller looks for
    ) -> list[SearchHit]:
        """Find words: titles first, then messages, newest first, at most `limit`. Any text may be asked."""
        return search_index.search(self._database, query, limit, filter)

    # Copies and closing

    def backup_due(self) -> bool:
        """Whether the newest copy is older than a day and something was written since."""
        if self.is_read_only or self._closed or not self._ownership.is_sole:
            return False
        return backups.is_due(self._paths.database, self._paths.backups_dir)

    def backup_step(self) -> bool:
        """Do a few milliseconds of work on a rolling copy (begun when none is); True when it is finished."""
        if self._copy is None:
            self._copy = backups.rolling_copy(self._database, self._paths.backups_dir)
        try:
            if not self._copy.step():
                return False
            self._copy.finish()
            backups.prune(self._paths.backups_dir)
        except WorldError:
            self._abandon_copy()
            raise
        self._copy = None
        return True

    def snapshot(self, target: Path) -> Path:
        """A verified copy of the whole database as `target`, as it is at this moment.

        It may go to other hands: words of what was deleted for good are not in its index.
        """
        try:
            conversations.forget_purged(self._database)
        except WorldError as error:  # a full disk must not keep anybody from a copy on another one
            _log.warning("copying with the index as it is: %s", error)
        return backups.whole_copy(self._database, target)

    def restore(
        self, unpacked: Path, beside_title: str, report: Report, cancel: CancelToken
    ) -> RestoreReport:
        """Add the conversations of `unpacked` (see `archive.unpack`) that are not there; one transaction.

        What is there stays as it is. A conversation that goes on otherwise here is added beside it, with the
        title `beside_title`, in which "{title}" stands for its own. A copy of the database is kept before.
        The progress counts messages, each twice. Raises `Cancelled`: then nothing was added.
        """
        with world_errors(unpacked):
            source = connect_read_only(unpacked)
        try:
            planned = merge.plan(source, self._database, cancel)
            if not planned.additions:
                return merge.report_of(planned)
            backups.copy_before_restore(self._database, self._paths.backups_dir)
            progress = Progress(2 * planned.messages, report)
            with self._database.transaction():
                restored = merge.carry_out(
                    planned, source, self._database, beside_title, progress.add, cancel
                )
                cancel.raise_if_cancelled()
        finally:
            source.close()
        progress.finish()
        _log.info("restored %s", restored)
        return restored

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep every other program off the file, which is whole in itself then, without side files.

        Until the store is let go, or the block is left by an error. Raises DATABASE_LOCKED where another one
        has it open, and why nothing may be written. What was begun on a rolling copy is given up.
        """
        if self._database.refusal is not None:
            raise WorldError.from_info(self._database.refusal)
        if not self._ownership.is_sole:
            raise WorldError(ErrorCode.DATABASE_LOCKED, path=self._paths.database)
        self._abandon_copy()
        with self._database.exclusive():
            yield

    def close(self) -> None:
        """Make a copy if one is due, tidy up, let go of the file. Safe to call twice."""
        if self._closed:
            return
        try:
            self._tidy_up()
        finally:
            self.let_go()

    def let_go(self) -> None:
        """Let go of the file as it is; safe to call twice."""
        self._closed = True
        self._abandon_copy()
        self._database.close()
        self._ownership.release()

    def _tidy_up(self) -> None:
        if self.is_read_only:
            return
        try:
            conversations.forget_purged(self._database)
            if self._copy is not None or self.backup_due():
                while not self.backup_step():
                    pass
            self._database.execute("PRAGMA optimize")
        except WorldError as error:  # a full disk must not keep the app from closing
            _log.warning("closing without a fresh copy: %s", error)

    def _abandon_copy(self) -> None:
        if self._copy is not None:
            self._copy.abandon()
            self._copy = None

"""The list of conversations: sidebar, search and recycle bin, each change stored first and shown then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.core.records import ConversationSummary, SearchHit
from app.storage.store import Store
from app.ui.chat_controller import ChatController
from app.ui.recycle_bin import RecycleBin
from app.ui.sidebar.sidebar import Sidebar
from app.ui.toast import Toast


@dataclass(frozen=True, slots=True)
class _Deleted:
    """What the toast can undo."""

    id: int


class LibraryController(QObject):
    """One for the window.

    Signals:
        chat_wanted: a conversation was chosen: the chat page should be in front.
    """

    chat_wanted = Signal()

    def __init__(
        self,
        chat: ChatController,
        sidebar: Sidebar,
        recycle_bin: RecycleBin,
        toast: Toast,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._attempts = chat.attempts
        self._chat = chat
        self._sidebar = sidebar
        self._recycle_bin = recycle_bin
        self._toast = toast
        self._query = ""
        sidebar.new_chat_requested.connect(self._new_chat)
        sidebar.conversation_selected.connect(self._open)
        sidebar.rename_requested.connect(self._rename)
        sidebar.pin_requested.connect(self._pin)
        sidebar.delete_requested.connect(self.delete)
        sidebar.search_changed.connect(self._search)
        sidebar.hit_selected.connect(self._open_hit)
        recycle_bin.restore_requested.connect(self.restore)
        recycle_bin.delete_forever_requested.connect(self._purge)
        recycle_bin.empty_requested.connect(self._empty_bin)
        toast.action_triggered.connect(self._undo_delete)
        chat.list_changed.connect(self.refresh)
        chat.opened.connect(self._sidebar.set_current)

    def refresh(self) -> None:
        """Read the list again."""
        self._attempts.run(lambda store: store.conversations(), self._show)

    def refresh_bin(self) -> None:
        """Read the recycle bin."""
        self._attempts.run(
            lambda store: store.deleted_conversations(),
            self._recycle_bin.set_conversations,
        )

    def delete(self, conversation_id: int) -> None:
        """Move to the recycle bin, with undo."""

        def done(_deleted: ConversationSummary) -> None:
            self._chat.conversation_gone(conversation_id)
            self._toast.show_toast(
                self.tr("Moved to the recycle bin."), self.tr("Undo"), _Deleted(conversation_id)
            )
            self.refresh()

        self._attempts.run(lambda store: store.delete_conversation(conversation_id), done)

    def restore(self, conversation_id: int) -> None:
        """Bring back from the recycle bin."""
        self._attempts.run(lambda store: store.restore_conversation(conversation_id), self._changed)

    def _undo_delete(self, token: object) -> None:
        if not isinstance(token, _Deleted):
            return

        def done(restored: ConversationSummary) -> None:
            self._changed(None)
            if not self._chat.state.messages:
                self._open(restored.id)

        self._attempts.run(lambda store: store.restore_conversation(token.id), done)

    def _show(self, conversations: Sequence[ConversationSummary]) -> None:
        self._sidebar.set_conversations(conversations)
        self._sidebar.set_current(self._chat.state.conversation_id)
        shown = next((c for c in conversations if c.id == self._chat.state.conversation_id), None)
        if shown is not None and shown.title != self._chat.state.title:
            self._chat.state.title = shown.title
            self._chat.title_changed.emit(shown.title)

    def _changed(self, _none: object) -> None:
        self.refresh()
        self.refresh_bin()

    def _new_chat(self) -> None:
        self._chat.open_new()
        self.chat_wanted.emit()

    def _open(self, conversation_id: int) -> None:
        if conversation_id != self._chat.state.conversation_id:
            self._chat.open_conversation(conversation_id)
        self.chat_wanted.emit()

    def _open_hit(self, conversation_id: int, message_id: int) -> None:
        self._chat.open_message(conversation_id, message_id)
        self.chat_wanted.emit()

    def _rename(self, conversation_id: int, title: str) -> None:
        self._attempts.run(lambda store: store.rename(conversation_id, title), self._changed)

    def _pin(self, conversation_id: int, pinned: bool) -> None:
        self._attempts.run(lambda store: store.set_pinned(conversation_id, pinned), self._changed)

    def _purge(self, conversation_id: int) -> None:
        self._attempts.run(lambda store: store.purge_conversation(conversation_id), self._changed)

    def _empty_bin(self) -> None:
        def job(store: Store) -> None:
            for conversation in store.deleted_conversations():
                store.purge_conversation(conversation.id)

        self._attempts.run(job, self._changed)

    def _search(self, query: str) -> None:
        self._query = query
        if not query.strip():
            self.refresh()
            return

        def done(hits: Sequence[SearchHit]) -> None:
            if self._query == query:  # a slower, older answer must not win
                self._sidebar.show_hits(query, hits)

        self._attempts.run(lambda store: store.search(query), done)

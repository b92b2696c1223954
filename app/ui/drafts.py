"""What is typed and not sent: stored for each conversation, and kept here as long as it cannot be stored.

So a text is in the composer, in the database, or here, whatever the disk does. Shows nothing.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from app.core.errors import ErrorInfo
from app.workers.storage_client import StorageClient


class Drafts(QObject):
    """The drafts of all conversations; None stands for the new chat.

    Signals:
        saved: something was written: what could not be stored before can be now.
        refused: ErrorInfo; the text is kept here.
    """

    saved = Signal()
    refused = Signal(object)

    def __init__(self, storage: StorageClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._storage = storage
        self._unstored: dict[int | None, str] = {}
        self._is_read_only = False

    def set_read_only(self, read_only: bool) -> None:
        """Whether the database takes nothing at all; then it is not asked, and nobody is told again."""
        self._is_read_only = read_only
        self.flush()

    def save(self, conversation_id: int | None, text: str) -> None:
        """Store `text`, or keep it until that can be done."""
        self._unstored[conversation_id] = text
        if not self._is_read_only:
            self._store(conversation_id, text)

    def newest(self, conversation_id: int | None, stored: str) -> str:
        """The draft of a conversation, given what the database holds."""
        return self._unstored.get(conversation_id, stored)

    def forget(self, conversation_id: int | None) -> None:
        """The draft became a message."""
        self._unstored.pop(conversation_id, None)

    def flush(self) -> None:
        """Offer to the database what it could not take before."""
        if not self._is_read_only:
            for conversation_id, text in self._unstored.items():
                self._store(conversation_id, text)

    def _store(self, conversation_id: int | None, text: str) -> None:
        self._storage.run(
            lambda store: store.save_draft(conversation_id, text),
            partial(self._on_stored, conversation_id, text),
            partial(self._on_refused, conversation_id, text),
        )

    def _on_stored(self, conversation_id: int | None, text: str, _none: None) -> None:
        if self._unstored.get(conversation_id) == text:  # else a newer one is on its way
            del self._unstored[conversation_id]
        self.saved.emit()

    def _on_refused(self, conversation_id: int | None, text: str, error: ErrorInfo) -> None:
        self._unstored.setdefault(conversation_id, text)  # a message was stored before it, this was not
        self.refused.emit(error)

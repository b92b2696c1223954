"""What the window says of the model and of this computer: header, status line, first questions, notes.

Brings facts from the controllers to widgets; decides nothing, and begins nothing but looking at the memory.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from app.core.engine import LoadNote, ModelInfo
from app.core.records import MessageRecord
from app.ui.chat_controller import ChatController
from app.ui.empty_state import starter_questions
from app.ui.engine_controller import EngineController
from app.ui.main_window import MainWindow
from app.ui.memory_controller import MemoryController
from app.ui.texts.load_notes import DEVICE_NOTES, note_sentence
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineState, EngineStatus
from app.workers.exchange_runner import ExchangeRunner

MEMORY_EVERY_MS = 3000


class WindowFacts(QObject):
    """One for the window."""

    def __init__(
        self,
        window: MainWindow,
        engine: EngineClient,
        engines: EngineController,
        chat: ChatController,
        runner: ExchangeRunner,
        memory: MemoryController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._chat, self._runner = window, chat, runner
        self._engine, self._engines, self._memory = engine, engines, memory
        self._told_notes: tuple[LoadNote, ...] = ()
        self._metered: ModelInfo | None = None  # whose context the header shows
        self._timer = QTimer(self, interval=MEMORY_EVERY_MS)
        self._timer.timeout.connect(self._show_memory)
        chat.opened.connect(self._show_usage)
        chat.answered.connect(self._on_answered)
        chat.presenter.usage_changed.connect(window.header.set_usage)
        engines.models_found.connect(self._on_models_found)
        engines.status_changed.connect(self._on_status)
        engines.adjusted.connect(window.header.set_adjustment)
        runner.running_changed.connect(self._show_running)

    def start(self) -> None:
        """The window is there: say what is known, and look at the memory from now on."""
        self.show_questions()
        self._timer.start()
        self._show_memory()

    def close(self) -> None:
        """The app closes."""
        self._timer.stop()

    def show_questions(self) -> None:
        """Offer what to begin with, in a language that the model knows."""
        current = self._engines.current
        # The starter knows English only: its questions are English in every language of the interface.
        english_only = current is not None and current.is_starter
        self._window.empty_state.set_questions(starter_questions("en") if english_only else [])

    def _on_models_found(self, _models: object) -> None:
        self._show_models()
        self.show_questions()

    def _on_status(self, status: EngineStatus) -> None:
        self._window.show_engine_status(status)
        self._show_notes(status)
        if status.state is EngineState.READY:
            self.show_questions()
            if status.model != self._metered:
                self._show_usage()
        self._show_models()

    def _on_answered(self, record: MessageRecord) -> None:
        self._window.status_line.set_speed(record.figures.tokens_per_s)
        self._memory.answered(record.figures)

    def _show_notes(self, status: EngineStatus) -> None:
        """Say once for a load what changes how long a person waits; the chip keeps all notes."""
        for note in status.notes:
            if note in DEVICE_NOTES and note not in self._told_notes:
                self._window.toast.show_toast(note_sentence(note))
        self._told_notes = status.notes

    def _show_models(self) -> None:
        wanted = self._engines.wanted
        self._window.header.set_models(self._engines.models, wanted.id if wanted is not None else None)

    def _show_running(self) -> None:
        replies = self._runner.running_replies
        self._window.sidebar.set_busy(self._runner.conversation_of(replies[0]) if replies else None)

    def _show_usage(self, *_: object) -> None:
        """What the conversation fills of what the loaded model remembers."""
        model = self._metered = self._engine.status.model
        context = model.context_length if model else 0
        self._window.header.set_usage(self._chat.state.known_tokens, context)

    def _show_memory(self) -> None:
        from app.model.hardware import memory_total, resident_memory

        pid = self._engine.status.child_pid
        used = resident_memory(pid) if pid else 0
        self._window.status_line.set_memory(used + resident_memory(), memory_total())
        self._memory.measure()

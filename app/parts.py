"""Everything behind the window: makes workers and controllers, connects them, ends them in order.

Imported and made after the first paint (`application`), so a person never waits for any of it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from app.application import Shell, StartOptions
from app.core import settings as declared
from app.core.engine import LoadNote, ModelInfo
from app.core.errors import ErrorCode, ErrorInfo
from app.core.paths import AppPaths
from app.core.records import MessageRecord, StartReport
from app.core.settings import SettingGroup, Settings
from app.ui.answer_wish import AnswerWish, wish_from
from app.ui.backup_controller import BackupController
from app.ui.bug_report import BugReporter
from app.ui.chat_controller import ChatController, ChatWidgets
from app.ui.empty_state import starter_questions
from app.ui.engine_controller import EngineController
from app.ui.first_run_controller import FirstRunController
from app.ui.import_controller import ImportController, ImportWidgets
from app.ui.importing.jobs import jobs_for
from app.ui.library_controller import LibraryController
from app.ui.memory_controller import MemoryController
from app.ui.pane_controllers import PaneControllers
from app.ui.settings_controller import Look, SettingsController
from app.ui.storage_controller import StorageController, Talkers
from app.ui.storage_tasks import StorageTasks
from app.ui.texts.error_entry import ErrorAction
from app.ui.texts.errors import describe
from app.ui.texts.load_notes import DEVICE_NOTES, note_sentence
from app.ui.troubles import Origin, Troubles
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineState, EngineStatus
from app.workers.exchange_runner import ExchangeRunner
from app.workers.storage_client import StorageClient

_log = logging.getLogger(__name__)

MEMORY_EVERY_MS = 3000
WARM_UP_AFTER_MS = 700


class Parts(QObject):
    """Workers and controllers of one window.

    Signals:
        paths_changed: (AppPaths) a folder was moved.
    """

    paths_changed = Signal(object)

    def __init__(
        self, shell: Shell, paths: AppPaths, options: StartOptions, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__()
        self._paths = paths
        self._options = options
        self._closed = False
        self._start_report = StartReport()
        self._told_notes: tuple[LoadNote, ...] = ()
        self._metered: ModelInfo | None = None  # whose context the header shows
        self._storage_error: ErrorInfo | None = None  # why the database does not open
        self._folder_was_shown = False  # a model may be in it when the person comes back
        self._translator = shell.translator
        window = self.window = shell.window
        self.troubles = Troubles(window.banners, self)
        self.storage = StorageClient(self)
        self.engine = EngineClient(paths.log_dir, parent=self)
        self.runner = ExchangeRunner(self.engine, self.storage, self)
        self.settings = SettingsController(
            shell.settings, self.storage, Look(shell.themes, shell.translator), window, self
        )
        self.engines = EngineController(self.engine, paths, self._current_settings, loop, self)
        self.memory = MemoryController(
            self.engine, self.engines, self.settings, window.settings_pane.model_page, self.troubles, self
        )
        self.chat = ChatController(
            self.storage,
            self.runner,
            ChatWidgets(window.transcript, window.composer, window.queue_strip),
            self._wish,
            self.engines.prepare,
            self,
        )
        self.library = LibraryController(self.chat, window.sidebar, window.recycle_bin, window.toast, self)
        self.imports = ImportController(
            ImportWidgets(
                window.import_page,
                window.import_strip,
                window.drop_overlay,
                window.toast,
                window.empty_state,
            ),
            self.engines,
            jobs_for(lambda: self._paths.models_dir),
            loop,
            self,
        )
        self.first_run = FirstRunController(
            window, self.settings, self.engine, self.engines, self.imports, lambda: self._paths, loop, self
        )
        self.tasks = StorageTasks(window.settings_pane.storage_page, self.storage, loop, self)
        talkers = Talkers(self.engine, self.engines, self.imports)
        self.folders = StorageController(self.tasks, paths, talkers, self)
        self.backup = BackupController(self.tasks, lambda: self._paths, self.settings, self.library, self)
        self.pane = PaneControllers(
            window.settings_pane, self.engine, self.engines, self.settings, self.memory, self.runner,
            lambda: self._paths, loop, self._open_folder, self,
        )  # fmt: skip
        self.bugs = BugReporter(window, self)
        self._memory_timer = QTimer(self)
        self._connect()

    def start(self) -> None:
        """Open the database, find and load the model; returns at once."""
        self._show_questions()
        self.storage.open(self._paths)
        if self._options.load_model:
            self.engines.start(self._options.model)
        self._memory_timer.timeout.connect(self._show_memory)
        self._memory_timer.start(MEMORY_EVERY_MS)
        self._show_memory()
        self.window.composer.setFocus()
        if self._options.is_first:
            self.first_run.start()
        QTimer.singleShot(WARM_UP_AFTER_MS, self, _warm_up)

    def close(self) -> None:
        """End in order: running answers are stored as interrupted, then the engine, then the database."""
        if self._closed:
            return
        self._closed = True
        self._memory_timer.stop()
        gc.unfreeze()
        window = self.window
        self.memory.close()
        self.pane.close()
        self.chat.close()
        conversation = self.chat.state.conversation_id
        self.settings.set(declared.WINDOW_GEOMETRY, window.geometry_text())
        self.settings.set(declared.SIDEBAR_VISIBLE, not window.sidebar.isHidden())
        self.settings.set(declared.LAST_CONVERSATION, "" if conversation is None else str(conversation))
        self.runner.interrupt_all()
        self.first_run.close()
        self.imports.close()
        self.tasks.close()
        self.backup.close()
        self.engines.cancel_background()
        self.engine.shutdown()
        self.storage.close()

    # Connections

    def _connect(self) -> None:
        window = self.window
        window.closing.connect(self.close)
        window.bin_shown.connect(self.library.refresh_bin)
        window.empty_state.question_chosen.connect(self.chat.submit)
        window.header.title_edited.connect(self.chat.rename)
        window.header.model_chosen.connect(self.engines.choose)
        window.header.unload_requested.connect(self.engines.unload)
        window.header.models_folder_requested.connect(self._open_models_folder)
        window.header.add_model_requested.connect(self.imports.open)
        window.header.manage_requested.connect(self._show_models_page)
        window.settings_pane.models_page.add_requested.connect(self.imports.open)
        self.pane.models.trouble.connect(self._on_engine_trouble)
        self.imports.page_wanted.connect(window.show_import)
        self.imports.chat_wanted.connect(window.show_chat)
        self.troubles.action_wanted.connect(self._on_trouble_action)
        window.transcript.link_activated.connect(self._on_link)
        window.composer.settings_requested.connect(window.show_settings)
        self.storage.opened.connect(self._on_storage_opened)
        self.storage.failed.connect(self._on_storage_failed)
        self.storage.error.connect(self._on_storage_trouble)
        self.storage.bug.connect(self.bugs.reported)
        self.chat.opened.connect(self._on_opened)
        self.chat.title_changed.connect(window.header.set_title)
        self.chat.trouble.connect(self._on_storage_trouble)
        self.chat.saved.connect(self._on_saved)
        self.chat.answered.connect(self._on_answered)
        self.chat.presenter.usage_changed.connect(window.header.set_usage)
        self.chat.begun.connect(self._on_begun)
        self.library.chat_wanted.connect(window.show_chat)
        self.engines.models_found.connect(self._on_models_found)
        self.engines.status_changed.connect(self._on_engine_status)
        self.engines.trouble.connect(self._on_engine_trouble)
        self.engines.model_used.connect(self._remember_model)
        self.engines.adjusted.connect(window.header.set_adjustment)
        self.settings.trouble.connect(self._on_storage_trouble)
        self.folders.paths_changed.connect(self._on_paths_changed)
        self.runner.running_changed.connect(self._show_running)
        self._translator.changed.connect(self._retranslate)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.applicationStateChanged.connect(self._on_application_state)

    def _current_settings(self) -> Settings:
        return self.settings.settings

    def _wish(self) -> AnswerWish:
        wanted = self.engines.wanted
        return wish_from(self.settings.settings, wanted.id if wanted is not None else "")

    # What happens

    def _on_storage_opened(self, report: StartReport) -> None:
        self._start_report, self._storage_error = report, report.error if report.read_only else None
        self.troubles.settle(Origin.STORAGE)
        self.folders.opened(report)
        self.troubles.show_start(report, self._options.unreadable_settings)
        self._show_why_read_only()
        self.chat.set_read_only(report.read_only)
        self.library.refresh()
        if self.chat.state.conversation_id is not None:
            return  # opened once more: the person is in the middle of it
        last = self._options.settings.text(declared.LAST_CONVERSATION)
        if last.isdecimal() and report.interrupted_replies:
            self.chat.open_conversation(int(last))  # there is something to continue
        else:
            self.chat.open_first()

    def _on_paths_changed(self, paths: AppPaths) -> None:
        self._paths = paths
        self.paths_changed.emit(paths)

    def _on_storage_failed(self, error: ErrorInfo) -> None:
        self._storage_error = error
        self._show_why_read_only()
        self.chat.set_read_only(True)
        self._on_storage_trouble(error)

    def _on_opened(self, conversation_id: int | None) -> None:
        self.window.show_empty(conversation_id is None)
        self.memory.set_has_conversation(conversation_id is not None)
        self._show_usage()

    def _on_begun(self) -> None:
        self.window.show_empty(False)
        self.memory.set_has_conversation(True)
        self.window.show_chat()

    def _on_answered(self, record: MessageRecord) -> None:
        self.window.status_line.set_speed(record.figures.tokens_per_s)
        self.memory.answered(record.figures)

    def _on_models_found(self, _models: object) -> None:
        self._show_models()
        self._show_questions()

    def _on_engine_status(self, status: EngineStatus) -> None:
        self.window.show_engine_status(status)
        self._show_notes(status)
        self.chat.presenter.show_engine_status(status)
        if status.state is EngineState.READY:
            self.troubles.settle(Origin.ENGINE)
            self._show_questions()
            if status.model != self._metered:
                self._show_usage()
        self._show_models()

    def _on_engine_trouble(self, error: ErrorInfo) -> None:
        _log.warning("trouble: %s", error.code)
        self.troubles.show(Origin.ENGINE, error)

    def _on_storage_trouble(self, error: ErrorInfo) -> None:
        _log.warning("trouble: %s", error.code)
        self.troubles.show(Origin.STORAGE, error)

    def _on_saved(self) -> None:
        self.troubles.settle(Origin.STORAGE)
        self.chat.attempts.forget()

    def _on_application_state(self, state: Qt.ApplicationState) -> None:
        """The person comes back to the window."""
        if self._closed:
            return
        is_needed = self.engines.wanted is None or self.engine.status.state is EngineState.FAILED
        if state is Qt.ApplicationState.ApplicationActive and (is_needed or self._folder_was_shown):
            self._folder_was_shown = False
            self.engines.look_again()

    def _retranslate(self, _language: str) -> None:
        self.troubles.retranslate()
        self.chat.retranslate()
        self.memory.show()
        self.pane.retranslate()
        self._show_why_read_only()
        self._show_questions()

    def _remember_model(self, model_id: str) -> None:
        self.settings.set(declared.LAST_MODEL, model_id)

    def _on_link(self, address: str) -> None:
        """Nothing is opened: the address is put where the person can read and copy it."""
        QApplication.clipboard().setText(address)
        self.window.toast.show_toast(self.tr("The address was copied: {address}").format(address=address))

    # What is shown

    def _show_notes(self, status: EngineStatus) -> None:
        """Say once for a load what changes how long a person waits; the chip keeps all notes."""
        for note in status.notes:
            if note in DEVICE_NOTES and note not in self._told_notes:
                self.window.toast.show_toast(note_sentence(note))
        self._told_notes = status.notes

    def _show_why_read_only(self) -> None:
        error = self._storage_error
        self.window.composer.set_read_only_reason(None if error is None else describe(error).sentence)

    def _show_models(self) -> None:
        wanted = self.engines.wanted
        self.window.header.set_models(self.engines.models, wanted.id if wanted is not None else None)

    def _show_questions(self, *_: object) -> None:
        current = self.engines.current
        # The starter knows English only: its questions are English in every language of the interface.
        english_only = current is not None and current.is_starter
        self.window.empty_state.set_questions(starter_questions("en") if english_only else [])

    def _show_running(self) -> None:
        replies = self.runner.running_replies
        self.window.sidebar.set_busy(self.runner.conversation_of(replies[0]) if replies else None)

    def _show_usage(self) -> None:
        """What the conversation fills of what the loaded model remembers."""
        model = self._metered = self.engine.status.model
        self.window.header.set_usage(self.chat.state.known_tokens, model.context_length if model else 0)

    def _show_memory(self) -> None:
        from app.model.hardware import memory_total, resident_memory

        pid = self.engine.status.child_pid
        used = resident_memory(pid) if pid else 0
        self.window.status_line.set_memory(used + resident_memory(), memory_total())
        self.memory.measure()

    def _on_trouble_action(self, origin: Origin, action: ErrorAction) -> None:
        match action:
            case ErrorAction.ADD_MODEL:
                self.imports.open()
            case ErrorAction.OPEN_MODELS_FOLDER:
                self._open_models_folder()
            case ErrorAction.OPEN_DATA_FOLDER:
                self._open_folder(self._paths.data_dir)
            case ErrorAction.CHOOSE_MODEL:
                self.window.header.open_model_menu()
            case ErrorAction.LOAD_ANYWAY:
                self.engines.load_anyway()
            case ErrorAction.OPEN_SETTINGS:
                self.window.show_settings()
            case ErrorAction.TRY_AGAIN if origin is Origin.ENGINE:
                self.engines.refresh()
            case ErrorAction.TRY_AGAIN if self._storage_error is not None:
                self.storage.open(self._paths)
            case ErrorAction.TRY_AGAIN:
                self.chat.try_again()
            case _:
                pass

    def _show_models_page(self) -> None:
        self.window.show_settings()
        self.window.settings_pane.show_group(SettingGroup.MODELS)

    def _open_models_folder(self) -> None:
        self._folder_was_shown = True
        self._open_folder(self._paths.models_dir)

    def _open_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            self._on_storage_trouble(ErrorInfo(ErrorCode.READ_ONLY, {"path": str(folder)}))
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def _warm_up() -> None:
    """Do while nothing happens what would be a hitch later.

    The Markdown parser is imported (30 ms in the first answer), and what lives as long as the app is taken
    out of the garbage collector's rounds (a whole one: 30 ms before, not 0.1 ms after).
    """
    from app.ui.transcript.markdown import parse

    parse("x")
    gc.collect()
    gc.freeze()

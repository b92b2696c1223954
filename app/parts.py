"""Everything behind the window: makes workers and controllers, connects them, ends them in order.

Imported and made after the first paint (`application`), so a person never waits for any of it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from app.application import Shell, StartOptions
from app.core import settings as declared
from app.core.errors import ErrorInfo, WorldError
from app.core.paths import AppPaths
from app.core.records import StartReport
from app.core.settings import SettingGroup, Settings
from app.ui.answer_wish import AnswerWish, wish_from
from app.ui.backup_controller import BackupController
from app.ui.bug_report import BugReporter
from app.ui.chat_controller import ChatController, ChatWidgets
from app.ui.engine_controller import EngineController
from app.ui.first_run_controller import FirstRunController
from app.ui.folders import open_folder
from app.ui.import_controller import ImportController, ImportWidgets
from app.ui.importing.jobs import jobs_for
from app.ui.library_controller import LibraryController
from app.ui.memory_controller import MemoryController
from app.ui.pane_controllers import PaneControllers
from app.ui.settings_controller import Look, SettingsController
from app.ui.storage_controller import StorageController, Talkers
from app.ui.storage_tasks import StorageTasks
from app.ui.tasks import Gate
from app.ui.texts.error_entry import ErrorAction
from app.ui.texts.errors import describe
from app.ui.troubles import Origin, Troubles
from app.ui.window_facts import WindowFacts
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineState, EngineStatus
from app.workers.exchange_runner import ExchangeRunner
from app.workers.storage_client import StorageClient

_log = logging.getLogger(__name__)

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
        self.facts = WindowFacts(window, self.engine, self.engines, self.chat, self.runner, self.memory, self)
        self.library = LibraryController(self.chat, window.sidebar, window.recycle_bin, window.toast, self)
        gate = Gate(loop)  # to the models folder
        self.imports = ImportController(
            ImportWidgets(
                window.import_page,
                window.import_strip,
                window.drop_overlay,
                window.toast,
                window.empty_state,
            ),
            self.engines,
            jobs_for(lambda: self._paths),
            gate,
            loop,
            self,
        )
        self.first_run = FirstRunController(
            window, self.settings, self.engine, self.engines, self.imports, lambda: self._paths, loop, self
        )
        self.tasks = StorageTasks(window.settings_pane.storage_page, self.storage, loop, self)
        self.backup = BackupController(self.tasks, lambda: self._paths, self.settings, self.library, self)
        self.pane = PaneControllers(
            window.settings_pane, self.engine, self.engines, self.settings, self.memory, self.runner,
            lambda: self._paths, gate, loop, self._open_folder, self,
        )  # fmt: skip
        talkers = Talkers(self.engine, self.engines, self.pane.measure, gate)
        self.folders = StorageController(self.tasks, paths, talkers, self)
        self.bugs = BugReporter(window, self)
        self._connect()

    def start(self) -> None:
        """Open the database, find and load the model; returns at once."""
        self.storage.open(self._paths)
        if self._options.load_model:
            self.engines.start(self._options.model)
        self.facts.start()
        self.window.composer.setFocus()
        if self._options.is_first:
            self.first_run.start()
        QTimer.singleShot(WARM_UP_AFTER_MS, self, _warm_up)

    def close(self) -> None:
        """End in order: running answers are stored as interrupted, then the engine, then the database.

        The window goes first: a copy of the database, or the words of what was purged, may take seconds.
        """
        if self._closed:
            return
        self._closed = True
        window = self.window
        geometry, has_sidebar = window.geometry_text(), not window.sidebar.isHidden()
        window.hide()
        steps: tuple[Callable[[], object], ...] = (
            self.bugs.close,
            self.facts.close,
            gc.unfreeze,
            self.memory.close,
            self.pane.close,
            self.chat.close,
            lambda: self._remember_window(geometry, has_sidebar),
            self.runner.interrupt_all,
            self.first_run.close,
            self.imports.close,
            self.tasks.close,
            self.backup.close,
            self.engines.cancel_background,
            self.engine.shutdown,
            self.storage.close,
        )
        with ExitStack() as closing:  # where one of them fails all the others are done, and then it is told
            for step in reversed(steps):
                closing.callback(step)

    def _remember_window(self, geometry: str, has_sidebar: bool) -> None:
        conversation = self.chat.state.conversation_id
        self.settings.set(declared.WINDOW_GEOMETRY, geometry)
        self.settings.set(declared.SIDEBAR_VISIBLE, has_sidebar)
        self.settings.set(declared.LAST_CONVERSATION, "" if conversation is None else str(conversation))

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
        self.chat.begun.connect(self._on_begun)
        self.library.chat_wanted.connect(window.show_chat)
        self.engines.status_changed.connect(self._on_engine_status)
        self.engines.trouble.connect(self._on_engine_trouble)
        self.engines.model_used.connect(self._remember_model)
        self.settings.trouble.connect(self._on_storage_trouble)
        self.folders.paths_changed.connect(self._on_paths_changed)
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

    def _on_begun(self) -> None:
        self.window.show_empty(False)
        self.memory.set_has_conversation(True)
        self.window.show_chat()

    def _on_engine_status(self, status: EngineStatus) -> None:
        self.chat.presenter.show_engine_status(status)
        if status.state is EngineState.READY:
            self.troubles.settle(Origin.ENGINE)

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
        self.facts.show_questions()

    def _remember_model(self, model_id: str) -> None:
        self.settings.set(declared.LAST_MODEL, model_id)

    def _on_link(self, address: str) -> None:
        """Nothing is opened: the address is put where the person can read and copy it."""
        QApplication.clipboard().setText(address)
        self.window.toast.show_toast(self.tr("The address was copied: {address}").format(address=address))

    # What is shown

    def _show_why_read_only(self) -> None:
        error = self._storage_error
        self.window.composer.set_read_only_reason(None if error is None else describe(error).sentence)

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
        self.tasks.spawn(self._make_and_open(folder))

    async def _make_and_open(self, folder: Path) -> None:
        try:
            await open_folder(self.tasks.call, folder)
        except WorldError as error:
            self._on_storage_trouble(error.info)


def _warm_up() -> None:
    """Do while nothing happens what would be a hitch later.

    The Markdown parser is imported (30 ms in the first answer), and what lives as long as the app is taken
    out of the garbage collector's rounds (a whole one: 30 ms before, not 0.1 ms after).
    """
    from app.ui.transcript.markdown import parse

    parse("x")
    gc.collect()
    gc.freeze()

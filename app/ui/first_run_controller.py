"""The first start: looks at this computer, says what it can run, and remembers that a choice was made.

The look reads disks and asks a driver, so it runs in an executor thread and is awaited; it opens no socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.core import settings as declared
from app.core.catalog import Catalog, advise, read_catalog
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.model import hardware, machine_check
from app.model.machine_check import MachineFacts
from app.ui.engine_controller import EngineController
from app.ui.first_run.occasion import DONE, WAITING
from app.ui.import_controller import ImportController
from app.ui.main_window import MainWindow
from app.ui.resources import resource_path
from app.ui.settings_controller import SettingsController
from app.ui.tasks import Tasks
from app.workers.engine_client import EngineClient

if TYPE_CHECKING:
    from app.ui.first_run.page import FirstRunPage

CARD_PATIENCE_S = 2.5
"""The driver of a graphics card that answers later is not waited for: the whole look takes at most 3 s."""

MachineLook = Callable[[AppPaths, int | None], MachineFacts]
"""Tells this computer, given the id of the engine child; blocks for some milliseconds."""


class FirstRunController(QObject):
    """One for the window; makes the page when it is wanted, because on most days nobody asks for it."""

    def __init__(
        self,
        window: MainWindow,
        settings: SettingsController,
        engine: EngineClient,
        engines: EngineController,
        imports: ImportController,
        paths: Callable[[], AppPaths],
        loop: asyncio.AbstractEventLoop,
        parent: QObject | None = None,
        look: MachineLook | None = None,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._imports = imports
        self._settings = settings
        self._engine = engine
        self._engines = engines
        self._paths = paths
        self._loop, self._tasks = loop, Tasks(loop)
        self._machine_look = look or machine_check.look
        self._catalog: Catalog | None = None
        self._page: FirstRunPage | None = None
        window.first_run_left.connect(self._on_left)
        window.header.model_list_requested.connect(self.show_list)
        engines.models_found.connect(self._on_models_found)

    def start(self) -> None:
        """The welcome is in front: it waits for a choice from now on."""
        self._settings.set(declared.FIRST_RUN, WAITING)
        page = self._connected_page()
        page.take_focus()
        self._begin(page)

    def show_list(self) -> None:
        """Show which models there are and which of them suit this computer, as it is now."""
        page = self._connected_page()
        page.show_list(alone=True)
        self._window.show_first_run()
        self._begin(page)

    def close(self) -> None:
        """The app closes: nothing is shown any more."""
        self._tasks.close()

    # Looking

    def _begin(self, page: FirstRunPage) -> None:
        if not self._tasks:
            self._tasks.spawn(self._look(page))

    async def _look(self, page: FirstRunPage) -> None:
        pid = self._engine.status.child_pid or None
        facts = await self._loop.run_in_executor(None, self._machine_look, self._paths(), pid)
        page.show_machine(facts)
        await self._ask_card(pid)
        catalog, facts = await self._loop.run_in_executor(None, self._read, pid)
        page.show_found(catalog, facts, advise(catalog.models, facts.memory, facts.free_disk))

    async def _ask_card(self, pid: int | None) -> None:
        """Until the driver has answered, or was given enough time; then it may answer for the next look."""
        enough: asyncio.Future[None] = self._loop.create_future()

        def end(_asked: object = None) -> None:
            if not enough.done():
                enough.set_result(None)

        self._loop.run_in_executor(None, hardware.find_graphics_card, pid).add_done_callback(end)
        patience = self._loop.call_later(CARD_PATIENCE_S, end)
        await enough
        patience.cancel()

    def _read(self, pid: int | None) -> tuple[Catalog, MachineFacts]:
        """In a thread: the catalogue, once, and the computer with the card that was found."""
        if self._catalog is None:
            self._catalog = read_catalog(resource_path("catalog.json").read_text(encoding="utf-8"))
        return self._catalog, self._machine_look(self._paths(), pid)

    # What happens

    def _on_try(self) -> None:
        """The starter is loaded already where it is the only model; else it is now."""
        starter = next((m for m in self._engines.models if m.is_starter and m.problem is None), None)
        wanted = self._engines.wanted
        if starter is not None and (wanted is None or wanted.id != starter.ref.id):
            self._engines.choose(starter.ref.id)
        self._window.show_chat()

    def _on_language(self, language: str) -> None:
        self._settings.set(declared.LANGUAGE, language)

    def _on_left(self) -> None:
        """However it was left: the welcome does not come back by itself."""
        if self._settings.settings.text(declared.FIRST_RUN) == WAITING:
            self._settings.set(declared.FIRST_RUN, DONE)

    def _on_models_found(self, models: Sequence[FoundModel]) -> None:
        if self._page is not None:
            self._page.set_has_starter(any(model.is_starter and model.problem is None for model in models))

    def _connected_page(self) -> FirstRunPage:
        if self._page is None:
            page = self._page = self._window.first_run_page
            page.files_wanted.connect(self._imports.open)
            page.try_wanted.connect(self._on_try)
            page.closed.connect(self._window.show_chat)
            page.language_chosen.connect(self._on_language)
        return self._page

"""Adding models that a person has: looks at what was dropped or chosen, uses it in place, or has it copied.

Disks are read and written in threads of its own (`importing.jobs`) and awaited; the window never waits. What
becomes of a model once it is in the library is the engine controller's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.core.cancel import Cancelled, CancelToken
from app.core.errors import WorldError
from app.core.imports import HashReport, InspectedModel, Inspection
from app.core.models import FoundModel
from app.model import edition
from app.ui.empty_state import EmptyState
from app.ui.engine_controller import EngineController
from app.ui.importing.copies import SHOW_EVERY_MS, CopyQueue
from app.ui.importing.drop_overlay import DropOverlay
from app.ui.importing.import_page import ImportPage
from app.ui.importing.jobs import Background, ImportJobs, Meter
from app.ui.importing.picker import ModelPicker
from app.ui.importing.task_strip import TaskStrip
from app.ui.tasks import Gate
from app.ui.texts import importing as texts
from app.ui.texts.adding_troubles import adding_trouble
from app.ui.toast import Toast

LOOK_QUIETLY_MS = 500
"""A look that takes no longer is not told: it would only flash."""


@dataclass(frozen=True, slots=True)
class ImportWidgets:
    """The widgets of the window that it makes work."""

    page: ImportPage
    strip: TaskStrip
    overlay: DropOverlay
    toast: Toast
    empty_state: EmptyState


@dataclass(frozen=True, slots=True)
class _Ready:
    """What the toast offers to use."""

    model_id: str


class _Visit:
    """From the first thing that is brought until the page is left: what that ends ends with it."""

    def __init__(self) -> None:
        self.cancel = CancelToken()
        self.pending: list[str] = []
        self.looked_at: list[str] = []
        self.is_looking = False
        self.checks: dict[str, tuple[CancelToken, Meter]] = {}
        self.hashes: dict[str, dict[str, str]] = {}  # of models that were checked

    def end(self) -> None:
        """The person left."""
        self.pending.clear()
        self.cancel.cancel()
        for token, _meter in self.checks.values():
            token.cancel()


class ImportController(QObject):
    """One for the window.

    Signals:
        page_wanted: the import page should come to the front.
        chat_wanted: the chat should come back.
    """

    page_wanted = Signal()
    chat_wanted = Signal()

    def __init__(
        self,
        widgets: ImportWidgets,
        engines: EngineController,
        jobs: ImportJobs,
        gate: Gate,
        loop: asyncio.AbstractEventLoop,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._widgets = widgets
        self._page = widgets.page
        self._engines = engines
        self._jobs = jobs
        self._background = Background(loop)
        self._gate = gate  # to the models folder
        self._copies = CopyQueue(jobs, self._background, self._gate, self)
        self._picker = ModelPicker(widgets.page, self)
        self._visit = _Visit()
        self._patience = QTimer(self, singleShot=True, interval=LOOK_QUIETLY_MS)
        self._meters = QTimer(self, interval=SHOW_EVERY_MS)
        self._connect()

    def open(self) -> None:
        """A person wants to add a model and has brought none yet."""
        self._page.clear()
        self.page_wanted.emit()
        self._page.take_focus()

    def bring(self, paths: Sequence[str]) -> None:
        """Look at files and folders that were dropped or chosen, one after the other."""
        visit = self._visit
        written = [str(Path(path)) for path in paths]  # Qt says `C:/m`, the model there `C:\m`
        visit.pending += [path for path in dict.fromkeys(written) if path not in visit.pending]
        if visit.pending and not visit.is_looking:
            visit.is_looking = True
            self._patience.start()
            self._background.spawn(self._look(visit))

    def close(self) -> None:
        """The app closes: everything that runs stops and is waited for."""
        self._patience.stop()
        self._meters.stop()
        self._visit.end()
        self._copies.close()
        self._background.close()

    # Looking

    async def _look(self, visit: _Visit) -> None:
        try:
            while visit.pending:
                path = visit.pending[0]
                self._tell_looking(path)
                await self._look_at(visit, path)
                if visit.cancel.is_cancelled:
                    return
                visit.looked_at.append(visit.pending.pop(0))
        finally:
            visit.is_looking = False
        self._patience.stop()
        for path in visit.looked_at:  # who drags all files of a model brings some that say nothing alone
            if self._page.card(str(Path(path).parent)) is not None:
                self._page.show_note(path, None)
        self._page.show_looking("")
        self.page_wanted.emit()
        self._page.take_focus()

    async def _look_at(self, visit: _Visit, path: str) -> None:
        try:
            found = await self._background.call(self._jobs.inspect, Path(path), visit.cancel)
            places = [
                await self._background.call(self._jobs.place_of, Path(one.model.ref.path))
                for one in found.models
            ]
        except Cancelled:
            return
        except WorldError as error:
            if not visit.cancel.is_cancelled:
                self._page.remove_card(path)
                self._page.show_note(path, partial(texts.looking_trouble, error.info, path))
            return
        if visit.cancel.is_cancelled:
            return
        self._show_found(path, found)
        for one, place in zip(found.models, places, strict=True):
            self._page.show_model(one, place)

    def _show_found(self, path: str, found: Inspection) -> None:
        """Take away what an earlier look at `path` showed and this one did not find."""
        if path not in (one.model.ref.path for one in found.models):
            self._page.remove_card(path)
        nothing = partial(texts.nothing_found, path, opens_folders=edition.opens_folders())
        self._page.show_note(path, None if found.models else nothing)

    def _tell_looking(self, path: str) -> None:
        """Name the place in work, unless the person was not told yet that there is something to wait for."""
        if not self._patience.isActive():
            self._page.show_looking(path)

    def _on_patience(self) -> None:
        if self._visit.pending:
            self._page.show_looking(self._visit.pending[0])
            self.page_wanted.emit()
            self._page.take_focus()

    # Adding

    def _on_add(self, key: str, family: str, copy: bool) -> None:
        card = self._page.card(key)
        if card is None:
            return
        if copy:
            self._copies.add(card.inspected, family)
            self._on_decided(key)
        else:
            card.set_busy(True)
            self._background.spawn(self._use_in_place(self._visit, card.inspected, family))

    async def _use_in_place(self, visit: _Visit, inspected: InspectedModel, family: str) -> None:
        key, name = inspected.model.ref.path, inspected.model.name
        try:
            async with self._gate.passage():
                model_id = await self._background.call(
                    self._jobs.use_in_place, inspected, family, visit.hashes.get(key, {})
                )
        except WorldError as error:
            card = self._page.card(key)
            if card is not None and visit is self._visit:
                card.show_trouble(partial(adding_trouble, error.info, name, inspected.copy_bytes))
            return
        self._engines.adopt(model_id, load=True)
        if visit is self._visit:
            self._on_decided(key)

    def _on_use(self, key: str) -> None:
        card = self._page.card(key)
        if card is not None:
            self._engines.adopt(card.inspected.known_id, load=True)
            self._on_decided(key)

    def _on_decided(self, key: str) -> None:
        """The page goes as soon as there is nothing left on it to decide."""
        card = self._page.card(key)
        if card is not None:
            card.show_added()
        if self._page.is_decided and not self._visit.pending:
            self._leave()
        else:
            self._page.take_focus()

    def _leave(self) -> None:
        self._patience.stop()
        self._meters.stop()
        self._visit.end()
        self._visit = _Visit()
        self._page.clear()
        self.chat_wanted.emit()

    # Copies

    def _on_copied(self, model_id: str, name: str) -> None:
        self._engines.adopt(model_id, load=self._engines.wanted is None)
        self._widgets.toast.show_toast(
            self.tr("{name} is ready.").format(name=texts.short(name)),
            self.tr("Use it now"),
            _Ready(model_id),
        )

    def _on_toast(self, token: object) -> None:
        if isinstance(token, _Ready):
            self._engines.adopt(token.model_id, load=True)

    # Checking every byte

    def _on_check(self, key: str) -> None:
        card = self._page.card(key)
        if card is not None and key not in self._visit.checks:
            self._visit.checks[key] = (CancelToken(), Meter())
            card.begin_check()
            self._meters.start()
            self._background.spawn(self._check(self._visit, card.inspected))

    def _on_check_cancelled(self, key: str) -> None:
        if key in self._visit.checks:
            self._visit.checks[key][0].cancel()

    async def _check(self, visit: _Visit, inspected: InspectedModel) -> None:
        key = inspected.model.ref.path
        token, meter = visit.checks[key]
        result: HashReport | Callable[[], str] | None = None
        try:
            async with self._gate.passage():
                result = await self._background.call(self._jobs.check_hashes, inspected, meter.report, token)
            visit.hashes[key] = result.hashes
        except Cancelled:
            pass
        except WorldError as error:
            result = partial(texts.looking_trouble, error.info, key)
        finally:
            visit.checks.pop(key, None)
        if visit is not self._visit:
            return
        card = self._page.card(key)
        if card is not None:
            card.end_check(None if token.is_cancelled else result)

    def _show_meters(self) -> None:
        for key, (_token, meter) in self._visit.checks.items():
            card = self._page.card(key)
            if card is not None:
                card.show_check_progress(meter.latest, meter.seconds_left)
        if not self._visit.checks:
            self._meters.stop()

    def _on_look_again(self, path: str) -> None:
        self.bring([path])

    def _on_picked(self, path: str) -> None:
        self.bring([path])

    def _on_models_found(self, models: Sequence[FoundModel]) -> None:
        """Who has nothing but the starter is asked about model files of their own."""
        has_own = any(model.problem is None and not model.is_starter for model in models)
        self._widgets.empty_state.set_import_offered(not has_own)

    def _connect(self) -> None:
        page, strip = self._page, self._widgets.strip
        self._widgets.overlay.dropped.connect(self.bring)
        self._widgets.empty_state.import_requested.connect(self.open)
        self._widgets.toast.action_triggered.connect(self._on_toast)
        self._patience.timeout.connect(self._on_patience)
        self._meters.timeout.connect(self._show_meters)
        self._picker.picked.connect(self._on_picked)
        page.folder_wanted.connect(self._picker.pick_folder)
        page.file_wanted.connect(self._picker.pick_file)
        page.closed.connect(self._leave)
        page.add_requested.connect(self._on_add)
        page.use_requested.connect(self._on_use)
        page.check_requested.connect(self._on_check)
        page.check_cancelled.connect(self._on_check_cancelled)
        page.look_again_requested.connect(self._on_look_again)
        self._copies.changed.connect(strip.set_tasks)
        self._copies.copied.connect(self._on_copied)
        strip.cancel_requested.connect(self._copies.cancel)
        strip.retry_requested.connect(self._copies.retry)
        strip.dismissed.connect(self._copies.dismiss)
        self._engines.models_found.connect(self._on_models_found)

"""Behind the page "Check-up": looks in a thread, shows each finding as it is known, mends, copies the report.

The thread writes findings and progress down; they are fetched from there as often as the page paints.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.core.cancel import Cancelled, CancelToken
from app.core.engine import Precision
from app.core.findings import DoctorRemedy, Finding
from app.core.memory import MemoryChoice
from app.core.paths import AppPaths
from app.core.settings import SettingGroup, Settings
from app.model import managing
from app.model.doctor_models import Request
from app.ui.engine_controller import EngineController
from app.ui.importing.copies import SHOW_EVERY_MS
from app.ui.importing.jobs import Background, Meter
from app.ui.settings.pane import SettingsPane
from app.ui.tasks import Gate
from app.ui.texts import doctor_page as texts
from app.ui.toast import Toast
from app.workers import doctor_report, doctor_round
from app.workers.engine_client import EngineClient
from app.workers.engine_status import EngineStatus

QUIET_MS = 500
"""A check that is over sooner shows no bar."""
FRESH_S = 30.0
"""Whoever comes back sooner finds what was found."""

_PAGES = {
    DoctorRemedy.SHOW_MODELS: SettingGroup.MODELS,
    DoctorRemedy.SHOW_MEMORY: SettingGroup.MODEL,
    DoctorRemedy.SHOW_STORAGE: SettingGroup.STORAGE,
}


class _Round:
    """One check: written by its thread, read by the window."""

    def __init__(self) -> None:
        self.cancel = CancelToken()
        self.meter = Meter()
        self.found: deque[Finding] = deque()

    def run(self, paths: AppPaths, request: Request) -> None:
        """In the thread; raises `Cancelled`."""
        self.found.extend(doctor_round.examine(paths, request, self.meter.report, self.cancel))


class DoctorController(QObject):
    """One for the page; `paths` and `settings` give those that count now."""

    def __init__(
        self,
        pane: SettingsPane,
        toast: Toast,
        engine: EngineClient,
        engines: EngineController,
        settings: Callable[[], Settings],
        paths: Callable[[], AppPaths],
        gate: Gate,
        loop: asyncio.AbstractEventLoop,
        open_folder: Callable[[Path], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._pane, self._page, self._toast = pane, pane.doctor_page, toast
        self._engine, self._engines = engine, engines
        self._settings, self._paths, self._open_folder = settings, paths, open_folder
        self._gate = gate  # to the models folder
        self._background = Background(loop)
        self._round: _Round | None = None
        self._findings: list[Finding] = []
        self._ended_at = float("-inf")
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._ticks = QTimer(self, interval=SHOW_EVERY_MS)
        self._quiet.timeout.connect(self._on_patience)
        self._ticks.timeout.connect(self._fetch)
        self._page.shown.connect(self._on_shown)
        self._page.check_wanted.connect(self.check)
        self._page.cancel_wanted.connect(self._on_cancel)
        self._page.copy_wanted.connect(self._on_copy)
        self._page.mend_wanted.connect(self._on_mend)

    def check(self, is_thorough: bool = False) -> None:
        """Look at everything, unless that is being done."""
        if self._round is None:
            self._page.panel.clear()
            self._background.spawn(self._check(is_thorough))

    def close(self) -> None:
        """The app closes: a check that runs stops and is waited for."""
        self._quiet.stop()
        self._ticks.stop()
        self._on_cancel()
        self._background.close()

    # The check

    def _on_shown(self) -> None:
        if time.monotonic() - self._ended_at > FRESH_S:
            self.check()

    async def _check(self, is_thorough: bool = False) -> None:
        current = self._round = _Round()
        self._findings = []
        self._page.begin()
        self._quiet.start()
        self._ticks.start()
        was_cancelled = False
        try:
            await self._background.call(current.run, self._paths(), self._request(is_thorough))
        except Cancelled:
            was_cancelled = True
        finally:
            self._quiet.stop()
            self._ticks.stop()
            self._fetch()
            self._round = None
        if self._page.panel.is_working:
            self._page.panel.clear()
        self._ended_at = time.monotonic()
        self._page.finish(was_cancelled=was_cancelled)

    def _request(self, is_thorough: bool) -> Request:
        wanted = self._engines.wanted
        return Request(
            settings=self._settings(),
            model_id=wanted.id if wanted is not None else "",
            engine_pid=self._engine.status.child_pid,
            is_thorough=is_thorough,
            has_window=True,
        )

    def _fetch(self) -> None:
        """Show what the thread found since."""
        current = self._round
        if current is None:
            return
        new = []
        while current.found:
            new.append(current.found.popleft())
        self._findings += new
        self._page.add(new)
        if self._page.panel.is_working:
            self._page.panel.show_progress(current.meter.latest, current.meter.seconds_left)

    def _on_patience(self) -> None:
        self._page.panel.work(partial(texts.text, texts.CHECKING))

    def _on_cancel(self) -> None:
        if self._round is not None:
            self._round.cancel.cancel()

    # What the person wants

    def _on_mend(self, found: Finding) -> None:
        paths = self._paths()
        match found.remedy:
            case DoctorRemedy.OPEN_MODELS_FOLDER:
                self._open_folder(paths.models_dir)
            case DoctorRemedy.OPEN_DATA_FOLDER:
                self._open_folder(paths.data_dir)
            case DoctorRemedy.OPEN_LOG_FOLDER:
                self._open_folder(paths.log_dir)
            case DoctorRemedy.ADD_MODEL:
                self._pane.models_page.add_requested.emit()
            case remedy if remedy in _PAGES:
                self._pane.show_group(_PAGES[remedy])
            case _ if self._round is None:
                self._background.spawn(self._mend(found))

    async def _mend(self, found: Finding) -> None:
        """Put it right, look at everything again, and say what came of it."""
        if found.remedy is DoctorRemedy.CHOOSE_INT8:
            self._choose_int8(found)
        else:
            try:
                async with self._gate.passage():
                    paths, status = self._paths(), self._engine.status
                    in_use = await self._background.call(_in_use, paths.prepared_dir, status)
                    await self._background.call(doctor_round.mend, found, paths, in_use)
            except OSError:
                self._page.panel.tell(texts.not_mended, is_trouble=True)
                return
        if self._round is not None:
            return
        await self._check()
        is_left = any(_same(one, found) for one in self._findings)
        sentence = texts.not_mended if is_left else partial(texts.mended, found)
        self._page.panel.tell(sentence, is_trouble=is_left)

    def _choose_int8(self, found: Finding) -> None:
        """As if the person had chosen it on the page of the model."""
        choice = MemoryChoice(Precision.INT8, int(found.params["context"]))
        self._pane.model_page.wish_changed.emit(found.params["id"], choice)

    def _on_copy(self) -> None:
        self._background.spawn(self._copy())

    async def _copy(self) -> None:
        findings = tuple(self._findings)
        technical = await self._background.call(
            doctor_report.technical_part, self._paths(), self._settings(), findings
        )
        report = doctor_report.without_home(texts.report(findings, technical))
        QApplication.clipboard().setText(report)
        self._toast.show_toast(texts.text(texts.COPIED))


def _in_use(prepared_dir: Path, status: EngineStatus) -> frozenset[str]:
    """The folders of prepared files that the engine has open. Blocks."""
    copies = managing.prepared_copies(prepared_dir)
    return frozenset(copy.folder for copy in copies if managing.is_used(copy, status.ref, status.plan))


def _same(one: Finding, other: Finding) -> bool:
    return one.code is other.code and one.params.get("kind") == other.params.get("kind")

"""The page of the models with its controller, and jobs that only note what they are asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.core.cancel import CancelToken
from app.core.engine import EngineKind, ModelRef, Precision
from app.core.errors import ErrorInfo, WorldError
from app.core.imports import HashReport, TaskProgress
from app.core.installed import PreparedCopy
from app.core.models import FoundModel
from app.core.settings import Setting, Settings
from app.model.managing import Removal
from app.ui.importing.jobs import Report
from app.ui.models.jobs import ModelJobs
from app.ui.models.page import ModelsPage
from app.ui.models.row import ModelRow
from app.ui.models_controller import ModelsController
from app.ui.tasks import Gate
from app.ui.theme_manager import ThemeManager
from app.ui.toast import Toast
from tests.helpers.engine_desk import Desk
from tests.helpers.engine_desk import desk as desk

INT4_COPY = PreparedCopy("six-int4-0", "six", Precision.INT4, 4_000_000_000)
INT8_COPY = PreparedCopy("six-int8-0", "six", Precision.INT8, 7_000_000_000)
ORPHAN = PreparedCopy("gone-int4-0", "gone", Precision.INT4, 1_000_000_000)


def found(name: str, **changes: object) -> FoundModel:
    """A model of the lineage in the models folder."""
    model = FoundModel(
        ModelRef(name, EngineKind.GLM_TORCH, f"/models/{name}"),
        name,
        architecture="chatglm3",
        precision_label="FP16",
        file_bytes=12_500_000_000,
    )
    return replace(model, **changes)


class Keeper(QObject):
    """The settings, kept by the desk."""

    changed = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    @property
    def settings(self) -> Settings:
        return self._desk.settings

    def set(self, setting: Setting, value: object) -> None:
        self._desk.settings = self.settings.changed(setting, value)
        self.changed.emit(setting)


class Work:
    """Jobs that note what they are asked for; `gate` holds checks and packs back."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.gate = threading.Event()
        self.gate.set()
        self.done: list[tuple[str, str]] = []
        self.trouble: WorldError | None = None
        self.report = HashReport({"a": "0"}, ("a",))
        self.bin_takes = True
        self.in_bin: Path | None = Path("/bin/x")
        self.copies: tuple[PreparedCopy, ...] = ()
        self.held: tuple[PreparedCopy, ...] = ()

    @property
    def jobs(self) -> ModelJobs:
        return ModelJobs(
            self._check, self._pack, self._remove, self._delete, self._undo, lambda: self.copies, self._clean
        )

    def _check(self, model: FoundModel, report: Report, cancel: CancelToken) -> HashReport:
        self._wait(model, report, cancel)
        return self.report

    def _pack(self, model: FoundModel, target: Path, report: Report, cancel: CancelToken) -> int:
        self._wait(model, report, cancel)
        self.done.append(("packed", str(target)))
        return 12_600_000_000

    def _wait(self, model: FoundModel, report: Report, cancel: CancelToken) -> None:
        report(TaskProgress(0, 100))
        report(TaskProgress(34, 100))
        while not self.gate.wait(0.01):
            if cancel.is_cancelled:
                self.done.append(("cancelled", model.ref.id))
            cancel.raise_if_cancelled()
        self._raise()

    def _remove(self, model: FoundModel) -> Removal | None:
        self._raise()
        if not self.bin_takes:
            return None
        self._take_away(model)
        self.done.append(("removed", model.ref.id))
        in_bin = None if model.is_elsewhere else self.in_bin
        return Removal(model.ref.id, Path(model.ref.path), in_bin, None, Path())

    def _delete(self, model: FoundModel) -> None:
        self._take_away(model)
        self.done.append(("deleted", model.ref.id))

    def _take_away(self, model: FoundModel) -> None:
        self._desk.models = [one for one in self._desk.models if one.ref != model.ref]

    def _undo(self, removal: Removal) -> None:
        self._raise()
        self._desk.models = [*self._desk.models, found(removal.model_id)]
        self.done.append(("back", removal.model_id))

    def _clean(self, copies: object) -> tuple[PreparedCopy, ...]:
        assert isinstance(copies, list)
        self.copies = tuple(one for one in self.copies if one not in copies or one in self.held)
        return tuple(one for one in copies if one in self.held)

    def _raise(self) -> None:
        if self.trouble is not None:
            raise self.trouble


class Office:
    """The page with its controller, at the desk of an engine controller."""

    def __init__(self, desk: Desk, themes: ThemeManager, qtbot: QtBot) -> None:
        self.desk = desk
        self.work = Work(desk)
        self.window = QWidget()
        self.window.resize(760, 900)
        self.page = ModelsPage(themes, self.window)
        self.page.resize(760, 900)
        self.toast = Toast(self.window)
        self.keeper = Keeper(desk)
        self.troubles: list[ErrorInfo] = []
        qtbot.addWidget(self.window)
        self.gate = Gate(desk.loop)
        self.controller = ModelsController(
            self.page,
            self.toast,
            desk.engine,
            desk.controller,
            self.keeper,
            self.work.jobs,
            self.gate,
            desk.loop,
            desk.engine,
        )
        self.controller.trouble.connect(self.troubles.append)

    def open(self) -> None:
        self.desk.start()
        self.window.show()
        self.settle()

    def settle(self) -> None:
        """Let everything end that was begun, in the threads too."""
        tasks = self.controller._background._tasks
        while tasks or self.desk.controller._tasks:
            self.desk.settle()
            for task in list(tasks):
                self.desk.loop.run_until_complete(task)
        QApplication.processEvents()  # new rows are shown by it

    def begin(self) -> None:
        """Let it begin, and not end."""
        for _ in range(5):
            self.desk.loop.run_until_complete(_a_moment())

    def row(self, name: str) -> ModelRow:
        row = self.page.row(name)
        assert row is not None
        return row

    def choose(self, name: str, text: str) -> None:
        """An entry of the row's menu."""
        row = self.row(name)
        row.open_menu()
        menu = row.menu_shown
        assert menu is not None
        next(action for action in menu.actions() if action.text() == text).trigger()
        menu.close()

    def entries(self, name: str) -> list[str]:
        row = self.row(name)
        row.open_menu()
        menu = row.menu_shown
        assert menu is not None
        texts = [action.text() for action in menu.actions() if action.text()]
        menu.close()
        return texts

    def confirm(self, name: str) -> None:
        QTest.mouseClick(self.row(name).panel._confirm, Qt.MouseButton.LeftButton)
        self.settle()


def plain(label: QLabel) -> str:
    """The text without what keeps its facts on one line."""
    return label.text().replace("\N{NO-BREAK SPACE}", " ").replace("\N{WORD JOINER}", "")


async def _a_moment() -> None:
    import asyncio

    await asyncio.sleep(0.02)


@pytest.fixture
def office(desk: Desk, themes: ThemeManager, qtbot: QtBot) -> Iterator[Office]:
    desk.models = [found("six"), found("nine")]
    office = Office(desk, themes, qtbot)
    yield office
    office.work.gate.set()
    office.controller.close()

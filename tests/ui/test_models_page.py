"""The page of the models: what a row says and offers, and what becomes of what the person wants."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.core.cancel import CancelToken
from app.core.engine import EngineKind, LoadPlan, ModelRef, Precision
from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.imports import HashReport, TaskProgress
from app.core.installed import PreparedCopy
from app.core.model_records import ModelRecord, with_record
from app.core.models import FoundModel
from app.core.settings import DEFAULT_MODEL, MODEL_RECORDS, Setting, Settings
from app.model.managing import Removal
from app.ui.importing.jobs import Report
from app.ui.models.jobs import ModelJobs
from app.ui.models.page import ModelsPage
from app.ui.models.row import ModelRow
from app.ui.models_controller import ModelsController
from app.ui.theme_manager import ThemeManager
from app.ui.toast import Toast
from app.workers.engine_status import EngineState, EngineStatus
from tests.helpers.engine_desk import Desk
from tests.helpers.engine_desk import desk as desk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)

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
        return Removal(model.ref.id, Path(model.ref.path), None if model.is_elsewhere else self.in_bin, None)

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
        self.controller = ModelsController(
            self.page,
            self.toast,
            desk.engine,
            desk.controller,
            self.keeper,
            self.work.jobs,
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


# What a row says


def test_a_row_tells_what_is_known(office: Office) -> None:
    record = ModelRecord(last_used_ms=1_700_000_000_000, speeds={Precision.INT4: 4.0, Precision.INT8: 20.4})
    text = with_record(office.desk.settings, "six", record)
    office.desk.settings = office.desk.settings.changed(MODEL_RECORDS, text)
    office.open()
    six, nine = office.row("six"), office.row("nine")
    assert plain(six._facts) == "ChatGLM3-6B · FP16 · 12.5 GB"
    assert plain(six._use) == "Last used: Nov 14, 2023 · 20 tokens/s at INT8 · 4.0 tokens/s at INT4"
    assert plain(nine._use) == "Not used yet"
    assert [row._main.isVisible() for row in (six, nine)] == [
        not six.entry.is_in_use,
        not nine.entry.is_in_use,
    ]


def test_one_in_its_own_place_and_one_that_is_broken(office: Office) -> None:
    problem = ErrorInfo(ErrorCode.MODEL_MISSING, {"path": "/usb/nine"})
    office.desk.models = [found("six", is_elsewhere=True), found("nine", problem=problem)]
    office.open()
    assert office.row("six")._place.text() == "Used where it is: /models/six"
    nine = office.row("nine")
    assert "not where it was" in nine._problem.text
    assert nine._main.text() == "Look again"
    assert office.entries("nine") == ["Show in folder", "Remove…"]
    assert office.entries("six")[-1] == "Take off the list…"


def test_the_list_keeps_rows_that_stay(office: Office) -> None:
    office.open()
    row = office.row("six")
    row.take_focus()
    office.desk.models = [found("a new one"), found("six")]
    office.desk.controller.look_again()
    office.settle()
    assert [one.id for one in office.page.rows] == ["a new one", "six"]
    assert office.row("six") is row
    assert office.page.row("nine") is None
    office.desk.models = []
    office.desk.controller.look_again()
    office.settle()
    assert office.page._nothing.isVisible()


def test_another_language(office: Office, other_language: None) -> None:
    office.work.copies = (INT4_COPY,)
    office.open()
    row = office.row("six")
    assert plain(row._use) == "〈Not used yet〉"
    assert office.page._title.text() == "〈Your models〉"
    assert office.page.prepared._summary.text().startswith("〈1 prepared copy")
    assert row._more.toolTip() == "〈More for this model〉"


# Using


def test_using_and_the_model_of_every_start(office: Office) -> None:
    office.open()
    other = next(row for row in office.page.rows if not row.entry.is_in_use)
    QTest.mouseClick(other._main, Qt.MouseButton.LeftButton)
    assert office.desk.engine.loads[-1][0] == other.id
    assert office.row(other.id).entry.is_in_use
    office.choose("nine", "Use at every start")
    assert office.keeper.settings.text(DEFAULT_MODEL) == "nine"
    assert "Chosen for every start" in plain(office.row("nine")._badges)
    office.choose("six", "Use at every start")
    assert [row.entry.is_default for row in office.page.rows] == [True, False]
    office.choose("six", "Use at every start")
    assert office.keeper.settings.text(DEFAULT_MODEL) == ""


def test_the_chosen_model_comes_first_at_the_next_start(desk: Desk) -> None:
    desk.models = [found("six"), found("nine")]
    desk.settings = desk.settings.changed(DEFAULT_MODEL, "nine")
    desk.start()
    assert desk.engine.loads[-1][0] == "nine"


def test_the_starter_is_not_offered_for_every_start_beside_a_glm(office: Office) -> None:
    starter = FoundModel(ModelRef("s", EngineKind.LLAMA_CPP, "/models/s.gguf"), "S", is_starter=True)
    office.desk.models = [found("six"), starter]
    office.open()
    assert "Use at every start" not in office.entries("s")
    office.desk.models = [starter]
    office.desk.controller.look_again()
    office.settle()
    assert "Use at every start" in office.entries("s")


def test_show_in_folder(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(QUrl(url).toLocalFile()))
    (tmp_path / "six").mkdir()
    office.desk.models = [
        found("six", ref=ModelRef("six", EngineKind.GLM_TORCH, str(tmp_path / "six"))),
        found("one", ref=ModelRef("one", EngineKind.LLAMA_CPP, str(tmp_path / "one.gguf"))),
        found("gone", ref=ModelRef("gone", EngineKind.GLM_TORCH, str(tmp_path / "gone" / "deep"))),
    ]
    office.open()
    for name in ("six", "one", "gone"):
        office.choose(name, "Show in folder")
    assert opened == [str(tmp_path / "six"), str(tmp_path), str(tmp_path)]


# Removing


def test_removing_asks_says_what_becomes_of_it_and_can_be_undone(office: Office) -> None:
    office.keeper.set(DEFAULT_MODEL, "nine")
    office.open()
    assert office.row("nine").entry.is_in_use
    office.choose("nine", "Remove…")
    panel = office.row("nine").panel
    assert panel.text == 'Move "nine" to the recycle bin of this computer?'
    assert "12.5 GB" in panel._note.text()
    assert "in use" in panel._note.text()
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert panel.isHidden()
    office.choose("nine", "Remove…")
    office.confirm("nine")
    assert office.work.done == [("removed", "nine")]
    assert office.page.row("nine") is None
    assert office.keeper.settings.text(DEFAULT_MODEL) == ""
    assert office.desk.engine.loads[-1][0] == "six"  # the chat goes on with another one
    assert office.toast.text == '"nine" is in the recycle bin of this computer.'
    QTest.mouseClick(office.toast._action, Qt.MouseButton.LeftButton)
    office.settle()
    assert office.work.done[-1] == ("back", "nine")
    assert office.row("nine").entry.is_default


def test_a_model_in_use_is_taken_out_of_memory_before_it_is_removed(office: Office) -> None:
    office.open()
    held = next(row.id for row in office.page.rows if row.entry.is_in_use)
    states: list[EngineState] = []
    usual = office.work._remove

    def remove(model: FoundModel) -> Removal | None:
        states.append(office.desk.engine.status.state)
        return usual(model)

    office.controller._removal._jobs = replace(office.work.jobs, remove=remove)
    office.choose(held, "Remove…")
    office.confirm(held)
    assert states == [EngineState.EMPTY]


def test_it_waits_until_the_engine_has_let_go(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.open()
    held = next(row.id for row in office.page.rows if row.entry.is_in_use)
    monkeypatch.setattr(office.desk.engine, "unload", lambda: None)  # takes its time
    office.choose(held, "Remove…")
    QTest.mouseClick(office.row(held).panel._confirm, Qt.MouseButton.LeftButton)
    office.begin()
    assert office.work.done == []
    office.desk.engine.tell(EngineStatus())
    office.settle()
    assert office.work.done == [("removed", held)]


def test_a_message_meanwhile_is_answered_by_another_model_and_the_removal_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.open()
    held = next(row.id for row in office.page.rows if row.entry.is_in_use)
    other = "nine" if held == "six" else "six"
    monkeypatch.setattr(office.desk.engine, "unload", lambda: None)  # takes its time
    office.choose(held, "Remove…")
    QTest.mouseClick(office.row(held).panel._confirm, Qt.MouseButton.LeftButton)
    office.begin()
    office.desk.controller.prepare(lambda: None)
    office.desk.settle()
    assert office.desk.engine.loads[-1][0] == other
    office.begin()
    assert office.work.done == []  # the process with its files may be there
    office.desk.engine.tell(replace(office.desk.engine.status, child_pid=77))
    office.settle()
    assert office.work.done == [("removed", held)]


def test_one_in_its_place_is_taken_off_the_list(office: Office) -> None:
    office.desk.models = [found("six", is_elsewhere=True), found("nine")]
    office.open()
    office.choose("six", "Take off the list…")
    panel = office.row("six").panel
    assert panel.text == 'Take "six" off this list?'
    assert "Its files stay where they are: /models/six" in panel._note.text()
    office.confirm("six")
    assert office.toast.text == '"six" is off the list; its files stay.'
    assert office.toast._action.isVisible()


def test_without_a_recycle_bin_it_asks_once_more(office: Office) -> None:
    office.work.bin_takes = False
    office.open()
    office.choose("nine", "Remove…")
    office.confirm("nine")
    panel = office.row("nine").panel
    assert panel.text == 'The recycle bin of this computer does not take "nine". Delete it for good?'
    assert panel._confirm.property("kind") == "danger"
    QTest.mouseClick(panel._cancel, Qt.MouseButton.LeftButton)
    assert office.work.done == []
    office.choose("nine", "Remove…")
    office.confirm("nine")
    office.confirm("nine")
    assert office.work.done == [("deleted", "nine")]
    assert office.toast.text == '"nine" was deleted.'
    assert not office.toast._action.isVisible()


def test_a_bin_that_does_not_tell_its_place_offers_no_undo(office: Office) -> None:
    office.work.in_bin = Path()
    office.open()
    office.choose("nine", "Remove…")
    office.confirm("nine")
    assert not office.toast._action.isVisible()


def test_what_could_not_be_removed_or_brought_back_is_said(office: Office) -> None:
    office.open()
    office.work.trouble = WorldError(ErrorCode.READ_ONLY, path="/models")
    office.choose("nine", "Remove…")
    office.confirm("nine")
    assert "may not change the folder of the models" in office.row("nine").panel.text
    office.work.trouble = None
    office.choose("nine", "Remove…")
    office.confirm("nine")
    office.work.trouble = WorldError(ErrorCode.MODEL_MISSING, path="/x")
    QTest.mouseClick(office.toast._action, Qt.MouseButton.LeftButton)
    office.settle()
    assert "Look for it in the recycle bin" in office.toast.text


# Checking and packing


def test_checking_shows_how_far_it_is_and_what_came_of_it(office: Office, qtbot: QtBot) -> None:
    office.open()
    office.work.gate.clear()
    office.choose("nine", "Check every byte")
    panel = office.row("nine").panel
    office.begin()
    qtbot.waitUntil(lambda: "34 %" in panel.text)
    assert "Remove…" in office.entries("nine")
    office.page.check_requested.emit("nine")  # by a second click: it is being done
    assert len(office.controller._background._tasks) == 1
    office.page.hide()
    office.page.show()
    assert panel.is_working
    office.work.gate.set()
    office.settle()
    assert panel.text == "Every byte agrees with what was published."
    office.work.report = HashReport({"a": "0"}, (), ("a",))
    office.choose("nine", "Check every byte")
    office.settle()
    assert "Differs from what was published: a" in panel.text
    assert panel._is_trouble


def test_a_check_can_be_cancelled_and_fail(office: Office) -> None:
    office.open()
    office.work.gate.clear()
    office.choose("nine", "Check every byte")
    office.begin()
    QTest.mouseClick(office.row("nine").panel._cancel, Qt.MouseButton.LeftButton)
    office.settle()
    assert office.work.done == [("cancelled", "nine")]
    assert office.row("nine").panel.isHidden()
    office.work.gate.set()
    office.work.trouble = WorldError(ErrorCode.MODEL_UNREADABLE, path="/models/nine", detail="gone")
    office.choose("nine", "Check every byte")
    office.settle()
    assert "could not be read" in office.row("nine").panel.text


def test_packing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(QUrl(url).toLocalFile()))
    office.open()
    names: list[str] = []
    monkeypatch.setattr(office.controller._work._picker, "pick", names.append)
    office.choose("nine", "Make a pack for another computer…")
    assert names == ["nine"]
    office.controller._work._picker.picked.emit("/tmp/nine.teahousemodel")
    office.settle()
    assert office.work.done == [("packed", "/tmp/nine.teahousemodel")]
    said = office.row("nine").panel.text
    assert 'The pack "nine.teahousemodel" is ready (12.6 GB).' in said
    assert "drop it onto Teahouse there" in said
    QTest.mouseClick(office.toast._action, Qt.MouseButton.LeftButton)
    assert opened == ["/tmp"]


@pytest.mark.parametrize(
    ("code", "part"),
    [
        (ErrorCode.DISK_FULL, "not enough room"),
        (ErrorCode.READ_ONLY, "may not write there"),
        (ErrorCode.STORAGE_FAILED, "refused to take the pack"),
        (ErrorCode.FILE_TOO_LARGE, "no file as large as"),
        (ErrorCode.MODEL_CHANGED, "not what they should be"),
    ],
)
def test_why_there_is_no_pack(office: Office, code: ErrorCode, part: str) -> None:
    office.open()
    office.work.trouble = WorldError(code, path="/models/nine")
    office.controller._work._packed = office.row("nine").entry.model
    office.controller._work._picker.picked.emit("/tmp/nine.teahousemodel")
    office.settle()
    assert part in office.row("nine").panel.text


def test_the_system_dialog_is_asked_for_a_name(office: Office, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QFileDialog

    office.open()
    office.choose("nine", "Make a pack for another computer…")
    dialog = office.page.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert [Path(name).name for name in dialog.selectedFiles()] == ["nine.teahousemodel"]
    dialog.reject()


# Prepared copies


def test_prepared_copies_are_counted_and_removed_but_for_the_one_in_use(office: Office) -> None:
    office.desk.models = [found("six")]
    office.work.copies = (INT4_COPY, INT8_COPY, ORPHAN)
    office.open()
    ref, plan = office.desk.models[0].ref, LoadPlan(precision=Precision.INT4)
    office.desk.engine.tell(EngineStatus(EngineState.READY, ref, plan))
    office.settle()
    part = office.page.prepared
    assert part._summary.text().startswith("3 prepared copies, 12.0 GB.")
    assert part.lines == [
        "six · INT4 · 4.0 GB · in use",
        "six · INT8 · 7.0 GB",
        "gone · INT4 · 1.0 GB · its model is not here any more",
    ]
    QTest.mouseClick(part._orphans, Qt.MouseButton.LeftButton)
    assert part.panel.text == "Remove 1 prepared copy (1.0 GB)?"
    QTest.mouseClick(part.panel._confirm, Qt.MouseButton.LeftButton)
    office.settle()
    assert office.work.copies == (INT4_COPY, INT8_COPY)
    assert part.panel.text == "1.0 GB are free again."
    QTest.mouseClick(part._all, Qt.MouseButton.LeftButton)
    assert "What the loaded model is using stays." in part.panel._note.text()
    QTest.mouseClick(part.panel._confirm, Qt.MouseButton.LeftButton)
    office.settle()
    assert office.work.copies == (INT4_COPY,)
    assert not part._buttons.isVisible()


def test_copies_that_somebody_else_holds_stay_and_that_is_said(office: Office) -> None:
    office.work.copies = office.work.held = (ORPHAN,)
    office.open()
    part = office.page.prepared
    QTest.mouseClick(part._all, Qt.MouseButton.LeftButton)
    QTest.mouseClick(part.panel._confirm, Qt.MouseButton.LeftButton)
    office.settle()
    assert office.work.copies == (ORPHAN,)
    assert "used by another program" in part.panel.text


def test_one_that_was_taken_into_use_meanwhile_stays(office: Office) -> None:
    office.desk.models = [found("six")]
    office.work.copies = (INT4_COPY,)
    office.open()
    office.desk.engine.tell(
        EngineStatus(EngineState.READY, office.desk.models[0].ref, LoadPlan(precision=Precision.INT4))
    )
    office.page.prepared.remove_requested.emit((INT4_COPY,))
    office.settle()
    assert office.work.copies == (INT4_COPY,)


def test_no_prepared_copies(office: Office) -> None:
    office.open()
    assert office.page.prepared._summary.text().startswith("None.")
    assert not office.page.prepared._buttons.isVisible()


# The loaded model goes away


def test_a_loaded_model_that_is_gone_is_told_once_and_the_chat_goes_on(office: Office) -> None:
    office.open()
    held = next(row.entry.model for row in office.page.rows if row.entry.is_in_use)
    office.desk.models = [one for one in office.desk.models if one.ref != held.ref]
    for _ in range(2):
        office.desk.controller.look_again()
        office.settle()
    assert office.troubles == [ErrorInfo(ErrorCode.MODEL_MISSING, {"path": held.ref.path})]
    assert office.desk.engine.status.state is EngineState.LOADING  # nothing was taken from it


def test_closing_ends_what_runs(office: Office) -> None:
    office.open()
    office.work.gate.clear()
    office.choose("nine", "Check every byte")
    office.begin()
    office.controller.close()
    assert office.work.done == [("cancelled", "nine")]

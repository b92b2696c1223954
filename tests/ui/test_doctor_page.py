"""The page "Check-up": what it lists and says, and what becomes of its buttons."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.core.cancel import CancelToken
from app.core.engine import Precision
from app.core.findings import DoctorRemedy, Finding, FindingCode, Severity, finding
from app.core.imports import TaskProgress
from app.core.memory import MemoryChoice
from app.core.paths import AppPaths
from app.core.settings import SettingGroup, Settings
from app.model import managing
from app.ui import doctor_controller
from app.ui.doctor_controller import DoctorController
from app.ui.settings import doctor_page
from app.ui.settings.doctor_page import DoctorPage
from app.ui.settings.pane import SettingsPane
from app.ui.tasks import Gate
from app.ui.theme_manager import ThemeManager
from app.ui.toast import Toast
from app.workers import doctor_round
from tests.helpers.engine_desk import Desk
from tests.helpers.engine_desk import desk as desk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)

NOBODY = 2**22 + 1
GOOD = finding(FindingCode.DISPLAY_GOOD, Severity.GOOD)
NOTE = finding(FindingCode.STARTER_MISSING, Severity.NOTE)
GONE = finding(FindingCode.MODEL_GONE, Severity.PROBLEM, DoctorRemedy.SHOW_MODELS, id="glm", path="/x")
LEFT = finding(
    FindingCode.ABANDONED_COPIES, Severity.NOTE, DoctorRemedy.REMOVE_ABANDONED, count=2, size=7, path="/m"
)  # fmt: skip
OPEN = finding(FindingCode.OTHERS_CAN_READ, Severity.PROBLEM, DoctorRemedy.NARROW, kind="log", path="/log")


class Surgery:
    """The real page in the settings, its controller, and rounds that a test decides on."""

    def __init__(self, desk: Desk, themes: ThemeManager, folder: Path) -> None:
        self.desk = desk
        self.paths = AppPaths(folder / "data", folder / "models")
        self.opened: list[Path] = []
        self.pane = SettingsPane(themes)
        self.toast = Toast(self.pane)
        self.settings = Settings()
        self.controller = DoctorController(
            self.pane, self.toast, desk.engine, desk.controller, lambda: self.settings, lambda: self.paths,
            Gate(desk.loop), desk.loop, self.opened.append, desk.engine,
        )  # fmt: skip

    @property
    def page(self) -> DoctorPage:
        return self.pane.doctor_page

    def settle(self) -> None:
        """Let everything that was begun end."""
        while tasks := self.controller._background._tasks:
            self.desk.loop.run_until_complete(asyncio.gather(*tasks))
        QApplication.processEvents()  # layouts show what came into them

    def show(self) -> None:
        self.pane.resize(1000, 900)
        self.pane.show()
        self.pane.show_group(SettingGroup.DOCTOR)
        self.settle()

    def sentences(self) -> list[str]:
        return [row.sentence for row in self.page.rows]

    def press(self, text: str) -> None:
        QTest.mouseClick(button(self.page, text), Qt.MouseButton.LeftButton)
        self.settle()


def button(parent: QWidget, text: str) -> QPushButton:
    """The one visible button that says so."""
    (found,) = [
        one for one in parent.findChildren(QPushButton) if one.text() == text and one.isVisibleTo(parent)
    ]
    return found


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[list[Finding]]:
    """What each round finds, the last one again and again."""
    found: list[list[Finding]] = [[]]

    def examine(*_: object) -> Iterator[Finding]:
        yield from found.pop(0) if len(found) > 1 else found[0]

    monkeypatch.setattr(doctor_round, "examine", examine)
    return found


@pytest.fixture
def surgery(desk: Desk, themes: ThemeManager, qtbot: QtBot, tmp_path: Path) -> Iterator[Surgery]:
    surgery = Surgery(desk, themes, tmp_path)
    qtbot.addWidget(surgery.pane)
    yield surgery
    surgery.controller.close()


# What is shown


def test_the_worst_comes_first_whatever_was_found_first(surgery: Surgery, rounds) -> None:
    rounds[:] = [[GOOD, NOTE, GONE]]
    surgery.show()
    assert [row.finding for row in surgery.page.rows] == [GONE, NOTE, GOOD]
    assert surgery.page.summary == "One thing needs your attention."


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ([GOOD], "Everything is in order."),
        ([NOTE, GOOD], "Everything works. One thing is worth knowing."),
        ([NOTE, LEFT], "Everything works. 2 things are worth knowing."),
        ([GONE, OPEN, NOTE], "2 things need your attention."),
    ],
)
def test_all_in_one_sentence(surgery: Surgery, rounds, found, sentence) -> None:
    rounds[:] = [found]
    surgery.show()
    assert surgery.page.summary == sentence


def test_only_what_can_be_mended_has_a_button_and_never_two(surgery: Surgery, rounds) -> None:
    rounds[:] = [[GOOD, NOTE, GONE]]
    surgery.show()
    shown = {row.finding.code: row.button.isVisibleTo(surgery.page) for row in surgery.page.rows}
    assert [shown[one.code] for one in (GOOD, NOTE, GONE)] == [False, False, True]
    gone = next(row for row in surgery.page.rows if row.finding is GONE)
    assert len(gone.findChildren(QPushButton)) == 1
    assert gone.button.accessibleName() == "Show your models"
    assert "glm" in gone.button.accessibleDescription()


def test_findings_stand_there_while_the_rest_is_looked_at(
    surgery: Surgery, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def examine(
        _paths: AppPaths, _request: object, report: Callable[[TaskProgress], None], cancel: CancelToken
    ) -> Iterator[Finding]:
        yield GONE
        report(TaskProgress(30, 100, "x"))
        assert go_on.wait(30)
        cancel.raise_if_cancelled()
        yield GOOD

    monkeypatch.setattr(doctor_round, "examine", examine)
    surgery.pane.show()
    surgery.pane.show_group(SettingGroup.DOCTOR)
    loop = surgery.desk.loop
    loop.run_until_complete(asyncio.sleep(0))
    current = surgery.controller._round
    assert current is not None
    while current.meter.latest is None:
        loop.run_until_complete(asyncio.sleep(0.001))
    surgery.controller._fetch()
    assert surgery.sentences() == [surgery.page.rows[0].sentence]
    assert surgery.page.summary == "Checking…"
    surgery.controller._on_patience()  # half a second is over
    surgery.controller._fetch()
    assert "30" in surgery.page.panel.text
    button(surgery.page.panel, "Cancel").click()
    go_on.set()
    surgery.settle()
    assert [row.finding for row in surgery.page.rows] == [GONE]
    assert surgery.page.summary.startswith("The check was cancelled")
    assert surgery.page.panel.isHidden()


def test_who_comes_back_soon_finds_what_was_found(surgery: Surgery, rounds, monkeypatch) -> None:
    rounds[:] = [[GOOD], [GONE]]
    surgery.show()
    surgery.pane.show_group(SettingGroup.PRIVACY)
    surgery.show()
    assert surgery.page.summary == "Everything is in order."
    surgery.press("Check again")
    assert [row.finding for row in surgery.page.rows] == [GONE]
    monkeypatch.setattr(doctor_controller, "FRESH_S", 0.0)
    rounds[:] = [[GOOD]]
    surgery.pane.show_group(SettingGroup.PRIVACY)
    surgery.show()
    assert surgery.page.summary == "Everything is in order."


def test_every_byte_is_read_where_that_is_asked_for(surgery: Surgery, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(
        doctor_round, "examine", lambda _paths, request, *_: asked.append(request.is_thorough) or iter(())
    )
    surgery.show()
    surgery.press("Also read every byte of the models")
    assert asked == [False, True]


# What the buttons do


def test_pages_folders_and_the_import_are_opened(surgery: Surgery, rounds) -> None:
    opened, wanted = surgery.opened, []
    surgery.pane.models_page.add_requested.connect(lambda: wanted.append("import"))
    folders = {
        DoctorRemedy.OPEN_MODELS_FOLDER: surgery.paths.models_dir,
        DoctorRemedy.OPEN_DATA_FOLDER: surgery.paths.data_dir,
        DoctorRemedy.OPEN_LOG_FOLDER: surgery.paths.log_dir,
    }
    for remedy in folders:
        surgery.page.mend_wanted.emit(finding(FindingCode.DISK_FULL, Severity.PROBLEM, remedy))
    assert opened == [*folders.values()]
    surgery.page.mend_wanted.emit(finding(FindingCode.MODELS_NONE, Severity.PROBLEM, DoctorRemedy.ADD_MODEL))
    assert wanted == ["import"]
    for remedy, page in (
        (DoctorRemedy.SHOW_MODELS, surgery.pane.models_page),
        (DoctorRemedy.SHOW_MEMORY, surgery.pane.model_page),
        (DoctorRemedy.SHOW_STORAGE, surgery.pane.storage_page),
    ):
        surgery.show()
        surgery.page.mend_wanted.emit(finding(FindingCode.DISK_FULL, Severity.PROBLEM, remedy))
        assert page.isVisible()
        assert not surgery.page.isVisible()


def test_every_remedy_is_carried_out(surgery: Surgery) -> None:
    """None is forgotten: what opens nothing is known to `doctor_round`, or is the choice of INT8."""
    opening = {one for one in DoctorRemedy if one.value.startswith(("open", "show", "add"))}
    for remedy in {*DoctorRemedy} - opening - {DoctorRemedy.NONE, DoctorRemedy.CHOOSE_INT8}:
        doctor_round.mend(
            finding(FindingCode.OTHERS_CAN_READ, Severity.NOTE, remedy, kind="log"), surgery.paths
        )


def test_what_is_removed_is_asked_about_with_its_size_and_then_really_gone(surgery: Surgery) -> None:
    left = surgery.paths.models_dir / f".glm.{NOBODY}.partial"
    left.parent.mkdir(parents=True)
    left.write_bytes(bytes(7_000_000))
    surgery.show()
    surgery.press("Remove them…")
    panel = surgery.page.panel
    assert panel.text == "Remove the unfinished copies (1, 7.0 MB)?"
    surgery.press("Cancel")
    assert left.exists()
    assert panel.isHidden()
    assert surgery.pane.focusWidget().text() == "Remove them…"
    surgery.press("Remove them…")
    surgery.press("Remove")
    assert not left.exists()
    assert panel.text == "The unfinished copies are removed: 7.0 MB are free again."
    assert not [text for text in surgery.sentences() if "never finished" in text]


def test_what_did_not_help_is_said(surgery: Surgery, rounds, monkeypatch) -> None:
    rounds[:] = [[OPEN]]
    monkeypatch.setattr(doctor_round, "mend", lambda *_: None)
    surgery.show()
    surgery.press("Let only my account read it")
    assert surgery.page.panel.text.startswith("That did not help")
    rounds[:] = [[GOOD]]
    surgery.press("Let only my account read it")
    assert surgery.page.panel.text == "Only your account can read it now."


def test_a_disk_that_refuses_is_said(surgery: Surgery, rounds, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "no")

    rounds[:] = [[OPEN]]
    monkeypatch.setattr(doctor_round, "mend", refuse)
    surgery.show()
    surgery.press("Let only my account read it")
    assert surgery.page.panel.text.startswith("That did not help")


def test_int8_is_chosen_as_on_the_page_of_the_model(surgery: Surgery, rounds) -> None:
    slower = finding(FindingCode.INT4_SLOWER, Severity.NOTE, DoctorRemedy.CHOOSE_INT8, id="six", context=8192)
    rounds[:] = [[slower], [GOOD]]
    chosen = []
    surgery.pane.model_page.wish_changed.connect(lambda *told: chosen.append(told))
    surgery.show()
    surgery.press("Choose INT8")
    assert chosen == [("six", MemoryChoice(Precision.INT8, 8192))]
    assert surgery.page.panel.text == "INT8 is chosen for this model."


def test_the_keyboard_is_not_lost_when_a_row_goes(surgery: Surgery, rounds) -> None:
    rounds[:] = [[OPEN], [GOOD]]
    surgery.show()
    row = surgery.page.rows[0]
    row.button.setFocus()
    QTest.keyClick(row.button, Qt.Key.Key_Space)
    surgery.settle()
    focused = surgery.pane.focusWidget()
    assert focused is not None
    assert surgery.page.isAncestorOf(focused)
    assert focused.isVisibleTo(surgery.page)


def test_the_report_is_copied_with_the_findings_in_it(surgery: Surgery, rounds) -> None:
    rounds[:] = [[GONE, GOOD]]
    QApplication.clipboard().setText("before")
    surgery.show()
    surgery.press("Copy report")
    told = QApplication.clipboard().text()
    assert 'The model "glm" is not where it was' in told
    assert "problem: model_gone id=glm" in told
    assert surgery.toast.text == "Copied"


# Languages, the search, the end


def test_everything_is_said_again_in_another_language(
    surgery: Surgery, rounds, request: pytest.FixtureRequest
) -> None:
    rounds[:] = [[GONE, GOOD]]
    surgery.show()
    request.getfixturevalue("other_language")
    page = surgery.page
    assert page.summary.startswith("〈")
    assert all(row.sentence.startswith("〈") for row in page.rows)
    assert page.rows[0].button.text().startswith("〈")
    buttons = [one for one in page.findChildren(QPushButton) if one.isVisibleTo(page)]
    assert all(one.text().startswith("〈") for one in buttons)


@pytest.mark.parametrize("query", ["doctor", "check-up", "体检", "report"])
def test_the_search_finds_the_page(surgery: Surgery, rounds, query: str) -> None:
    surgery.show()
    surgery.pane.show_search(query)
    assert surgery.page.isVisible()
    surgery.settle()


def test_an_app_that_closes_waits_for_no_check(surgery: Surgery, monkeypatch) -> None:
    started = threading.Event()

    def examine(_paths: object, _request: object, _report: object, cancel: CancelToken) -> Iterator[Finding]:
        started.set()
        while not cancel.is_cancelled:
            pass
        yield GOOD

    monkeypatch.setattr(doctor_round, "examine", examine)
    surgery.pane.show()
    surgery.pane.show_group(SettingGroup.DOCTOR)
    surgery.desk.loop.run_until_complete(asyncio.sleep(0))
    assert started.wait(30)
    surgery.controller.close()
    surgery.desk.loop.run_until_complete(asyncio.sleep(0))
    assert surgery.controller._round is None


def test_all_kinds_have_a_look() -> None:
    assert {*doctor_page._LOOKS} == {*Severity}


def test_what_is_in_use_is_looked_for_in_a_thread(
    surgery: Surgery, rounds: list[list[Finding]], monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def look(_: Path) -> tuple[()]:
        threads.append(threading.current_thread())
        return ()

    monkeypatch.setattr(managing, "prepared_copies", look)
    surgery.page.mend_wanted.emit(LEFT)
    surgery.settle()
    assert threads
    assert threading.main_thread() not in threads

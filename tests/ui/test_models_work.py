"""Checking and packing on the page of the models, and the copies that were prepared."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.core.engine import LoadPlan, Precision
from app.core.errors import ErrorCode, WorldError
from app.core.imports import HashReport
from app.workers.engine_status import EngineState, EngineStatus
from tests.helpers.engine_desk import desk as desk
from tests.helpers.models_office import INT4_COPY, INT8_COPY, ORPHAN, Office, found
from tests.helpers.models_office import office as office

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)


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
    opened: list[Path] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile())))
    office.open()
    names: list[str] = []
    monkeypatch.setattr(office.controller._work._picker, "pick", names.append)
    office.choose("nine", "Make a pack for another computer…")
    assert names == ["nine"]
    office.controller._work._picker.picked.emit("/tmp/nine.teahousemodel")
    office.settle()
    assert office.work.done == [("packed", str(Path("/tmp/nine.teahousemodel")))]
    said = office.row("nine").panel.text
    assert 'The pack "nine.teahousemodel" is ready (12.6 GB).' in said
    assert "drop it onto Teahouse there" in said
    QTest.mouseClick(office.toast._action, Qt.MouseButton.LeftButton)
    office.settle()
    assert opened == [Path("/tmp")]


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
        "gone · INT4 · 1.0 GB · its model is gone",
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

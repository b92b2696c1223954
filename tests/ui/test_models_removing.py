"""Removing a model on its page: asked, taken out of memory first, undone; and what goes wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.errors import ErrorCode, WorldError
from app.core.models import FoundModel
from app.core.settings import DEFAULT_MODEL
from app.model.managing import Removal
from app.workers.engine_status import EngineState, EngineStatus
from tests.helpers.engine_desk import desk as desk
from tests.helpers.models_office import Office, found
from tests.helpers.models_office import office as office

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)


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
    assert panel._note.text().split("\n")[0] == "Its files stay where they are: /models/six"
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

"""Copies and checks of every byte, from the card to the strip and the toast."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.errors import ErrorCode, WorldError
from app.core.imports import FileState, HashReport
from app.core.paths import Kept
from app.ui.importing.places import DiskKind, Place
from tests.helpers.import_jobs import inspected
from tests.helpers.import_scene import Key, Scene, begin_check, bring, press
from tests.helpers.import_scene import scene as scene

# Copying


def start_copy(scene: Scene, qtbot, path: str) -> None:
    scene.desk.found[path] = [inspected(path)]
    bring(scene, qtbot, path)
    scene.desk.gate.clear()
    scene.card._choice._copy.click()
    assert scene.card._main.text() == "Start copying"
    press(scene.card._main)


def test_a_copy_goes_on_behind_the_chat_and_ends_with_an_offer(scene, qtbot):
    start_copy(scene, qtbot, "/m/x")
    assert not scene.is_page_shown
    strip = scene.window.import_strip
    qtbot.waitUntil(lambda: strip.isVisible() and "34 %" in strip._rows[1]._time.text())
    assert strip.sentences == ['Copying "x"']
    scene.desk.gate.set()
    qtbot.waitUntil(scene.window.toast.isVisible)
    assert scene.window.toast.text == "x is ready."
    assert strip.isHidden()
    assert scene.engines.adopted == [("x", False)]
    press(scene.window.toast._action)
    assert scene.engines.adopted == [("x", False), ("x", True)]


def test_who_has_no_model_at_all_gets_the_copy_loaded(scene, qtbot):
    scene.engines.wanted = None
    start_copy(scene, qtbot, "/m/x")
    scene.desk.gate.set()
    qtbot.waitUntil(lambda: scene.engines.adopted == [("x", True)])


def test_two_copies_queue(scene, qtbot):
    start_copy(scene, qtbot, "/m/a")
    start_copy(scene, qtbot, "/m/b")
    strip = scene.window.import_strip
    assert strip.sentences == ['Copying "a"', '"b" is copied next']
    scene.desk.gate.set()
    qtbot.waitUntil(lambda: [path for path, _ in scene.desk.copied] == ["/m/a", "/m/b"])
    qtbot.waitUntil(strip.isHidden)


def test_a_cancelled_copy_stops_and_is_not_told_as_ready(scene, qtbot):
    start_copy(scene, qtbot, "/m/a")
    start_copy(scene, qtbot, "/m/b")
    strip = scene.window.import_strip
    press(strip._rows[2]._cancel)
    assert strip.sentences == ['Copying "a"']
    press(strip._rows[1]._cancel)
    qtbot.waitUntil(lambda: "/m/a" in scene.desk.cancelled)
    assert strip.isHidden()
    assert scene.desk.copied == []
    assert scene.window.toast.isHidden()


def test_a_failed_copy_stays_until_it_is_tried_again(scene, qtbot):
    start_copy(scene, qtbot, "/m/x")
    scene.desk.trouble = WorldError(ErrorCode.DISK_FULL, path="/models")
    scene.desk.gate.set()
    strip = scene.window.import_strip
    qtbot.waitUntil(strip._rows[1]._retry.isVisible)
    assert "12.5 GB" in strip.sentences[0]
    press(strip._rows[1]._retry)
    qtbot.waitUntil(lambda: scene.desk.copied == [("/m/x", "")])
    qtbot.waitUntil(strip.isHidden)


def test_a_failed_copy_can_be_closed(scene, qtbot):
    start_copy(scene, qtbot, "/m/x")
    scene.desk.trouble = WorldError(ErrorCode.MODEL_UNREADABLE, path="/m/x")
    scene.desk.gate.set()
    strip = scene.window.import_strip
    qtbot.waitUntil(strip._rows[1]._close.isVisible)
    QTest.mouseClick(strip._rows[1]._close, Qt.MouseButton.LeftButton)
    assert strip.isHidden()


@pytest.mark.parametrize("is_packed", [True, False])
@pytest.mark.parametrize(
    ("kept", "words", "foreign"),
    [
        (Kept.MOVABLE, "Storage and backup", "exFAT"),
        (Kept.PORTABLE, "The whole Teahouse folder can be copied to another disk", "Storage and backup"),
        (Kept.NAMED, "name one on another disk", "Storage and backup"),
    ],
)
def test_a_disk_that_takes_no_large_files_is_told_with_what_can_be_done(
    scene, qtbot, is_packed, kept, words, foreign
):
    scene.desk.kept = kept
    scene.desk.trouble = WorldError(ErrorCode.FILE_TOO_LARGE, path="/models")
    scene.desk.found["/m/x"] = [inspected("/m/x", is_packed=is_packed)]
    bring(scene, qtbot, "/m/x")
    if not is_packed:
        scene.card._choice._copy.click()
    press(scene.card._main)
    strip = scene.window.import_strip
    qtbot.waitUntil(lambda: 1 in strip._rows and strip._rows[1]._retry.isVisible())
    assert words in strip.sentences[0]
    assert foreign not in strip.sentences[0]


def test_closing_the_app_ends_a_copy(scene, qtbot):
    start_copy(scene, qtbot, "/m/x")
    qtbot.waitUntil(lambda: bool(scene.window.import_strip.sentences))
    scene.controller.close()  # waits for the thread
    assert scene.desk.copied == []
    assert scene.desk.cancelled in (["/m/x"], [])  # [] where it had not begun


@pytest.mark.parametrize(
    ("place", "is_copy", "words"),
    [
        (Place(DiskKind.LOCAL, 100_000_000_000), False, "100.0 GB are free"),
        (Place(DiskKind.PORTABLE, 100_000_000_000), True, "100.0 GB are free"),
        (Place(DiskKind.NETWORK, 100_000_000_000), True, "100.0 GB are free"),
        (Place(DiskKind.PORTABLE, 3_000_000_000), False, "Not enough room: it takes 12.5 GB"),
        (Place(DiskKind.LOCAL, 12_500_000_000, 64 << 20), False, "Not enough room"),
        (Place(DiskKind.LOCAL, -1), False, "Takes 12.5 GB of the disk."),
    ],
)
def test_the_better_place_is_chosen_and_a_copy_without_room_cannot_be(scene, qtbot, place, is_copy, words):
    scene.desk.place = place
    scene.desk.found["/m/x"] = [inspected("/m/x")]
    bring(scene, qtbot, "/m/x")
    choice = scene.card._choice
    assert choice.is_copy is is_copy
    assert (choice._copy if is_copy else choice._stay).text().endswith("(recommended)")
    assert words in choice._copy_note.text()
    assert choice._copy.isEnabled() is ("Not enough" not in words)


# Checking every byte


def test_a_check_shows_how_far_it_is_and_can_be_stopped(scene, qtbot):
    card = begin_check(scene, qtbot)
    qtbot.waitUntil(lambda: "25 %" in card._check._state.text())
    assert card._check_button.isHidden()
    press(card._check._cancel)
    qtbot.waitUntil(card._check.isHidden)
    assert scene.desk.cancelled == ["/m/x"]
    assert card._check_button.isVisible()
    assert card._main.hasFocus()


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (HashReport({"a": "1", "b": "2"}, ("a", "b")), "Every byte agrees"),
        (HashReport({"a": "1", "b": "2"}, ("a",)), "1 of 2 files agree"),
        (HashReport({"a": "1"}), "remembered with the model"),
        (
            HashReport({"a": "1"}, (), ("model.safetensors",)),
            "published: model.safetensors. Download it again",
        ),
        (HashReport({}, (), tuple("abcd")), "4 files differ"),
    ],
)
def test_a_check_ends_with_a_sentence(scene, qtbot, report, words):
    card = begin_check(scene, qtbot)
    scene.desk.report = report
    scene.desk.gate.set()
    qtbot.waitUntil(lambda: words in card._check.result)
    marked = [file.name for file in card._files._files if file.state is FileState.CHANGED]
    assert marked == [name for name in report.changed if name == "model.safetensors"]


def test_leaving_ends_a_check(scene, qtbot):
    card = begin_check(scene, qtbot)
    qtbot.waitUntil(lambda: "25 %" in card._check._state.text())
    QTest.keyClick(card._main, Key.Key_Escape)
    qtbot.waitUntil(lambda: scene.desk.cancelled == ["/m/x"])
    assert not scene.is_page_shown

"""From what was dropped to a model that answers: the controller with its real page, strip and toast."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QStandardPaths
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton

from app.core.errors import ErrorCode, WorldError
from app.core.imports import HashReport
from tests.helpers.import_jobs import incomplete, inspected
from tests.helpers.import_scene import Key, begin_check, bring, press
from tests.helpers.import_scene import scene as scene

# Looking


def test_a_model_that_was_brought_is_a_card_with_the_focus_on_its_button(scene, qtbot):
    scene.desk.found["/m/chatglm3"] = [inspected("/m/chatglm3")]
    bring(scene, qtbot, "/m/chatglm3")
    assert scene.card.is_usable
    assert scene.card._main.text() == "Add and use"
    assert scene.card._main.hasFocus()
    assert scene.card._summary.text == "All 3 files are there"
    assert scene.page._start.isHidden()


def test_a_quick_look_is_not_told_and_a_long_one_is(scene, qtbot):
    scene.desk.look_gate.clear()
    scene.controller.bring(["/m/slow"])
    qtbot.waitUntil(lambda: scene.is_page_shown)  # by the time that a person would wonder
    assert scene.page._waiting.isVisible()
    assert '"slow"' in scene.page._waiting_text.text()
    assert scene.page._cancel.hasFocus()
    scene.desk.found["/m/slow"] = [inspected("/m/slow")]
    scene.desk.look_gate.set()
    qtbot.waitUntil(lambda: len(scene.page.cards) == 1)
    qtbot.waitUntil(scene.page._waiting.isHidden)


def test_leaving_stops_the_look_and_what_it_finds_is_dropped(scene, qtbot):
    scene.desk.look_gate.clear()
    scene.controller.bring(["/m/slow", "/m/next"])
    qtbot.waitUntil(lambda: scene.is_page_shown)
    QTest.keyClick(scene.page._cancel, Key.Key_Escape)
    assert not scene.is_page_shown
    assert scene.window.composer.editor.hasFocus()
    qtbot.waitUntil(lambda: scene.desk.cancelled == ["/m/slow"])
    scene.desk.look_gate.set()
    bring(scene, qtbot, "/m/other")
    assert scene.desk.looked_at == ["/m/slow", "/m/other"]
    assert scene.page.cards == []


def test_several_places_come_one_after_the_other_and_one_model_once(scene, qtbot):
    scene.desk.found = {"/a": [inspected("/a")], "/b": [inspected("/b"), inspected("/b/c")]}
    scene.desk.found["/b/c"] = [inspected("/b/c")]
    bring(scene, qtbot, "/a", "/b", "/b/c", "/nothing")
    assert scene.desk.looked_at == ["/a", "/b", "/b/c", "/nothing"]
    assert [Path(card.key) for card in scene.page.cards] == [Path("/a"), Path("/b"), Path("/b/c")]
    (note,) = scene.page.notes
    assert 'no model in "nothing"' in note


def test_all_files_of_a_model_are_one_card_and_no_complaint(scene, qtbot):
    """Whoever marks everything in a folder and drags it."""
    whole = [inspected("/m/x")]
    scene.desk.found = {"/m/x/a.safetensors": whole, "/m/x/b.safetensors": whole}
    bring(scene, qtbot, "/m/x/README.md", "/m/x/a.safetensors", "/m/x/b.safetensors", "/m/other.txt")
    assert [Path(card.key) for card in scene.page.cards] == [Path("/m/x")]
    assert len(scene.page.notes) == 1
    assert '"other.txt"' in scene.page.notes[0]


@pytest.mark.parametrize(
    ("code", "words"),
    [(ErrorCode.MODEL_MISSING, "is not there any more"), (ErrorCode.MODEL_UNREADABLE, "could not be read")],
)
def test_a_place_that_cannot_be_read_is_a_sentence_and_can_be_looked_at_again(scene, qtbot, code, words):
    scene.desk.found["/m/x"] = WorldError(code, path="/m/x")
    bring(scene, qtbot, "/m/x")
    assert words in scene.page.notes[0]
    assert scene.page._start.isVisible()
    scene.desk.found["/m/x"] = [inspected("/m/x")]
    press(scene.page._notes[str(Path("/m/x"))]._again)
    qtbot.waitUntil(lambda: len(scene.page.cards) == 1)
    assert scene.page.notes == []


def test_a_broken_model_offers_only_to_look_again(scene, qtbot):
    scene.desk.found["/m/x"] = [incomplete("/m/x")]
    bring(scene, qtbot, "/m/x")
    card = scene.card
    visible = [button.text() for button in card.findChildren(QPushButton) if button.isVisible()]
    assert sorted(visible) == ["Look again", "Show the files"]
    assert "download it again" in card._problem.text
    said = [line.text for line in card._bad._lines]
    assert said == [
        "model-00001-of-00002.safetensors is cut short: 400 bytes of 1.0 kB are there",
        "model-00002-of-00002.safetensors is missing",
    ]
    scene.desk.found["/m/x"] = [inspected("/m/x")]
    press(card._main)
    qtbot.waitUntil(lambda: scene.card.is_usable)
    assert scene.card._main.text() == "Add and use"
    assert scene.card._bad.isHidden()


def test_a_model_that_is_gone_at_the_second_look_leaves_no_card(scene, qtbot):
    scene.desk.found["/m/x"] = [incomplete("/m/x")]
    bring(scene, qtbot, "/m/x")
    scene.desk.found["/m/x"] = WorldError(ErrorCode.MODEL_MISSING, path="/m/x")
    press(scene.card._main)
    qtbot.waitUntil(lambda: scene.page.cards == [])
    assert "is not there any more" in scene.page.notes[0]


def test_a_place_is_the_same_however_its_path_is_written(scene, qtbot):
    """Qt tells `C:/m/x` of Windows where the system says `C:\\m\\x`."""
    scene.desk.found["/m/x"] = [incomplete("/m/x")]
    bring(scene, qtbot, "/m//x", "/m/x/")
    assert scene.desk.looked_at == ["/m/x"]
    scene.desk.found["/m/x"] = WorldError(ErrorCode.MODEL_MISSING, path="/m/x")
    bring(scene, qtbot, "/m/x/")
    assert scene.page.cards == []
    assert len(scene.page.notes) == 1


# Adding


def test_used_where_it_is_the_page_goes_and_the_model_is_loaded(scene, qtbot):
    scene.desk.found["/m/x"] = [inspected("/m/x")]
    bring(scene, qtbot, "/m/x")
    QTest.keyClick(scene.card._main, Key.Key_Return)
    qtbot.waitUntil(lambda: scene.engines.adopted == [("x", True)])
    assert scene.desk.used == [("/m/x", "")]
    assert not scene.is_page_shown
    assert scene.page.cards == []


@pytest.mark.parametrize(("at", "family"), [(0, "chatglm3"), (1, "chatglm2")])
def test_the_generation_is_asked_with_the_likely_one_chosen(scene, qtbot, at, family):
    scene.desk.found["/m/x"] = [inspected("/m/x", families=("chatglm3", "chatglm2"))]
    bring(scene, qtbot, "/m/x")
    buttons = scene.card._question._group.buttons()
    assert [button.text() for button in buttons] == ["ChatGLM3-6B (likely)", "ChatGLM2-6B"]
    assert buttons[0].isChecked()
    buttons[at].click()
    press(scene.card._main)
    qtbot.waitUntil(lambda: scene.desk.used == [("/m/x", family)])


def test_a_known_model_is_used_and_not_added_again(scene, qtbot):
    scene.desk.found["/m/x"] = [inspected("/m/x", known_id="lib/x", families=("chatglm3", "chatglm2"))]
    bring(scene, qtbot, "/m/x")
    card = scene.card
    assert card._problem.text == "You have this model already."
    assert card._choice.isHidden()
    assert card._question.isHidden()
    press(card._main)
    assert scene.engines.adopted == [("lib/x", True)]
    assert scene.desk.used == []
    assert not scene.is_page_shown


def test_with_two_models_the_page_stays_until_both_are_decided(scene, qtbot):
    scene.desk.found = {"/a": [inspected("/a")], "/b": [inspected("/b")]}
    bring(scene, qtbot, "/a", "/b")
    first, second = scene.page.cards
    press(first._main)
    qtbot.waitUntil(lambda: first._problem.text == "Added.")
    assert first._main.isHidden()
    assert second._main.hasFocus()
    press(second._main)
    qtbot.waitUntil(lambda: not scene.is_page_shown)
    assert [model_id for model_id, _ in scene.engines.adopted] == ["a", "b"]


def test_a_model_that_could_not_be_added_stays_with_the_reason(scene, qtbot):
    scene.desk.found["/m/x"] = [inspected("/m/x")]
    bring(scene, qtbot, "/m/x")
    scene.desk.trouble = WorldError(ErrorCode.READ_ONLY, path="/models")
    press(scene.card._main)
    qtbot.waitUntil(scene.card._problem.isVisible)
    assert "may not write" in scene.card._problem.text
    assert scene.engines.adopted == []
    press(scene.card._main)
    qtbot.waitUntil(lambda: scene.engines.adopted == [("x", True)])


# The ways in


def test_the_empty_state_offers_it_while_there_is_only_the_starter(scene, qtbot, qapp):
    offer = scene.window.empty_state._import
    assert not offer.isVisible()
    starter = inspected("/s", is_starter=True).model
    scene.engines.models_found.emit((starter, incomplete("/x").model))
    assert offer.isVisible()
    press(offer)
    assert scene.is_page_shown
    assert scene.page._start.isVisible()
    assert scene.page._start._folder.hasFocus()
    scene.window.show_chat()
    scene.engines.models_found.emit((starter, inspected("/m").model))
    assert not offer.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)
def test_the_menu_of_the_models_offers_it(scene, qtbot):
    chip = scene.window.header._chip
    chip.open_menu()
    (action,) = (one for one in chip.menu_shown.actions() if one.text() == "Add a model…")
    with qtbot.waitSignal(scene.window.header.add_model_requested):
        action.trigger()
    chip.menu_shown.close()


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_dialog_lets_a_folder_or_a_file_be_chosen(scene, qtbot, tmp_path, kind):
    target = tmp_path / "模型 model"
    target.mkdir()
    if kind == "file":
        target = target / "glm.gguf"
        target.write_bytes(b"GGUF")
    scene.controller._picker._last_folder = str(target.parent)
    scene.controller.open()
    press(scene.page._start._folder if kind == "folder" else scene.page._start._file)
    dialog = scene.window.findChild(QFileDialog)
    assert dialog.isVisible()
    dialog.selectFile(str(target))
    dialog.accept()
    qtbot.waitUntil(lambda: scene.desk.looked_at == [target.as_posix()])
    qtbot.waitUntil(lambda: bool(scene.page.notes))


@pytest.mark.parametrize("downloads", ["Downloads", "gone", ""])
def test_the_first_dialog_begins_at_the_downloads_not_beside_the_program(
    scene, tmp_path, monkeypatch, downloads
):
    (tmp_path / "Downloads").mkdir()
    there = str(tmp_path / downloads) if downloads else ""
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _kind: there)
    scene.controller.open()
    press(scene.page._start._folder)
    dialog = scene.window.findChild(QFileDialog)
    wanted = tmp_path / "Downloads" if downloads == "Downloads" else Path.home()
    assert Path(dialog.directory().absolutePath()) == wanted
    dialog.reject()


def test_what_a_check_found_is_kept_with_the_model(scene, qtbot):
    card = begin_check(scene, qtbot)
    scene.desk.report = HashReport({"config.json": "ab"})
    scene.desk.gate.set()
    qtbot.waitUntil(lambda: bool(card._check.result))
    press(card._main)
    qtbot.waitUntil(lambda: scene.desk.hashes == {"config.json": "ab"})

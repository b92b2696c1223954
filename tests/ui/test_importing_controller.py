"""From what was dropped to a model that answers: the controller with its real page, strip and toast."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton
from qasync import QEventLoop

from app.core.errors import ErrorCode, WorldError
from app.core.imports import FileState, HashReport
from app.ui.import_controller import ImportController, ImportWidgets
from app.ui.importing.model_card import ModelCard
from app.ui.importing.places import DiskKind, Place
from app.ui.main_window import MainWindow
from tests.helpers.import_jobs import Desk, Engines, incomplete, inspected

Key = Qt.Key


@dataclass
class Scene:
    window: MainWindow
    desk: Desk
    engines: Engines
    controller: ImportController
    log: list[str] = field(default_factory=list)

    @property
    def page(self):
        return self.window.import_page

    @property
    def card(self) -> ModelCard:
        (card,) = self.page.cards
        return card

    @property
    def is_page_shown(self) -> bool:
        return self.page.isVisible()


@pytest.fixture
def scene(themes, qapp, qtbot) -> Iterator[Scene]:
    loop = QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    window = MainWindow(themes)
    window.build_pages()
    window.show()
    desk, engines = Desk(), Engines()
    widgets = ImportWidgets(
        window.import_page, window.import_strip, window.drop_overlay, window.toast, window.empty_state
    )
    controller = ImportController(widgets, engines, desk.jobs, loop, window)
    controller.page_wanted.connect(window.show_import)
    controller.chat_wanted.connect(window.show_chat)
    yield Scene(window, desk, engines, controller)
    controller.close()
    window.close()
    window.deleteLater()
    qapp.processEvents()
    loop.close()
    asyncio.set_event_loop(None)


def bring(scene: Scene, qtbot, *paths: str) -> None:
    scene.controller.bring(paths)
    qtbot.waitUntil(lambda: scene.is_page_shown and not scene.controller._visit.is_looking)


def press(button: QPushButton) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


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
    assert [card.key for card in scene.page.cards] == ["/a", "/b", "/b/c"]
    (note,) = scene.page.notes
    assert 'no model in "nothing"' in note


def test_all_files_of_a_model_are_one_card_and_no_complaint(scene, qtbot):
    """Whoever marks everything in a folder and drags it."""
    whole = [inspected("/m/x")]
    scene.desk.found = {"/m/x/a.safetensors": whole, "/m/x/b.safetensors": whole}
    bring(scene, qtbot, "/m/x/README.md", "/m/x/a.safetensors", "/m/x/b.safetensors", "/m/other.txt")
    assert [card.key for card in scene.page.cards] == ["/m/x"]
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
    press(scene.page._notes["/m/x"]._again)
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


def begin_check(scene: Scene, qtbot) -> ModelCard:
    scene.desk.found["/m/x"] = [inspected("/m/x")]
    bring(scene, qtbot, "/m/x")
    scene.desk.gate.clear()
    press(scene.card._check_button)
    return scene.card


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
    qtbot.waitUntil(lambda: scene.desk.looked_at == [str(target)])
    qtbot.waitUntil(lambda: bool(scene.page.notes))


def test_what_a_check_found_is_kept_with_the_model(scene, qtbot):
    card = begin_check(scene, qtbot)
    scene.desk.report = HashReport({"config.json": "ab"})
    scene.desk.gate.set()
    qtbot.waitUntil(lambda: bool(card._check.result))
    press(card._main)
    qtbot.waitUntil(lambda: scene.desk.hashes == {"config.json": "ab"})
